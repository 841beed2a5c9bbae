// Package faults holds the cache to what it promises when its shared tier fails: its tests put two caches, as of two
// processes, over a real Redis, make that fail in every way that it does in production, and check that no call fails or
// hangs, that nothing stale is served beyond the stated bounds, and that all is well again by itself.
package faults
