// Package cachez is a page that shows what caches do, for operators: http://…/debug/cachez/, in the manner of
// net/http/pprof. It shows, per cached method, hits, misses, loads and how long they take; the tiers with their health and
// circuit breakers; the hottest keys; the last two minutes as a chart. A key can be looked up in all tiers, with what is
// left of its life, its groups and its JSON; and, where that is enabled, an entry or a group can be evicted.
//
//	page := cachez.New()
//	cache, err := runtime.New(tiers, runtime.WithObserver(page), runtime.WithHotKeys(20))
//	mux.Handle("/debug/cachez/", page)
//
// Several caches can be on one page. As an observer the page measures loads and operations of tiers outside this process;
// without it the page has no times to show, and without WithHotKeys no hottest keys.
//
// Anyone who can reach the page sees keys and values, with whatever of your users stands in them, and with WithEvict can
// empty the cache. Put it where operators alone can: behind your authentication, or on a listener of its own that is bound
// to an address which only they reach. A key that is looked up stands in the page's address, and so in logs of requests.
package cachez
