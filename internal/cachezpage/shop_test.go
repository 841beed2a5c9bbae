package cachezpage

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
	"github.com/cachegen-go/cachegen/runtime/cachez"
)

// shop is a cache in front of a database, with its page.
type shop struct {
	cache   *runtime.Cache
	catalog *CachedCatalog
	store   *servertest.Server
	url     string // of the page
}

func newShop(t *testing.T, slow bool) *shop {
	t.Helper()
	s := &shop{store: servertest.Redis(t)}
	page := cachez.New(cachez.WithEvict())
	s.cache = newCache(t, page, s.store.Addr(), "shop")
	newCache(t, page, s.store.Addr(), "stock")
	t.Cleanup(func() { _ = page.Close() })
	s.catalog = NewCachedCatalog(database{slow}, s.cache)
	mux := http.NewServeMux()
	mux.Handle("/debug/cachez/", page)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL + "/debug/cachez/"
	return s
}

func newCache(t *testing.T, page *cachez.Page, addr, namespace string) *runtime.Cache {
	t.Helper()
	local, err := bigcache.New(bigcache.Config{MaxBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	shared, err := redis.New(client)
	if err != nil {
		t.Fatal(err)
	}
	tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(tiers, runtime.WithNamespace(namespace), runtime.WithObserver(page), runtime.WithHotKeys(8),
		runtime.WithBackendTimeout(2*time.Second)) // the machine may be busy
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return cache
}

// trade has customers use the shop until the test, or stop, ends it.
func (s *shop) trade(t *testing.T, customers int, pause time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for n := range customers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			few, many := rand.NewZipf(r, 1.5, 2, 30), rand.NewZipf(r, 1.15, 4, 20_000)
			for began := time.Now(); ctx.Err() == nil; {
				s.visit(ctx, r, int64(few.Uint64()), int64(many.Uint64()))
				wave := 1 + 0.6*math.Sin(time.Since(began).Seconds()/9)
				select {
				case <-time.After(time.Duration(wave * float64(pause))):
				case <-ctx.Done():
				}
			}
		})
	}
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return stop
}

// visit is what one customer does.
func (s *shop) visit(ctx context.Context, r *rand.Rand, few, many int64) {
	c := s.catalog
	for range 6 {
		_, _ = c.Product(ctx, 1+few)
	}
	_, _ = c.Product(ctx, 1+many)
	_, _ = c.ListByCategory(ctx, categories[few%int64(len(categories))], int(many%3))
	switch n := r.IntN(100); {
	case n < 40:
		_, _ = c.Price(ctx, 1+many, "EUR")
	case n < 60:
		_, _ = c.Search(ctx, []string{"lamp", "chess", "red shoes", "piano", "tea"}[r.IntN(5)])
	case n < 62:
		_ = c.Update(ctx, &Product{ID: 1 + few, Category: categories[few%int64(len(categories))]})
	}
}
