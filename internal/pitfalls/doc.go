// Package pitfalls has a test for each mistake that caching libraries are known to make: the second part of the design's
// cases. The comment of a test says which, by the case's number. Where a case is about a store that processes share, the
// store is a real Redis, and the processes are caches with connections of their own.
package pitfalls
