package runtime_test

import (
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"

	"github.com/cachegen-go/cachegen/internal/docs/shop"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// table stands for a database: a shop.UserRepository of which the examples call two methods.
type table struct {
	shop.UserRepository
	rows map[int64]shop.User
}

func newTable() *table {
	return &table{rows: map[int64]shop.User{42: {ID: 42, Name: "Ann"}}}
}

func (t *table) GetUser(_ context.Context, id int64) (*shop.User, error) {
	fmt.Println("a query")
	u, ok := t.rows[id]
	if !ok {
		return nil, shop.ErrNotFound
	}
	return &u, nil
}

func (t *table) UpdateUser(_ context.Context, u *shop.User) error {
	t.rows[u.ID] = *u
	return nil
}

// newCache makes a cache in this process.
func newCache(opts ...runtime.Option) *runtime.Cache {
	store, err := memory.New(memory.Config{})
	if err != nil {
		log.Fatal(err)
	}
	cache, err := runtime.New(store, opts...)
	if err != nil {
		log.Fatal(err)
	}
	return cache
}

// A generated wrapper answers from the cache what it can, and evicts what a write makes stale.
func Example() {
	cache := newCache(runtime.WithNamespace("shop"))
	defer cache.Close()
	ctx, users := context.Background(), shop.NewCachedUserRepository(newTable(), cache)

	for range 2 {
		u, _ := users.GetUser(ctx, 42)
		fmt.Println(u.Name)
	}
	_ = users.UpdateUser(ctx, &shop.User{ID: 42, Name: "Anna"})
	u, _ := users.GetUser(ctx, 42)
	fmt.Println(u.Name)
	// Output:
	// a query
	// Ann
	// Ann
	// a query
	// a query
	// Anna
}

// What is asked for again and again stays decoded or in bigcache; the memory behind it keeps more, twice as long.
func ExampleNewTiered() {
	near, err := bigcache.New(bigcache.Config{MaxBytes: 16 << 20})
	if err != nil {
		log.Fatal(err)
	}
	far, err := memory.New(memory.Config{MaxEntries: 1_000_000})
	if err != nil {
		log.Fatal(err)
	}
	tiers, err := runtime.NewTiered(runtime.Tier{Backend: near}, runtime.Tier{Backend: far, TTLScale: 2})
	if err != nil {
		log.Fatal(err)
	}
	cache, err := runtime.New(tiers)
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
	for _, tier := range cache.Stats().Tiers {
		fmt.Println(tier.Name)
	}
	// Output:
	// bigcache
	// memory
}

// Evictions of a write inside a transaction wait until it is over.
func ExampleDeferEvictions() {
	cache := newCache()
	defer cache.Close()
	ctx, users := context.Background(), shop.NewCachedUserRepository(newTable(), cache)
	_, _ = users.GetUser(ctx, 42)

	tx, done := runtime.DeferEvictions(ctx) // after BEGIN
	_ = users.UpdateUser(tx, &shop.User{ID: 42, Name: "Anna"})
	u, _ := users.GetUser(tx, 42) // reads the transaction's own change, and keeps nothing of it
	fmt.Println("inside:", u.Name)
	u, _ = users.GetUser(ctx, 42)
	fmt.Println("outside, before the commit:", u.Name)
	done() // after COMMIT
	u, _ = users.GetUser(ctx, 42)
	fmt.Println("after it:", u.Name)
	// Output:
	// a query
	// a query
	// a query
	// inside: Anna
	// outside, before the commit: Ann
	// a query
	// after it: Anna
}

// A read that must be the store's own.
func ExampleBypass() {
	cache := newCache()
	defer cache.Close()
	ctx, users := context.Background(), shop.NewCachedUserRepository(newTable(), cache)
	_, _ = users.GetUser(ctx, 42)
	_, _ = users.GetUser(runtime.Bypass(ctx), 42)
	// Output:
	// a query
	// a query
}

// What the cache has done so far, by method.
func ExampleCache_Stats() {
	cache := newCache()
	defer cache.Close()
	ctx, users := context.Background(), shop.NewCachedUserRepository(newTable(), cache)
	for range 3 {
		_, _ = users.GetUser(ctx, 42)
	}
	_, _ = users.GetUser(ctx, 7)

	methods := cache.Stats().Methods
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		if m := methods[name]; m.Hits+m.Misses > 0 {
			fmt.Println(name, "hits:", m.Hits, "misses:", m.Misses, "loads:", m.Loads)
		}
	}
	// Output:
	// a query
	// a query
	// cachegen/internal/docs/shop.UserRepository.GetUser hits: 2 misses: 2 loads: 2
}

// What stands under a key, in each tier.
func ExampleCache_Inspect() {
	cache := newCache(runtime.WithNamespace("shop"))
	defer cache.Close()
	ctx, users := context.Background(), shop.NewCachedUserRepository(newTable(), cache)
	_, _ = users.GetUser(ctx, 7)

	found, err := cache.Inspect(ctx, "shop:cachegen/internal/docs/shop.UserRepository.GetUser:7")
	if err != nil {
		log.Fatal(err)
	}
	for _, held := range found.Tiers {
		fmt.Println(held.Tier, "holds:", held.Kind, held.Sentinel)
	}
	// Output:
	// a query
	// memory holds: notfound ErrNotFound
}

// printer is an observer that prints loads.
type printer struct{}

func (printer) Begin(ctx context.Context, op runtime.Operation) (context.Context, func(runtime.Result)) {
	return ctx, func(r runtime.Result) {
		fmt.Fprintln(os.Stdout, op.Name, "of", op.Method, "failed:", r.Err != nil)
	}
}

func (printer) Notice(e runtime.Event) { fmt.Fprintln(os.Stdout, e.Kind) }

// An observer of one's own.
func ExampleWithObserver() {
	cache := newCache(runtime.WithObserver(printer{}))
	defer cache.Close()
	users := shop.NewCachedUserRepository(newTable(), cache)
	_, _ = users.GetUser(context.Background(), 42)
	// Output:
	// a query
	// load of cachegen/internal/docs/shop.UserRepository.GetUser failed: false
}
