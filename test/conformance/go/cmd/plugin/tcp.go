package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// advertiseTCP makes the following Serve look like a plugin on TCP.
//
// Off Windows go-plugin listens on a unix socket and offers no setting for it. So its handshake line is caught in a
// pipe, the network and address in it are exchanged for those of a loopback listener, and each connection to that one
// is carried over to the socket byte by byte. Certificates, negotiation and services stay go-plugin's own.
func advertiseTCP() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	realStdout := os.Stdout
	// Serve prints its line here, and puts a pipe of its own in this place right after.
	os.Stdout = writer

	go func() {
		line, err := bufio.NewReader(reader).ReadString('\n')
		if err != nil {
			fatal(fmt.Errorf("no handshake line from go-plugin: %w", err))
		}
		fields := strings.Split(line, "|")
		if len(fields) < 4 || fields[2] != "unix" {
			fatal(fmt.Errorf("unexpected handshake line from go-plugin: %q", line))
		}
		go forward(listener, fields[3])
		fields[2], fields[3] = "tcp", listener.Addr().String()
		fmt.Fprint(realStdout, strings.Join(fields, "|"))
	}()
	return nil
}

func forward(listener net.Listener, socket string) {
	for {
		outside, err := listener.Accept()
		if err != nil {
			return
		}
		inside, err := net.Dial("unix", socket)
		if err != nil {
			outside.Close()
			continue
		}
		go carry(outside, inside)
		go carry(inside, outside)
	}
}

// carry closes both ends when one does: HTTP/2 has no use for a connection that is open in one direction only.
func carry(from, to net.Conn) {
	io.Copy(to, from)
	from.Close()
	to.Close()
}
