// Package cachetest finds out whether a wrapper evicts enough. A write that forgets an eviction makes the cache answer what
// was true once, until the TTL ends: the commonest fault of caches, and one that tests of single methods do not see.
//
// Check makes random sequences of calls, reads and writes, on a store and on the generated wrapper around it. After each
// write it makes all reads once more that were made before, on the store, which knows, and on the cache, which has to
// agree. Where it does not, rapid looks for the shortest sequence that shows it, and the test fails with
//
//	after UpdateUser(&User{ID: 1, TeamID: 8}), ListByTeam(7, 0) is stale: UpdateUser has no evict for ListByTeam
//
// and with the difference, the calls, and the directive that may be missing. It finds as well keys that lack a parameter,
// values that are put but are not what the store has, and methods that use each other's entries by mistake.
//
// With -tests, cachegen writes a function for each wrapped interface that calls Check with all there is to know of it. What
// is left to write is a function that opens an empty store:
//
//	func TestUserRepositoryEvictsEnough(t *testing.T) {
//		CheckCachedUserRepository(t, func(t *rapid.T) UserRepository { return newSQLiteUsers(t) })
//	}
//
// Any store will do that answers right: a map, SQLite in memory, a database in a container. The faster it is, the more
// sequences can be tried: go test -rapid.checks=10000.
package cachetest
