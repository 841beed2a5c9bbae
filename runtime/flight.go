package runtime

import (
	"context"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// A flight is a load that callers of one key wait for together. While it is in its stripe's table, callers join it and
// its value may be stored; an invalidation, a reload, or the last waiter's leaving takes it out, for good.
type flight struct {
	key    string
	stripe *stripe
	of     any // the *call[T] that the flight belongs to
	method *method
	reload bool

	parent  *flight     // the load that this one was begun by, if any
	loading atomic.Bool // the wrapped method runs

	ctx      context.Context
	cancel   context.CancelFunc
	deadline time.Time  // beyond it the flight is not joined any longer
	state    uint64     // the gate's at the beginning
	groups   []string   // the keys of the entry's groups
	within   []standing // the groups, as they were at the beginning

	waiters int           // under stripe.mu
	stage   int           // under stripe.mu: how often mark was called
	joined  bool          // under stripe.mu: not only the first caller has waited
	kept    bool          // under stripe.mu: the load goes on where nobody waits for it any longer
	landed  bool          // under stripe.mu: nobody can join any longer
	lent    chan struct{} // closed when a load that has a place waits for this one, which may then use that place
	isLent  bool          // under stripe.mu
	done    chan struct{} // closed when the result may be read

	company *company // of a batch's flights: what they share; else nil

	// How the load ended, which is set before done is closed.
	err      error
	panicked *LoadPanicError
	exited   bool // the load ended its goroutine
	single   bool // the result cannot be copied: only the first caller gets it

	// sure is the last stage at which who joined may take the result. Since those who came later did, another process may
	// have written, and this one not heard of it yet: they ask for themselves. See mark.
	sure int

	// unanswered says that the batch which the flight was part of ended without an answer for its key: who joined asks
	// for themselves.
	unanswered bool
}

// call is a flight and its result, which is set before done is closed.
type call[T any] struct {
	flight
	result T
	copies T // what the callers who joined get copies of
}

// newFlight is the flight of a new call.
func newFlight[T any]() *flight {
	f := new(call[T])
	f.of, f.sure = f, math.MaxInt
	return &f.flight
}

type flightKey struct{}

// flightContext is a load's context: without the first caller's cancellation, with its values and the flight itself.
type flightContext struct {
	context.Context
	flight *flight
}

func (c flightContext) Value(key any) any {
	if key == (flightKey{}) {
		return c.flight
	}
	return c.Context.Value(key)
}

// within returns the innermost load that ctx belongs to, nil where there is none.
func within(ctx context.Context) *flight {
	f, _ := ctx.Value(flightKey{}).(*flight)
	return f
}

// begunBy reports whether f is one of the loads that inner was begun by, or inner itself.
func (f *flight) begunBy(inner *flight) bool {
	for ; inner != nil; inner = inner.parent {
		if inner == f {
			return true
		}
	}
	return false
}

// hasPlace reports whether f or a load that it was begun by runs in c, so that what f begins needs no place of its own.
func (f *flight) hasPlace(c *Cache) bool {
	for ; f != nil; f = f.parent {
		if f.method.cache == c && f.loading.Load() {
			return true
		}
	}
	return false
}

// current reports whether no group of the entry has been evicted since the flight began. It may take the eviction of
// another key for one.
func (f *flight) current() bool {
	return stand(f.within)
}

// join returns the flight of key: the one that is under way, and the stage that it is at, or a new one, which the caller
// must run. It returns nil where the caller must not wait: the flight is the caller's own, or not for results of type T, or a write of key is
// under way. A new flight of a batch belongs to company, which is nil otherwise.
func join[T any](ctx context.Context, m *Method[T], key string, groups []string, reload bool, company *company) (f *call[T], stage int, leads bool) {
	present, stage, leads := m.join(ctx, key, groups, reload, company, newFlight[T])
	if present == nil {
		return nil, 0, false
	}
	return present.of.(*call[T]), stage, leads
}

func (m *method) join(ctx context.Context, key string, groups []string, reload bool, company *company, fresh func() *flight) (f *flight, stage int, leads bool) {
	// Model: step join.
	c, parent := m.cache, within(ctx)
	if c.tiers.stripes.held(groups) {
		return nil, 0, false
	}
	s := c.tiers.stripes.of(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writers[key] > 0 {
		return nil, 0, false
	}
	if present := s.flights[key]; present != nil {
		if present.begunBy(parent) && present.loading.Load() {
			return nil, 0, false
		}
		if !reload && time.Now().Before(present.deadline) && present.current() {
			if present.method.typ != m.typ {
				return nil, 0, false
			}
			present.waiters++
			present.joined = true
			if parent.hasPlace(c) {
				present.lend()
			}
			return present, present.stage, false
		}
	}
	f = fresh()
	f.reload = reload
	f.begin(m, key, groups, s)
	if company == nil {
		f.alone(ctx, parent)
	} else {
		f.inCompany(company)
	}
	return f, 0, true
}

// begin makes f, which is new, the flight of key. It is called under s.mu.
func (f *flight) begin(m *method, key string, groups []string, s *stripe) {
	// Model: step join.
	f.key, f.stripe, f.method = key, s, m
	f.state = m.cache.tiers.gate.now()
	f.waiters, f.done = 1, make(chan struct{})
	f.in(groups)
	if s.flights == nil {
		s.flights = make(map[string]*flight)
	}
	s.flights[key] = f
}

// alone gives f a context of its own.
func (f *flight) alone(ctx context.Context, parent *flight) {
	f.parent, f.lent = parent, make(chan struct{})
	f.deadline = f.method.cache.loadDeadline(ctx)
	f.ctx, f.cancel = context.WithDeadline(flightContext{context.WithoutCancel(ctx), f}, f.deadline)
}

// in notes the groups of the flight's entry, and that none of them has been evicted since now.
func (f *flight) in(groups []string) {
	f.groups, f.within = groups, f.method.cache.tiers.stripes.seen(nil, groups)
}

// loadDeadline is when a load that begins now for a caller with ctx must be over.
func (c *Cache) loadDeadline(ctx context.Context) time.Time {
	deadline := time.Now().Add(c.opts.loadTimeout)
	if d, ok := ctx.Deadline(); ok && d.After(deadline) {
		return d
	}
	return deadline
}

// lend lets the load use the place of one that waits for it. It is called under stripe.mu.
func (f *flight) lend() {
	if f.company != nil {
		f.company.lending.Do(func() { close(f.lent) })
	} else if !f.isLent {
		f.isLent = true
		close(f.lent)
	}
}

// wait returns when the result may be read, or ctx's error when ctx ends first. The last one to leave cancels the load, if
// nobody has left who wants it kept on.
func (f *flight) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
	}
	f.leave()
	return ctx.Err()
}

