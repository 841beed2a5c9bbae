package runtime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// maxRecent bounds how many keys are remembered. With more, all keys count as evicted for a while.
const maxRecent = 10_000

// recent are the keys that were evicted a moment ago, by this process or another: replicas of the store behind may not
// have heard of the write yet. A nil recent knows of none.
type recent struct {
	lag      time.Duration
	watching atomic.Bool // some method wants to know

	mu    sync.Mutex
	until map[string]time.Time
	every time.Time // until then all keys count
}

func newRecent(lag time.Duration) *recent {
	return &recent{lag: lag, until: make(map[string]time.Time)}
}

func (r *recent) watch() { r.watching.Store(true) }

func (r *recent) add(keys []string) {
	if r == nil || !r.watching.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if len(r.until)+len(keys) > maxRecent {
		for key, until := range r.until {
			if now.After(until) {
				delete(r.until, key)
			}
		}
		if len(r.until)+len(keys) > maxRecent {
			clear(r.until)
			r.every = now.Add(r.lag)
			return
		}
	}
	for _, key := range keys {
		r.until[key] = now.Add(r.lag)
	}
}

// all is for when evictions may have passed unnoticed.
func (r *recent) all() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.every = time.Now().Add(r.lag)
}

// has reports whether one of keys was evicted a moment ago.
func (r *recent) has(keys ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.every) {
		return true
	}
	for _, key := range keys {
		if until, ok := r.until[key]; ok && now.Before(until) {
			return true
		}
	}
	return false
}

// any reports whether anything was evicted a moment ago.
func (r *recent) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, until := range r.until {
		if now.Before(until) {
			return true
		}
	}
	return now.Before(r.every)
}

// readingAt is reading for a result whose entry may not be known, since it is found by other arguments: then any
// eviction counts.
func (m *method) readingAt(ctx context.Context, entry []string) context.Context {
	if len(entry) > 0 {
		return m.reading(ctx, entry[0], entry[1:])
	}
	if m.primary == nil || !m.cache.tiers.recent.any() {
		return ctx
	}
	if primary := m.primary(ctx); primary != nil {
		return primary
	}
	return ctx
}

// reading is the context that the wrapped method is called with to load key, or keys.
func (m *method) reading(ctx context.Context, key string, keys []string) context.Context {
	if m.primary == nil || !m.cache.tiers.recent.has(key) && !m.cache.tiers.recent.has(keys...) {
		return ctx
	}
	if primary := m.primary(ctx); primary != nil {
		return primary
	}
	return ctx
}
