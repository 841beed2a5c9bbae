package runtime

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
)

const (
	// One of hotEvery hits is noted.
	hotEvery = 64
	// hotSpare is how many keys are counted for each that is asked for. With more, fewer counts are passed on.
	hotSpare = 8
	// hotHalf is after how many ms all counts are halved, so that what was hot gives way to what is.
	hotHalf = 60_000
)

// HotKey is a key that many hits were of.
type HotKey struct {
	Key string
	// Method is the method whose entry it is: "prefix.Method".
	Method string
	// Share is what part of all hits were of it in the last minutes: 0.25 is a quarter. It is estimated from one in 64
	// hits, and rather too low than too high.
	Share float64
}

// WithHotKeys has the cache watch which n keys most hits are of, see Cache.HotKeys; it keeps no more than some n keys for
// it. The default, 0, is not to.
func WithHotKeys(n int) Option {
	return func(o *options) { o.hotKeys = n }
}

// HotKeys returns the keys that most hits were of in the last minutes, the hottest first, at most as many as WithHotKeys
// says; none without it.
func (c *Cache) HotKeys() []HotKey {
	if c == nil || c.hot == nil {
		return nil
	}
	return c.hot.top()
}

// hotKeys counts hits by key, as Space-Saving does (Metwally, Agrawal and El Abbadi, 2005): where there is no place for a
// new key, it takes that of the one with the lowest count, and the count too, which is then by so much too high. A nil
// hotKeys counts nothing.
type hotKeys struct {
	n     int
	clock *clock

	mu     sync.Mutex
	keys   map[string]*hotKey
	total  float64 // all that was noted, halved as the counts are
	halved int64   // the unix ms when they were last
}

type hotKey struct {
	method *method
	groups []string
	count  float64
	excess float64 // the part of count that may be others'
}

func newHotKeys(n int, c *clock) *hotKeys {
	if n == 0 {
		return nil
	}
	return &hotKeys{n: n, clock: c, keys: make(map[string]*hotKey), halved: c.now()}
}

// hit is told of each hit. It is inlined, so that it costs a comparison where nobody watches.
func (h *hotKeys) hit(m *method, key string, groups []string) {
	if h != nil {
		h.note(m, key, groups)
	}
}

// note counts some of the hits, if nobody else is counting one.
func (h *hotKeys) note(m *method, key string, groups []string) {
	if rand.Uint32()%hotEvery != 0 || !h.mu.TryLock() {
		return
	}
	defer h.mu.Unlock()
	h.age()
	h.total++
	k := h.keys[key]
	if k == nil {
		k = &hotKey{method: m}
		if len(h.keys) >= h.n*hotSpare {
			coldest := h.coldest()
			k.count = h.keys[coldest].count
			k.excess = k.count
			delete(h.keys, coldest)
		}
		h.keys[key] = k
	}
	k.count++
	if k.groups == nil {
		k.groups = slices.Clone(groups)
	}
}

func (h *hotKeys) coldest() (key string) {
	var least float64
	for k, hot := range h.keys {
		if key == "" || hot.count < least {
			key, least = k, hot.count
		}
	}
	return key
}

// age halves the counts for each hotHalf that has passed.
func (h *hotKeys) age() {
	for now := h.clock.now(); now-h.halved >= hotHalf; h.halved += hotHalf {
		if h.total < 1 {
			h.total, h.halved = 0, now
			clear(h.keys)
			break
		}
		h.total /= 2
		for key, hot := range h.keys {
			hot.count, hot.excess = hot.count/2, hot.excess/2
			if hot.count < 0.5 {
				delete(h.keys, key)
			}
		}
	}
}

func (h *hotKeys) top() []HotKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.age()
	var all []HotKey
	for key, hot := range h.keys {
		if share := (hot.count - hot.excess) / h.total; share > 0 {
			all = append(all, HotKey{Key: key, Method: hot.method.name, Share: share})
		}
	}
	slices.SortFunc(all, func(a, b HotKey) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Key, b.Key))
	})
	return all[:min(len(all), h.n)]
}

// groupsOf are the groups of key's entry, if it is watched and in any.
func (h *hotKeys) groupsOf(key string) []string {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := h.keys[key]; k != nil {
		return k.groups
	}
	return nil
}
