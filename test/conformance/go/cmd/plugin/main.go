// A store plugin built with the real go-plugin, for tests of our host. One binary plays many parts, chosen by:
//
//	CONFORMANCE_COOKIE    the cookie value it asks for: hello (default) or configmanager-plugin-hello
//	CONFORMANCE_NETWORK   unix (default) or tcp
//	CONFORMANCE_VERSIONS  the app protocol versions it claims, such as 1,7 (default 1); all of them speak protocol 1
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"configmanager.test/conformance/tokenstore"
)

func main() {
	// Made before Serve, which replaces os.Stderr: this one keeps the real descriptor.
	log := hclog.New(&hclog.LoggerOptions{Name: "conformance", Level: hclog.Trace, Output: os.Stderr, JSONFormat: true})

	versions, err := versionedPlugins(setting("CONFORMANCE_VERSIONS", "1"), &store{log: log})
	if err != nil {
		fatal(err)
	}
	switch network := setting("CONFORMANCE_NETWORK", "unix"); network {
	case "unix":
	case "tcp":
		if err := advertiseTCP(); err != nil {
			fatal(err)
		}
	default:
		fatal(fmt.Errorf("CONFORMANCE_NETWORK is %q, not unix or tcp", network))
	}

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  tokenstore.Handshake(setting("CONFORMANCE_COOKIE", "hello")),
		VersionedPlugins: versions,
		GRPCServer:       plugin.DefaultGRPCServer,
		Logger:           log,
	})
}

func versionedPlugins(list string, server *store) (map[int]plugin.PluginSet, error) {
	sets := map[int]plugin.PluginSet{}
	for _, text := range strings.Split(list, ",") {
		version, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("CONFORMANCE_VERSIONS: %w", err)
		}
		sets[version] = plugin.PluginSet{tokenstore.DispenseName: &tokenstore.Plugin{Store: server}}
	}
	return sets, nil
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// fatal leaves with 4, which none of the behaviours uses: a wrong setting is a fault of the test.
func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(4)
}
