package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// GetMany returns a copy of each key's value, nil where it is absent.
func (b *Backend) GetMany(ctx context.Context, keys []string) ([]runtime.Value, error) {
	values := make([]runtime.Value, len(keys))
	for i, key := range keys {
		value, err := b.Get(ctx, key)
		if err != nil && err != runtime.ErrMiss {
			return nil, err
		}
		values[i] = value
	}
	return values, b.ready(ctx)
}

// SetMany stores all items that can be stored. Its error joins those of the others, each with the item's index.
func (b *Backend) SetMany(ctx context.Context, items []runtime.Item) error {
	errs := []error{b.ready(ctx)}
	if errs[0] != nil {
		return errs[0]
	}
	for i, item := range items {
		if err := b.SetWithTTL(ctx, item.Key, item.Value, item.TTL); err != nil {
			errs = append(errs, fmt.Errorf("item %d: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// RemoveMany removes keys.
func (b *Backend) RemoveMany(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if err := b.Remove(ctx, key); err != nil {
			return err
		}
	}
	return b.ready(ctx)
}

// RemoveIf removes key if old stands under it, and reports whether it did.
func (b *Backend) RemoveIf(ctx context.Context, key string, old runtime.Value) (bool, error) {
	if err := b.ready(ctx); err != nil {
		return false, err
	}
	s := b.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, _ := s.live(key, b.now)
	if e == nil || !bytes.Equal(e.value, old) {
		return false, nil
	}
	s.drop(e)
	return true, nil
}

// RemovePrefix removes all keys that begin with prefix and returns how many there were. It looks at every entry,
// but holds a shard's lock only for a few hundred of them at a time.
func (b *Backend) RemovePrefix(ctx context.Context, prefix string) (int64, error) {
	if err := b.ready(ctx); err != nil {
		return 0, err
	}
	var removed int64
	for i := range b.shards {
		for left := -1; left != 0; {
			if err := b.ready(ctx); err != nil {
				return removed, err
			}
			var n int64
			n, left = b.shards[i].dropPrefix(prefix, left, b.now())
			removed += n
		}
	}
	return removed, nil
}

// dropPrefix looks at some of the first left entries of the clock (-1: of all) and returns how many of them it
// dropped and how many are still to be looked at.
//
// It goes downward, because the lock is let go between two calls: whatever is dropped meanwhile, its place is taken
// by the last entry, which was looked at already or is new; so no entry that is yet to be looked at can get away.
func (s *shard) dropPrefix(prefix string, left int, now time.Duration) (dropped int64, stillLeft int) {
	const chunk = 256
	s.mu.Lock()
	defer s.mu.Unlock()
	if left < 0 || left > len(s.clock) {
		left = len(s.clock)
	}
	end := max(0, left-chunk)
	for left > end {
		left--
		e := s.clock[left]
		if !strings.HasPrefix(e.key, prefix) {
			continue
		}
		if e.deadline > now { // an expired entry was not there
			dropped++
		}
		s.drop(e)
	}
	return dropped, left
}

// Lease returns what stands under key, or stores lease for ttl where nothing does. Its errors are SetWithTTL's.
func (b *Backend) Lease(ctx context.Context, key string, lease runtime.Value, ttl time.Duration) (runtime.Value, bool, error) {
	if err := b.ready(ctx); err != nil {
		return nil, false, err
	}
	s := b.shard(key)
	if err := s.check(key, lease, ttl); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, _ := s.live(key, b.now); e != nil {
		return slices.Clone(e.value), false, nil
	}
	if err := b.put(s, key, slices.Clone(lease), ttl); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}

// Fill stores value for ttl if lease stands under key, and reports whether it did. Its errors are SetWithTTL's.
func (b *Backend) Fill(ctx context.Context, key string, lease, value runtime.Value, ttl time.Duration) (bool, error) {
	if err := b.ready(ctx); err != nil {
		return false, err
	}
	s := b.shard(key)
	if err := s.check(key, value, ttl); err != nil {
		return false, err
	}
	value = slices.Clone(value)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, _ := s.live(key, b.now); e == nil || !bytes.Equal(e.value, lease) {
		return false, nil
	}
	if err := b.put(s, key, value, ttl); err != nil {
		return false, err
	}
	return true, nil
}
