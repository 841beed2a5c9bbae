package bigcache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/allegro/bigcache/v3"

	"github.com/cachegen-go/cachegen/runtime"
)

// DefaultMaxBytes is what a MaxBytes of 0 means.
const DefaultMaxBytes = 64 << 20

const (
	mib           = 1 << 20
	maxShards     = 256
	maxShardBytes = 1 << 30 // bigcache indexes a shard by 32 bits

	deadlineBytes = 8  // what we put in front of a value
	headerBytes   = 18 // what bigcache puts in front of a key: time, hash, key length
	lengthBytes   = 5  // what bigcache's queue puts in front of all this, at most

	maxKeyBytes = math.MaxUint16 - headerBytes // bigcache computes where a key ends in 16 bits

	stripes = 256
)

// errClosed is what a Backend's methods return after Close.
var errClosed = errors.New("bigcache: closed")

// Config says how much a Backend may hold. The zero value is usable.
type Config struct {
	// MaxBytes is the memory for entries, in bytes: for each entry the bytes of its key and value and about 30
	// more. It is rounded up to whole MiB. 0 means DefaultMaxBytes; below zero is an error. The index takes some 30
	// bytes an entry beside it.
	MaxBytes int

	// Shards is the number of independently locked parts into which MaxBytes is divided equally; a power of two. An
	// entry that is larger than a part is runtime.ErrTooLarge. 0 means at most 256 and parts of at least 2 MiB.
	Shards int
}

// Backend is a runtime.CacheBackend on bigcache. It also implements runtime.InProcess, TTLGetter,
// ConditionalRemover, PrefixRemover, Leaser, Flusher and io.Closer. All methods are safe for concurrent use; with a ctx
// that has ended they return ctx's error and do nothing.
type Backend struct {
	cache    atomic.Pointer[bigcache.BigCache] // nil: closed
	start    time.Time                         // deadlines count from here, on the monotonic clock
	seed     maphash.Seed
	maxEntry int // the most that a key and a value may have together

	// writers serialises what writes to one key, so that RemoveIf, Lease and Fill can look before they write.
	// Reading takes no part in it.
	writers [stripes]stripe
}

type stripe struct {
	sync.Mutex
	_ [56]byte // keeps two locks out of one cache line
}

var (
	_ runtime.CacheBackend       = (*Backend)(nil)
	_ runtime.InProcess          = (*Backend)(nil)
	_ runtime.TTLGetter          = (*Backend)(nil)
	_ runtime.ConditionalRemover = (*Backend)(nil)
	_ runtime.PrefixRemover      = (*Backend)(nil)
	_ runtime.Leaser             = (*Backend)(nil)
	_ runtime.Flusher            = (*Backend)(nil)
)

// New returns an empty Backend, or an error that says what is wrong with config.
func New(config Config) (*Backend, error) {
	seed := maphash.MakeSeed()
	return newBackend(config, seed, hasher{seed})
}

func newBackend(config Config, seed maphash.Seed, hash bigcache.Hasher) (*Backend, error) {
	megabytes, shards, err := config.layout()
	if err != nil {
		return nil, err
	}
	shardBytes := megabytes * mib / shards
	b := &Backend{
		start: time.Now(),
		seed:  seed,
		// The first byte of a shard stays unused.
		maxEntry: shardBytes - 1 - lengthBytes - headerBytes - deadlineBytes,
	}
	// bigcache reserves MaxEntriesInWindow × MaxEntrySize at the start, and no more than the hard limit. That must be
	// all of it: below the limit it grows by doubling, and refuses an entry that the doubled shard would not hold
	// although the limit has room for it, after having emptied the shard.
	const guess = 1 << 10
	cache, err := bigcache.New(context.Background(), bigcache.Config{
		Shards:             shards,
		HardMaxCacheSize:   megabytes,
		MaxEntriesInWindow: (shardBytes/guess + 1) * shards,
		MaxEntrySize:       guess,
		LifeWindow:         math.MaxInt64, // never: the deadline in front of the value decides
		CleanWindow:        0,             // no goroutine
		Hasher:             hash,
	})
	if err != nil {
		return nil, fmt.Errorf("bigcache: %w", err)
	}
	b.cache.Store(cache)
	return b, nil
}

