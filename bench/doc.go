// Package bench measures cached calls of cachegen beside those of other caches, and by hand: one command, `make bench`
// in the root of the checkout, runs all of it and writes tables, a picture and what has become of the goals into results.
//
// Each peer is set up as its own documentation advises, and all do the same work: they answer a typed
// func(ctx, id) (value, error) that builds its key and loads what is missing. TestPeersAgree holds that each returns the
// right value, from its cache the second time, and which of them give each caller a value of its own.
//
// A benchmark's name has its columns: BenchmarkHit/value=user/who=otter+copy/mode=single. So benchstat can put
// candidates side by side:
//
//	go -C bench test -run - -bench 'Hit/value=user' -count 6 | benchstat -row /who -col /mode -
//
// Beside sec/op stands cpu-sec/op, the CPU time of the whole process for each operation: it is more where a cache or the
// garbage collector works beside the caller, and it changes less where the machine has other work.
//
// Of what one might expect here, jetcache-go is missing: the module proxy had no version of it whose checksum could be
// verified. gocache is 4.2, the newest that there was. rueidisaside answers a hit in Redis from its client-side cache.
// Clients of Redis have pools and pipelines as they come; the processes of the last stampede have opened their connections
// before it. The hit ratio of what works in the background depends on how fast it is asked, which here is by one caller
// without a pause.
//
// CI generates and vets package fixture alone, since compiling all peers takes minutes: go -C bench test . is the rest.
package bench
