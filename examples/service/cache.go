package main

import (
	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/otter"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// openCache makes the cache: one tier in this process, and above a Redis that all instances share where client is not
// nil. Redis need not be there, now or later: what the cache cannot answer, the database does.
func openCache(client *goredis.Client, observers ...runtime.Observer) (*runtime.Cache, error) {
	local, err := otter.New(otter.Config{MaxBytes: 64 << 20})
	if err != nil {
		return nil, err
	}
	var backend runtime.CacheBackend = local
	if client != nil {
		shared, err := redis.New(client)
		if err != nil {
			return nil, err
		}
		backend, err = runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
		if err != nil {
			return nil, err
		}
	}
	return runtime.New(backend,
		runtime.WithNamespace("catalogue"), // the same in all instances of this service, and in no other service
		runtime.WithMaxLoads(64),           // whatever happens to the cache, the database gets no more than this at once
		runtime.WithObserver(observers...),
		runtime.WithHotKeys(20),
	)
}
