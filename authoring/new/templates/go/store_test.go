package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "example.com/__NAME__/tokenstorepb"
)

// newServer is a server whose file holds that text.
func newServer(t *testing.T, text string) *server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &server{store: store{file: file}}
}

func TestValue(t *testing.T) {
	const values = `{ "greeting": ["hello", "hello again"], "db/password": ["pä$$"], "none": [] }`
	tests := map[string]struct {
		path     string
		metadata string
		want     string
		code     codes.Code
	}{
		"the newest version":          {path: "greeting", want: "hello again"},
		"empty metadata":              {path: "greeting", metadata: `{}`, want: "hello again"},
		"a version that is asked for": {path: "greeting", metadata: `{"version":"1"}`, want: "hello"},
		"a path with a slash":         {path: "db/password", want: "pä$$"},
		"no such value":               {path: "farewell", code: codes.NotFound},
		"no such version":             {path: "greeting", metadata: `{"version":"3"}`, code: codes.NotFound},
		"no version at all":           {path: "none", code: codes.NotFound},
		"what is no version":          {path: "greeting", metadata: `{"version":"first"}`, code: codes.InvalidArgument},
		"an unknown metadata key":     {path: "greeting", metadata: `{"verison":"1"}`, code: codes.InvalidArgument},
		"metadata that is no JSON":    {path: "greeting", metadata: `version=1`, code: codes.InvalidArgument},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request := &pb.TokenValueRequest{Token: test.path, Metadata: []byte(test.metadata)}
			response, err := newServer(t, values).Value(t.Context(), request)
			if got := status.Code(err); got != test.code {
				t.Fatalf("the code is %v, not %v: %v", got, test.code, err)
			}
			if got := response.GetValue(); got != test.want {
				t.Errorf("the value is %q, not %q", got, test.want)
			}
		})
	}
}

func TestErrorsTellNothingOfTheFile(t *testing.T) {
	_, err := newServer(t, `{ "greeting": ["secret"`).Value(t.Context(), &pb.TokenValueRequest{Token: "greeting"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}
