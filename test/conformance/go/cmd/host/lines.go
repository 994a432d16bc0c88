package main

import (
	"sync/atomic"
	"time"
)

// The lines of the report, described in main.go.
type (
	startFailure struct {
		StartError string `json:"startError"`
	}
	pong struct {
		Ping  bool   `json:"ping"`
		Error string `json:"error,omitempty"`
	}
	offer struct {
		BrokerID uint32 `json:"brokerId"`
	}
	answer struct {
		Token string `json:"token"`
		Value string `json:"value"`
	}
	failure struct {
		Token string `json:"token"`
		Error string `json:"error"`
		Code  string `json:"code"`
	}
	benchmark struct {
		Bench       int   `json:"bench"`
		Concurrency int   `json:"concurrency"`
		ElapsedNs   int64 `json:"elapsedNs"`
		Errors      int64 `json:"errors"`
	}
	ending struct {
		KillMs      float64 `json:"killMs"`
		ExitCode    int     `json:"exitCode"`
		Version     int     `json:"version"`
		Protocol    string  `json:"protocol"`
		Network     string  `json:"network"`
		Address     string  `json:"address"`
		StdoutBytes int64   `json:"stdoutBytes"`
		StderrBytes int64   `json:"stderrBytes"`
	}
)

// byteCounter is a writer that keeps only the number of bytes; go-plugin writes to it while the host reads it.
type byteCounter struct{ atomic.Int64 }

// Write counts.
func (c *byteCounter) Write(data []byte) (int, error) {
	c.Add(int64(len(data)))
	return len(data), nil
}

// await returns when so many bytes have come, or the time is over. What a plugin prints is on its way independently of
// its answers, so without waiting the end would cut it off.
func (c *byteCounter) await(count int64, limit time.Duration) {
	for began := time.Now(); c.Load() < count && time.Since(began) < limit; {
		time.Sleep(time.Millisecond)
	}
}
