// Package otel gives OpenTelemetry spans and metrics of a cache. It imports the API alone; the SDK is the program's own.
//
// # Spans
//
// A load is a span "load METHOD", of kind internal, with code.function.name. An operation of a tier outside this process is one
// of kind client, named for the operation, with the names of the semantic conventions for databases: db.system.name (the
// backend's name: redis, memcached), db.operation.name and, for several keys, db.operation.batch.size. The operation is the
// cache's (get, set, remove, lease, fill, put, evict, publish), not the command that the backend makes of it: instrument the
// client for those, and their spans will be children of these. cachegen.hits says how many keys a get found. What failed has
// error.type and the status Error, with the error's message.
//
// Both are children of the span of the call that began them, also where they outlive the call, and operations of tiers within
// a load's own calls are children of that load.
//
// # Metrics
//
//	cachegen.method.load.duration    s, by code.function.name, error.type
//	db.client.operation.duration     s, by db.system.name, db.operation.name, error.type
//	cachegen.invalidation.lag        s, by db.system.name: how long messages of other processes' evictions were on their way
//	cachegen.link.up                 1 while such messages arrive, 0 while they may not
//	cachegen.lost_panics             loads that panicked when all their callers had left
//	cachegen.method.…                by code.function.name: requests, hits, near_hits, not_found_hits, misses, coalesced, stale,
//	                                 refreshes, loads, load_errors, evictions, corrupt, other_schema, unkeyed, unencoded, skipped
//	cachegen.tier.…                  by cachegen.tier: gets, hits, sets, promotions, removes, errors, timeouts
//	cachegen.tier.breaker.state      by cachegen.tier, cachegen.breaker.state: 1 for the state that it is in, 0 for the others
//	cachegen.evictions.…             skipped, failed, received, pending
//
// What a cache counts by itself is read when metrics are collected, so that a hit costs nothing. Operations that an open
// breaker refused have no duration.
package otel
