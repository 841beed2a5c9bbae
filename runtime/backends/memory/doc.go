// Package memory keeps entries in maps of this process: the backend to take for tests, for small caches, and where
// nothing but the standard library should be linked.
//
// Expiry is exact. The store is bounded in entries and in bytes; at a bound it gives up what was not read lately
// (CLOCK, the "second chance" approximation of LRU), expired entries first. It is spread over up to 64 shards with a
// lock each, so that parallel callers seldom meet.
//
// For millions of entries take package bigcache, whose entries the garbage collector does not have to look at.
package memory
