// Quickstart shows what a generated cache does for a small bookstore over a real database.
//
//	go -C examples generate ./quickstart && go -C examples run ./quickstart
//
// It needs no server. With -redis host:port the cache has two tiers, and a second process shows that each
// sees what the other writes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

func main() {
	log.SetFlags(0)
	redisAddr := flag.String("redis", "", "`host:port` of a Redis server: adds a shared tier and a second process")
	peer := flag.String("peer", "", "used by the quickstart itself: be the second process, on this `database`")
	namespace := flag.String("namespace", fmt.Sprintf("quickstart-%d", os.Getpid()), "the cache's namespace")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *peer != "" {
		err = runPeer(ctx, *peer, *redisAddr, *namespace)
	} else {
		err = run(ctx, *redisAddr, *namespace)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run fills a database of its own and shows one thing after the other.
func run(ctx context.Context, redisAddr, namespace string) error {
	dir, err := os.MkdirTemp("", "bookstore")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "books.db")
	db, err := openBooks(file)
	if err != nil {
		return err
	}
	defer db.db.Close()
	if err := db.fill(ctx); err != nil {
		return err
	}

	cache, err := openCache(redisAddr, namespace)
	if err != nil {
		return err
	}
	defer cache.Close()
	if err := cache.HealthCheck(ctx); err != nil {
		return fmt.Errorf("the cache is not well: %w", err)
	}
	shop := &shop{db: db, cached: NewCachedBookRepository(db, cache)}

	tiers := "bigcache, in this process"
	if redisAddr != "" {
		tiers = "bigcache in each process, over Redis at " + redisAddr
	}
	fmt.Printf("A bookstore with %s books and %s sales in SQLite; the cache is %s.\n", thousands(books), thousands(sales), tiers)
	steps := []func(context.Context) error{shop.coldAndWarm, shop.traffic, shop.update, shop.stampede}
	if redisAddr != "" {
		steps = append(steps, func(ctx context.Context) error { return shop.twoProcesses(ctx, file, redisAddr, namespace) })
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// openCache makes the cache: one tier in this process, and a shared one behind it where there is a Redis.
func openCache(redisAddr, namespace string) (*runtime.Cache, error) {
	local, err := bigcache.New(bigcache.Config{MaxBytes: 64 << 20})
	if err != nil {
		return nil, err
	}
	if redisAddr == "" {
		return runtime.New(local, runtime.WithNamespace(namespace))
	}
	shared, err := redis.New(goredis.NewClient(&goredis.Options{Addr: redisAddr, ContextTimeoutEnabled: true}))
	if err != nil {
		return nil, err
	}
	tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
	if err != nil {
		return nil, err
	}
	return runtime.New(tiers, runtime.WithNamespace(namespace))
}
