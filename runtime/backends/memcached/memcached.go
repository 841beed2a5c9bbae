package memcached

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/internal/limited"
)

// itemOverhead is what memcached needs for an item beside its key and value, at most.
const itemOverhead = 80

// Backend is a runtime.CacheBackend in memcached. It also implements runtime.BatchGetter, BatchSetter, BatchRemover,
// ConditionalRemover, Leaser, BatchLeaser and Punctual; it holds no resources beside the client, which is its owner's to close. All
// methods are safe for concurrent use; with a ctx that has ended they return ctx's error. Errors from the server are
// wrapped.
type Backend struct {
	client  *memcache.Client
	maxItem int
}

var (
	_ runtime.CacheBackend       = (*Backend)(nil)
	_ runtime.BatchGetter        = (*Backend)(nil)
	_ runtime.BatchSetter        = (*Backend)(nil)
	_ runtime.BatchRemover       = (*Backend)(nil)
	_ runtime.ConditionalRemover = (*Backend)(nil)
	_ runtime.Leaser             = (*Backend)(nil)
	_ runtime.BatchLeaser        = (*Backend)(nil)
	_ runtime.Punctual           = (*Backend)(nil)
)

// Option changes a Backend that New makes.
type Option func(*Backend) error

// WithMaxItemSize says how large an item the servers take, in bytes: what they were started with as -I. The default is
// theirs, 1 MiB. What is larger is runtime.ErrTooLarge and is not sent, since memcached gives up the present item in the
// attempt to store one that is too large.
func WithMaxItemSize(bytes int) Option {
	return func(b *Backend) error {
		if bytes <= itemOverhead {
			return fmt.Errorf("memcached: WithMaxItemSize(%d): want more than %d", bytes, itemOverhead)
		}
		b.maxItem = bytes
		return nil
	}
}

// New returns a Backend on client, whose servers, timeout and connections are its own options. Its MaxIdleConns should be
// as many calls as there are at a time: gomemcache keeps two by default, and opens a connection for each call beyond.
func New(client *memcache.Client, options ...Option) (*Backend, error) {
	if client == nil {
		return nil, errors.New("memcached: New needs a client")
	}
	b := &Backend{client: client, maxItem: 1 << 20}
	for _, option := range options {
		if err := option(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Punctual returns true: no call lasts longer than its context's deadline.
func (b *Backend) Punctual() bool { return true }

// Name returns "memcached".
func (b *Backend) Name() string { return "memcached" }

// HealthCheck returns nil if all servers answer.
func (b *Backend) HealthCheck(ctx context.Context) error {
	_, err := limited.Call(ctx, func() (struct{}, error) { return struct{}{}, b.client.Ping() })
	return wrap("ping", err)
}

// Get returns the value under key, or runtime.ErrMiss.
func (b *Backend) Get(ctx context.Context, key string) (runtime.Value, error) {
	item, err := limited.Call(ctx, func() (*memcache.Item, error) { return b.get(key) })
	if err != nil {
		return nil, wrap("get", err)
	}
	return item.Value, nil
}

// get is Get for who may replace the item; it does not heed a context.
func (b *Backend) get(key string) (*memcache.Item, error) {
	item, err := b.client.Get(legal(key))
	if err == nil && !live(item, time.Now()) {
		return nil, memcache.ErrCacheMiss
	}
	return item, err
}

// SetWithTTL stores value under key for ttl. It may return runtime.ErrInvalidTTL or runtime.ErrTooLarge.
func (b *Backend) SetWithTTL(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
	item, err := b.item(key, value, ttl)
	if err != nil {
		return err
	}
	_, err = limited.Call(ctx, func() (struct{}, error) { return struct{}{}, b.client.Set(item) })
	return wrap("set", err)
}

// item makes what is stored, from a copy of value, since a call may outlive its caller.
func (b *Backend) item(key string, value runtime.Value, ttl time.Duration) (*memcache.Item, error) {
	if ttl <= 0 {
		return nil, runtime.ErrInvalidTTL
	}
	key = legal(key)
	if len(key)+len(value)+itemOverhead > b.maxItem {
		return nil, runtime.ErrTooLarge
	}
	item := &memcache.Item{Key: key, Value: bytes.Clone(value)}
	expire(item, time.Now(), ttl)
	return item, nil
}

// Remove removes key.
func (b *Backend) Remove(ctx context.Context, key string) error {
	_, err := limited.Call(ctx, func() (struct{}, error) { return struct{}{}, b.remove(key) })
	return wrap("remove", err)
}

func (b *Backend) remove(key string) error {
	if err := b.client.Delete(legal(key)); err != nil && err != memcache.ErrCacheMiss {
		return err
	}
	return nil
}

// RemoveIf removes key if old stands under it, and reports whether it did.
func (b *Backend) RemoveIf(ctx context.Context, key string, old runtime.Value) (bool, error) {
	old = bytes.Clone(old)
	done, err := limited.Call(ctx, func() (bool, error) {
		return b.replace(key, old, func(item *memcache.Item) { item.Expiration = -1 }) // at once
	})
	return done, wrap("remove", err)
}

// replace changes the item under key by cas, if old stands there, and reports whether it did.
func (b *Backend) replace(key string, old runtime.Value, change func(*memcache.Item)) (bool, error) {
	item, err := b.get(key)
	switch {
	case err == memcache.ErrCacheMiss, err == nil && !bytes.Equal(item.Value, old):
		return false, nil
	case err != nil:
		return false, err
	}
	change(item)
	switch err = b.client.CompareAndSwap(item); err {
	case memcache.ErrCASConflict, memcache.ErrCacheMiss, memcache.ErrNotStored:
		return false, nil
	}
	return err == nil, err
}

// wrap says what failed, in the runtime's terms where it has some.
func wrap(what string, err error) error {
	switch {
	case err == nil, err == runtime.ErrMiss, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case err == memcache.ErrCacheMiss:
		return runtime.ErrMiss
	case strings.Contains(err.Error(), "too large"):
		return fmt.Errorf("memcached: %s: %w (see WithMaxItemSize): %w", what, runtime.ErrTooLarge, err)
	}
	return fmt.Errorf("memcached: %s: %w", what, err)
}