// keepOn is to wait no longer, but to want what is loaded.
func (f *flight) keepOn() {
	f.stripe.mu.Lock()
	defer f.stripe.mu.Unlock()
	f.waiters--
	f.kept = true
}

// leave is to wait no longer.
func (f *flight) leave() {
	s := f.stripe
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiters--
	if f.waiters == 0 && !f.landed && !f.kept {
		if s.flights[f.key] == f {
			delete(s.flights, f.key)
		}
		f.cancel()
	}
}

// detach has callers who come from now on load for themselves.
func (f *flight) detach() {
	f.stripe.mu.Lock()
	defer f.stripe.mu.Unlock()
	if f.stripe.flights[f.key] == f {
		delete(f.stripe.flights, f.key)
	}
}

// mark is called before the shared tier or the wrapped method is asked. Who has joined by then may take the answer: it is of
// a later moment. It returns the stage that they joined at, at the latest.
func (f *flight) mark() (stage int) {
	f.stripe.mu.Lock()
	defer f.stripe.mu.Unlock()
	f.stage++
	return f.stage - 1
}

// land takes the flight out of the table. It tells how many wait for it, a number that only falls from here on, and
// whether others than the first caller may be among them.
func (f *flight) land() (waiters int, joined bool) {
	// Model: step land.
	s := f.stripe
	s.mu.Lock()
	defer s.mu.Unlock()
	f.landed = true
	if s.flights[f.key] == f {
		delete(s.flights, f.key)
	}
	return f.waiters, f.joined
}

// takePlace waits for one of the cache's places for loads, if they are bounded. give returns it.
func (f *flight) takePlace() (give func(), err error) {
	slots := f.method.cache.slots
	if slots == nil || f.parent.hasPlace(f.method.cache) {
		return func() {}, nil
	}
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	default:
	}
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-f.lent:
		return func() {}, nil
	case <-f.ctx.Done():
		return nil, ErrMaxLoads
	}
}

// run does load in this goroutine and makes its result ready, however load ends.
func (f *call[T]) run(copyable codec.Codec[T], load func() (T, error)) {
	f.flight.run(func() { f.result, f.err = load() }, func() { f.share(copyable) })
}

func (f *flight) run(load, share func()) {
	returned := false
	defer func() {
		if p := recover(); p != nil {
			f.panicked = &LoadPanicError{Value: p, Stack: debug.Stack()}
		} else if !returned {
			f.exited = true
		}
		waiters, joined := f.land()
		if f.panicked != nil && waiters == 0 {
			f.method.lostPanic(f.key, f.panicked)
		}
		if returned && joined && waiters > 0 {
			share()
		}
		close(f.done)
		f.cancel()
	}()
	load()
	returned = true
}

// share makes what the callers who joined get copies of. The first caller may change the original as soon as it has it.
func (f *call[T]) share(c codec.Codec[T]) {
	var err error
	if f.copies, err = codec.Copy(c, f.result); err != nil {
		f.single = true
	}
}
