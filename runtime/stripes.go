package runtime

import (
	"hash/maphash"
	"sync"
)

const stripeCount = 1024

// stripes is what this process knows about keys in use. Keys share a stripe by hash; what is said of a key under
// its stripe's lock is then said of the whole stripe or looked up by key.
type stripes struct {
	seed maphash.Seed
	all  [stripeCount]stripe
}

// A stripe orders what happens to its keys in this process.
type stripe struct {
	mu sync.Mutex
	// gen rises with each invalidation and each store of a key of this stripe. Who copies a value from a lower tier up takes it before
	// asking the lower tier and stores only if it is the same still.
	gen uint64
	// flights are the loads that callers may join.
	flights map[string]*flight
	// fills are the keys that are being stored in a tier outside this process; each channel is closed at the end.
	fills map[string]chan struct{}
}

func newStripes() *stripes {
	return &stripes{seed: maphash.MakeSeed()}
}

func (s *stripes) of(key string) *stripe {
	return &s.all[maphash.String(s.seed, key)%stripeCount]
}

func (s *stripe) generation() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gen
}

// beginFill waits until nobody else stores key, and then keeps others from doing so until endFill. It returns false
// where f, if not nil, is no longer the flight of its key: its value may be older than an invalidation.
func (s *stripe) beginFill(key string, f *flight) bool {
	for {
		s.mu.Lock()
		if f != nil && s.flights[key] != f {
			s.mu.Unlock()
			return false
		}
		busy := s.fills[key]
		if busy == nil {
			if s.fills == nil {
				s.fills = make(map[string]chan struct{})
			}
			s.fills[key] = make(chan struct{})
			s.mu.Unlock()
			return true
		}
		s.mu.Unlock()
		<-busy
	}
}

func (s *stripe) endFill(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.fills[key])
	delete(s.fills, key)
}

// detach makes the load of key in flight one that nobody joins and whose value nobody stores, and waits until a store that has
// begun already is over, so that a removal that follows is the last word.
func (s *stripe) detach(key string) {
	s.mu.Lock()
	delete(s.flights, key)
	busy := s.fills[key]
	s.mu.Unlock()
	if busy != nil {
		<-busy
	}
}

// raise makes every value that was read before it unfit for any upper tier.
func (s *stripes) raise() {
	for i := range s.all {
		stripe := &s.all[i]
		stripe.mu.Lock()
		stripe.gen++
		stripe.mu.Unlock()
	}
}
