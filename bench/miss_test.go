package bench

import (
	"context"
	gort "runtime"
	"slices"
	"sync/atomic"
	"testing"
)

// BenchmarkMiss is a call whose answer is not there: what a cache adds to a load, which takes no time here.
func BenchmarkMiss(b *testing.B) {
	v := users
	user := v.make(1)
	load := func(context.Context, int64) (userPtr, error) { return user, nil }
	notCompared := []string{"map", "otter+copy", "otter-string+copy", "sturdyc+copy", "bigcache-bytes", "bigcache+sonic", "bigcache+jsonv2",
		"freecache+sonic", "freecache+json", "go-redis-bytes", "rueidis-bytes", "cachegen-near=share"}

	miss := func(b *testing.B, c candidate[userPtr], open func(testing.TB) setup, counts bool) {
		if slices.Contains(notCompared, c.who) {
			return
		}
		b.Run("who="+c.who, func(b *testing.B) {
			var next atomic.Int64
			get := c.open(open(b), v, load)
			gort.GC()
			call := func(ctx context.Context, _ int64) (userPtr, error) { return get(ctx, next.Add(1)) }
			single(b, call, 1)
			if counts {
				reportTrips(b, func() { get = c.open(open(b), v, load) }, func(int64) error {
					_, err := call(b.Context(), 0)
					return err
				})
			}
		})
	}
	b.Run("where=process", func(b *testing.B) {
		for _, c := range inProcess(v) {
			miss(b, c, func(tb testing.TB) setup { return setup{TB: tb, size: 1 << 16} }, false)
		}
	})
	b.Run("where=redis", func(b *testing.B) {
		addr := server(b)
		for _, c := range remote(v) {
			miss(b, c, func(tb testing.TB) setup { return onServer(tb, 1<<16, addr) }, usesGoRedis(c.who))
		}
	})
}

// usesGoRedis is where round trips can be counted.
func usesGoRedis(who string) bool {
	return !slices.Contains([]string{"rueidis-bytes", "rueidis+generated", "rueidis+jsonv2", "rueidisaside+jsonv2"}, who)
}
