package bench

import (
	"io"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/otter"
)

// ours are the generated wrappers, over what is in process.
func ours[T any](v value[T]) []candidate[T] {
	all := []candidate[T]{
		{"cachegen-near", false, nearOver[T]},
		{"cachegen-near=share", true, shareOver[T]},
	}
	for _, b := range local {
		all = append(all, candidate[T]{"cachegen-" + b.name, false, tiersOver[T](b.open)})
	}
	return all
}

// local are the backends in process.
var local = []struct {
	name string
	open func(s setup, bytes int) runtime.CacheBackend
}{
	{"bigcache", openBigcacheBackend},
	{"memory", openMemoryBackend},
	{"otter", openOtterBackend},
}

// entryBytes is about what a stored entry has beside its value.
const entryBytes = 200

func openBigcacheBackend(s setup, bytes int) runtime.CacheBackend {
	b, err := bigcache.New(bigcache.Config{MaxBytes: megabytes(s, bytes+entryBytes) << 20})
	return opened(s, b, err)
}

func openMemoryBackend(s setup, bytes int) runtime.CacheBackend {
	b, err := memory.New(memory.Config{MaxEntries: 2*s.size + 1000, MaxBytes: megabytes(s, bytes+entryBytes) << 20})
	return opened(s, b, err)
}

func openOtterBackend(s setup, bytes int) runtime.CacheBackend {
	b, err := otter.New(otter.Config{MaxBytes: megabytes(s, bytes+entryBytes) << 20})
	return opened(s, b, err)
}

func opened(s setup, b runtime.CacheBackend, err error) runtime.CacheBackend {
	if err != nil {
		s.Fatal(err)
	}
	if c, ok := b.(io.Closer); ok {
		s.Cleanup(func() { _ = c.Close() })
	}
	return b
}

func newCache(s setup, b runtime.CacheBackend, options ...runtime.Option) *runtime.Cache {
	c, err := runtime.New(b, append(options, runtime.WithNamespace("bench"))...)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = c.Close() })
	return c
}

func tiersOver[T any](open func(setup, int) runtime.CacheBackend) func(setup, value[T], get[T]) get[T] {
	return func(s setup, v value[T], load get[T]) get[T] { return v.tiers(load, newCache(s, open(s, v.bytes))) }
}

func nearOver[T any](s setup, v value[T], load get[T]) get[T] {
	return v.near(load, newCache(s, openBigcacheBackend(s, v.bytes), runtime.WithNear(s.size), runtime.WithNearBytes(1<<40)))
}

func shareOver[T any](s setup, v value[T], load get[T]) get[T] {
	return v.share(load, newCache(s, openBigcacheBackend(s, v.bytes), runtime.WithNear(s.size), runtime.WithNearBytes(1<<40)))
}
