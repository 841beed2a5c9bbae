package groups

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// directory counts the calls of its reading methods.
type directory struct {
	mu    sync.Mutex
	calls map[string]int
	// slow, where not nil, is called by ListByTeam when it has read its answer.
	slow func()
}

func (d *directory) called(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.calls == nil {
		d.calls = map[string]int{}
	}
	d.calls[fmt.Sprintf(format, args...)]++
}

func (d *directory) Get(_ context.Context, id int64) (*User, error) {
	d.called("Get %d", id)
	return &User{ID: id}, nil
}

func (d *directory) ListByTeam(_ context.Context, team int64, page Page) ([]User, error) {
	d.called("ListByTeam %d %v", team, page)
	if d.slow != nil {
		d.slow()
	}
	return []User{{TeamID: team}}, nil
}

func (d *directory) Count(context.Context) (int, error) {
	d.called("Count")
	return 1, nil
}

func (d *directory) Search(ctx context.Context, name string, limit int, secret string) ([]string, error) {
	d.called("Search %s %s %d %s", tenant(ctx), strings.ToLower(name), limit, secret)
	return []string{name}, nil
}

func (d *directory) Find(_ context.Context, team int64, key any) (*User, error) {
	d.called("Find %d %v", team, key)
	return nil, nil
}

func (d *directory) Update(context.Context, *User) error             { return nil }
func (d *directory) Renumber(context.Context, Page) error            { return nil }
func (d *directory) Merge(context.Context, []int64) error            { return nil }
func (d *directory) Create(_ context.Context, u User) (*User, error) { return &u, nil }
func (d *directory) Clear(context.Context) error                     { return nil }
func (d *directory) Index(context.Context, string) error             { return nil }
func (d *directory) Unshare(context.Context, string) error           { return nil }
func (d *directory) Reindex(context.Context) error                   { return nil }
func (d *directory) Forget(context.Context) error                    { return nil }
func (d *directory) Lose(context.Context, any) error                 { return nil }

// readAll calls every reading method with several arguments and returns which calls reached the directory.
func (d *directory) readAll(ctx context.Context, w *CachedUsers) string {
	d.calls = nil
	for _, team := range []int64{1, 2} {
		_, _ = w.Get(ctx, team)
		for _, page := range []Page{{0, 10}, {10, 10}} {
			_, _ = w.ListByTeam(ctx, team, page)
		}
		_, _ = w.Find(ctx, team, "a")
	}
	_, _ = w.Count(ctx)
	_, _ = w.Find(ctx, 1, 7)
	for _, tenant := range []string{"x", "y"} {
		ctx := WithTenant(ctx, tenant)
		_, _ = w.Search(ctx, "Ann", 1, "s")
		_, _ = w.Search(ctx, "ann", 2, "s")
		_, _ = w.Search(ctx, "bob", 1, "t")
	}
	var calls []string
	for _, call := range order {
		if n := d.calls[call]; n > 0 {
			calls = append(calls, call)
		}
	}
	return strings.Join(calls, "; ")
}

var order = []string{
	"Get 1", "Get 2", "ListByTeam 1 {0 10}", "ListByTeam 1 {10 10}", "ListByTeam 2 {0 10}", "ListByTeam 2 {10 10}", "Count",
	"Find 1 a", "Find 2 a", "Find 1 7",
	"Search x ann 1 s", "Search x ann 2 s", "Search x bob 1 t", "Search y ann 1 s", "Search y ann 2 s", "Search y bob 1 t",
}

