// Command __NAME__ is the plugin that answers for tokens such as __PREFIX__://greeting. It is run by configmanager, not by hand.
package main

import (
	"context"
	"os"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "example.com/__NAME__/tokenstorepb"
)

func main() {
	file := os.Getenv("__PREFIX___FILE")
	if file == "" {
		file = "values.json"
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "CONFIGMANAGER_PLUGIN",
			MagicCookieValue: "hello",
		},
		VersionedPlugins: map[int]plugin.PluginSet{
			1: {"configmanager_token_store": &tokenStorePlugin{server: &server{store: store{file: file}}}},
		},
		GRPCServer: plugin.DefaultGRPCServer,
	})
}

// tokenStorePlugin joins the store to go-plugin.
type tokenStorePlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server pb.TokenStoreServer
}

func (p *tokenStorePlugin) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterTokenStoreServer(server, p.server)
	return nil
}

func (p *tokenStorePlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connection *grpc.ClientConn) (any, error) {
	return pb.NewTokenStoreClient(connection), nil
}
