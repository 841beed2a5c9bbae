package bench

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Yiling-J/theine-go"
	bigcachelib "github.com/allegro/bigcache/v3"
	"github.com/coocood/freecache"
	"github.com/dgraph-io/ristretto/v2"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/maypok86/otter/v2"
	"github.com/viccon/sturdyc"

	"github.com/cachegen-go/cachegen/bench/fixture"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	ourotter "github.com/cachegen-go/cachegen/runtime/backends/otter"
)

const (
	ratioEntries  = 10_000
	ratioKeys     = 1_000_000
	ratioRequests = 2_000_000
)

// keeper is a cache of ratioEntries entries. hit reports whether id was there; now it is, if the cache wants it.
type keeper struct {
	who  string
	open func(s setup) (hit func(id int64) bool)
}

// Those that are bounded by bytes get values with which ratioEntries fill them exactly.
const (
	ratioBytes = 10 << 20
	perEntry   = ratioBytes / ratioEntries
)

var keepers = []keeper{
	{"otter", func(s setup) func(int64) bool {
		c := otter.Must(&otter.Options[int64, int64]{MaximumSize: ratioEntries})
		return func(id int64) bool {
			if _, ok := c.GetIfPresent(id); ok {
				return true
			}
			c.Set(id, id)
			return false
		}
	}},
	{"theine", func(s setup) func(int64) bool {
		c := must(theine.NewBuilder[int64, int64](ratioEntries).Build())
		s.Cleanup(c.Close)
		return func(id int64) bool {
			if _, ok := c.Get(id); ok {
				return true
			}
			c.Set(id, id, 1)
			return false
		}
	}},
	{"ristretto", func(s setup) func(int64) bool {
		c := must(ristretto.NewCache(&ristretto.Config[int64, int64]{
			NumCounters: 10 * ratioEntries, MaxCost: ratioEntries, IgnoreInternalCost: true, BufferItems: 64,
		}))
		s.Cleanup(c.Close)
		return func(id int64) bool {
			if _, ok := c.Get(id); ok {
				return true
			}
			c.Set(id, id, 1)
			return false
		}
	}},
	{"lru", func(setup) func(int64) bool {
		c := must(lru.New[int64, int64](ratioEntries))
		return func(id int64) bool {
			if _, ok := c.Get(id); ok {
				return true
			}
			c.Add(id, id)
			return false
		}
	}},
	{"sturdyc", func(setup) func(int64) bool {
		c := sturdyc.New[int64](ratioEntries, 10, ttl, 10)
		return func(id int64) bool {
			key := keyOf(id)
			if _, ok := c.Get(key); ok {
				return true
			}
			c.Set(key, id)
			return false
		}
	}},
	{"bigcache", func(s setup) func(int64) bool {
		config := bigcachelib.DefaultConfig(ttl)
		config.Shards, config.HardMaxCacheSize, config.Verbose = 16, ratioBytes>>20, false // large enough to share the bytes well
		c := must(bigcachelib.New(context.Background(), config))
		s.Cleanup(func() { _ = c.Close() })
		value := make([]byte, perEntry-18-2-len(fixedKey(0)))
		return func(id int64) bool {
			key := fixedKey(id)
			if _, err := c.Get(key); err == nil {
				return true
			}
			_ = c.Set(key, value)
			return false
		}
	}},
	{"freecache", func(setup) func(int64) bool {
		c := freecache.NewCache(ratioBytes)
		value := make([]byte, perEntry-24-len(fixedKey(0)))
		return func(id int64) bool {
			key := []byte(fixedKey(id))
			if _, err := c.Get(key); err == nil {
				return true
			}
			_ = c.Set(key, value, int(ttl/time.Second))
			return false
		}
	}},
	{"cachegen-memory", func(s setup) func(int64) bool {
		b, err := memory.New(memory.Config{MaxEntries: ratioEntries})
		return ourHits(points, s, opened(s, b, err))
	}},
	{"cachegen-otter", func(s setup) func(int64) bool {
		b, err := ourotter.New(ourotter.Config{MaxEntries: ratioEntries})
		return ourHits(points, s, opened(s, b, err))
	}},
	{"cachegen-bigcache", func(s setup) func(int64) bool {
		b, err := bigcache.New(bigcache.Config{MaxBytes: ratioBytes, Shards: 16})
		opened(s, b, err)
		padded := users
		padded.make = func(id int64) userPtr { return fixture.NewUser(id % 1000) } // of about one size
		padding := strings.Repeat("x", perEntry-18-2-storedBytes(s, padded))
		return ourHits(value[userPtr]{tiers: padded.tiers, make: func(id int64) userPtr {
			u := padded.make(id)
			u.Name += padding
			return u
		}}, s, b)
	}},
	{"cachegen-near", func(s setup) func(int64) bool {
		// Below it is a tier with everything, whose hits do not count.
		b := &asked{Backend: must(memory.New(memory.Config{MaxEntries: 2 * ratioKeys, MaxBytes: 2 << 30}))}
		opened(s, b, nil)
		c := newCache(s, b, runtime.WithNear(ratioEntries))
		get := points.near(func(_ context.Context, id int64) (fixture.Point, error) { return points.make(id), nil }, c)
		return func(id int64) bool {
			before := b.gets
			must(get(context.Background(), id))
			return b.gets == before
		}
	}},
}

