package runtime

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// Load returns what load returns, which runs once for all callers that want key at the same time, and stores it. load
// runs in its own goroutine, with a context that has ctx's values but neither its cancellation nor its deadline; when
// ctx ends, Load returns ctx's error, and when all callers are gone, load's context ends.
//
// An error of load goes to all callers. It is not stored, except for the method's sentinels. A panic of load is
// raised again in the caller who began it, as a *LoadPanicError; the others get that as their error. A load that ends
// its goroutine ends the first caller's too, and the others get ErrLoadExited.
//
// Each caller gets a result of its own. A nil ctx and the key "" call load in the caller's goroutine, with ctx.
//
// groups are those of Get. Where one of them is evicted during the load, the result does not count as cached, and later
// callers do not join the load.
func (m *Method[T]) Load(ctx context.Context, key string, load func(context.Context, *Fill) (T, error), groups ...string) (T, error) {
	return m.load(ctx, key, load, false, due, groups)
}

// Reload is Load for a caller who wants nothing that was cached or began to load before. Later callers of Load join it.
func (m *Method[T]) Reload(ctx context.Context, key string, load func(context.Context, *Fill) (T, error), groups ...string) (T, error) {
	return m.load(ctx, key, load, true, due, groups)
}

func (m *Method[T]) load(ctx context.Context, key string, load func(context.Context, *Fill) (T, error), reload bool, least freshness, groups []string) (T, error) {
	// Model: steps follow, loadAlone.
	var zero T
	unkeyed := key == "" || !keyed(groups, m.groups)
	if m.on() && unkeyed {
		m.counters.unkeyed.Add(1)
	}
	if ctx == nil || unkeyed || !m.serves(ctx) {
		return load(ctx, new(Fill))
	}
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	c := m.cache
	if !c.work.begin() {
		return load(ctx, new(Fill))
	}
	f, stage, leads := join(ctx, m, key, m.watched(groups), reload, nil)
	if leads {
		go func() {
			defer c.work.end()
			f.run(m.codec, func() (T, error) { return m.fly(f, load, least) })
		}()
	} else {
		c.work.end()
	}
	if f == nil {
		return load(m.reading(ctx, key, groups), new(Fill))
	}
	if !leads {
		m.counters.coalesced.Add(1)
	}
	v, late, err := m.await(ctx, f)
	switch {
	case err != nil:
		return zero, err
	case late:
		return v, nil
	case f.unanswered, stage > f.sure:
		if !reload {
			// Where it was stored, it is there to be read. The next flight would again be sure only of those who are quick.
			if v, how, err := m.lookup(ctx, key, groupsOf(groups), least); how >= least {
				return v, err
			}
		}
		return m.load(ctx, key, load, reload, least, groups)
	case f.panicked != nil && leads:
		panic(f.panicked)
	case f.panicked != nil:
		return zero, f.panicked
	case f.exited && leads:
		runtime.Goexit()
		return zero, ErrLoadExited
	case f.exited:
		return zero, ErrLoadExited
	case leads:
		return f.result, f.err
	}
	if !f.single {
		if v, err := codec.Copy(m.codec, f.copies); err == nil {
			return v, f.err
		}
	}
	return load(ctx, new(Fill))
}

// fly is the work of a flight: look once more for something that is good for least or more, load, store.
func (m *Method[T]) fly(f *call[T], load func(context.Context, *Fill) (T, error), least freshness) (T, error) {
	// Model: step load.
	l, v, how, err := m.begin(f, least)
	if how == due && least < fresh {
		m.refreshAfter(f, load)
	}
	if how != useless {
		return v, err
	}
	defer l.hold.release(context.WithoutCancel(f.ctx))
	defer l.hold.end()
	l.hold.keep(f.ctx)
	stage := f.mark()
	fill, err := m.call(&f.flight, func(ctx context.Context, fill *Fill) (err error) {
		v, err = load(ctx, fill)
		return err
	})
	if err != nil && m.nameOf(err) == "" {
		return m.failed(f, v, err)
	}
	if m.remembers() {
		m.cache.failing.remove(f.key)
	}
	if l.hold.may() {
		f.sure = stage // or a later one, if the result is stored
	}
	if !l.may || fill.skip {
		return v, err
	}
	if tags, ok := m.mark(f.ctx, fill, l.epochs); ok && f.current() {
		m.store(f, l.hold, fill, l.groups, tags, v, err)
	}
	return v, err
}

// failed is what a load ends with whose error is no answer.
func (m *Method[T]) failed(f *call[T], v T, err error) (T, error) {
	if m.remembers() && f.ctx.Err() != context.Canceled {
		m.cache.failing.add(f.key)
	}
	if !f.reload {
		if old, ok := m.fallback(f.ctx, f.key, m.own(f.groups)); ok {
			return old, nil
		}
	}
	return v, err
}

