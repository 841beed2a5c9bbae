package bench

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// BenchmarkHit answers from a working set that fits the processor's caches.
func BenchmarkHit(b *testing.B) {
	hitAll(b, users, inProcess(users))
	hitAll(b, lists, inProcess(lists))
	hitAll(b, points, inProcess(points))
}

// BenchmarkHitLarge has a working set of 262,144 users, which does not.
func BenchmarkHitLarge(b *testing.B) {
	v := users
	v.size = 1 << 18
	hitAll(b, v, slices.DeleteFunc(inProcess(v), func(c candidate[userPtr]) bool {
		switch c.who {
		case "map", "otter+copy", "sturdyc+copy", "bigcache+generated", "bigcache+goccy": // filling takes long
			return false
		case "cachegen-near=share":
			return true
		}
		return !strings.HasPrefix(c.who, "cachegen")
	}))
}

func inProcess[T any](v value[T]) []candidate[T] {
	return slices.Concat(decoded[T](), encoded(v), ours(v))
}

func hitAll[T any](b *testing.B, v value[T], all []candidate[T]) {
	b.Run("value="+v.name, func(b *testing.B) {
		for _, c := range all {
			b.Run("who="+c.who, func(b *testing.B) {
				get := filled(setup{TB: b, size: v.size}, c, v)
				runtime.GC() // what filling left behind is not the hits'
				single(b, get, v.size)
				parallel(b, get, v.size, 1)
			})
		}
	})
}

// sequence is a random order of ids below size.
func sequence(size int) []int64 {
	random := rand.New(rand.NewPCG(1, 2))
	ids := make([]int64, 1<<18)
	for i := range ids {
		ids[i] = random.Int64N(int64(size))
	}
	return ids
}

func single[T any](b *testing.B, get get[T], size int) {
	b.Run("mode=single", func(b *testing.B) {
		ids := sequence(size)
		ctx, cancel := context.WithCancel(context.Background()) // as a server has them
		defer cancel()
		b.ReportAllocs()
		var last T
		n, used := 0, cpuTime()
		for b.Loop() {
			v, err := get(ctx, ids[n%len(ids)])
			if err != nil {
				b.Fatal(err)
			}
			last = v
			n++
		}
		b.ReportMetric(float64(cpuTime()-used)/float64(n), "cpu-ns/op")
		runtime.KeepAlive(last)
	})
}

// parallel runs goroutines of them for each processor.
func parallel[T any](b *testing.B, get get[T], size, goroutines int) {
	b.Run("mode=parallel", func(b *testing.B) {
		ids := sequence(size)
		b.ReportAllocs()
		b.SetParallelism(goroutines)
		var begun atomic.Int64
		b.ResetTimer()
		used := cpuTime()
		b.RunParallel(func(pb *testing.PB) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var last T
			for n := int(begun.Add(7919)); pb.Next(); n++ {
				v, err := get(ctx, ids[n%len(ids)])
				if err != nil {
					b.Error(err)
					return
				}
				last = v
			}
			runtime.KeepAlive(last)
		})
		b.ReportMetric(float64(cpuTime()-used)/float64(b.N), "cpu-ns/op")
	})
}

// cpuTime is what this process has used, in ns. It is more than the time of the benchmark where a cache or the garbage
// collector works beside it.
func cpuTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