// asked counts how often it is.
type asked struct {
	*memory.Backend
	gets int
}

// Get counts.
func (a *asked) Get(ctx context.Context, key string) (runtime.Value, error) {
	a.gets++
	return a.Backend.Get(ctx, key)
}

// storedBytes is what a user takes in a store, key and deadline included, with an id as long as those of ratioKeys.
func storedBytes(s setup, v value[userPtr]) int {
	b := must(memory.New(memory.Config{}))
	c := newCache(s, b)
	must(v.tiers(func(_ context.Context, id int64) (userPtr, error) { return v.make(id), nil }, c)(s.Context(), 555_555))
	const key = "bench:bench/fixture.Users.GetUser:555555"
	return len(key) + 8 + len(must(b.Get(s.Context(), key)))
}

// fixedKey is of the same length for all ids.
func fixedKey(id int64) string {
	return string(strconv.AppendInt(append(make([]byte, 0, 32), "bench:point:"...), 1_000_000_000+id, 10))
}

// ourHits counts as a hit what is not loaded.
func ourHits[T any](v value[T], s setup, b runtime.CacheBackend) func(int64) bool {
	load, loads := counted(func(_ context.Context, id int64) (T, error) { return v.make(id), nil })
	get := v.tiers(load, newCache(s, b))
	return func(id int64) bool {
		before := loads.Load()
		must(get(context.Background(), id))
		return loads.Load() == before
	}
}

// traces are what is asked for.
var traces = []struct {
	name string
	make func() []int64
}{
	{"zipf", func() []int64 { return zipf(func(int, int64) int64 { return 0 }) }},
	// Every 100,000 requests somebody reads 50,000 keys in a row, once.
	{"scans", func() []int64 {
		popular := zipf(func(int, int64) int64 { return 0 })
		ids := make([]int64, 0, ratioRequests)
		for scanned := int64(0); len(ids) < ratioRequests; {
			ids, popular = append(ids, popular[:100_000]...), popular[100_000:]
			for range 50_000 {
				ids = append(ids, ratioKeys/2+scanned%(ratioKeys/2))
				scanned++
			}
		}
		return ids[:ratioRequests]
	}},
	// What is popular changes: every 1,000 requests the ranks move on by 20 keys.
	{"drift", func() []int64 { return zipf(func(n int, _ int64) int64 { return int64(n/1000) * 20 }) }},
}

// zipf has the key of rank r moved by shift(n, r) at the n-th request.
func zipf(shift func(n int, rank int64) int64) []int64 {
	random := rand.New(rand.NewPCG(3, 4))
	ranks := rand.NewZipf(random, 1.01, 1, ratioKeys-1)
	ids := make([]int64, ratioRequests)
	for n := range ids {
		rank := int64(ranks.Uint64())
		ids[n] = (rank + shift(n, rank)) % ratioKeys
	}
	return ids
}

// BenchmarkRatio tells which part of the requests of a trace 10,000 entries of a million keys answer.
func BenchmarkRatio(b *testing.B) {
	for _, t := range traces {
		b.Run("trace="+t.name, func(b *testing.B) {
			ids := t.make()
			b.Run("who=optimum", func(b *testing.B) { reportRatio(b, optimum(ids)) })
			for _, k := range keepers {
				b.Run("who="+k.who, func(b *testing.B) {
					hit, hits := k.open(setup{TB: b, size: ratioEntries}), 0
					for _, id := range ids {
						if hit(id) {
							hits++
						}
					}
					reportRatio(b, float64(hits)/float64(len(ids)))
				})
			}
		})
	}
}

func reportRatio(b *testing.B, ratio float64) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio, "hit-ratio")
}

// optimum is what a cache that knows the future answers (Bélády): it gives up what is asked for last.
func optimum(ids []int64) float64 {
	next := make([]int, len(ids)) // when the same is asked for again
	last := make(map[int64]int)
	for n := len(ids) - 1; n >= 0; n-- {
		next[n] = len(ids)
		if later, ok := last[ids[n]]; ok {
			next[n] = later
		}
		last[ids[n]] = n
	}
	kept := make(map[int64]int) // when it is asked for again
	var furthest uses
	hits := 0
	for n, id := range ids {
		if _, ok := kept[id]; ok {
			hits++
		}
		kept[id] = next[n]
		heap.Push(&furthest, use{id, next[n]})
		for len(kept) > ratioEntries {
			u := heap.Pop(&furthest).(use)
			if kept[u.id] == u.next { // else it has been asked for since
				delete(kept, u.id)
			}
		}
	}
	return float64(hits) / float64(len(ids))
}

type use struct {
	id   int64
	next int
}

// uses is a heap with the furthest use on top.
type uses []use

func (u uses) Len() int           { return len(u) }
func (u uses) Less(i, j int) bool { return u[i].next > u[j].next }
func (u uses) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *uses) Push(x any)        { *u = append(*u, x.(use)) }
func (u *uses) Pop() any {
	x := (*u)[len(*u)-1]
	*u = (*u)[:len(*u)-1]
	return x
}
