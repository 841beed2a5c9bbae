// Package otter keeps entries in this process and chooses well which: the backend to take in process where more is asked
// for than fits, and the hit ratio matters more than the garbage collector's time. It stands on
// github.com/maypok86/otter/v2, whose policy is W-TinyLFU (Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient
// Cache Admission Policy"): what was asked for often stays, and a scan over many keys does not flush it.
//
// The store is bounded in bytes and, if wanted, in entries. An entry that is stored may be given up at once, if others are
// asked for more often than it. Expiry is exact to the clock; an expired entry is never returned, and occupies its place
// until it is replaced or makes room.
//
// For millions of entries take package bigcache, whose entries the garbage collector does not have to look at.
package otter
