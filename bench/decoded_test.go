package bench

import (
	"context"
	"sync"

	"github.com/Yiling-J/theine-go"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/eko/gocache/lib/v4/cache"
	"github.com/eko/gocache/lib/v4/store"
	gocacheristretto "github.com/eko/gocache/store/ristretto/v4"
	"github.com/maypok86/otter/v2"
	"github.com/viccon/sturdyc"

	ristretto1 "github.com/dgraph-io/ristretto"
)

// decoded keep values as they are. All share them, unless they copy.
func decoded[T any]() []candidate[T] {
	return []candidate[T]{
		{"map", true, openMap[T]},
		{"otter", true, openOtter[T]},
		{"otter-string", true, openOtterString[T]},
		{"otter+copy", false, copying(openOtter[T])},
		{"otter-string+copy", false, copying(openOtterString[T])},
		{"theine", true, openTheine[T]},
		{"ristretto", true, openRistretto[T]},
		{"sturdyc", true, openSturdyc[T]},
		{"sturdyc+copy", false, copying(openSturdyc[T])},
		{"gocache-loadable-ristretto", true, openLoadable[T]},
	}
}

// copying is what one adds by hand so that each caller has a value of its own.
func copying[T any](open func(setup, value[T], get[T]) get[T]) func(setup, value[T], get[T]) get[T] {
	return func(s setup, v value[T], load get[T]) get[T] {
		get := open(s, v, load)
		return func(ctx context.Context, id int64) (T, error) {
			kept, err := get(ctx, id)
			if err != nil {
				return kept, err
			}
			return v.copy(kept), nil
		}
	}
}

// openMap is the floor: it neither expires nor bounds anything.
func openMap[T any](s setup, _ value[T], load get[T]) get[T] {
	var mu sync.RWMutex
	kept := make(map[int64]T, s.size)
	return func(ctx context.Context, id int64) (T, error) {
		mu.RLock()
		v, ok := kept[id]
		mu.RUnlock()
		if ok {
			return v, nil
		}
		v, err := load(ctx, id)
		if err == nil {
			mu.Lock()
			kept[id] = v
			mu.Unlock()
		}
		return v, err
	}
}

func openOtter[T any](s setup, _ value[T], load get[T]) get[T] {
	c := otter.Must(&otter.Options[int64, T]{MaximumSize: s.size, ExpiryCalculator: otter.ExpiryWriting[int64, T](ttl)})
	s.Cleanup(func() { c.StopAllGoroutines() })
	loader := otter.LoaderFunc[int64, T](load)
	return func(ctx context.Context, id int64) (T, error) { return c.Get(ctx, id, loader) }
}

// openOtterString has the keys of a cache that is shared by methods of all kinds.
func openOtterString[T any](s setup, _ value[T], load get[T]) get[T] {
	c := otter.Must(&otter.Options[string, T]{MaximumSize: s.size, ExpiryCalculator: otter.ExpiryWriting[string, T](ttl)})
	s.Cleanup(func() { c.StopAllGoroutines() })
	return func(ctx context.Context, id int64) (T, error) {
		key := keyOf(id)
		if v, ok := c.GetIfPresent(key); ok { // saves the closure
			return v, nil
		}
		return c.Get(ctx, key, otter.LoaderFunc[string, T](func(ctx context.Context, _ string) (T, error) { return load(ctx, id) }))
	}
}

func openTheine[T any](s setup, _ value[T], load get[T]) get[T] {
	c, err := theine.NewBuilder[int64, T](int64(s.size)).Loading(func(ctx context.Context, id int64) (theine.Loaded[T], error) {
		v, err := load(ctx, id)
		return theine.Loaded[T]{Value: v, Cost: 1, TTL: ttl}, err
	}).Build()
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(c.Close)
	return c.Get
}

func openRistretto[T any](s setup, _ value[T], load get[T]) get[T] {
	c, err := ristretto.NewCache(&ristretto.Config[string, T]{
		NumCounters:        int64(10 * s.size), // as its documentation says
		MaxCost:            int64(s.size),
		IgnoreInternalCost: true, // so that MaxCost counts entries
		BufferItems:        64,
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(c.Close)
	return func(ctx context.Context, id int64) (T, error) {
		key := keyOf(id)
		if v, ok := c.Get(key); ok {
			return v, nil
		}
		v, err := load(ctx, id)
		if err == nil {
			c.SetWithTTL(key, v, 1, ttl)
		}
		return v, err
	}
}

func openSturdyc[T any](s setup, _ value[T], load get[T]) get[T] {
	const shards, percentEvicted = 10, 10 // as in its documentation
	c := sturdyc.New[T](2*s.size+1000, shards, ttl, percentEvicted)
	return func(ctx context.Context, id int64) (T, error) {
		return c.GetOrFetch(ctx, keyOf(id), func(ctx context.Context) (T, error) { return load(ctx, id) })
	}
}

func openLoadable[T any](s setup, _ value[T], load get[T]) get[T] {
	r, err := ristretto1.NewCache(&ristretto1.Config{
		NumCounters: int64(10 * s.size), MaxCost: int64(s.size), IgnoreInternalCost: true, BufferItems: 64,
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(r.Close)
	c := cache.NewLoadable(func(ctx context.Context, key any) (T, []store.Option, error) {
		v, err := load(ctx, idOf(key.(string)))
		return v, []store.Option{store.WithExpiration(ttl), store.WithCost(1)}, err
	}, cache.New[T](gocacheristretto.NewRistretto(r)))
	s.Cleanup(func() { _ = c.Close() })
	return func(ctx context.Context, id int64) (T, error) { return c.Get(ctx, keyOf(id)) }
}
