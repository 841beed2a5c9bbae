package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	gort "runtime"
	"runtime/metrics"
	"testing"
	"time"

	bigcachelib "github.com/allegro/bigcache/v3"
	"github.com/maypok86/otter/v2"

	"github.com/cachegen-go/cachegen/bench/fixture"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/bigcache"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	ourotter "github.com/cachegen-go/cachegen/runtime/backends/otter"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

const (
	held      = 1_000_000
	memoryEnv = "CACHEGEN_BENCH_MEMORY" // who
)

// holder is a way of holding a million users. put stores one; hit answers with a user whom the caller may change.
type holder struct {
	who  string
	open func(s setup) (put func(id int64), hit func(id int64) bool)
}

var holders = []holder{
	{"bigcache+generated", holdBigcache},
	{"cachegen-bigcache", func(s setup) (func(int64), func(int64) bool) {
		// As many bytes as it takes, and 4 % since shards are not equally full.
		b, err := bigcache.New(bigcache.Config{MaxBytes: held * 700})
		return holdOurs(s, opened(s, b, err), users.tiers)
	}},
	{"cachegen-memory", func(s setup) (func(int64), func(int64) bool) {
		b, err := memory.New(memory.Config{MaxEntries: held * 11 / 10, MaxBytes: held * 1000})
		return holdOurs(s, opened(s, b, err), users.tiers)
	}},
	{"cachegen-otter", func(s setup) (func(int64), func(int64) bool) {
		b, err := ourotter.New(ourotter.Config{MaxBytes: held * 1000})
		return holdOurs(s, opened(s, b, err), users.tiers)
	}},
	{"cachegen-near", func(s setup) (func(int64), func(int64) bool) {
		b, err := memory.New(memory.Config{MaxEntries: 1000}) // as good as nothing
		return holdOurs(s, opened(s, b, err), users.near, runtime.WithNear(held*101/100), runtime.WithNearBytes(1<<40))
	}},
	{"otter-bytes+generated", func(s setup) (func(int64), func(int64) bool) {
		c := otter.Must(&otter.Options[int64, []byte]{MaximumSize: held, ExpiryCalculator: otter.ExpiryWriting[int64, []byte](ttl)})
		text := generated(users)
		return func(id int64) { c.Set(id, must(text.encode(fixture.NewUser(id)))) }, func(id int64) bool {
			data, ok := c.GetIfPresent(id)
			return ok && must(text.decode(data)) != nil
		}
	}},
	{"otter+copy", func(s setup) (func(int64), func(int64) bool) {
		c := otter.Must(&otter.Options[int64, userPtr]{MaximumSize: held, ExpiryCalculator: otter.ExpiryWriting[int64, userPtr](ttl)})
		return func(id int64) { c.Set(id, compact(id)) }, func(id int64) bool {
			u, ok := c.GetIfPresent(id)
			return ok && users.copy(u) != nil
		}
	}},
	{"map+copy", func(s setup) (func(int64), func(int64) bool) {
		c := make(map[int64]userPtr, held)
		return func(id int64) { c[id] = compact(id) }, func(id int64) bool {
			u, ok := c[id]
			return ok && users.copy(u) != nil
		}
	}},
}

// compact is a user as a decoder makes one.
func compact(id int64) userPtr {
	return must(codec.Unmarshal(users.codec, must(codec.Marshal(users.codec, nil, fixture.NewUser(id)))))
}

func holdBigcache(s setup) (func(int64), func(int64) bool) {
	config := bigcachelib.DefaultConfig(ttl)
	config.MaxEntriesInWindow, config.MaxEntrySize = held, 560 // all of what it takes, at the start
	config.HardMaxCacheSize, config.Verbose = held*560>>20, false
	c := must(bigcachelib.New(context.Background(), config))
	s.Cleanup(func() { _ = c.Close() })
	text := generated(users)
	return func(id int64) {
			if err := c.Set(keyOf(id), must(text.encode(fixture.NewUser(id)))); err != nil {
				panic(err)
			}
		}, func(id int64) bool {
			data, err := c.Get(keyOf(id))
			return err == nil && must(text.decode(data)) != nil
		}
}

func holdOurs(s setup, b runtime.CacheBackend, wrap func(get[userPtr], *runtime.Cache) get[userPtr], options ...runtime.Option) (func(int64), func(int64) bool) {
	load, loads := counted(func(_ context.Context, id int64) (userPtr, error) { return compact(id), nil })
	get := wrap(load, newCache(s, b, options...))
	call := func(id int64) { must(get(context.Background(), id)) }
	return func(id int64) {
			call(id)
			call(id) // what is kept decoded is kept when it is first read
		}, func(id int64) bool {
			before := loads.Load()
			call(id)
			return loads.Load() == before
		}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// held1M is what TestHolds measures.
type held1M struct {
	Bytes, Objects float64 // an entry
	GC             float64 // ms of CPU that one full collection takes
	Load           float64 // ns of CPU that collections take for each hit, of hits one after the other
	Hit            float64 // ns
	Missing        float64 // of the million, by part
}

// BenchmarkMemory has each who hold a million users, in a process of its own.
func BenchmarkMemory(b *testing.B) {
	for _, h := range holders {
		b.Run("who="+h.who, func(b *testing.B) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestHolds$")
			cmd.Env = append(os.Environ(), memoryEnv+"="+h.who)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			var m held1M
			if err := json.NewDecoder(bytes.NewReader(out)).Decode(&m); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(m.Bytes, "bytes/entry")
			b.ReportMetric(m.Objects, "objects/entry")
			b.ReportMetric(m.GC*1e6, "gc-cpu-ns/collection")
			b.ReportMetric(m.Load, "gc-cpu-ns/hit")
			b.ReportMetric(m.Hit, "ns/hit")
			b.ReportMetric(m.Missing, "missing")
		})
	}
}

// TestHolds is one process of BenchmarkMemory.
func TestHolds(t *testing.T) {
	who := os.Getenv(memoryEnv)
	if who == "" {
		t.Skip("is part of a benchmark")
	}
	for _, h := range holders {
		if h.who == who {
			if err := json.NewEncoder(os.Stdout).Encode(h.measure(setup{TB: t, size: held})); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (h holder) measure(s setup) (m held1M) {
	before := settled()
	put, hit := h.open(s)
	for id := range int64(held) {
		put(id)
	}
	after := settled()
	m.Bytes = (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / held
	m.Objects = (float64(after.HeapObjects) - float64(before.HeapObjects)) / held

	const collections = 5
	m.GC = math.Inf(1)
	for range collections { // the least, since the rest is what else the machine did
		began := gcTime()
		gort.GC()
		m.GC = min(m.GC, (gcTime()-began)*1e3)
	}

	const hits = 2_000_000
	random := rand.New(rand.NewPCG(1, 2))
	missing := 0
	collected, began := gcTime(), time.Now()
	for range hits {
		if !hit(random.Int64N(held)) {
			missing++
		}
	}
	m.Hit = float64(time.Since(began)) / hits
	gort.GC() // the times are of whole collections
	m.Load = (gcTime() - collected) * 1e9 / hits
	m.Missing = float64(missing) / hits
	gort.KeepAlive(put)
	return m
}

func settled() (m gort.MemStats) {
	for range 3 {
		gort.GC()
		time.Sleep(20 * time.Millisecond) // for who tidies up in the background
	}
	gort.ReadMemStats(&m)
	return m
}

// gcTime is the CPU time of all collections so far, in seconds.
func gcTime() float64 {
	sample := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64()
}
