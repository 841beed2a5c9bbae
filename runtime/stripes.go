package runtime

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

const stripeCount = 1024

// stripeSeed is the same for all caches of the process, so that a test which makes the same calls on a new cache has
// the same keys share a stripe, and with it the same happen.
var stripeSeed = maphash.MakeSeed()

// stripes is what this process knows about keys in use. Keys share a stripe by hash; what is said of a key under
// its stripe's lock is then said of the whole stripe or looked up by key.
type stripes struct {
	all [stripeCount]stripe

	clock atomic.Uint64 // rises with each write's end
}

// A stripe orders what happens to its keys in this process.
type stripe struct {
	mu sync.Mutex
	// gen rises with each invalidation and each store of a key of this stripe. Who copies a value from a lower tier
	// up takes it before asking the lower tier and stores only if it is the same still.
	gen uint64
	// evicted rises with each invalidation of a key of this stripe. It is read without the lock.
	evicted atomic.Uint64
	// written is the clock's value when a write last touched a key of this stripe.
	written uint64
	// flights are the loads that callers may join.
	flights map[string]*flight
	// writers are the keys that writes under way are around, with the number of those: see Cache.Around.
	writers map[string]int
	// fills are the keys that are being stored in tiers outside this process; each channel is closed at the end.
	fills map[string]chan struct{}
	// evictions are the keys that are being removed, with the number of evictions at it. Nothing that was read
	// meanwhile is promoted to a tier outside this process, which the removal may have passed.
	evictions map[string]int
	// flushes is how many flushes are at it, each of which is an eviction of all keys.
	flushes int
}

func newStripes() *stripes {
	return new(stripes)
}

func (s *stripes) hash(key string) uint64 { return maphash.String(stripeSeed, key) }

func (s *stripes) of(key string) *stripe { return &s.all[s.hash(key)%stripeCount] }

func (s *stripe) generation() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gen
}

// beginFill waits until nobody else stores key, and then keeps others from doing so until endFill. It returns false
// where f, if not nil, is no longer the flight of its key: its value may be older than an invalidation.
func (s *stripe) beginFill(key string, f *flight) bool {
	// Model: step beginFill.
	for {
		s.mu.Lock()
		if f != nil && s.flights[key] != f {
			s.mu.Unlock()
			return false
		}
		busy := s.fills[key]
		if busy == nil {
			s.fill(key)
			s.mu.Unlock()
			return true
		}
		s.mu.Unlock()
		<-busy
	}
}

// tryFill is beginFill for a value that was read from a lower tier when the generation was gen. It does not wait: where
// anyone else is at work on key, the value is not worth it.
func (s *stripe) tryFill(key string, gen uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gen != gen || s.evictions[key] > 0 || s.flushes > 0 || s.writers[key] > 0 || s.fills[key] != nil {
		return false
	}
	s.fill(key)
	return true
}

func (s *stripe) fill(key string) {
	if s.fills == nil {
		s.fills = make(map[string]chan struct{})
	}
	s.fills[key] = make(chan struct{})
}

func (s *stripe) endFill(key string) {
	// Model: step endFill.
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.fills[key])
	delete(s.fills, key)
}

// beginEviction makes the load of key in flight one that nobody joins and whose value nobody stores, and waits until a
// store that has begun already is over, so that the removal that follows is the last word.
func (s *stripe) beginEviction(key string) {
	// Model: step beginEviction.
	s.mu.Lock()
	delete(s.flights, key)
	if s.evictions == nil {
		s.evictions = make(map[string]int)
	}
	s.evictions[key]++
	busy := s.fills[key]
	s.mu.Unlock()
	if busy != nil {
		<-busy
	}
}

// endEviction must be called under s.mu.
func (s *stripe) endEviction(key string) {
	if s.evictions[key]--; s.evictions[key] == 0 {
		delete(s.evictions, key)
	}
}

// raise makes every value that was read before it unfit for any upper tier.
func (s *stripes) raise() {
	// Model: step emptyUpper.
	for i := range s.all {
		stripe := &s.all[i]
		stripe.mu.Lock()
		stripe.gen++
		stripe.mu.Unlock()
	}
}

// standing is a key whose eviction somebody is on the watch for: how many its stripe had seen. With each more, it may have
// been this key's.
type standing struct {
	stripe  *stripe
	evicted uint64
}

// seen appends how many evictions the stripes of keys have seen.
func (all *stripes) seen(within []standing, keys []string) []standing {
	for _, key := range keys {
		s := all.of(key)
		within = append(within, standing{s, s.evicted.Load()})
	}
	return within
}

// stand reports whether none of within has been evicted since. It may take the eviction of another key for one.
func stand(within []standing) bool {
	for _, w := range within {
		if w.stripe.evicted.Load() != w.evicted {
			return false
		}
	}
	return true
}
