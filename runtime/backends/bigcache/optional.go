package bigcache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// Flush removes all entries.
func (b *Backend) Flush(ctx context.Context) error {
	cache, err := b.open(ctx)
	if err != nil {
		return err
	}
	if err := cache.Reset(); err != nil {
		return fmt.Errorf("bigcache: flush: %w", err)
	}
	return nil
}

// RemoveIf removes key if old stands under it, and reports whether it did.
func (b *Backend) RemoveIf(ctx context.Context, key string, old runtime.Value) (bool, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return false, err
	}
	defer b.lock(key).Unlock()
	held, _, err := b.get(cache, key)
	if errors.Is(err, runtime.ErrMiss) || err == nil && !bytes.Equal(held, old) {
		return false, nil
	}
	if err == nil {
		err = remove(cache, key)
	}
	return err == nil, err
}

// RemovePrefix removes all keys that begin with prefix and returns how many there were. It copies every entry of the
// store, one at a time.
func (b *Backend) RemovePrefix(ctx context.Context, prefix string) (int64, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return 0, err
	}
	var removed int64
	for entries := cache.Iterator(); entries.SetNext(); {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		entry, err := entries.Value()
		if err != nil || !strings.HasPrefix(entry.Key(), prefix) {
			continue // an error means that the entry made room for another meanwhile
		}
		// Its value may have changed since it was listed, but its key still has the prefix.
		was, err := b.removeKey(ctx, entry.Key())
		if err != nil {
			return removed, err
		}
		if was {
			removed++
		}
	}
	return removed, nil
}

// removeKey removes key and reports whether it was there.
func (b *Backend) removeKey(ctx context.Context, key string) (bool, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return false, err
	}
	defer b.lock(key).Unlock()
	_, _, err = b.get(cache, key)
	if errors.Is(err, runtime.ErrMiss) {
		return false, nil
	}
	if err == nil {
		err = remove(cache, key)
	}
	return err == nil, err
}

// Lease returns what stands under key, or stores lease for ttl where nothing does. Its errors are SetWithTTL's. A
// full shard may give a lease up before its time, as it may any entry.
func (b *Backend) Lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := b.check(key, lease, ttl); err != nil {
		return nil, false, err
	}
	defer b.lock(key).Unlock()
	held, _, err := b.get(cache, key)
	if !errors.Is(err, runtime.ErrMiss) {
		return held, false, err
	}
	if err := b.set(cache, key, lease, ttl); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}

// Fill stores value for ttl if lease stands under key, and reports whether it did. Its errors are SetWithTTL's.
func (b *Backend) Fill(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return false, err
	}
	if err := b.check(key, value, ttl); err != nil {
		return false, err
	}
	defer b.lock(key).Unlock()
	held, _, err := b.get(cache, key)
	if errors.Is(err, runtime.ErrMiss) || err == nil && !bytes.Equal(held, lease) {
		return false, nil
	}
	if err == nil {
		err = b.set(cache, key, value, ttl)
	}
	return err == nil, err
}
