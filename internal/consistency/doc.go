// Package consistency holds the cache to what it promises when several processes share one store: its tests run
// wrappers' calls in processes of their own over a real Redis, which they kill, pause and restart, and check the histories of
// what was read and written.
package consistency
