package memcached

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/internal/limited"
)

// leaseAttempts bounds how often Lease begins anew since what it met was gone again.
const leaseAttempts = 10

var errContended = errors.New("memcached: lease: the key changes all the time")

// Lease returns what stands under key, or stores lease for ttl where nothing does. Its errors are SetWithTTL's. A full
// server may give a lease up before its time, as it may any entry.
func (b *Backend) Lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
	ours, err := b.item(key, lease, ttl)
	if err != nil {
		return nil, false, err
	}
	held, err := limited.Call(ctx, func() (runtime.Value, error) { return b.lease(ours) })
	return held, held == nil && err == nil, wrap("lease", err)
}

// lease stores ours, or returns what stands there.
func (b *Backend) lease(ours *memcache.Item) (held runtime.Value, err error) {
	for range leaseAttempts {
		if err := b.client.Add(ours); err != memcache.ErrNotStored {
			return nil, err
		}
		item, err := b.client.Get(ours.Key)
		switch {
		case err == memcache.ErrCacheMiss:
			continue
		case err != nil:
			return nil, err
		case live(item, time.Now()):
			return item.Value, nil
		}
		// It has expired by its flags, and memcached has not noticed yet.
		item.Value, item.Flags, item.Expiration = ours.Value, ours.Flags, ours.Expiration
		switch err := b.client.CompareAndSwap(item); err {
		case memcache.ErrCASConflict, memcache.ErrCacheMiss, memcache.ErrNotStored:
			continue
		default:
			return nil, err
		}
	}
	return nil, errContended
}

// Fill stores value for ttl if lease stands under key, and reports whether it did. Its errors are SetWithTTL's.
func (b *Backend) Fill(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
	item, err := b.item(key, value, ttl)
	if err != nil {
		return false, err
	}
	lease = bytes.Clone(lease)
	stored, err := limited.Call(ctx, func() (bool, error) { return b.fill(key, lease, item) })
	return stored, wrap("fill", err)
}

func (b *Backend) fill(key string, lease runtime.Value, by *memcache.Item) (bool, error) {
	return b.replace(key, lease, func(item *memcache.Item) {
		item.Value, item.Flags, item.Expiration = by.Value, by.Flags, by.Expiration
	})
}
