// Package after is what is left of a layer once its entries are cachegen's: the cache that the generated wrappers share.
package after

import (
	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/otter"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// NewCache makes a cache in this process and, where client is not nil, a Redis behind it: what one node has read the others
// find there, and what one evicts the others drop.
func NewCache(client goredis.UniversalClient) (*runtime.Cache, error) {
	local, err := otter.New(otter.Config{MaxBytes: 64 << 20})
	if err != nil {
		return nil, err
	}
	if client == nil {
		return runtime.New(local, runtime.WithNamespace("chat"))
	}
	shared, err := redis.New(client)
	if err != nil {
		return nil, err
	}
	tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
	if err != nil {
		return nil, err
	}
	return runtime.New(tiers, runtime.WithNamespace("chat"))
}
