package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// metadataKeys are what a token may have in brackets, and what each is for.
var metadataKeys = map[string]string{"version": "which version, from 1; the newest by default"}

// store is an example, to be replaced by yours: the values of a JSON file, each with all of its versions, the oldest first:
//
//	{ "greeting": ["hello", "hello again"] }
type store struct {
	file string
}

// value is what the store has under a path. The code of an error tells the host what to make of it: with NotFound a token's
// default= applies. No message holds a value: hosts print them. Nor is one long, whatever the path: hence %.300q.
func (s store) value(_ context.Context, path string, metadata map[string]string) (string, error) {
	values, err := s.read()
	if err != nil {
		return "", err
	}
	versions, found := values[path]
	if !found {
		return "", status.Errorf(codes.NotFound, "%.300q was not found", path)
	}
	number := len(versions)
	if text, given := metadata["version"]; given {
		if number, err = strconv.Atoi(text); err != nil || number < 1 {
			return "", status.Errorf(codes.InvalidArgument, "%.300q is no version, write a whole number from 1", text)
		}
	}
	if number < 1 || number > len(versions) {
		return "", status.Errorf(codes.NotFound, "%.300q has no version %d", path, number)
	}
	return versions[number-1], nil
}

func (s store) read() (map[string][]string, error) {
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrPermission) {
		return nil, status.Errorf(codes.PermissionDenied, "%q may not be read", s.file)
	}
	if err != nil {
		return nil, status.Errorf(codes.Unknown, "%q cannot be read, name the file in the variable __PREFIX___FILE", s.file)
	}
	values := map[string][]string{}
	// The decoder's own error may quote the file.
	if json.Unmarshal(text, &values) != nil {
		return nil, status.Errorf(codes.Unknown, "%q is no JSON object of lists of strings", s.file)
	}
	return values, nil
}