var mutators = []struct {
	name string
	call func(context.Context, *CachedUsers) error
	want string // what must be loaded anew
}{
	{"some lists of a team, and an entry", func(ctx context.Context, w *CachedUsers) error { return w.Update(ctx, &User{ID: 2, TeamID: 1}) },
		"Get 2; ListByTeam 1 {0 10}; ListByTeam 1 {10 10}"},
	{"a nil pointer", func(ctx context.Context, w *CachedUsers) error { return w.Update(ctx, nil) }, ""},
	{"by the second argument", func(ctx context.Context, w *CachedUsers) error { return w.Renumber(ctx, Page{10, 10}) },
		"ListByTeam 1 {10 10}; ListByTeam 2 {10 10}"},
	{"in a loop, on a condition", func(ctx context.Context, w *CachedUsers) error { return w.Merge(ctx, []int64{-1, 2}) },
		"ListByTeam 2 {0 10}; ListByTeam 2 {10 10}"},
	{"by the result", func(ctx context.Context, w *CachedUsers) error { _, err := w.Create(ctx, User{TeamID: 2}); return err },
		"ListByTeam 2 {0 10}; ListByTeam 2 {10 10}"},
	{"all of some methods", func(ctx context.Context, w *CachedUsers) error { return w.Clear(ctx) },
		"Get 1; Get 2; ListByTeam 1 {0 10}; ListByTeam 1 {10 10}; ListByTeam 2 {0 10}; ListByTeam 2 {10 10}; Count"},
	{"all of a method, by hand", func(ctx context.Context, w *CachedUsers) error { return w.EvictAllGet(ctx) }, "Get 1; Get 2"},
	{"one entry, by hand", func(ctx context.Context, w *CachedUsers) error { return w.EvictListByTeam(ctx, 1, Page{0, 10}) }, "ListByTeam 1 {0 10}"},
	{"some entries, by hand", func(ctx context.Context, w *CachedUsers) error { return w.EvictListByTeamByTeamID(ctx, 2) },
		"ListByTeam 2 {0 10}; ListByTeam 2 {10 10}"},
	{"some of a tenant, by hand", func(ctx context.Context, w *CachedUsers) error {
		return w.EvictSearchBySecret(WithTenant(ctx, "y"), "t")
	},
		"Search y bob 1 t"},
	{"by a key expression", func(ctx context.Context, w *CachedUsers) error { return w.Index(WithTenant(ctx, "x"), "ANN") },
		"Search x ann 1 s; Search x ann 2 s"},
	{"by a digest", func(ctx context.Context, w *CachedUsers) error { return w.Unshare(WithTenant(ctx, "y"), "t") }, "Search y bob 1 t"},
	{"all of a tenant", func(ctx context.Context, w *CachedUsers) error { return w.Reindex(WithTenant(ctx, "y")) },
		"Search y ann 1 s; Search y ann 2 s; Search y bob 1 t"},
	{"all of all tenants", func(ctx context.Context, w *CachedUsers) error { return w.Forget(ctx) },
		"Search x ann 1 s; Search x ann 2 s; Search x bob 1 t; Search y ann 1 s; Search y ann 2 s; Search y bob 1 t"},
	{"by a value of any type", func(ctx context.Context, w *CachedUsers) error { return w.Lose(ctx, "a") }, "Find 1 a; Find 2 a"},
	{"by a value that cannot be keyed", func(ctx context.Context, w *CachedUsers) error { return w.Lose(ctx, func() {}) }, ""},
}

