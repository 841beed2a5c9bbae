package wild

import (
	"sync"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// calls counts the calls that reach a store, by what they ask.
type calls struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *calls) called(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[string]int)
	}
	c.counts[what]++
}

// want reports where the store was not asked what so often since the test's beginning.
func (c *calls) want(t *testing.T, what string, n int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[what] != n {
		t.Errorf("the store was asked %s %d times, want %d; in all: %v", what, c.counts[what], n, c.counts)
	}
}

func newCache(t *testing.T) *runtime.Cache {
	t.Helper()
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return cache
}

// must returns a call's result and ends the test where the call failed.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
