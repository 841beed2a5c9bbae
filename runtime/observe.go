package runtime

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Observer is told of what a Cache does that takes time or goes wrong. What happens often and takes next to none, such as
// a hit in process, it is not told of: Cache.Stats counts that. See the packages below runtime/observe for ready ones.
//
// Its methods are called by the goroutines that do the work, so they must be safe for concurrent use and quick. A panic
// in one is lost. See WithObserver.
type Observer interface {
	// Begin is called when an operation begins. The operation runs with the context that Begin returns, which is made of
	// ctx; end, if not nil, is called when the operation is over, with what came of it.
	Begin(ctx context.Context, op Operation) (_ context.Context, end func(Result))

	// Notice is called when something has happened.
	Notice(event Event)
}

// Watcher is an Observer that looks at what a Cache has counted: see Cache.Stats.
type Watcher interface {
	Observer

	// Watch is called by New with the Cache that it has made, and that tells the observer of what it does.
	Watch(c *Cache)
}

// Operation is a load, or a use of a tier outside this process.
type Operation struct {
	// Name is "load"; or, of a tier, "get", "set", "remove", "lease", "fill", "put", "evict" (remove and tell other
	// processes), "publish" (tell them).
	Name string
	// Method is what a load is of, "prefix.Method"; "" for an operation of a tier.
	Method string
	// Tier is the name of the tier's backend; "" for a load.
	Tier string
	// Keys are those that it is about. The observer must neither change nor keep the slice.
	Keys []string
}

// Result is what came of an Operation.
type Result struct {
	Took time.Duration
	// Hits is how many of the keys were there, for "get".
	Hits int
	// Err is nil also where nothing was found, by a tier or, with one of the method's sentinels, by a load. It is not nil
	// where a load panicked.
	Err error
}

// Event is something that happened.
type Event struct {
	Kind EventKind
	// Method, Tier and Key are what it happened to, as far as the kind says.
	Method, Tier, Key string
	// Keys is how many keys are concerned.
	Keys int
	// Lag is how long a message was on its way, by the clocks of sender and receiver. 0 where that is not known.
	Lag time.Duration
	// State is a circuit breaker's: "closed", "half-open", "open".
	State string
	Err   error
}

// EventKind says what happened.
type EventKind uint8

const (
	// BreakerChanged: the circuit breaker of Tier went into State.
	BreakerChanged EventKind = iota + 1
	// LinkUp: messages of other processes' evictions arrive, so that the tiers in process are in use.
	LinkUp
	// LinkDown: they may not arrive. The tiers in process are emptied and unused until LinkUp.
	LinkDown
	// EvictionReceived: another process evicted Keys keys, or with none everything, and told of it, Lag ago.
	EvictionReceived
	// EvictionFailed: the shared tier did not take an eviction of Keys keys, for Err; it is retried until it does.
	EvictionFailed
	// EntryCorrupt: what stood under Key, of Method, is no entry. It was removed.
	EntryCorrupt
	// PanicLost: a load of Key panicked, with Err, when all its callers had left.
	PanicLost
)

// String returns the kind as it stands in logs: "breaker changed".
func (k EventKind) String() string {
	switch k {
	case BreakerChanged:
		return "breaker changed"
	case LinkUp:
		return "link up"
	case LinkDown:
		return "link down"
	case EvictionReceived:
		return "eviction received"
	case EvictionFailed:
		return "eviction failed"
	case EntryCorrupt:
		return "entry corrupt"
	case PanicLost:
		return "panic lost"
	}
	return "unknown"
}

// WithObserver has o told of what the cache does. With several, or when used again, all are told, the last one first.
// Without one nothing is measured for it.
func WithObserver(o ...Observer) Option {
	return func(opts *options) {
		for _, o := range o {
			if o != nil {
				opts.observers = &observers{o, opts.observers}
			}
		}
	}
}

// observers is a list of them; nil is none.
type observers struct {
	Observer
	next *observers
}

// begin tells of an operation. end is nil where nobody wants to know what comes of it.
func (o *observers) begin(ctx context.Context, op Operation) (_ context.Context, end func(hits int, err error)) {
	if o == nil {
		return ctx, nil
	}
	var ends []func(Result)
	for ; o != nil; o = o.next {
		var one func(Result)
		if ctx, one = beginOne(ctx, o.Observer, op); one != nil {
			ends = append(ends, one)
		}
	}
	if ends == nil {
		return ctx, nil
	}
	began := time.Now()
	return ctx, func(hits int, err error) {
		if errors.Is(err, ErrMiss) {
			err = nil
		}
		result := Result{time.Since(began), hits, err}
		for i := len(ends) - 1; i >= 0; i-- {
			quietly(func() { ends[i](result) })
		}
	}
}

// errLoadLost stands for a load that did not return.
var errLoadLost = errors.New("cachegen: the load panicked or ended its goroutine")

// observe tells of a load that begins. end is told whether it failed, and by which error if it returned.
func (m *method) observe(ctx context.Context, keys []string) (_ context.Context, end func(failed bool, err error)) {
	ctx, told := m.cache.opts.observers.begin(ctx, Operation{Name: "load", Method: m.name, Keys: keys})
	return ctx, func(failed bool, err error) {
		switch {
		case told == nil:
			return
		case !failed:
			err = nil
		case err == nil:
			err = errLoadLost
		}
		told(0, err)
	}
}

// watch gives those who want it the cache.
func (o *observers) watch(c *Cache) {
	for ; o != nil; o = o.next {
		if w, ok := o.Observer.(Watcher); ok {
			quietly(func() { w.Watch(c) })
		}
	}
}

func beginOne(ctx context.Context, o Observer, op Operation) (out context.Context, end func(Result)) {
	out = ctx
	quietly(func() {
		made, f := o.Begin(ctx, op)
		if made != nil {
			out = made
		}
		end = f
	})
	return out, end
}

func (o *observers) notice(event Event) {
	for ; o != nil; o = o.next {
		quietly(func() { o.Notice(event) })
	}
}

// quietly loses a panic: what goes wrong in an observer must not reach the user's call.
func quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}

// observed is guarded, with t's observers told.
func observed[R any](ctx context.Context, t *tier, name string, keys []string, op func(context.Context) (R, error), late *givenUp) (R, error) {
	ctx, end := t.observers.begin(ctx, Operation{Name: name, Tier: t.name, Keys: keys})
	result, err := guarded(ctx, t.guard, op, late)
	if end != nil {
		hits := 0
		if name == "get" {
			hits = hitsOf(result, err)
		}
		end(hits, err)
	}
	return result, err
}

// told are keys, where anybody wants to know them.
func (t *tier) told(keys ...string) []string {
	if t.observers == nil {
		return nil
	}
	return slices.Clone(keys)
}

// toldOf are items' keys.
func (t *tier) toldOf(items []Item) []string {
	if t.observers == nil {
		return nil
	}
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = item.Key
	}
	return keys
}

// hitsOf counts the values of a get.
func hitsOf(result any, err error) (hits int) {
	if err != nil {
		return 0
	}
	switch r := result.(type) {
	case Value:
		return 1
	case []Value:
		for _, v := range r {
			if v != nil {
				hits++
			}
		}
	}
	return hits
}
