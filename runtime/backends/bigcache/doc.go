// Package bigcache keeps entries in this process, in byte arrays that the garbage collector does not look into:
// the backend to take in process for many entries. It stands on github.com/allegro/bigcache/v3.
//
// What that store lacks is added here: a TTL for each entry, exact to the clock (bigcache has one for the whole
// store, in seconds); a check of an entry's size before it is stored (bigcache empties a shard in the attempt to make
// room for an entry that is larger than it); and removal on a condition.
//
// The memory is reserved by New and never grows, so that no put has to copy a shard to a larger place; the operating
// system hands it out as it is first written to. When a shard is full, its oldest entries make room, read or not.
// An expired entry is never returned, but occupies its place until then. For a small cache in which it matters which
// entries survive, take package memory.
package bigcache
