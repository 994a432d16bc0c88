// OpenBao as a program, so that tests can ask a real server. Its root module has no /v2 in its path, so that a version is
// required by its commit: this one is 2.4.0. Not for "go mod tidy", which looks for modules of OpenBao's own tests that
// are not to be had; "go get" and "go build" do without. The sums are those that OpenBao's go.sum has.
package main

import (
	"os"

	"github.com/openbao/openbao/command"
)

func main() {
	os.Exit(command.Run(os.Args[1:]))
}
