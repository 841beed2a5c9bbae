package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// trips notes the queries of the database and the look-ups in the cache.
type trips struct {
	mu      sync.Mutex
	queries []string
	lookups int
}

func (t *trips) query(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queries = append(t.queries, text)
}

func (t *trips) lookup() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lookups++
}

// take returns what was noted since the last time.
func (t *trips) take() (queries []string, lookups int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queries, lookups = t.queries, t.lookups
	t.queries, t.lookups = nil, 0
	return queries, lookups
}

// summary says how many trips there were, and which queries.
func (t *trips) summary() string {
	queries, lookups := t.take()
	times := make(map[string]int)
	for _, q := range queries {
		times[q]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "queries: %d, look-ups in the cache: %d\n", len(queries), lookups)
	for _, q := range queries {
		if n := times[q]; n > 0 {
			fmt.Fprintf(&b, "  %d × %s\n", n, q)
		}
		delete(times, q)
	}
	return b.String()
}

// counted is a backend that notes look-ups. With Redis, each is a round trip.
type counted struct {
	*memory.Backend
	trips *trips
}

func (c counted) Get(ctx context.Context, key string) (runtime.Value, error) {
	c.trips.lookup()
	return c.Backend.Get(ctx, key)
}

func (c counted) GetMany(ctx context.Context, keys []string) ([]runtime.Value, error) {
	c.trips.lookup()
	return c.Backend.GetMany(ctx, keys)
}
