package pitfalls

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// A cache that is closed leaves no goroutine, whatever it was doing and whatever has become of its server.
func TestAClosedCacheLeavesNoGoroutine(t *testing.T) {
	for _, local := range []string{"memory", "bigcache"} {
		for _, fate := range []string{"no server", "alive", "dead", "paused"} {
			t.Run(local+", "+fate, func(t *testing.T) {
				var tiers []runtime.Tier
				if local == "memory" {
					tiers = append(tiers, runtime.Tier{Backend: must[*memory.Backend](t)(memory.New(memory.Config{}))})
				} else {
					tiers = append(tiers, runtime.Tier{Backend: must[*bigcache.Backend](t)(bigcache.New(bigcache.Config{}))})
				}
				before := goleak.IgnoreCurrent() // bigcache, which is closed with the cache, may have begun already
				var server *servertest.Server
				var client *goredis.Client
				if fate != "no server" {
					server = servertest.Redis(t)
					before = goleak.IgnoreCurrent() // and what waits for the server's process
					client = goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
					tiers = append(tiers, runtime.Tier{Backend: must[*redis.Backend](t)(redis.New(client))})
				}
				cache := must[*runtime.Cache](t)(runtime.New(
					must[*runtime.Tiered](t)(runtime.NewTiered(tiers...)), runtime.WithBackendTimeout(100*time.Millisecond)))
				busy(t, cache, func() {
					switch fate {
					case "dead":
						server.Kill()
					case "paused":
						server.Pause()
						t.Cleanup(server.Resume)
					}
				})
				began := time.Now()
				if err := cache.Close(); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > 6*time.Second {
					t.Errorf("Close took %v", took)
				}
				if client != nil {
					_ = client.Close()
				}
				// An attempt to connect to a server that does not answer is left behind, until its time limit ends it.
				eventually(t, "no goroutine left", func() bool { return goleak.Find(before) == nil })
			})
		}
	}
}

// busy has cache work in the background when it returns: evictions that are tried again and a load that nobody waits for.
func busy(t *testing.T, cache *runtime.Cache, befall func()) {
	t.Helper()
	db := newTable(1, 2)
	articles := NewCachedArticles(db, cache)
	if _, err := articles.Get(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := articles.Latest(t.Context()); err != nil {
		t.Fatal(err)
	}
	befall()
	_ = articles.EvictGet(t.Context(), 1)
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	_, _ = articles.Get(ctx, 2)
}

// What goes on in the background when a cache is closed, a refresh here, is over when Close returns.
func TestCloseWaitsForARefresh(t *testing.T) {
	server := servertest.Redis(t)
	for name, backend := range map[string]func() runtime.CacheBackend{
		"memory":   func() runtime.CacheBackend { return must[*memory.Backend](t)(memory.New(memory.Config{})) },
		"bigcache": func() runtime.CacheBackend { return must[*bigcache.Backend](t)(bigcache.New(bigcache.Config{})) },
		"redis":    func() runtime.CacheBackend { return must[*redis.Backend](t)(redis.New(dial(t, server.Addr()))) },
	} {
		t.Run(name, func(t *testing.T) {
			cache := must[*runtime.Cache](t)(runtime.New(backend()))
			m := runtime.NewMethod(cache, runtime.MethodConfig[int]{
				Prefix: "p.Ints", Name: "Get", Codec: codec.Reflect[int](), TTL: time.Hour, Jitter: -1, Refresh: time.Hour,
			})
			key := string(m.Key(nil)) + ":1"
			began, release := make(chan bool, 1), make(chan struct{})
			var over atomic.Bool
			must[int](t)(m.Load(t.Context(), key, func(context.Context, *runtime.Fill) (int, error) { return 1, nil }))
			must[int](t)(m.Load(t.Context(), key, func(context.Context, *runtime.Fill) (int, error) {
				began <- true
				<-release
				time.Sleep(20 * time.Millisecond) // for Close to return too early
				over.Store(true)
				return 2, nil
			}))
			soon(t, "a refresh", began)
			closed := make(chan error, 1)
			go func() {
				err := cache.Close()
				if !over.Load() {
					t.Error("Close returned before the refresh was over")
				}
				closed <- err
			}()
			eventually(t, "a closed cache", func() bool { return cache.HealthCheck(t.Context()) == runtime.ErrClosed })
			close(release)
			if err := soon(t, "the end of Close", closed); err != nil {
				t.Error(err)
			}
		})
	}
}
