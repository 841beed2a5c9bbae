//go:build unix

// Package observetest makes a cache do everything that an observer can be told of, over a real Redis.
package observetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// Method is the name of the one method that Run calls.
const Method = "shop.Users.Get"

var errNotFound, errBroken = errors.New("not found"), errors.New("the database is broken")

// Run makes a cache over memory and Redis with these observers, and has it hit, miss, load, fail to load, find nothing, lose a
// panic, meet a corrupt entry and hear of another process's eviction; then the server dies, an eviction fails and the breaker
// opens for as long as the test goes on. All of it has been told of when Run returns. Calls have ctx.
func Run(ctx context.Context, t testing.TB, observers ...runtime.Observer) *runtime.Cache {
	t.Helper()
	server := servertest.Redis(t)
	w := &witness{seen: make(map[string]bool)}
	// The observers are told before the witness, who is the first, so that what it has seen, they have.
	cache, users := open(t, server.Addr(), runtime.WithObserver(w), runtime.WithObserver(observers...))
	elsewhere, theirs := open(t, server.Addr())
	w.await(t, runtime.LinkUp.String())

	call := func(id string, load func(context.Context, *runtime.Fill) (string, error)) {
		key := Key(users, id)
		if _, ok, _ := users.Get(ctx, key); !ok {
			_, _ = users.Load(ctx, key, load)
		}
	}
	ann := func(context.Context, *runtime.Fill) (string, error) { return "Ann", nil }
	call("1", ann)
	call("1", ann)
	call("none", func(context.Context, *runtime.Fill) (string, error) { return "", errNotFound })
	call("none", func(context.Context, *runtime.Fill) (string, error) { return "", errNotFound })
	call("broken", func(context.Context, *runtime.Fill) (string, error) { return "", errBroken })

	client := newClient(t, server.Addr())
	if err := client.Set(ctx, Key(users, "corrupt"), `{"kind":"value"}`, time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	call("corrupt", ann)
	w.await(t, runtime.EntryCorrupt.String())

	elsewhere.Evict(ctx, func(ev *runtime.Eviction) { ev.Remove(theirs, Key(theirs, "1")) })
	w.await(t, runtime.EvictionReceived.String())

	left, leave := context.WithCancel(ctx)
	_, _ = users.Load(left, Key(users, "panics"), func(ctx context.Context, _ *runtime.Fill) (string, error) {
		leave()
		<-ctx.Done()
		panic("lost")
	})
	w.await(t, runtime.PanicLost.String())

	server.Kill()
	w.await(t, runtime.LinkDown.String())
	cache.Evict(ctx, func(ev *runtime.Eviction) { ev.Remove(users, Key(users, "1")) })
	w.await(t, runtime.EvictionFailed.String())
	for deadline := time.Now().Add(10 * time.Second); !w.has("open"); {
		if time.Now().After(deadline) {
			t.Fatal("the breaker did not open")
		}
		call("2", ann)
		cache.Evict(ctx, func(ev *runtime.Eviction) { ev.Remove(users, Key(users, "2")) })
	}
	call("3", ann)
	return cache
}

// Key is the key of an entry of users.
func Key(users *runtime.Method[string], id string) string {
	return string(append(users.Key(nil), id...))
}

func open(t testing.TB, addr string, opts ...runtime.Option) (*runtime.Cache, *runtime.Method[string]) {
	t.Helper()
	local, err := memory.New(memory.Config{MaxEntries: 100})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := redis.New(newClient(t, addr))
	if err != nil {
		t.Fatal(err)
	}
	tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(tiers, append(opts, runtime.WithNamespace("shop"), runtime.WithBreaker(2, time.Hour),
		runtime.WithBackendTimeout(2*time.Second))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cache.Close() })
	return cache, runtime.NewMethod(cache, runtime.MethodConfig[string]{
		Prefix: "shop.Users", Name: "Get", Codec: codec.Reflect[string](),
		NotFound: []runtime.Sentinel{{Name: "ErrNotFound", Err: errNotFound}},
	})
}

func newClient(t testing.TB, addr string) goredis.UniversalClient {
	client := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	return client
}

// witness notes which events there have been: by their kind, and by a breaker's state.
type witness struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (w *witness) Begin(ctx context.Context, _ runtime.Operation) (context.Context, func(runtime.Result)) {
	return ctx, nil
}

func (w *witness) Notice(e runtime.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[e.Kind.String()], w.seen[e.State] = true, true
}

func (w *witness) has(what string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[what]
}

func (w *witness) await(t testing.TB, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !w.has(what); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the cache tells of no %q", what)
		}
	}
}
