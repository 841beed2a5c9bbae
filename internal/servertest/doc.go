// Package servertest starts real servers for tests: redis-server alone, as a Sentinel set or as a Cluster, and
// memcached. Each listens on a free loopback port, keeps its files in a directory of the test, holds its data in
// memory only, and is gone when the test ends, also when the test binary is killed (on Linux).
//
// The servers can be made to misbehave as they do in production: Kill is a crash, Restart brings an empty server
// back at the same address, Pause makes it accept connections and answer nothing, Resume ends that. A Proxy makes the
// faults of the network in front of one.
//
// A missing binary fails the test and says what to install; nothing is skipped, since a skipped test reads like a
// passed one. All functions and methods must be called from the test's own goroutine.
package servertest
