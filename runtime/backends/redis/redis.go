package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime"
)

// maxBytes is the most that Redis takes as one argument (its proto-max-bulk-len). Given more, it cuts the connection.
const maxBytes = 512 << 20

// defaultBeat is what WithHeartbeat is set to.
const defaultBeat = time.Second

// Backend is a runtime.CacheBackend in Redis. It implements every optional interface but runtime.InProcess and Flusher;
// it holds no resources beside the client, which is its owner's to close. All methods are safe for concurrent use; with a
// ctx that has ended they return ctx's error. Errors from the server are wrapped.
type Backend struct {
	client  goredis.UniversalClient
	cluster clusterClient // nil: not a Cluster
	ring    ringClient    // nil: not a Ring
	plain   bool          // all keys are on one server
	// guarded says that client ignores the end of a context, so that calls have to be left behind; see call.
	guarded bool
	beat    time.Duration

	parallel int      // see WithParallelReads
	reads    *reads   // nil: each read goes by itself, or there is one for each master of a Cluster
	byMaster sync.Map // from the address of a master to its *reads

	noSetNXGet atomic.Bool // the server is older than 7.0
}

var (
	_ runtime.CacheBackend       = (*Backend)(nil)
	_ runtime.BatchGetter        = (*Backend)(nil)
	_ runtime.BatchSetter        = (*Backend)(nil)
	_ runtime.BatchRemover       = (*Backend)(nil)
	_ runtime.TTLGetter          = (*Backend)(nil)
	_ runtime.ConditionalRemover = (*Backend)(nil)
	_ runtime.PrefixRemover      = (*Backend)(nil)
	_ runtime.Leaser             = (*Backend)(nil)
	_ runtime.BatchLeaser        = (*Backend)(nil)
	_ runtime.Bus                = (*Backend)(nil)
	_ runtime.Evicter            = (*Backend)(nil)
	_ runtime.Putter             = (*Backend)(nil)
	_ runtime.Punctual           = (*Backend)(nil)
)

// Option changes a Backend that New makes.
type Option func(*Backend) error

// WithHeartbeat sets how soon Subscribe notices that messages no longer arrive, though its connection looks well: each
// interval this process sends itself a message the way that all messages go, and the subscription counts as lost when one
// has not come back after two intervals; so at the latest three intervals after the last one that did. The default is one
// second. It must be positive.
func WithHeartbeat(interval time.Duration) Option {
	return func(b *Backend) error {
		if interval <= 0 {
			return fmt.Errorf("redis: WithHeartbeat(%v): the interval must be positive", interval)
		}
		b.beat = interval
		return nil
	}
}

// WithParallelReads sets how many single reads (Get) are under way at once at most, to each server; the default is 4. Those
// that come meanwhile wait until one of these has an answer, and then go together, in one round trip: with many at once
// that makes each much cheaper, for the server too. With more than 4, each waits for less time where the way to the server
// is long; 0 has each go by itself. It has an effect only where the client observes deadlines (ContextTimeoutEnabled),
// and not with a Ring.
//
// To the client's hooks a round trip of several reads is a pipeline, in the context of one of the callers.
func WithParallelReads(n int) Option {
	return func(b *Backend) error {
		if n < 0 {
			return fmt.Errorf("redis: WithParallelReads(%d): the number must not be negative", n)
		}
		b.parallel = n
		return nil
	}
}

// New returns a Backend that uses client, or an error where client is nil or set up so that it may read what is
// stale. It does not talk to the server; HealthCheck does.
func New(client goredis.UniversalClient, options ...Option) (*Backend, error) {
	b := &Backend{beat: defaultBeat, parallel: defaultReads}
	if err := b.use(client); err != nil {
		return nil, err
	}
	for _, option := range options {
		if err := option(b); err != nil {
			return nil, err
		}
	}
	if b.parallel > 0 && b.plain {
		b.reads = b.newReads()
	}
	return b, nil
}

