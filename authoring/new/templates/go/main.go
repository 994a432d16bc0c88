// Command __NAME__ is the plugin that answers for tokens such as __PREFIX__://greeting. It is run by configmanager, not by hand.
package main

import (
	"context"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "example.com/__NAME__/tokenstorepb"
)

func main() {
	file := os.Getenv("__PREFIX___FILE")
	if file == "" {
		file = "values.json"
	}
	hasStarted := false
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "CONFIGMANAGER_PLUGIN",
			MagicCookieValue: "hello",
		},
		VersionedPlugins: map[int]plugin.PluginSet{
			1: {"configmanager_token_store": &tokenStorePlugin{server: &server{store: store{file: file}}}},
		},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			hasStarted = true
			// The limit is 4 MiB otherwise.
			server := grpc.NewServer(append(options, grpc.MaxRecvMsgSize(math.MaxInt32))...)
			go stopWithHost(server)
			return server
		},
	})
	// go-plugin has said why.
	if !hasStarted {
		os.Exit(1)
	}
}

// stopWithHost ends the plugin, and removes its socket, when it is told to end or when the host was killed and cannot tell.
func stopWithHost(server *grpc.Server) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	seconds := time.NewTicker(time.Second)
	for host := os.Getppid(); os.Getppid() == host; {
		select {
		case <-terminated:
			host = 0
		case <-seconds.C:
		}
	}
	server.Stop()
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
