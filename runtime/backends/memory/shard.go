package memory

import (
	"sync"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// shard is a bounded map. Its entries also stand in clock, in no particular order, where two hands go round: one
// looks for expired entries, a few at each put, so that no put has to search all of them; the other gives up entries
// at a bound, passing over those that were read since it last came by.
type shard struct {
	mu         sync.Mutex
	entries    map[string]*entry
	clock      []*entry
	sweepHand  int
	evictHand  int
	bytes      int
	maxEntries int
	maxBytes   int

	_ [64]byte // keeps two shards' locks out of one cache line
}

type entry struct {
	key      string
	value    runtime.Value // never changed once it is here
	deadline time.Duration
	place    int  // its index in clock
	read     bool // since evictHand last passed it
}

const (
	// sweepSteps is how many entries each put looks at. More than one, so that the sweep outruns what the puts add.
	sweepSteps = 2
	// evictSteps is how many are looked at before one is given up that has not expired.
	evictSteps = 8
)

func (s *shard) init(maxEntries, maxBytes int) {
	s.maxEntries, s.maxBytes = maxEntries, maxBytes
	s.entries = make(map[string]*entry)
}

// check says why an entry cannot be stored, if it cannot. It needs no lock.
func (s *shard) check(key string, value runtime.Value, ttl time.Duration) error {
	if ttl <= 0 {
		return runtime.ErrInvalidTTL
	}
	if size(key, value) > s.maxBytes {
		return runtime.ErrTooLarge
	}
	return nil
}

// live returns key's entry unless it has expired, in which case it is dropped, and the time it was compared with.
func (s *shard) live(key string, clock func() time.Duration) (*entry, time.Duration) {
	e := s.entries[key]
	if e == nil {
		return nil, 0
	}
	now := clock() // under the lock: a time from before the wait for it could be before the deadline
	if e.deadline <= now {
		s.drop(e)
		return nil, now
	}
	e.read = true
	return e, now
}

// put stores an entry that check allowed.
func (s *shard) put(key string, value runtime.Value, deadline, now time.Duration) {
	if old := s.entries[key]; old != nil {
		s.drop(old)
	}
	s.sweep(now, sweepSteps)
	need := size(key, value)
	for len(s.clock) > 0 && (len(s.clock) >= s.maxEntries || s.bytes+need > s.maxBytes) {
		if !s.sweep(now, evictSteps) {
			s.evict(now)
		}
	}
	e := &entry{key: key, value: value, deadline: deadline, place: len(s.clock)}
	s.entries[key] = e
	s.clock = append(s.clock, e)
	s.bytes += need
}

// drop removes e; the last entry of the clock takes its place.
func (s *shard) drop(e *entry) {
	last := len(s.clock) - 1
	moved := s.clock[last]
	s.clock[e.place] = moved
	moved.place = e.place
	s.clock[last] = nil
	s.clock = s.clock[:last]
	delete(s.entries, e.key)
	s.bytes -= size(e.key, e.value)
}

// sweep drops the expired ones of the next few entries, and reports whether there were any.
func (s *shard) sweep(now time.Duration, steps int) (dropped bool) {
	for range steps {
		if len(s.clock) == 0 {
			return dropped
		}
		s.sweepHand %= len(s.clock)
		if e := s.clock[s.sweepHand]; e.deadline <= now {
			s.drop(e) // and look next at the entry that took its place
			dropped = true
		} else {
			s.sweepHand++
		}
	}
	return dropped
}

// evict drops one entry of a clock that is not empty. It passes over each entry once at most, since passing over it
// takes its mark away. It does not look at the last, which is the newest and has had no time to be read, nor at that again
// when it takes the dropped one's place.
func (s *shard) evict(now time.Duration) {
	for {
		if s.evictHand >= len(s.clock)-1 {
			s.evictHand = 0
		}
		e := s.clock[s.evictHand]
		s.evictHand++
		if !e.read || e.deadline <= now {
			s.drop(e)
			return
		}
		e.read = false
	}
}

func (s *shard) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = make(map[string]*entry)
	s.clock = nil
	s.bytes = 0
}

func size(key string, value runtime.Value) int { return len(key) + len(value) + entryOverhead }