// layout is c in bigcache's terms.
func (c Config) layout() (megabytes, shards int, err error) {
	if c.MaxBytes < 0 {
		return 0, 0, fmt.Errorf("bigcache: MaxBytes %d must not be negative", c.MaxBytes)
	}
	if c.Shards < 0 || bits.OnesCount(uint(c.Shards)) > 1 {
		return 0, 0, fmt.Errorf("bigcache: Shards %d must be a power of two", c.Shards)
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	megabytes = (c.MaxBytes-1)/mib + 1
	shards = c.Shards
	if shards == 0 {
		shards = min(1<<max(0, bits.Len(uint(megabytes))-2), maxShards)
		for megabytes*mib/shards > maxShardBytes {
			shards *= 2
		}
	}
	switch size := megabytes * mib / shards; {
	case size > maxShardBytes:
		return 0, 0, fmt.Errorf("bigcache: %d MiB in %d shards is more than 1 GiB a shard: raise Shards", megabytes, shards)
	case size < 1<<10:
		return 0, 0, fmt.Errorf("bigcache: %d MiB in %d shards is less than 1 KiB a shard: lower Shards", megabytes, shards)
	}
	return megabytes, shards, nil
}

// hasher replaces bigcache's FNV. It is faster, and since its seed is secret nobody can choose keys that collide.
// (Of two keys with one hash bigcache keeps the newer; a Get of the other is a miss, since it compares keys.)
type hasher struct{ seed maphash.Seed }

func (h hasher) Sum64(key string) uint64 { return maphash.String(h.seed, key) }

// Name returns "bigcache".
func (b *Backend) Name() string { return "bigcache" }

// InProcess returns true.
func (b *Backend) InProcess() bool { return true }

// HealthCheck returns nil until Close.
func (b *Backend) HealthCheck(ctx context.Context) error {
	_, err := b.open(ctx)
	return err
}

// Close gives the memory back. Methods called afterwards return an error. Closing twice is no error.
func (b *Backend) Close() error {
	if cache := b.cache.Swap(nil); cache != nil {
		return cache.Close()
	}
	return nil
}

// Get returns a copy of the value under key, or runtime.ErrMiss.
func (b *Backend) Get(ctx context.Context, key string) (runtime.Value, error) {
	value, _, err := b.GetWithTTL(ctx, key)
	return value, err
}

// GetWithTTL returns a copy of the value under key and what is left of its TTL, or runtime.ErrMiss.
func (b *Backend) GetWithTTL(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
	cache, err := b.open(ctx)
	if err != nil {
		return nil, 0, err
	}
	return b.get(cache, key)
}

func (b *Backend) get(cache *bigcache.BigCache, key string) (runtime.Value, time.Duration, error) {
	entry, err := cache.Get(key) // a copy that is ours
	if err != nil {
		if errors.Is(err, bigcache.ErrEntryNotFound) {
			return nil, 0, runtime.ErrMiss
		}
		return nil, 0, fmt.Errorf("bigcache: get: %w", err)
	}
	if left := deadline(entry) - b.now(); left > 0 {
		return entry[deadlineBytes:], left, nil
	}
	return nil, 0, runtime.ErrMiss
}

// SetWithTTL stores a copy of value under key for ttl. It may return runtime.ErrInvalidTTL or runtime.ErrTooLarge.
func (b *Backend) SetWithTTL(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
	cache, err := b.open(ctx)
	if err != nil {
		return err
	}
	if err := b.check(key, value, ttl); err != nil {
		return err
	}
	defer b.lock(key).Unlock()
	return b.set(cache, key, value, ttl)
}

// check says why an entry cannot be stored, if it cannot.
func (b *Backend) check(key string, value runtime.Value, ttl time.Duration) error {
	if ttl <= 0 {
		return runtime.ErrInvalidTTL
	}
	if len(key) > maxKeyBytes || len(key)+len(value) > b.maxEntry {
		return runtime.ErrTooLarge
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// set stores what check allowed. The caller holds the key's lock.
func (b *Backend) set(cache *bigcache.BigCache, key string, value runtime.Value, ttl time.Duration) error {
	const keep = 64 << 10 // one large value should not stay in the pool for long
	buffer := buffers.Get().(*[]byte)
	entry := binary.LittleEndian.AppendUint64((*buffer)[:0], uint64(after(b.now(), ttl)))
	entry = append(entry, value...)
	err := cache.Set(key, entry)
	if cap(entry) <= keep {
		*buffer = entry
		buffers.Put(buffer)
	}
	if err != nil {
		return fmt.Errorf("bigcache: set: %w", err)
	}
	return nil
}

// Remove removes key.
func (b *Backend) Remove(ctx context.Context, key string) error {
	cache, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer b.lock(key).Unlock()
	return remove(cache, key)
}

func remove(cache *bigcache.BigCache, key string) error {
	if err := cache.Delete(key); err != nil && !errors.Is(err, bigcache.ErrEntryNotFound) {
		return fmt.Errorf("bigcache: remove: %w", err)
	}
	return nil
}

func (b *Backend) open(ctx context.Context) (*bigcache.BigCache, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cache := b.cache.Load(); cache != nil {
		return cache, nil
	}
	return nil, errClosed
}

func (b *Backend) lock(key string) *stripe {
	s := &b.writers[maphash.String(b.seed, key)%stripes]
	s.Lock()
	return s
}

func (b *Backend) now() time.Duration { return time.Since(b.start) }

func deadline(entry []byte) time.Duration {
	return time.Duration(binary.LittleEndian.Uint64(entry))
}

// after adds ttl to now, ending at the end of time where the sum would be beyond it.
func after(now, ttl time.Duration) time.Duration {
	if ttl > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + ttl
}
