package otter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen-go/cachegen/runtime"
)

// DefaultMaxBytes is what a MaxBytes of 0 means.
const DefaultMaxBytes = 64 << 20

// entryOverhead is about what an entry costs beside its key's and value's bytes: the entry itself, otter's node, its place
// in the table, and what the allocator rounds up.
const entryOverhead = 160

// errClosed is what a Backend's methods return after Close.
var errClosed = errors.New("otter: closed")

// Config says how much a Backend may hold. The zero value is usable.
type Config struct {
	// MaxBytes bounds the memory, counted as the bytes of keys and values and 160 bytes for each entry. An entry that
	// counts for more is runtime.ErrTooLarge. 0 means DefaultMaxBytes; below zero is an error.
	MaxBytes int
	// MaxEntries bounds the number of entries. 0 means as many as MaxBytes has room for; below zero is an error.
	MaxEntries int
}

// Backend is a runtime.CacheBackend on otter. It also implements runtime.InProcess, TTLGetter, ConditionalRemover,
// PrefixRemover, Leaser, Flusher and io.Closer. All methods are safe for concurrent use; with a ctx that has ended they
// return ctx's error and do nothing.
type Backend struct {
	cache    atomic.Pointer[otter.Cache[string, *entry]] // nil: closed
	start    time.Time                                   // deadlines count from here, on the monotonic clock
	maxBytes int
}

// An entry never changes once it is stored.
type entry struct {
	value    runtime.Value
	deadline time.Duration
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

// New returns an empty Backend, or an error where config has a bound below zero.
func New(config Config) (*Backend, error) {
	if config.MaxBytes < 0 || config.MaxEntries < 0 {
		return nil, fmt.Errorf("otter: MaxBytes %d and MaxEntries %d must not be negative", config.MaxBytes, config.MaxEntries)
	}
	if config.MaxBytes == 0 {
		config.MaxBytes = DefaultMaxBytes
	}
	// Of the two bounds otter knows one. So each entry weighs at least as many bytes as there are for it when there are
	// as many entries as there may be.
	least := 1
	if config.MaxEntries > 0 {
		least = (config.MaxBytes-1)/config.MaxEntries + 1
	}
	if least > math.MaxInt32 { // more than so few entries ever take
		least, config.MaxBytes = math.MaxInt32, config.MaxEntries*math.MaxInt32
	}
	cache, err := otter.New(&otter.Options[string, *entry]{
		MaximumWeight: uint64(config.MaxBytes),
		Weigher: func(key string, e *entry) uint32 {
			return uint32(min(max(size(key, e.value), least), math.MaxUint32))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("otter: %w", err)
	}
	b := &Backend{start: time.Now(), maxBytes: config.MaxBytes}
	b.cache.Store(cache)
	return b, nil
}

func size(key string, value runtime.Value) int { return len(key) + len(value) + entryOverhead }

// Name returns "otter".
func (b *Backend) Name() string { return "otter" }

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
		cache.InvalidateAll()
		cache.StopAllGoroutines()
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
	e, ok := cache.GetIfPresent(key)
	if !ok {
		return nil, 0, runtime.ErrMiss
	}
	left := e.deadline - b.now()
	if left <= 0 {
		return nil, 0, runtime.ErrMiss
	}
	return slices.Clone(e.value), left, nil
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
	cache.Set(key, b.entry(value, ttl))
	return nil
}

// check says why an entry cannot be stored, if it cannot.
func (b *Backend) check(key string, value runtime.Value, ttl time.Duration) error {
	if ttl <= 0 {
		return runtime.ErrInvalidTTL
	}
	if size(key, value) > b.maxBytes {
		return runtime.ErrTooLarge
	}
	return nil
}

func (b *Backend) entry(value runtime.Value, ttl time.Duration) *entry {
	now := b.now()
	return &entry{slices.Clone(value), now + min(ttl, math.MaxInt64-now)}
}

// live reports whether e, which was found, has not expired.
func (b *Backend) live(e *entry, found bool) bool { return found && e.deadline > b.now() }

// Remove removes key.
func (b *Backend) Remove(ctx context.Context, key string) error {
	cache, err := b.open(ctx)
	if err != nil {
		return err
	}
	cache.Invalidate(key)
	return nil
}

func (b *Backend) open(ctx context.Context) (*otter.Cache[string, *entry], error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cache := b.cache.Load(); cache != nil {
		return cache, nil
	}
	return nil, errClosed
}

func (b *Backend) now() time.Duration { return time.Since(b.start) }