// call calls the wrapped method, in one of the places for loads.
func (m *method) call(f *flight, load func(context.Context, *Fill) error) (fill *Fill, err error) {
	give, err := f.takePlace()
	if err != nil {
		return &Fill{skip: true}, err
	}
	defer give()
	began := time.Now()
	failed := true // also when load panics
	fill = new(Fill)
	f.loading.Store(true)
	defer func() {
		f.loading.Store(false)
		if !fill.found {
			m.counters.loads.Add(1)
		}
		m.counters.loadTime.Add(int64(time.Since(began)))
		if failed {
			m.counters.loadErrors.Add(1)
		}
	}()
	ctx := m.reading(f.ctx, f.key, f.groups)
	if m.cache.opts.observers != nil {
		var end func(failed bool, err error)
		ctx, end = m.observe(ctx, []string{f.key})
		defer func() { end(failed, err) }()
	}
	err = load(ctx, fill)
	failed = err != nil && m.nameOf(err) == ""
	switch {
	case fill.found:
		fill.skip = true
	case fill.skip:
		m.counters.declined.Add(1)
	}
	return fill, err
}

// store encodes what was loaded and stores it, if it is an answer.
func (m *Method[T]) store(f *call[T], h *hold, fill *Fill, g, tags *groups, v T, err error) {
	// Model: step storePut.
	ttl, sentinel := m.ttl, ""
	if fill.ttl > 0 {
		ttl = fill.ttl
		m.cache.overdue.longest(ttl + m.stale)
	}
	if err != nil {
		sentinel, ttl = m.nameOf(err), m.negative
	}
	data, ttl, ok := m.entry(v, sentinel, ttl, g, tags)
	if !ok {
		return
	}
	// The callers have left or wait; neither is a reason to leave the tiers half filled.
	ctx := context.WithoutCancel(f.ctx)
	_ = m.cache.tiers.write(ctx, f.key, data, ttl, storing{flight: &f.flight, state: f.state, hold: h})
}

// entry makes the entry that holds v, or the sentinel of that name, and says for how long it is stored: ttl, shortened,
// and for a value as long as it is of use after that.
func (m *Method[T]) entry(v T, sentinel string, ttl time.Duration, g, tags *groups) (data Value, kept time.Duration, ok bool) {
	data, kept = m.head(sentinel, ttl, g, tags)
	data, failed := codec.Marshal(m.codec, data, v)
	if failed != nil {
		m.counters.unencoded.Add(1)
		return nil, 0, false
	}
	return append(data, '}'), kept, true
}

// head is entry up to the encoding of v.
func (m *method) head(sentinel string, ttl time.Duration, g, tags *groups) (data Value, kept time.Duration) {
	ttl = m.shorten(ttl)
	kept = ttl
	if sentinel == "" {
		kept += m.stale
	}
	now, scale := time.Now(), m.cache.tiers.maxScale
	fresh, gone := now.Add(scaled(ttl, scale)), now.Add(scaled(kept, scale))
	return appendEntryHead(make([]byte, 0, 512), rand.Uint64(), fresh, gone, m.schema, sentinel, g, tags), kept
}

// nameOf returns the name of the sentinel that err is, "" if it is none.
func (m *method) nameOf(err error) string {
	for i := range m.notFound {
		if errors.Is(err, m.notFound[i].Err) {
			return m.notFound[i].Name
		}
	}
	return ""
}

// lostPanic tells of a panic that no caller is left to see. It is logged too, whatever the observers do with it, since a stack
// that stands nowhere cannot be looked for.
func (m *method) lostPanic(key string, p *LoadPanicError) {
	slog.Default().Error("cachegen: a load panicked after all its callers had left", "method", m.name, "panic", p.Value,
		"stack", string(p.Stack))
	m.cache.opts.observers.notice(Event{Kind: PanicLost, Method: m.name, Key: key, Err: p})
}

// Fill is what a load says about the storing of its result. It is used while the load runs, by the load alone.
type Fill struct {
	skip  bool
	found bool // nothing was loaded: it is in the cache
	ttl   time.Duration
	entry []string
	tags  []string
}

// Unless keeps the result from being stored where cond is true, or panics.
func (f *Fill) Unless(cond func() bool) {
	f.skip = f.skip || !Holds(func() bool { return !cond() })
}

// TTL sets how long the result is kept. Where ttl panics or is not positive, the result is not stored.
func (f *Fill) TTL(ttl func() time.Duration) {
	if !Holds(func() bool { f.ttl = ttl(); return f.ttl > 0 }) {
		f.skip = true
	}
}

// Entry says, in a load by an index, where the result belongs: the key of its entry and those of the entry's groups.
// Where entry panics, the result is not stored.
func (f *Fill) Entry(entry func() (key string, groups []string)) {
	if !Holds(func() bool {
		key, groups := entry()
		f.entry = append([]string{key}, groups...)
		return true
	}) {
		f.skip = true
	}
}

// Holds reports whether cond is true. A panic in cond counts as false.
func Holds(cond func() bool) (holds bool) {
	defer func() {
		if recover() != nil {
			holds = false
		}
	}()
	return cond()
}
