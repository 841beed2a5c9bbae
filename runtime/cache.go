package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// closeWait bounds how long Close waits for work in the background.
const closeWait = 5 * time.Second

// A Cache is where wrappers keep their entries. Make one with New and hand it to the constructors of generated
// wrappers, as many as you like. All methods are safe for concurrent use. With a nil *Cache wrappers call the
// wrapped interface, always.
type Cache struct {
	opts    options
	tiers   *Tiered
	clock   *clock
	slots   chan struct{} // nil: loads are not bounded
	link    *link         // nil: no other process tells of invalidations
	overdue *overdue
	replay  replay
	failing failures
	hot     *hotKeys // nil: nobody wants to know
	work    *work
	closed  atomic.Bool
	marks   atomic.Bool // some method has results put: see markTime

	closeOnce sync.Once
	closeErr  error

	mu      sync.Mutex
	methods map[string]*method
	errs    []error

	skippedEvictions, failedEvictions, receivedEvictions atomic.Uint64
}

// New makes a Cache over backend, which may be a Tiered. Every backend that is not InProcess gets a time limit for
// each operation and a circuit breaker. What a shared store lacks for the full guarantees is logged by slog, at Warn.
// The Cache owns backend: Close closes it.
func New(backend CacheBackend, opts ...Option) (*Cache, error) {
	if backend == nil || reflect.ValueOf(backend).Kind() == reflect.Pointer && reflect.ValueOf(backend).IsNil() {
		return nil, errors.New("cachegen: backend is nil")
	}
	o := defaults()
	for _, opt := range opts {
		opt(o)
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	tiers, ok := backend.(*Tiered)
	if !ok {
		var err error
		if tiers, err = NewTiered(Tier{Backend: backend}); err != nil {
			return nil, err
		}
	}
	c := &Cache{
		opts:    *o,
		tiers:   tiers.guarded(o),
		clock:   newClock(),
		work:    newWork(),
		methods: make(map[string]*method),
	}
	c.hot = newHotKeys(o.hotKeys, c.clock)
	if o.maxLoads > 0 {
		c.slots = make(chan struct{}, o.maxLoads)
	}
	c.overdue = newOverdue(c)
	c.tiers.overdue = c.overdue
	c.tiers.recent = newRecent(o.replicaLag)
	c.link = newLink(c)
	for _, lack := range c.tiers.lacks() {
		slog.Default().Warn("cachegen: the shared tier cannot do everything", "tier", c.tiers.last().name, "so", lack)
	}
	c.opts.observers.watch(c)
	return c, nil
}

// Close ends all work in the background, waiting for it for a few seconds at most, and closes the backend where it is
// an io.Closer. Calls of cached methods go straight to the wrapped interface from then on, and nothing is evicted.
// Calling Close again has no effect and returns the same.
func (c *Cache) Close() error {
	if c == nil {
		return nil
	}
	c.closeOnce.Do(func() {
		c.closed.Store(true)
		if !c.work.stop(closeWait) {
			c.closeErr = fmt.Errorf("cachegen: close: work in the background goes on after %v", closeWait)
		}
		c.closeErr = errors.Join(c.closeErr, c.tiers.Close())
	})
	return c.closeErr
}

// HealthCheck returns nil if all tiers can serve and no method is misconfigured (see Err).
func (c *Cache) HealthCheck(ctx context.Context) error {
	if c == nil {
		return nil
	}
	if c.closed.Load() {
		return ErrClosed
	}
	return errors.Join(c.Err(), c.tiers.HealthCheck(ctx))
}

// Err joins what is wrong with the methods of the wrappers on this cache: a result type that cannot be stored, two
// methods that claim one name with different types. Such a method is not cached; it works as the wrapped one does.
func (c *Cache) Err() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.errs...)
}

// Stats returns what the cache has done so far.
func (c *Cache) Stats() Stats {
	stats := Stats{Methods: make(map[string]MethodStats)}
	if c == nil {
		return stats
	}
	c.mu.Lock()
	for name, m := range c.methods {
		stats.Methods[name] = m.stats.snapshot()
	}
	c.mu.Unlock()
	for _, t := range c.tiers.tiers {
		s := t.stats.snapshot()
		s.Name, s.Breaker = t.name, t.breaker()
		stats.Tiers = append(stats.Tiers, s)
	}
	stats.SkippedEvictions = c.skippedEvictions.Load()
	stats.FailedEvictions = c.failedEvictions.Load()
	stats.PendingEvictions = c.overdue.len()
	stats.ReceivedEvictions = c.receivedEvictions.Load()
	return stats
}

// register makes m known under its name, or counts it to the method that bears it already.
func (c *Cache) register(m *method) *method {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.methods[m.name]
	switch {
	case known == nil, m.err == nil && known.err != nil:
		c.methods[m.name] = m
	case m.err != nil:
	case known.typ != m.typ || known.schema != m.schema:
		m.err = fmt.Errorf("cachegen: %s is claimed by two methods, with results %v (schema %s) and %v (schema %s); "+
			"give one of the wrappers another prefix", m.name, known.typ, known.schema, m.typ, m.schema)
	default:
		return known
	}
	if m.err != nil {
		c.errs = append(c.errs, m.err)
		slog.Default().Error("cachegen: a method is not cached", "method", m.name, "error", m.err)
	}
	return m
}
