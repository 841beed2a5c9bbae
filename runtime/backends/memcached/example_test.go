package memcached_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegen-go/cachegen/runtime/backends/memcached"
)

func Example() {
	client := memcache.New("localhost:11211")
	client.MaxIdleConns = 100 // as many as there are calls at a time
	defer client.Close()      // the client stays its owner's

	backend, err := memcached.New(client)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := backend.SetWithTTL(ctx, "greeting", []byte(`"hello"`), time.Minute); err != nil {
		log.Fatal(err)
	}
	value, err := backend.Get(ctx, "greeting")
	fmt.Println(string(value), err)
}
