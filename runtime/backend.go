package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Value is a JSON text (RFC 8259).
type Value = json.RawMessage

// Errors that a CacheBackend returns; test for them with errors.Is.
var (
	// ErrMiss says that a key is absent or expired.
	ErrMiss = errors.New("cachegen: miss")
	// ErrInvalidTTL says that a TTL was zero or negative. There is no "forever": an entry that nobody
	// invalidates must go at some time.
	ErrInvalidTTL = errors.New("cachegen: TTL must be positive")
	// ErrTooLarge says that an entry does not fit the store, which is left as it was.
	ErrTooLarge = errors.New("cachegen: entry too large for the store")
)

// CacheBackend is a store of JSON texts that expire. It comes from the trait of the same name in the Rust
// crate multi-tier-cache.
//
// All methods are safe for concurrent use, and return ctx's error promptly once ctx has ended. A backend keeps no
// reference to a slice that a caller gave it, and a slice that it hands out is the caller's alone, who may change it.
// An entry is never returned after its TTL has passed.
type CacheBackend interface {
	// Get returns the value under key, or ErrMiss where it is absent or expired.
	Get(ctx context.Context, key string) (Value, error)

	// SetWithTTL stores value under key for ttl, in place of what was there. A ttl <= 0 is ErrInvalidTTL; an
	// entry that the store cannot hold is ErrTooLarge.
	SetWithTTL(ctx context.Context, key string, value Value, ttl time.Duration) error

	// Remove removes key; removing an absent key is no error.
	Remove(ctx context.Context, key string) error

	// HealthCheck returns nil if the store can serve.
	HealthCheck(ctx context.Context) error

	// Name names the kind of store in statistics and messages: "bigcache", "redis".
	Name() string
}

// The interfaces below are what a backend may do beyond CacheBackend. They are found by type assertion, as
// io.WriterTo is; a backend implements those that its store does well. One that also holds resources
// implements io.Closer.

// InProcess marks a store that lives in this process's memory: it needs no time limit and no circuit breaker,
// and other processes neither see nor invalidate it.
type InProcess interface {
	InProcess() bool
}

// Punctual marks a store outside this process whose methods, whatever becomes of it, return soon after their context's
// deadline, and never end the goroutine that calls them. A Cache calls them in the goroutine of its own caller. It calls
// all others in a goroutine for each operation, which it leaves behind at its time limit: that costs time in each hit.
//
// The context of such a call ends at the time limit, or at the caller's deadline, but not when the caller is cancelled
// before that: who has gone waits until then if the store does not answer.
type Punctual interface {
	Punctual() bool
}

// BatchGetter gets many keys in one round trip.
type BatchGetter interface {
	// GetMany returns one value per key, in the order of keys, nil where the key is absent or expired.
	GetMany(ctx context.Context, keys []string) ([]Value, error)
}

// Item is one entry of a BatchSetter's call.
type Item struct {
	Key   string
	Value Value
	TTL   time.Duration
}

// BatchSetter stores many entries in one round trip.
type BatchSetter interface {
	// SetMany stores every item, or reports what it could not store; the others are stored all the same.
	SetMany(ctx context.Context, items []Item) error
}

// BatchRemover removes many keys in one round trip.
type BatchRemover interface {
	RemoveMany(ctx context.Context, keys []string) error
}

// TTLGetter reads a value together with what is left of its TTL, atomically: asked for one after the other, an
// old value could be paired with a newer one's TTL.
type TTLGetter interface {
	GetWithTTL(ctx context.Context, key string) (Value, time.Duration, error)
}

// ConditionalRemover removes a key only while it still holds the bytes that the caller saw, so that a corrupt
// entry can be cleared without losing a good one that took its place.
type ConditionalRemover interface {
	// RemoveIf reports whether it removed the key.
	RemoveIf(ctx context.Context, key string, old Value) (bool, error)
}

// PrefixRemover removes all keys that begin with prefix and returns how many there were. It is made for
// operators: it may take long, and it must not block other users of the store meanwhile (SCAN, never KEYS).
type PrefixRemover interface {
	RemovePrefix(ctx context.Context, prefix string) (int64, error)
}

// Bus carries messages between the processes that share a store, one publisher's in order. A subscriber that was cut
// off learns of it through Subscription.Down and must assume that it missed messages. Where a publisher's connection
// fails, a message may arrive more than once.
type Bus interface {
	// Publish sends message to all present subscribers of channel, this process's own included.
	Publish(ctx context.Context, channel string, message []byte) error

	// Subscribe calls s's functions, one at a time, until ctx ends, and then returns ctx's error. It reconnects
	// by itself. Each Up follows a successful subscription, each Down a lost one.
	Subscribe(ctx context.Context, channel string, s Subscription) error
}

// Subscription is what a Bus calls back. No function may be nil, and none may block for long.
type Subscription struct {
	Up      func()
	Down    func(err error)
	Message func(message []byte)
}

// Evicter is a Bus that removes an entry and tells of it in one step, so that a process that dies cannot have done the
// one without the other.
type Evicter interface {
	Bus
	// Evict removes each removal's key, stores its mark, and publishes its message on channel. What could not be done is
	// in the error; the rest is done all the same.
	Evict(ctx context.Context, channel string, removals []Removal) error
}

// Removal is one key of an Evicter's call.
type Removal struct {
	Key     string
	Message []byte
	Mark    Item // without a Key: there is none
}

// Putter stores what a write returned where no other write of the entry can have come between. Each eviction and each
// Put of a key stores a mark beside it, of a value that nothing else has.
type Putter interface {
	Evicter
	// Put stores the items of puts whose marks are what they were, and reports which; with each it stores the new mark and
	// publishes the message on channel, in one step.
	Put(ctx context.Context, channel string, puts []Putting) (stored []bool, err error)
}

// Putting is one entry of a Putter's call.
type Putting struct {
	Item
	Message []byte
	Old     Value  // what must stand under Mark.Key; nil: nothing
	Mark    Item   // what stands there then
	Unless  []byte // a value that begins with this stays as it is
}

// Leaser lets one of many processes fill a key, and keeps a value that was loaded before an invalidation from
// being stored after it.
type Leaser interface {
	// Lease returns what stands under key, or, where nothing does, stores lease there for ttl and reports that it was
	// acquired. Where the client library repeats a command whose answer was lost, held may be the caller's own lease.
	Lease(ctx context.Context, key string, lease Value, ttl time.Duration) (held Value, acquired bool, err error)

	// Fill stores value for ttl if key still holds lease, and reports whether it did.
	Fill(ctx context.Context, key string, lease, value Value, ttl time.Duration) (stored bool, err error)
}

// BatchLeaser leases and fills many keys in one round trip.
type BatchLeaser interface {
	// LeaseMany is Lease for each of keys, with a lease for each: held[i] is nil where it was acquired.
	LeaseMany(ctx context.Context, keys []string, leases []Value, ttl time.Duration) (held []Value, err error)

	// FillMany is Fill for each item, whose key must hold leases[i]. An item that cannot be stored for a reason of its
	// own counts as not stored.
	FillMany(ctx context.Context, items []Item, leases []Value) (stored []bool, err error)
}

// Flusher empties a store at once. Stores in this process's memory implement it: when the connection that brings
// other processes' invalidations is lost, everything they hold may be stale. An in-process store without it stays
// unused after such a loss until all that it held has expired.
type Flusher interface {
	// Flush makes everything stored before the call unreadable.
	Flush(ctx context.Context) error
}
