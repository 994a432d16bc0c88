package main

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"time"
)

type options struct {
	plugin           string
	cookie           string
	versions         []int
	tokens           []token
	mtls             bool
	concurrent       bool
	ping             bool
	broker           bool
	log              bool
	bench            int
	benchConcurrency int
	awaitStdout      int64
	startTimeout     time.Duration
}

type token struct {
	path     string
	metadata string
}

func parseOptions() options {
	var parsed options
	flag.StringVar(&parsed.plugin, "plugin", "", "the plugin's executable (required)")
	flag.StringVar(&parsed.cookie, "cookie", "hello", "the value of the magic cookie")
	flag.BoolVar(&parsed.mtls, "mtls", false, "AutoMTLS")
	flag.BoolVar(&parsed.concurrent, "concurrent", false, "ask for all tokens at once")
	flag.BoolVar(&parsed.ping, "ping", false, "call the health service first")
	flag.BoolVar(&parsed.broker, "broker", false, "announce a brokered listener that nobody dials")
	flag.BoolVar(&parsed.log, "log", false, "print go-plugin's log on stderr, as JSON, instead of the plugin's raw stderr")
	flag.IntVar(&parsed.bench, "bench", 0, "time so many distinct calls")
	flag.IntVar(&parsed.benchConcurrency, "c", 16, "calls in flight in the benchmark")
	flag.Int64Var(&parsed.awaitStdout, "await-stdout", 0, "before the end, wait up to 5 s for so many bytes of the stdio stream's stdout")
	flag.DurationVar(&parsed.startTimeout, "start-timeout", time.Minute, "how long to wait for the handshake line")
	flag.Func("versions", "app protocol versions to offer, such as 1,2 (default: 1, as v3)", func(list string) error {
		for _, text := range strings.Split(list, ",") {
			version, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			parsed.versions = append(parsed.versions, version)
		}
		return nil
	})
	flag.Func("token", "`path[=metadata]` to ask for; may be repeated", func(text string) error {
		path, metadata, _ := strings.Cut(text, "=")
		parsed.tokens = append(parsed.tokens, token{path, metadata})
		return nil
	})
	flag.Parse()
	if parsed.plugin == "" || parsed.benchConcurrency < 1 {
		flag.Usage()
		os.Exit(2)
	}
	return parsed
}
