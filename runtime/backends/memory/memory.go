package memory

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// What a zero Config means.
const (
	DefaultMaxEntries = 100_000
	DefaultMaxBytes   = 64 << 20
)

const (
	maxShards       = 64
	entriesPerShard = 256     // fewer in a shard, and chance would fill some long before others
	bytesPerShard   = 4 << 20 // less, and a large value would not fit
	// entryOverhead is about what an entry costs beside its key's and value's bytes: the entry itself, its place in
	// the map and in the clock, and what the allocator rounds up.
	entryOverhead = 160
)

// errClosed is what a Backend's methods return after Close.
var errClosed = errors.New("memory: closed")

// Config says how much a Backend may hold. The zero value is usable.
type Config struct {
	// MaxEntries bounds the number of entries. 0 means DefaultMaxEntries; below zero is an error.
	MaxEntries int
	// MaxBytes bounds the memory, counted as the bytes of keys and values and 160 bytes for each entry. 0 means
	// DefaultMaxBytes; below zero is an error.
	//
	// Both bounds are divided equally among the shards. So entries may be given up when the store is not quite full,
	// and an entry larger than a shard's part of MaxBytes is runtime.ErrTooLarge; that part is at least 4 MiB, or all of
	// a MaxBytes below 8 MiB.
	MaxBytes int
}

// Backend is a runtime.CacheBackend in this process's memory. It implements every optional interface but Bus, since
// there is no other process to tell. All methods are safe for concurrent use; with a ctx that has ended they return
// ctx's error and do nothing.
type Backend struct {
	start  time.Time // deadlines count from here, on the monotonic clock
	seed   maphash.Seed
	mask   uint64
	shards []shard
	closed atomic.Bool
}

var (
	_ runtime.CacheBackend       = (*Backend)(nil)
	_ runtime.InProcess          = (*Backend)(nil)
	_ runtime.BatchGetter        = (*Backend)(nil)
	_ runtime.BatchSetter        = (*Backend)(nil)
	_ runtime.BatchRemover       = (*Backend)(nil)
	_ runtime.TTLGetter          = (*Backend)(nil)
	_ runtime.ConditionalRemover = (*Backend)(nil)
	_ runtime.PrefixRemover      = (*Backend)(nil)
	_ runtime.Leaser             = (*Backend)(nil)
	_ runtime.Flusher            = (*Backend)(nil)
)

// New returns an empty Backend, or an error where config has a bound below zero.
func New(config Config) (*Backend, error) {
	if config.MaxEntries < 0 || config.MaxBytes < 0 {
		return nil, fmt.Errorf("memory: MaxEntries %d and MaxBytes %d must not be negative", config.MaxEntries, config.MaxBytes)
	}
	if config.MaxEntries == 0 {
		config.MaxEntries = DefaultMaxEntries
	}
	if config.MaxBytes == 0 {
		config.MaxBytes = DefaultMaxBytes
	}
	n := 1
	for 2*n <= maxShards && config.MaxEntries/(2*n) >= entriesPerShard && config.MaxBytes/(2*n) >= bytesPerShard {
		n *= 2
	}
	b := &Backend{start: time.Now(), seed: maphash.MakeSeed(), mask: uint64(n - 1), shards: make([]shard, n)}
	for i := range b.shards {
		b.shards[i].init(config.MaxEntries/n, config.MaxBytes/n)
	}
	return b, nil
}

// Name returns "memory".
func (b *Backend) Name() string { return "memory" }

// InProcess returns true.
func (b *Backend) InProcess() bool { return true }

// HealthCheck returns nil until Close.
func (b *Backend) HealthCheck(ctx context.Context) error { return b.ready(ctx) }

// Close gives the memory back. Methods called afterwards return an error. Closing twice is no error.
func (b *Backend) Close() error {
	b.closed.Store(true)
	b.flush()
	return nil
}

// Flush removes all entries.
func (b *Backend) Flush(ctx context.Context) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	b.flush()
	return nil
}

func (b *Backend) flush() {
	for i := range b.shards {
		b.shards[i].flush()
	}
}

// Get returns a copy of the value under key, or runtime.ErrMiss.
func (b *Backend) Get(ctx context.Context, key string) (runtime.Value, error) {
	value, _, err := b.GetWithTTL(ctx, key)
	return value, err
}

// GetWithTTL returns a copy of the value under key and what is left of its TTL, or runtime.ErrMiss.
func (b *Backend) GetWithTTL(ctx context.Context, key string) (runtime.Value, time.Duration, error) {
	if err := b.ready(ctx); err != nil {
		return nil, 0, err
	}
	s := b.shard(key)
	s.mu.Lock()
	e, now := s.live(key, b.now)
	if e == nil {
		s.mu.Unlock()
		return nil, 0, runtime.ErrMiss
	}
	value, ttl := e.value, e.deadline-now
	s.mu.Unlock()
	return slices.Clone(value), ttl, nil // a stored value never changes, so it can be copied without the lock
}

// SetWithTTL stores a copy of value under key for ttl. It may return runtime.ErrInvalidTTL or runtime.ErrTooLarge.
func (b *Backend) SetWithTTL(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	s := b.shard(key)
	if err := s.check(key, value, ttl); err != nil {
		return err
	}
	value = slices.Clone(value)
	s.mu.Lock()
	defer s.mu.Unlock()
	return b.put(s, key, value, ttl)
}

// put stores value, which is the store's own, under s's lock.
func (b *Backend) put(s *shard, key string, value runtime.Value, ttl time.Duration) error {
	if b.closed.Load() { // asked again under the lock, so that Close leaves nothing behind
		return errClosed
	}
	now := b.now()
	s.put(key, value, after(now, ttl), now)
	return nil
}

// Remove removes key.
func (b *Backend) Remove(ctx context.Context, key string) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	s := b.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[key]; e != nil {
		s.drop(e)
	}
	return nil
}

func (b *Backend) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.closed.Load() {
		return errClosed
	}
	return nil
}

func (b *Backend) now() time.Duration { return time.Since(b.start) }

func (b *Backend) shard(key string) *shard {
	return &b.shards[maphash.String(b.seed, key)&b.mask]
}

// after adds ttl to now, ending at the end of time where the sum would be beyond it.
func after(now, ttl time.Duration) time.Duration {
	if ttl > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + ttl
}
