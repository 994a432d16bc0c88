// A host built with the real go-plugin, for tests of our plugins. It launches one plugin as v3 does, asks it for
// values, ends it, and prints what it saw as JSON lines on stdout:
//
//	{"startError":…}                       the plugin did not start; the exit code is 1 and nothing follows
//	{"ping":true} | {"ping":false,"error":…}                                    with -ping
//	{"brokerId":…}                                                              with -broker
//	{"token":…,"value":…} | {"token":…,"error":…,"code":…}                      for each -token, in their order
//	{"bench":…,"concurrency":…,"elapsedNs":…,"errors":…}                        with -bench
//	{"killMs":…,"exitCode":…,"version":…,"protocol":…,"network":…,"address":…,"stdoutBytes":…,"stderrBytes":…}
//
// stdoutBytes and stderrBytes are what came over the stdio stream. The plugin's real stderr is passed on to stderr.
// Words after the flags are the plugin's arguments.
package main

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"configmanager.test/conformance/tokenstore"
)

func main() {
	options := parseOptions()
	if !run(options) {
		os.Exit(1)
	}
}

func run(options options) bool {
	var stdout, stderr byteCounter
	command := exec.Command(options.plugin, flag.Args()...)
	client := plugin.NewClient(clientConfig(options, command, &stdout, &stderr))
	defer client.Kill()

	rpc, err := client.Client()
	if err != nil {
		emit(startFailure{err.Error()})
		return false
	}
	dispensed, err := rpc.Dispense(tokenstore.DispenseName)
	if err != nil {
		emit(startFailure{err.Error()})
		return false
	}
	store := dispensed.(*tokenstore.Client)

	if options.ping {
		emit(ping(rpc))
	}
	if options.broker {
		emit(offerConnection(store.Broker))
	}
	ask(store, options.tokens, options.concurrent)
	if options.bench > 0 {
		emit(bench(store, options.bench, options.benchConcurrency))
	}
	stdout.await(options.awaitStdout, 5*time.Second)

	began := time.Now()
	client.Kill()
	emit(ending{
		KillMs:      float64(time.Since(began).Microseconds()) / 1000,
		ExitCode:    command.ProcessState.ExitCode(),
		Version:     client.NegotiatedVersion(),
		Protocol:    string(client.Protocol()),
		Network:     client.ReattachConfig().Addr.Network(),
		Address:     client.ReattachConfig().Addr.String(),
		StdoutBytes: stdout.Load(),
		StderrBytes: stderr.Load(),
	})
	return true
}

// clientConfig is v3's, except for what a flag asks for and for the logs, which v3 throws away.
func clientConfig(options options, command *exec.Cmd, stdout, stderr *byteCounter) *plugin.ClientConfig {
	config := &plugin.ClientConfig{
		HandshakeConfig:  tokenstore.Handshake(options.cookie),
		Cmd:              command,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         options.mtls,
		StartTimeout:     options.startTimeout,
		Logger:           hclog.NewNullLogger(),
		Stderr:           os.Stderr,
		SyncStdout:       stdout,
		SyncStderr:       stderr,
	}
	if options.log {
		// go-plugin's own records, with what it understood of the plugin's, take the place of the plugin's raw lines.
		config.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: os.Stderr, JSONFormat: true})
		config.Stderr = nil
	}
	set := plugin.PluginSet{tokenstore.DispenseName: &tokenstore.Plugin{}}
	if len(options.versions) == 0 {
		config.Plugins = set
		return config
	}
	config.VersionedPlugins = map[int]plugin.PluginSet{}
	for _, version := range options.versions {
		config.VersionedPlugins[version] = set
	}
	return config
}

// emit prints one line at once, so that a reader sees how far a host came that hangs.
func emit(line any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		panic(err)
	}
}
