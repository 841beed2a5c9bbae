package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

// database is what the caches are in front of: rows that count their writes.
type database struct {
	mu    sync.Mutex
	rows  map[string]int64
	loads map[string]int
}

func (d *database) read(key string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loads[key]++
	return d.rows[key]
}

// now is what a read would find.
func (d *database) now(key string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rows[key]
}

func (d *database) write(key string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[key]++
	return d.rows[key]
}

func (d *database) loaded(key string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.loads[key]
}

// member is what a process has: a cache of its own, over a tier of its own and the shared one, with one cached method.
type member struct {
	name     string
	cache    *runtime.Cache
	local    *memory.Backend
	database *database
	prefix   string
	read     func(ctx context.Context, key string) (version int64, err error)
	evict    func(ctx context.Context, key string)
}

// write is what a generated mutator does.
func (m *member) write(ctx context.Context, key string) int64 {
	defer m.evict(ctx, key)
	version := m.database.write(key)
	time.Sleep(rand.N(2 * time.Millisecond)) // others see the new row already
	return version
}

// key is what the entry of an argument stands under.
func (m *member) key(arg string) string { return m.prefix + ":" + arg }

// record is a result of the cached method.
type record interface {
	// of returns the version, or what is wrong with the record, which should be key's.
	of(key string) (version int64, err error)
}

// redisBackend is a shared tier that uses client.
func redisBackend(t *testing.T, client goredis.UniversalClient) *redis.Backend {
	t.Helper()
	t.Cleanup(func() { _ = client.Close() })
	backend, err := redis.New(client)
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// over puts a tier in process above shared.
func over(t *testing.T, shared runtime.CacheBackend) (*runtime.Tiered, *memory.Backend) {
	t.Helper()
	local, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	tiers, err := runtime.NewTiered(runtime.Tier{Backend: local}, runtime.Tier{Backend: shared})
	if err != nil {
		t.Fatal(err)
	}
	return tiers, local
}

// newMember makes a member with those tiers. local is the one in process, nil if there is none.
func newMember[T record](t *testing.T, name string, d *database, tiers runtime.CacheBackend, local *memory.Backend, newRecord func(key string, version int64) T) *member {
	t.Helper()
	cache, err := runtime.New(tiers, runtime.WithBreaker(5, breakerPause), runtime.WithBackendTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cache.Close(); err != nil {
			t.Errorf("close the cache of %s: %v", name, err)
		}
	})
	method := runtime.NewMethod(cache, runtime.MethodConfig[T]{
		Prefix: "faults.Store", Name: "Get", Codec: codec.Reflect[T](), TTL: time.Hour,
	})
	if err := cache.Err(); err != nil {
		t.Fatal(err)
	}
	m := &member{name: name, cache: cache, local: local, database: d, prefix: string(method.Key(nil))}
	m.read = func(ctx context.Context, arg string) (int64, error) {
		key := m.key(arg)
		if v, ok, err := method.Get(ctx, key); ok || err != nil {
			return check(v, arg, err)
		}
		v, err := method.Load(ctx, key, func(context.Context, *runtime.Fill) (T, error) {
			version := d.read(arg)
			time.Sleep(rand.N(3 * time.Millisecond)) // it may be overtaken by a write
			return newRecord(arg, version), nil
		})
		return check(v, arg, err)
	}
	m.evict = func(ctx context.Context, arg string) {
		cache.Evict(ctx, func(ev *runtime.Eviction) { ev.Remove(method, m.key(arg)) })
	}
	return m
}

func check[T record](v T, key string, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return v.of(key)
}

// row is a record that is long enough to be cut in the middle.
type row struct {
	Key     string
	Version int64
	Pad     string
}

func newRow(key string, version int64) row {
	return row{key, version, strings.Repeat(strconv.FormatInt(version%10, 10), 600)}
}

func (r row) of(key string) (int64, error) {
	if r != newRow(key, r.Version) {
		return 0, fmt.Errorf("a wrong value for %s: %+v", key, r)
	}
	return r.Version, nil
}
