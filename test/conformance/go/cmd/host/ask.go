package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/status"

	"configmanager.test/conformance/tokenstore"
)

// ask emits one line for each token in the order given. Concurrent calls are all sent before the first is awaited.
func ask(store *tokenstore.Client, tokens []token, concurrent bool) {
	if !concurrent {
		for _, token := range tokens {
			emit(askOne(store, token))
		}
		return
	}
	answers := make([]any, len(tokens))
	var calls sync.WaitGroup
	for i, token := range tokens {
		calls.Go(func() { answers[i] = askOne(store, token) })
	}
	calls.Wait()
	for _, answer := range answers {
		emit(answer)
	}
}

func askOne(store *tokenstore.Client, token token) any {
	value, err := store.Value(token.path, []byte(token.metadata))
	if err != nil {
		return failure{token.path, status.Convert(err).Message(), status.Code(err).String()}
	}
	return answer{token.path, value}
}

// bench times calls for distinct paths, from the first request to the last answer. The plugin is running by then.
func bench(store *tokenstore.Client, calls, concurrency int) benchmark {
	var next, errors atomic.Int64
	var workers sync.WaitGroup
	began := time.Now()
	for range concurrency {
		workers.Go(func() {
			for i := next.Add(1); i <= int64(calls); i = next.Add(1) {
				path := fmt.Sprintf("bench/path/%d", i)
				if _, err := store.Value(path, nil); err != nil {
					errors.Add(1)
				}
			}
		})
	}
	workers.Wait()
	return benchmark{calls, concurrency, time.Since(began).Nanoseconds(), errors.Load()}
}

// ping asks the health service. go-plugin looks at the call's error only, not at the status in the answer.
func ping(rpc plugin.ClientProtocol) pong {
	if err := rpc.Ping(); err != nil {
		return pong{Ping: false, Error: status.Convert(err).Message()}
	}
	return pong{Ping: true}
}

// offerConnection sends the plugin a ConnInfo that it did not ask for, which it has to ignore.
func offerConnection(broker *plugin.GRPCBroker) any {
	id := broker.NextId()
	listener, err := broker.Accept(id)
	if err != nil {
		return startFailure{err.Error()}
	}
	listener.Close()
	return offer{id}
}
