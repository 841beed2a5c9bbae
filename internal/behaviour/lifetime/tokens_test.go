package lifetime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

type issuer struct {
	valid map[string]time.Duration
	loads int
}

func (i *issuer) Get(_ context.Context, id string) (*Token, error) {
	i.loads++
	if id == "none" {
		return nil, nil
	}
	return &Token{id, i.valid[id]}, nil
}

func (i *issuer) Batch(n int) []string {
	i.loads++
	return make([]string, n)
}

// TestAnswersSayTheirTTL asks, waits and asks again: an answer is loaded anew once its own time is over, and not before.
func TestAnswersSayTheirTTL(t *testing.T) {
	store := &issuer{valid: map[string]time.Duration{"short": time.Second, "long": 48 * time.Hour}}
	for _, c := range []struct {
		name string
		ask  func(*CachedTokens)
		wait time.Duration
		want int // loads
	}{
		{"within its time", func(w *CachedTokens) { _, _ = w.Get(context.Background(), "short") }, 900 * time.Millisecond, 1},
		{"after its time", func(w *CachedTokens) { _, _ = w.Get(context.Background(), "short") }, 1100 * time.Millisecond, 2},
		{"beyond the method's TTL", func(w *CachedTokens) { _, _ = w.Get(context.Background(), "long") }, 47 * time.Hour, 1},
		{"zero", func(w *CachedTokens) { _, _ = w.Get(context.Background(), "zero") }, 0, 2},
		{"panics", func(w *CachedTokens) { _, _ = w.Get(context.Background(), "none") }, 0, 2},
		{"by a parameter", func(w *CachedTokens) { w.Batch(3) }, 2 * time.Second, 1},
		{"by a parameter, over", func(w *CachedTokens) { w.Batch(3) }, 4 * time.Second, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend, err := memory.New(memory.Config{})
				if err != nil {
					t.Fatal(err)
				}
				cache, err := runtime.New(backend)
				if err != nil {
					t.Fatal(err)
				}
				defer cache.Close()
				store.loads = 0
				w := NewCachedTokens(store, cache)
				c.ask(w)
				time.Sleep(c.wait)
				c.ask(w)
				if store.loads != c.want {
					t.Errorf("%d loads, want %d", store.loads, c.want)
				}
			})
		})
	}
}
