// Package tokenstore joins app protocol 1 to go-plugin. The plugin and the host here share it, so that neither can
// drift from what v3 does: the dispense name, the cookie's key and the calls without a deadline are v3's.
package tokenstore

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "configmanager.test/conformance/tokenstorepb"
)

// DispenseName is the key of the plugin set. It never travels: host and plugin only have to agree on it at home.
const DispenseName = "configmanager_token_store"

// Handshake is v3's, with the cookie's value left open because v3 has had two ("hello" first).
func Handshake(cookie string) plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  1,
		MagicCookieKey:   "CONFIGMANAGER_PLUGIN",
		MagicCookieValue: cookie,
	}
}

// Plugin is the go-plugin view of the service. A plugin sets Store; a host dispenses a *Client.
type Plugin struct {
	plugin.NetRPCUnsupportedPlugin
	Store pb.TokenStoreServer
}

// GRPCServer registers the service in the plugin's process.
func (p *Plugin) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterTokenStoreServer(server, p.Store)
	return nil
}

// GRPCClient makes what Dispense returns in the host's process.
func (p *Plugin) GRPCClient(_ context.Context, broker *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &Client{Broker: broker, stub: pb.NewTokenStoreClient(conn)}, nil
}

// Client asks a plugin for values.
type Client struct {
	Broker *plugin.GRPCBroker
	stub   pb.TokenStoreClient
}

// Value makes one unary call without a deadline, as v3 does.
func (c *Client) Value(path string, metadata []byte) (string, error) {
	response, err := c.stub.Value(context.Background(), &pb.TokenValueRequest{Token: path, Metadata: metadata})
	return response.GetValue(), err
}
