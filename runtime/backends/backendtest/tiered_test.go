package backendtest_test

import (
	"io"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// TestTiered holds runtime.Tiered to the contract of the backends that it is made of.
func TestTiered(t *testing.T) {
	client := goredis.NewClient(&goredis.Options{Addr: servertest.Redis(t).Addr(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })

	inMemory := func(t *testing.T) runtime.CacheBackend { return made(t)(memory.New(memory.Config{})) }
	inBigcache := func(t *testing.T) runtime.CacheBackend {
		return made(t)(bigcache.New(bigcache.Config{MaxBytes: 4 << 20}))
	}
	inRedis := func(t *testing.T) runtime.CacheBackend { return made(t)(redis.New(client)) }
	tiered := func(opens ...func(*testing.T) runtime.CacheBackend) func(*testing.T) runtime.CacheBackend {
		return func(t *testing.T) runtime.CacheBackend {
			var tiers []runtime.Tier
			for _, open := range opens {
				tiers = append(tiers, runtime.Tier{Backend: open(t)})
			}
			return made(t)(runtime.NewTiered(tiers...))
		}
	}

	for name, open := range map[string]func(*testing.T) runtime.CacheBackend{
		"memory":                            tiered(inMemory),
		"memory over memory":                tiered(inMemory, inMemory),
		"memory over redis":                 tiered(inMemory, inRedis),
		"bigcache over redis":               tiered(inBigcache, inRedis),
		"memory over (bigcache over redis)": tiered(inMemory, tiered(inBigcache, inRedis)),
		"(memory over bigcache) over redis": tiered(tiered(inMemory, inBigcache), inRedis),
	} {
		t.Run(name, func(t *testing.T) { backendtest.Run(t, open, backendtest.Config{}) })
	}
}

// made returns a function that takes what a constructor returns, for a backend that is closed with its test.
func made(t *testing.T) func(runtime.CacheBackend, error) runtime.CacheBackend {
	t.Helper()
	return func(b runtime.CacheBackend, err error) runtime.CacheBackend {
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := b.(io.Closer); ok {
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		}
		return b
	}
}
