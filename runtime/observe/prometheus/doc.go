// Package prometheus gives Prometheus the metrics of a cache, through github.com/prometheus/client_golang.
//
// Metrics is the cache's observer and a prometheus.Collector. What a cache counts by itself is read when Prometheus scrapes,
// so that a hit costs nothing; durations go into native histograms, which need Prometheus 2.40 or later with native
// histograms enabled (3.8 or later: scrape_native_histograms). WithBuckets adds classic ones.
//
//	cachegen_method_…_total{method}        requests, hits, near_hits, not_found_hits, misses, coalesced, stale, refreshes,
//	                                       loads, load_errors, evictions, corrupt, other_schema, unkeyed, unencoded, skipped
//	cachegen_method_load_duration_seconds{method}
//	cachegen_tier_…_total{tier}            gets, hits, sets, promotions, removes, errors, timeouts
//	cachegen_tier_operation_duration_seconds{tier, operation}
//	cachegen_tier_breaker_state{tier, state}    1 for the state that the circuit breaker is in, 0 for the others
//	cachegen_evictions_…_total             skipped, failed, received
//	cachegen_evictions_pending             keys whose eviction is retried
//	cachegen_invalidation_lag_seconds{tier}     how long messages of other processes' evictions were on their way
//	cachegen_link_up{tier}                 whether such messages arrive
//	cachegen_lost_panics_total             loads that panicked when all their callers had left
//
// Operations that an open breaker refused have no duration; they are among the tier's errors. A tier in process has no
// durations and no breaker.
//
// Each cache has a Metrics of its own. Several in one registry are told apart by a label:
//
//	registry := prometheus.WrapRegistererWith(prometheus.Labels{"cache": "users"}, registry)
package prometheus