func newCache(t *testing.T, backends ...runtime.CacheBackend) *runtime.Cache {
	t.Helper()
	var tiers []runtime.Tier
	for _, b := range backends {
		tiers = append(tiers, runtime.Tier{Backend: b})
	}
	tiered, err := runtime.NewTiered(tiers...)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(tiered, runtime.WithBackendTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return cache
}

func inMemory(t *testing.T) runtime.CacheBackend {
	t.Helper()
	b, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func inBigcache(t *testing.T) runtime.CacheBackend {
	t.Helper()
	b, err := bigcache.New(bigcache.Config{MaxBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func inRedis(t *testing.T, server *servertest.Server) runtime.CacheBackend {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	b, err := redis.New(client)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAMutatorEndsTheEntriesThatItsDirectiveMeansAndNoOthers reads everything, mutates, and reads everything again.
func TestAMutatorEndsTheEntriesThatItsDirectiveMeansAndNoOthers(t *testing.T) {
	server := servertest.Redis(t)
	for name, tiers := range map[string]func(t *testing.T) []runtime.CacheBackend{
		"memory":   func(t *testing.T) []runtime.CacheBackend { return []runtime.CacheBackend{inMemory(t)} },
		"bigcache": func(t *testing.T) []runtime.CacheBackend { return []runtime.CacheBackend{inBigcache(t)} },
		"redis":    func(t *testing.T) []runtime.CacheBackend { return []runtime.CacheBackend{inRedis(t, server)} },
		"bigcache and redis": func(t *testing.T) []runtime.CacheBackend {
			return []runtime.CacheBackend{inBigcache(t), inRedis(t, server)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := &directory{}
			w := NewCachedUsers(store, newCache(t, tiers(t)...))
			store.readAll(t.Context(), w)
			for _, m := range mutators {
				if got := store.readAll(t.Context(), w); got != "" {
					t.Errorf("before %s: loaded %s", m.name, got)
				}
				if err := m.call(t.Context(), w); err != nil {
					t.Fatal(err)
				}
				if got := store.readAll(t.Context(), w); got != m.want {
					t.Errorf("%s:\nloaded %s\nwant   %s", m.name, got, m.want)
				}
			}
		})
	}
}

// TestAnotherProcessSeesWhatAMutatorEnds has two caches with tiers of their own on one Redis.
func TestAnotherProcessSeesWhatAMutatorEnds(t *testing.T) {
	server := servertest.Redis(t)
	here, there := &directory{}, &directory{}
	cache, other := newCache(t, inBigcache(t), inRedis(t, server)), newCache(t, inMemory(t), inRedis(t, server))
	w, o := NewCachedUsers(here, cache), NewCachedUsers(there, other)
	until(t, "both keep copies of their own", func() bool {
		w.readOnce(t)
		o.readOnce(t)
		return cache.Stats().Tiers[0].Hits > 0 && other.Stats().Tiers[0].Hits > 0
	})
	here.readAll(t.Context(), w)
	there.readAll(t.Context(), o)
	for _, m := range mutators {
		if got := there.readAll(t.Context(), o); got != "" {
			t.Errorf("before %s: loaded %s", m.name, got)
		}
		received := other.Stats().ReceivedEvictions
		evicted := evictions(cache)
		if err := m.call(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		until(t, "the message arrives", func() bool {
			return other.Stats().ReceivedEvictions-received == evictions(cache)-evicted
		})
		if got := there.readAll(t.Context(), o); got != m.want {
			t.Errorf("%s:\nthe other loaded %s\nwant             %s", m.name, got, m.want)
		}
		if got := here.readAll(t.Context(), w); got != "" {
			t.Errorf("%s: what the other has loaded is loaded again: %s", m.name, got)
		}
	}
}

// TestALoadBegunBeforeAGroupIsEvictedElsewhereIsNotServedAfterIt is about processes that share a Redis.
func TestALoadBegunBeforeAGroupIsEvictedElsewhereIsNotServedAfterIt(t *testing.T) {
	server := servertest.Redis(t)
	here, there := &directory{}, &directory{}
	w := NewCachedUsers(here, newCache(t, inBigcache(t), inRedis(t, server)))
	o := NewCachedUsers(there, newCache(t, inBigcache(t), inRedis(t, server)))
	read, written := make(chan struct{}), make(chan struct{})
	there.slow = func() { close(read); <-written }
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = o.ListByTeam(t.Context(), 1, Page{})
	}()
	<-read
	if err := w.Update(t.Context(), &User{TeamID: 1}); err != nil {
		t.Fatal(err)
	}
	close(written)
	<-done
	there.slow = nil
	for i := range 2 {
		here.calls, there.calls = nil, nil
		_, _ = w.ListByTeam(t.Context(), 1, Page{})
		_, _ = o.ListByTeam(t.Context(), 1, Page{})
		if loads := len(here.calls) + len(there.calls); loads != 1-i {
			t.Errorf("read %d: %d loads, want %d", i, loads, 1-i)
		}
	}
}

// readOnce reads what no mutator evicts by itself.
func (w *CachedUsers) readOnce(t *testing.T) {
	if _, err := w.Find(t.Context(), 100, 100); err != nil {
		t.Error(err)
	}
}

// evictions counts the keys that a cache was told to evict.
func evictions(c *runtime.Cache) uint64 {
	var n uint64
	for _, m := range c.Stats().Methods {
		n += m.Evictions
	}
	return n
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
