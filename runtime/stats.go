package runtime

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Stats is what a Cache has done since it was made. It is a plain value: a snapshot whose counters were read one
// after the other, not at one instant.
type Stats struct {
	// Methods are the cached methods by their name in keys, "prefix.Method". Two wrappers of one interface on
	// one cache count together.
	Methods map[string]MethodStats
	// Tiers are the tiers from first to last.
	Tiers []TierStats
	// SkippedEvictions counts the clauses of evictions that could not be evaluated (a nil pointer) or whose
	// arguments make no key.
	SkippedEvictions uint64
	// FailedEvictions counts the evictions that the shared tier did not take at once. They are retried.
	FailedEvictions uint64
	// PendingEvictions is how many keys now wait for their eviction to be retried. This process does not read
	// them from the shared tier. With more than 10,000 the whole namespace waits to be flushed: see Cache.Flush.
	PendingEvictions int
	// ReceivedEvictions counts the keys that messages of other processes told to forget.
	ReceivedEvictions uint64
}

// MethodStats counts what happened to one cached method.
type MethodStats struct {
	Hits         uint64 // answered from the cache, not-found answers included
	NearHits     uint64 // the part of Hits that was kept decoded
	NotFoundHits uint64 // the part of Hits that answered with a sentinel error
	Misses       uint64 // found nothing fresh
	Coalesced    uint64 // waited for a load that another call had begun

	Stale     uint64 // answered with what was past its TTL, since loading failed or took too long
	Refreshes uint64 // loads in the background, of what was near its end

	Loads      uint64        // calls of the wrapped method that were to be stored
	LoadErrors uint64        // the part of Loads that returned an error other than a sentinel, panicked or exited
	LoadTime   time.Duration // the sum over Loads

	Evictions uint64 // entries and groups of entries that an eviction named
	Corrupt   uint64 // entries that could not be read
	Schema    uint64 // entries written from another shape of the result type
	Unkeyed   uint64 // calls whose arguments make no key: they went straight through
	Unencoded uint64 // results that could not be encoded: they were not stored
	Skipped   uint64 // results that were not stored because of unless= or a ttl= that was not positive
}

// TierStats counts what happened in one tier.
type TierStats struct {
	// Name is the backend's.
	Name string
	// Breaker is the state of the circuit breaker: "closed" (the tier is in use), "open" (it is left alone for a
	// while), "half-open" (it is tried), or "" for a tier in this process, which needs none.
	Breaker string

	Gets       uint64 // keys that were asked for
	Hits       uint64 // keys that were there
	Sets       uint64 // entries stored, promoted ones included
	Promotions uint64 // entries stored because a lower tier had them
	Removes    uint64 // keys removed
	Errors     uint64 // operations that failed, timed out ones and those that the breaker refused included
	Timeouts   uint64 // operations that took longer than WithBackendTimeout allows
}

type methodCounters struct {
	hits, nearHits counter // apart from the others: every hit raises one of them

	notFound, misses, coalesced  atomic.Uint64
	loads, loadErrors            atomic.Uint64
	loadTime                     atomic.Int64
	evictions, corrupt, schema   atomic.Uint64
	unkeyed, unencoded, declined atomic.Uint64
	stale, refreshes             atomic.Uint64
}

func (c *methodCounters) snapshot() MethodStats {
	return MethodStats{
		Hits:         c.hits.load() + c.nearHits.load(),
		NearHits:     c.nearHits.load(),
		NotFoundHits: c.notFound.Load(),
		Misses:       c.misses.Load(),
		Coalesced:    c.coalesced.Load(),
		Stale:        c.stale.Load(),
		Refreshes:    c.refreshes.Load(),
		Loads:        c.loads.Load(),
		LoadErrors:   c.loadErrors.Load(),
		LoadTime:     time.Duration(c.loadTime.Load()),
		Evictions:    c.evictions.Load(),
		Corrupt:      c.corrupt.Load(),
		Schema:       c.schema.Load(),
		Unkeyed:      c.unkeyed.Load(),
		Unencoded:    c.unencoded.Load(),
		Skipped:      c.declined.Load(),
	}
}

type tierCounters struct {
	hits counter

	misses, failedGets        atomic.Uint64
	sets, promotions, removes atomic.Uint64
	errors, timeouts          atomic.Uint64
}

func (c *tierCounters) snapshot() TierStats {
	hits := c.hits.load()
	return TierStats{
		Gets:       hits + c.misses.Load() + c.failedGets.Load(),
		Hits:       hits,
		Sets:       c.sets.Load(),
		Promotions: c.promotions.Load(),
		Removes:    c.removes.Load(),
		Errors:     c.errors.Load(),
		Timeouts:   c.timeouts.Load(),
	}
}

// counter is a counter for the hit path: its cells lie on cache lines of their own, so that processors that
// count at the same time seldom wait for each other.
type counter struct {
	cells [8]struct {
		n atomic.Uint64
		_ [56]byte
	}
}

func (c *counter) inc() { c.cells[rand.Uint32()%uint32(len(c.cells))].n.Add(1) }

func (c *counter) load() (n uint64) {
	for i := range c.cells {
		n += c.cells[i].n.Load()
	}
	return n
}