// Name returns "redis".
func (b *Backend) Name() string { return "redis" }

// Punctual returns true: no call lasts longer than its context's deadline, whatever client and server do.
func (b *Backend) Punctual() bool { return true }

// HealthCheck returns nil if the server answers; with a Cluster, if every master does; with a Ring, if every shard
// that is in use does.
func (b *Backend) HealthCheck(ctx context.Context) error {
	_, err := call(b, ctx, func(ctx context.Context) (struct{}, error) {
		err := b.forEachServer(ctx, func(ctx context.Context, server goredis.UniversalClient) error {
			return server.Ping(ctx).Err()
		})
		if err == nil && b.ring != nil { // whose shards may all be out of use
			err = b.client.Ping(ctx).Err()
		}
		return struct{}{}, err
	})
	return wrap(ctx, err, "ping")
}

// Get returns the value under key, or runtime.ErrMiss.
func (b *Backend) Get(ctx context.Context, key string) (runtime.Value, error) {
	var value []byte
	err := ctx.Err()
	switch {
	case err != nil:
	case b.guarded:
		value, err = call(b, ctx, func(ctx context.Context) ([]byte, error) { return b.client.Get(ctx, key).Bytes() })
	default:
		value, err = b.get(ctx, key) // call's closure costs a hit an allocation
	}
	if err != nil {
		return nil, keyError(ctx, err, "get", key)
	}
	return value, nil
}

// SetWithTTL stores value under key for ttl. It may return runtime.ErrInvalidTTL or runtime.ErrTooLarge.
func (b *Backend) SetWithTTL(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
	if err := check(key, value, ttl); err != nil {
		return err
	}
	value = b.keep(value)
	_, err := call(b, ctx, func(ctx context.Context) (any, error) {
		return b.client.Do(ctx, setArgs(key, value, ttl)...).Result()
	})
	return keyError(ctx, err, "set", key)
}

// Remove removes key.
func (b *Backend) Remove(ctx context.Context, key string) error {
	_, err := call(b, ctx, func(ctx context.Context) (int64, error) {
		return b.client.Del(ctx, key).Result()
	})
	return keyError(ctx, err, "remove", key)
}

// check says why an entry cannot be stored, if it cannot.
func check(key string, value runtime.Value, ttl time.Duration) error {
	if ttl <= 0 {
		return runtime.ErrInvalidTTL
	}
	if len(key) > maxBytes || len(value) > maxBytes {
		return runtime.ErrTooLarge
	}
	return nil
}

// setArgs is the SET command that stores an entry. (The client's Set method would give whole seconds as EX, and log
// TTLs below a millisecond.)
func setArgs(key string, value runtime.Value, ttl time.Duration) []any {
	return []any{"set", key, []byte(value), "px", milliseconds(ttl)}
}

// milliseconds is ttl as PX takes it. It rounds down, since an entry must not live too long, but 0 would be an error.
func milliseconds(ttl time.Duration) int64 {
	return max(1, ttl.Milliseconds())
}

// keyError is err with what we were doing. It tells the key's length in place of the key, which may hold what should
// not stand in a log.
func keyError(ctx context.Context, err error, doing, key string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, goredis.Nil):
		return runtime.ErrMiss
	}
	return wrap(ctx, err, fmt.Sprintf("%s a key of %d bytes", doing, len(key)))
}

// wrap says what we were doing, and makes sure that an error that came of ctx's end is ctx's error: go-redis reports a
// deadline as a timeout of the connection, at times a moment before ctx has noticed.
func wrap(ctx context.Context, err error, doing string) error {
	if err == nil {
		return nil
	}
	ended := ctx.Err()
	if deadline, ok := ctx.Deadline(); ended == nil && ok && !time.Now().Before(deadline) {
		ended = context.DeadlineExceeded
	}
	if ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("redis: %s: %w (%v)", doing, ended, err)
	}
	return fmt.Errorf("redis: %s: %w", doing, err)
}
