// Service is a JSON service over SQLite as it would go into production: its reads are cached in this process and, with
// -redis, in a Redis that all instances share; it has metrics, a page for operators, and ends in good order.
//
//	go -C examples run ./service
//	go -C examples run ./service -redis localhost:6379
//
// Start it twice with one -redis and one -db, and other -addr and -debug, and each instance sees at once what the other
// changes. Stop Redis, and both go on: from the database alone, since neither hears any longer what the other changes.
//
// The files, in the order to read them: catalogue.go says what is cached and what evicts it; cache.go sets the cache up;
// api.go has the handlers, which do not know of it; service_test.go tests these with backends/memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/cachegen-go/cachegen/runtime/cachez"
	"github.com/cachegen-go/cachegen/runtime/observe/prometheus"
	"github.com/cachegen-go/cachegen/runtime/observe/slogs"
)

type config struct{ addr, debug, redis, db string }

func main() {
	var c config
	flag.StringVar(&c.addr, "addr", "localhost:8080", "`host:port` to serve at")
	flag.StringVar(&c.debug, "debug", "localhost:6060", "`host:port` of the page for operators, which shows what is cached")
	flag.StringVar(&c.redis, "redis", "", "`host:port` of a Redis server: adds a tier that all instances share")
	flag.StringVar(&c.db, "db", "", "database `file`; without it a new one, which is removed at the end")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends it at once
	if err := run(ctx, c); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends. What is opened first is closed last: requests need the cache, the cache needs the database.
func run(ctx context.Context, c config) error {
	if c.db == "" {
		dir, err := os.MkdirTemp("", "catalogue")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.db = filepath.Join(dir, "catalogue.db")
	}
	db, err := openDatabase(ctx, c.db)
	if err != nil {
		return err
	}
	defer db.Close()

	var client *goredis.Client
	if c.redis != "" {
		client = goredis.NewClient(&goredis.Options{
			Addr:                  c.redis,
			ContextTimeoutEnabled: true, // it heeds deadlines
			DialerRetries:         1,    // where nobody listens it says so at once, and not by a timeout
		})
		defer client.Close()
		logging.Disable() // go-redis tells each failed dial, slogs what comes of it, once a minute
	}
	page, metrics := cachez.New(), prometheus.New()
	defer page.Close()
	cache, err := openCache(client, slogs.New(slog.Default()), metrics, page)
	if err != nil {
		return err
	}
	defer cache.Close()
	catalogue := NewCachedCatalogue(db, cache)

	registry := prom.NewRegistry()
	registry.MustRegister(metrics)
	public := http.NewServeMux()
	public.Handle("/", newAPI(catalogue))
	public.Handle("GET /healthz", health(catalogue, cache))
	public.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{})) // neither keys nor values
	operators := http.NewServeMux()
	operators.Handle("/debug/cachez/", page) // keys and values: not for the world
	return serve(ctx, c, public, operators)
}

// serve has two servers listen until ctx ends or one of them fails, and returns when all requests are answered.
func serve(ctx context.Context, c config, public, operators http.Handler) error {
	listener, err := net.Listen("tcp", c.addr)
	if err != nil {
		return err
	}
	private, err := net.Listen("tcp", c.debug)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	servers := []*http.Server{
		{Handler: public, ReadHeaderTimeout: 5 * time.Second},
		{Handler: operators, ReadHeaderTimeout: 5 * time.Second},
	}
	failed := make(chan error, len(servers))
	go func() { failed <- servers[0].Serve(listener) }()
	go func() { failed <- servers[1].Serve(private) }()

	base := "http://" + listener.Addr().String()
	fmt.Printf("Serving at %s, with the operators' page at http://%s/debug/cachez/. Try:\n", base, private.Addr())
	for _, args := range []string{
		"'%s/products?category=tea'",
		"%s/products/1",
		`-X PUT -d '{"name": "Assam", "category": "tea", "cents": 720}' %s/products/1`,
		"%s/healthz",
		"-s %s/metrics | grep requests_total",
	} {
		fmt.Printf("  curl "+args+"\n", base)
	}

	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, servers[0].Shutdown(grace), servers[1].Close())
}
