package main

import (
	"context"
	"encoding/json"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "example.com/__NAME__/tokenstorepb"
)

// server answers the calls of the host: it reads the metadata, and refuses keys that the store does not know. A key that
// were ignored would give another value than the one that was meant.
type server struct {
	pb.UnimplementedTokenStoreServer
	store store
}

// Value is called once for each distinct path and metadata, many at once.
func (s *server) Value(ctx context.Context, request *pb.TokenValueRequest) (*pb.TokenValueResponse, error) {
	metadata, err := parseMetadata(request.GetMetadata())
	if err != nil {
		return nil, err
	}
	value, err := s.store.value(ctx, request.GetToken(), metadata)
	if err != nil {
		return nil, err
	}
	return &pb.TokenValueResponse{Value: value}, nil
}

// The metadata of a token is a JSON object of strings; there are no bytes when it has none.
func parseMetadata(text []byte) (map[string]string, error) {
	metadata := map[string]string{}
	if len(text) == 0 {
		return metadata, nil
	}
	if err := json.Unmarshal(text, &metadata); err != nil {
		return nil, status.Error(codes.InvalidArgument, "the metadata is no JSON object of strings")
	}
	for key := range metadata {
		if _, known := metadataKeys[key]; !known {
			return nil, status.Errorf(codes.InvalidArgument, "metadata key %.300q is not known", key)
		}
	}
	return metadata, nil
}
