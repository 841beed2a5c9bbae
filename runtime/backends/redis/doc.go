// Package redis keeps entries in Redis or a server that speaks its protocol, through github.com/redis/go-redis/v9:
// the backend to take for what several processes share. It works with one server, with Sentinel and with Cluster, and,
// with a caution, with Ring. It needs Redis 4.0; from 7.0 on a lease costs a plain command in place of a script.
//
// # The client
//
// New takes any redis.UniversalClient and leaves it to its owner, who closes it. Some of its settings matter here.
//
// ContextTimeoutEnabled should be true. It makes go-redis observe a context's deadline while it waits for an answer.
// Without it a stalled server holds each call for ReadTimeout, several times over; so the backend then runs each call
// in a goroutine of its own, which it leaves behind at the deadline: that costs some 15 µs a call where the machine is
// idle otherwise, a third of a call's time. And only with it single reads that are many go together, see
// WithParallelReads.
//
// Reading from replicas (ReadOnly, RouteByLatency, RouteRandomly) and go-redis' client-side caching give answers that
// are older than an invalidation, so New refuses such a client where it can tell. It cannot tell for
// FailoverOptions.ReplicaOnly: do not set that.
//
// # What is stored
//
// An entry is a string under its key, as it is. TTLs are in milliseconds, rounded down, but one below a millisecond is
// one millisecond. Keys and values may have up to 512 MiB. A server at its maxmemory answers a write with an error,
// unless it has an eviction policy: set one, such as allkeys-lru or volatile-ttl.
//
// # Ring
//
// When a shard of a Ring fails, its keys move to others, and come back with it, then with entries that were invalidated
// meanwhile. Ring is for caches that can bear this until the entries' TTL.
package redis
