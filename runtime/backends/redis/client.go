package redis

import (
	"bytes"
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/internal/limited"
)

// What we need of the kinds of clients beyond UniversalClient. As interfaces, so that a user's type that wraps one of
// go-redis' by embedding counts as that kind.
type (
	clusterClient interface {
		Options() *goredis.ClusterOptions
		MasterForKey(ctx context.Context, key string) (*goredis.Client, error)
		ForEachMaster(ctx context.Context, f func(context.Context, *goredis.Client) error) error
		ReloadState(ctx context.Context)
	}
	ringClient interface {
		Options() *goredis.RingOptions
		ForEachShard(ctx context.Context, f func(context.Context, *goredis.Client) error) error
	}
	plainClient interface {
		Options() *goredis.Options
	}
)

// use makes client b's.
func (b *Backend) use(client goredis.UniversalClient) error {
	b.client = client
	switch c := client.(type) {
	case nil:
		return errors.New("redis: New needs a client")
	case clusterClient:
		b.cluster = c
		o := c.Options()
		if o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			return errors.New("redis: the client reads from replicas, which may still have what was removed: " +
				"unset ReadOnly, RouteByLatency and RouteRandomly")
		}
		b.guarded = !o.ContextTimeoutEnabled
	case ringClient:
		b.ring = c
		b.guarded = !c.Options().ContextTimeoutEnabled
	case plainClient:
		b.plain = true
		o := c.Options()
		if o.ClientSideCache != nil || o.ClientSideCacheConfig != nil {
			return errors.New("redis: the client has a cache of its own, which may still have what was removed: " +
				"unset ClientSideCache and ClientSideCacheConfig")
		}
		b.guarded = !o.ContextTimeoutEnabled
	default:
		b.guarded = true
	}
	return nil
}

// call runs f, no longer than ctx lasts: where the client ignores ctx, f goes on in the background, and its result is
// dropped. So f must use nothing that is the caller's; see keep. (A client derived by WithTimeout, with other options,
// would need no goroutine; but it would lack the hooks that were added to client, which may be what makes it work.)
func call[T any](b *Backend, ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	if b.guarded {
		return limited.Call(ctx, func() (T, error) { return f(ctx) }) // a Ring without a live shard panics, and so may a hook
	}
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	return f(ctx)
}

// keep returns value, or a copy of it where a call may outlive its caller.
func (b *Backend) keep(value runtime.Value) runtime.Value {
	if b.guarded {
		return bytes.Clone(value)
	}
	return value
}

// forEachServer calls f with each server that holds keys, several at a time.
func (b *Backend) forEachServer(ctx context.Context, f func(context.Context, goredis.UniversalClient) error) error {
	each := func(ctx context.Context, server *goredis.Client) error { return f(ctx, server) }
	switch {
	case b.cluster != nil:
		return b.cluster.ForEachMaster(ctx, each)
	case b.ring != nil:
		return b.ring.ForEachShard(ctx, each)
	default:
		return f(ctx, b.client)
	}
}
