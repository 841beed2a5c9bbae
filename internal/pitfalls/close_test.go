package pitfalls

import (
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
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
				goleak.VerifyNone(t, before)
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
