package bench

import (
	gort "runtime"
	"testing"
)

// BenchmarkRedis answers from a Redis on this machine, for one caller and for 64 at a time.
func BenchmarkRedis(b *testing.B) {
	addr := server(b)
	v := users
	for _, c := range remote(v) {
		b.Run("who="+c.who, func(b *testing.B) {
			get := filled(onServer(b, v.size, addr), c, v)
			gort.GC()
			single(b, get, v.size)
			parallel(b, get, v.size, (64+gort.GOMAXPROCS(0)-1)/gort.GOMAXPROCS(0))
		})
	}
}
