// Package runtime is what the wrappers that cachegen generates stand on, and what a program configures.
//
// A program makes one Cache over a store, or over several from the nearest to the farthest (Tiered), and hands it to
// the constructors of its generated wrappers:
//
//	tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
//	cache, err := runtime.New(tiers, runtime.WithNamespace("shop"))
//	defer cache.Close()
//	users := NewCachedUserRepository(db, cache)
//
// A wrapper's method asks the cache first (Method.Get). Where nothing fresh is there, one call of the wrapped method
// serves all callers who want the same at that moment (Method.Load), and its result is stored for those who come
// later. Methods that change something remove what they made stale (Cache.Evict), here and in other processes.
// Whatever goes wrong in a store, a call of a wrapper does no worse than a call of what it wraps; Cache.Stats tells
// what went wrong.
//
// A store is a CacheBackend: five methods. The packages under runtime/backends provide several, and anyone can
// write one. What a store can do beyond that it shows by implementing the small interfaces beside CacheBackend.
package runtime
