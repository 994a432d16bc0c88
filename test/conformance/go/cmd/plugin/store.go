package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/protobuf/encoding/protowire"

	pb "configmanager.test/conformance/tokenstorepb"
)

// store behaves as the path says:
//
//	err              fails with a plain Go error, which arrives as UNKNOWN
//	panic            panics in the handler, which ends the process with 2
//	exit             ends the process with 3 in the middle of the call
//	slow/<ms>        answers after so many milliseconds, or stops when the call is canceled
//	big/<bytes>      a value of so many 'x'
//	print/<bytes>    prints so many 'p' to what go-plugin made of os.Stdout (the stdio stream), then answers
//	badutf8          a value that its own gRPC stack refuses to send: INTERNAL
//	badutf8/wire     the same bytes put on the wire past that check, as a broken peer would
//	log              one hclog line of each level on the real stderr, then answers
//
// Any other path, and each that answers, is worth "<path>-><metadata>".
type store struct {
	pb.UnimplementedTokenStoreServer
	log hclog.Logger
}

var errSimulated = errors.New("token store implementation simulated error")

const notUTF8 = "caf\xe9"

// Value implements the service of app protocol 1.
func (s *store) Value(ctx context.Context, request *pb.TokenValueRequest) (*pb.TokenValueResponse, error) {
	path := request.GetToken()
	echo := &pb.TokenValueResponse{Value: fmt.Sprintf("%s->%s", path, request.GetMetadata())}

	switch path {
	case "err":
		return nil, errSimulated
	case "panic":
		panic("simulated panic")
	case "exit":
		os.Exit(3)
	case "badutf8":
		return &pb.TokenValueResponse{Value: notUTF8}, nil
	case "badutf8/wire":
		return unchecked(notUTF8), nil
	case "log":
		s.logEveryLevel()
		return echo, nil
	}

	name, argument, _ := strings.Cut(path, "/")
	count, err := strconv.Atoi(argument)
	if err != nil || count < 0 {
		return echo, nil
	}
	switch name {
	case "slow":
		select {
		case <-time.After(time.Duration(count) * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case "big":
		return &pb.TokenValueResponse{Value: strings.Repeat("x", count)}, nil
	case "print":
		fmt.Print(strings.Repeat("p", count))
	}
	return echo, nil
}

func (s *store) logEveryLevel() {
	for _, level := range []hclog.Level{hclog.Trace, hclog.Debug, hclog.Info, hclog.Warn, hclog.Error} {
		s.log.Log(level, "simulated log line", "wanted", level.String(), "number", 7)
	}
}

// unchecked carries field 1 as an unknown field: those are sent as they are, without the UTF-8 check of strings.
func unchecked(value string) *pb.TokenValueResponse {
	field := protowire.AppendTag(nil, 1, protowire.BytesType)
	field = protowire.AppendString(field, value)
	response := &pb.TokenValueResponse{}
	response.ProtoReflect().SetUnknown(field)
	return response
}
