package otter

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen-go/cachegen/runtime"
)

// Flush removes all entries.
func (b *Backend) Flush(ctx context.Context) error {
	cache, err := b.open(ctx)
	if err != nil {
		return err
	}
	cache.InvalidateAll()
	return nil
}

// RemoveIf removes key if old stands under it, and reports whether it did.
func (b *Backend) RemoveIf(ctx context.Context, key string, old runtime.Value) (bool, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return false, err
	}
	return b.replace(cache, key, old, nil), nil
}

// replace puts another entry, or none, in the place of old, and reports whether that stood there.
func (b *Backend) replace(cache *otter.Cache[string, *entry], key string, old runtime.Value, by *entry) (done bool) {
	cache.Compute(key, func(e *entry, found bool) (*entry, otter.ComputeOp) {
		switch done = b.live(e, found) && bytes.Equal(e.value, old); {
		case !done:
			return nil, otter.CancelOp
		case by == nil:
			return nil, otter.InvalidateOp
		}
		return by, otter.WriteOp
	})
	return done
}

// RemovePrefix removes all keys that begin with prefix and returns how many there were. It looks at every key.
func (b *Backend) RemovePrefix(ctx context.Context, prefix string) (removed int64, err error) {
	cache, err := b.open(ctx)
	if err != nil {
		return 0, err
	}
	for key := range cache.Keys() {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if _, err := b.open(ctx); err != nil {
			return removed, err
		}
		if e, found := cache.Invalidate(key); b.live(e, found) {
			removed++
		}
	}
	return removed, nil
}

// Lease returns what stands under key, or stores lease for ttl where nothing does. Its errors are SetWithTTL's. A full
// store may give a lease up before its time, as it may any entry.
func (b *Backend) Lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (held runtime.Value, acquired bool, err error) {
	cache, err := b.open(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := b.check(key, lease, ttl); err != nil {
		return nil, false, err
	}
	ours := b.entry(lease, ttl)
	cache.Compute(key, func(e *entry, found bool) (*entry, otter.ComputeOp) {
		if acquired = !b.live(e, found); acquired {
			return ours, otter.WriteOp
		}
		held = e.value
		return nil, otter.CancelOp
	})
	return slices.Clone(held), acquired, nil
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
	return b.replace(cache, key, lease, b.entry(value, ttl)), nil
}
