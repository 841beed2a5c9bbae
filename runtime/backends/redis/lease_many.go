package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

// LeaseMany is Lease for each of keys, in one round trip to each server. (One before 7.0 is asked key by key.)
func (b *Backend) LeaseMany(ctx context.Context, keys []string, leases []runtime.Value, ttl time.Duration) ([]runtime.Value, error) {
	if len(keys) != len(leases) {
		return nil, fmt.Errorf("redis: %d leases for %d keys", len(leases), len(keys))
	}
	keys, leases = slices.Clone(keys), slices.Clone(leases)
	for i, key := range keys {
		if err := check(key, leases[i], ttl); err != nil {
			return nil, err
		}
		leases[i] = b.keep(leases[i])
	}
	held, err := call(b, ctx, func(ctx context.Context) ([]runtime.Value, error) {
		replies := make([]*goredis.Cmd, len(keys))
		if len(keys) > 0 && !b.noSetNXGet.Load() {
			pipe := b.client.Pipeline()
			for i, key := range keys {
				replies[i] = pipe.Do(ctx, "set", key, []byte(leases[i]), "nx", "get", "px", milliseconds(ttl))
			}
			pipe.Exec(ctx) // each command has its own error
		}
		held := make([]runtime.Value, len(keys))
		var failed failures
		for i, reply := range replies {
			var text string
			var err error
			if reply != nil {
				text, err = reply.Text()
			}
			if reply == nil || err != nil && strings.HasPrefix(err.Error(), "ERR syntax error") {
				text, err = b.lease(ctx, keys[i], leases[i], ttl)
			}
			if err == nil {
				held[i] = runtime.Value(text)
			} else if !errors.Is(err, goredis.Nil) {
				failed.add(i, err)
			}
		}
		return held, failed.error("key")
	})
	if err != nil {
		return nil, wrap(ctx, err, fmt.Sprintf("lease %d keys", len(keys)))
	}
	return held, nil
}

// FillMany is Fill for each item, in one round trip to each server, and in two the first time.
func (b *Backend) FillMany(ctx context.Context, items []runtime.Item, leases []runtime.Value) ([]bool, error) {
	if len(items) != len(leases) {
		return nil, fmt.Errorf("redis: fill %d items under %d leases", len(items), len(leases))
	}
	items, leases = slices.Clone(items), slices.Clone(leases)
	for i := range items {
		if items[i].TTL <= 0 {
			return nil, runtime.ErrInvalidTTL
		}
		items[i].Value, leases[i] = b.keep(items[i].Value), b.keep(leases[i])
	}
	stored, err := call(b, ctx, func(ctx context.Context) ([]bool, error) {
		stored := make([]bool, len(items))
		var at []int
		for i, item := range items {
			if check(item.Key, item.Value, item.TTL) == nil { // what is too large is not stored
				at = append(at, i)
			}
		}
		var failed failures
		replies := b.runEach(ctx, fillScript, len(at), func(j int) (keys []string, args []any) {
			item := items[at[j]]
			return []string{item.Key}, []any{[]byte(leases[at[j]]), []byte(item.Value), milliseconds(item.TTL)}
		})
		for j, i := range at {
			var err error
			if stored[i], err = replies[j].Bool(); err != nil {
				failed.add(i, err)
			}
		}
		return stored, failed.error("item")
	})
	if err != nil {
		return nil, wrap(ctx, err, fmt.Sprintf("fill %d keys", len(items)))
	}
	return stored, nil
}
