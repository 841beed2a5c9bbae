package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/examples/migration/sqlstore"
	"github.com/cachegen-go/cachegen/examples/migration/store"
	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
)

// each runs test for each layer: all behave alike.
func each(t *testing.T, test func(t *testing.T, l layer)) {
	t.Helper()
	for _, l := range layers {
		t.Run(l.name, func(t *testing.T) { test(t, l) })
	}
}

// newDB is a small store: users u1, u2 and u3, channels c1, c2 and c3 of team t1, roles r1 and r2.
func newDB(t *testing.T) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(filepath.Join(t.TempDir(), "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := seed(t.Context(), db, 3); err != nil {
		t.Fatal(err)
	}
	return db
}

// one is a node alone.
func one(t *testing.T, l layer, db store.Store) store.Store {
	t.Helper()
	return open(t, l, db, nil)
}

// node is one of those that share the Redis at addr.
func node(t *testing.T, l layer, db store.Store, addr string) store.Store {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	return open(t, l, db, client)
}

func open(t *testing.T, l layer, db store.Store, client goredis.UniversalClient) store.Store {
	t.Helper()
	s, closer, err := l.open(t.Context(), db, client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closer.Close() })
	all, ok := closer.(closers)
	if !ok {
		all = closers{closer}
	}
	for _, c := range all {
		eventually(t, "the node is subscribed", func() bool { return inUse(t.Context(), c) })
	}
	return s
}

// inUse says whether all tiers of a cachegen cache are: the one in this process is, once messages arrive.
func inUse(ctx context.Context, c io.Closer) bool {
	cache, ok := c.(*runtime.Cache)
	return !ok || !slices.ContainsFunc(cache.Health(ctx), func(tier runtime.TierHealth) bool { return tier.Off != "" })
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not yet: %s", what)
		}
	}
}

// answer is what a read came to.
type answer struct {
	value    any
	notFound bool
}

type read func(ctx context.Context, s store.Store) (any, error)

// ask fails the test on any error but ErrNotFound.
func (r read) ask(t *testing.T, s store.Store) answer {
	t.Helper()
	value, err := r(t.Context(), s)
	if errors.Is(err, store.ErrNotFound) {
		return answer{notFound: true}
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer{value: value}
}

// wantCached checks that s answers as the database does, and does it without the database once it has been asked.
func wantCached(t *testing.T, db *sqlstore.DB, s store.Store, r read) answer {
	t.Helper()
	want := r.ask(t, db)
	first := r.ask(t, s)
	reads := db.Reads()
	second := r.ask(t, s)
	if n := db.Reads() - reads; n != 0 {
		t.Errorf("asked again, it reads the database %d times", n)
	}
	if !reflect.DeepEqual(first, want) || !reflect.DeepEqual(second, want) {
		t.Errorf("answers %+v, then %+v, want %+v", first, second, want)
	}
	return want
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func redisAddr(t *testing.T) string {
	t.Helper()
	return servertest.Redis(t).Addr()
}
