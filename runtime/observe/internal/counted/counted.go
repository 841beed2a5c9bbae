// Package counted names what runtime.Cache.Stats counts, for adapters that pass it on to a system of metrics: one list, so
// that the same thing has the same name in all of them.
package counted

import (
	"fmt"

	"github.com/cachegen-go/cachegen/runtime"
)

// A Counter is a number of Stats, or of a part of it, that only grows.
type Counter[S any] struct {
	// Name is in lower case, with underscores.
	Name string
	// Help is a sentence.
	Help string
	// Unit says what is counted, in the singular.
	Unit string
	// Of reads it.
	Of func(*S) uint64
}

// Methods are the counters of each cached method.
var Methods = []Counter[runtime.MethodStats]{
	{"requests", "Entries that were asked for, one for each key of a batch.", "request",
		func(s *runtime.MethodStats) uint64 { return s.Hits + s.Misses }},
	{"hits", "Requests that the cache answered, not-found answers included.", "request",
		func(s *runtime.MethodStats) uint64 { return s.Hits }},
	{"near_hits", "The part of hits that was kept decoded.", "request",
		func(s *runtime.MethodStats) uint64 { return s.NearHits }},
	{"not_found_hits", "The part of hits that answered that there is nothing.", "request",
		func(s *runtime.MethodStats) uint64 { return s.NotFoundHits }},
	{"misses", "Requests for which nothing fresh was found.", "request",
		func(s *runtime.MethodStats) uint64 { return s.Misses }},
	{"coalesced", "Calls that waited for a load that another call had begun.", "call",
		func(s *runtime.MethodStats) uint64 { return s.Coalesced }},
	{"stale", "Answers past their TTL, given since loading failed or took too long.", "request",
		func(s *runtime.MethodStats) uint64 { return s.Stale }},
	{"refreshes", "Loads in the background of what was near its end.", "load",
		func(s *runtime.MethodStats) uint64 { return s.Refreshes }},
	{"loads", "Calls of the wrapped method that were to be stored.", "load",
		func(s *runtime.MethodStats) uint64 { return s.Loads }},
	{"load_errors", "The part of loads that failed or panicked.", "load",
		func(s *runtime.MethodStats) uint64 { return s.LoadErrors }},
	{"evictions", "Entries and groups of entries that an eviction named.", "eviction",
		func(s *runtime.MethodStats) uint64 { return s.Evictions }},
	{"corrupt", "Entries that could not be read, and were removed.", "entry",
		func(s *runtime.MethodStats) uint64 { return s.Corrupt }},
	{"other_schema", "Entries written from another shape of the result type, which are misses.", "entry",
		func(s *runtime.MethodStats) uint64 { return s.Schema }},
	{"unkeyed", "Calls whose arguments make no key, which went past the cache.", "call",
		func(s *runtime.MethodStats) uint64 { return s.Unkeyed }},
	{"unencoded", "Results that could not be encoded, and were not stored.", "result",
		func(s *runtime.MethodStats) uint64 { return s.Unencoded }},
	{"skipped", "Results that were not to be stored, by unless= or ttl=.", "result",
		func(s *runtime.MethodStats) uint64 { return s.Skipped }},
}

// Tiers are the counters of each tier.
var Tiers = []Counter[runtime.TierStats]{
	{"gets", "Keys that were asked for.", "key",
		func(s *runtime.TierStats) uint64 { return s.Gets }},
	{"hits", "Keys that were there.", "key",
		func(s *runtime.TierStats) uint64 { return s.Hits }},
	{"sets", "Entries that were stored, promoted ones included.", "entry",
		func(s *runtime.TierStats) uint64 { return s.Sets }},
	{"promotions", "Entries that were stored because a lower tier had them.", "entry",
		func(s *runtime.TierStats) uint64 { return s.Promotions }},
	{"removes", "Keys that were removed.", "key",
		func(s *runtime.TierStats) uint64 { return s.Removes }},
	{"errors", "Operations that failed, took too long, or were refused by the circuit breaker.", "operation",
		func(s *runtime.TierStats) uint64 { return s.Errors }},
	{"timeouts", "Operations that took too long.", "operation",
		func(s *runtime.TierStats) uint64 { return s.Timeouts }},
}

// Evictions are the counters of the whole cache, which are all of evictions.
var Evictions = []Counter[runtime.Stats]{
	{"skipped", "Clauses of evictions that could not be evaluated or whose arguments make no key.", "clause",
		func(s *runtime.Stats) uint64 { return s.SkippedEvictions }},
	{"failed", "Keys whose eviction the shared tier did not take at once, and that are retried.", "key",
		func(s *runtime.Stats) uint64 { return s.FailedEvictions }},
	{"received", "Keys that other processes told to forget.", "key",
		func(s *runtime.Stats) uint64 { return s.ReceivedEvictions }},
}

// BreakerStates are all values of runtime.TierStats.Breaker, but for "".
var BreakerStates = []string{"closed", "half-open", "open"}

// TierNames returns a name for each of tiers: its own, or, where several bear one, with a number from the second on.
func TierNames(tiers []runtime.TierStats) []string {
	names := make([]string, len(tiers))
	seen := make(map[string]int)
	for i, t := range tiers {
		names[i] = t.Name
		if seen[t.Name]++; seen[t.Name] > 1 {
			names[i] = fmt.Sprintf("%s-%d", t.Name, seen[t.Name])
		}
	}
	return names
}
