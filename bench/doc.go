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
// jetcache-go is missing: the module proxy had no version of it whose checksum could be verified.
package bench
