package memcached

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/internal/limited"
)

// atOnce is how many keys are worked at at a time, where there is no command for many of them.
const atOnce = 8

// GetMany returns each key's value, nil where it is absent, in one round trip to each server.
func (b *Backend) GetMany(ctx context.Context, keys []string) ([]runtime.Value, error) {
	asked := make([]string, len(keys))
	for i, key := range keys {
		asked[i] = legal(key)
	}
	values, err := limited.Call(ctx, func() ([]runtime.Value, error) {
		if len(asked) == 0 {
			return nil, nil
		}
		items, err := b.client.GetMulti(asked)
		if err != nil {
			return nil, err
		}
		values := make([]runtime.Value, len(asked))
		given := make(map[string]bool, len(items))
		now := time.Now()
		for i, key := range asked {
			item := items[key]
			if item == nil || !live(item, now) {
				continue
			}
			values[i] = item.Value
			if given[key] {
				values[i] = bytes.Clone(item.Value) // each value is its caller's own
			}
			given[key] = true
		}
		return values, nil
	})
	return values, wrap("get", err)
}

// SetMany stores all items that can be stored, several at a time. Its error joins those of the others, each with the
// item's index. Of several items with one key the last is stored last.
func (b *Backend) SetMany(ctx context.Context, items []runtime.Item) error {
	last := make(map[string]int, len(items))
	for i, item := range items {
		last[item.Key] = i
	}
	var again []error // of those that another of the same call follows
	for i, item := range items {
		if last[item.Key] != i {
			again = append(again, b.setItem(ctx, items, i))
		}
	}
	return errors.Join(append(again, b.each(ctx, len(items), func(i int) error {
		if last[items[i].Key] != i {
			return nil
		}
		return b.setItem(ctx, items, i)
	}))...)
}

func (b *Backend) setItem(ctx context.Context, items []runtime.Item, i int) error {
	if err := b.SetWithTTL(ctx, items[i].Key, items[i].Value, items[i].TTL); err != nil {
		return fmt.Errorf("item %d: %w", i, err)
	}
	return nil
}

// RemoveMany removes keys, several at a time.
func (b *Backend) RemoveMany(ctx context.Context, keys []string) error {
	return b.each(ctx, len(keys), func(i int) error { return b.Remove(ctx, keys[i]) })
}

// LeaseMany is Lease for each of keys, several at a time.
func (b *Backend) LeaseMany(ctx context.Context, keys []string, leases []runtime.Value, ttl time.Duration) ([]runtime.Value, error) {
	held := make([]runtime.Value, len(keys))
	err := b.each(ctx, len(keys), func(i int) (err error) {
		held[i], _, err = b.Lease(ctx, keys[i], leases[i], ttl)
		return err
	})
	if err != nil {
		return nil, err
	}
	return held, nil
}

// FillMany is Fill for each item, several at a time.
func (b *Backend) FillMany(ctx context.Context, items []runtime.Item, leases []runtime.Value) ([]bool, error) {
	stored := make([]bool, len(items))
	err := b.each(ctx, len(items), func(i int) (err error) {
		stored[i], err = b.Fill(ctx, items[i].Key, leases[i], items[i].Value, items[i].TTL)
		if errors.Is(err, runtime.ErrTooLarge) || errors.Is(err, runtime.ErrInvalidTTL) {
			return nil
		}
		return err
	})
	return stored, err
}

// each calls f for the numbers below n, several at a time, and joins the errors.
func (b *Backend) each(ctx context.Context, n int, f func(int) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	errs := make([]error, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = f(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
