// Package memcached keeps entries in memcached servers, which several processes share. It stands on
// github.com/bradfitz/gomemcache.
//
// Expiry is exact to the millisecond by the clocks of the machines that store and read, for TTLs of up to 20 days: memcached
// itself counts in seconds, so an item's deadline stands in its flags too. Fill leases, conditional removal and fills are
// memcached's add, gets and cas. Keys that memcached does not take (over 250 bytes, with spaces or control characters) are
// replaced by their SHA-256.
//
// Memcached carries no messages. So with tiers in process above it, what other processes keep there stays for its TTL
// after an eviction, which runtime.New says in the log; and there is nothing that lists keys, by which Cache.Flush
// would remove them. For both take package redis.
package memcached
