package runtime

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A company is what the flights of one batch share: they are loaded by one call. Each is joined, left and detached on
// its own; the load's context ends when nobody waits for any of them.
type company struct {
	ctx      context.Context // without a flight
	cancel   context.CancelFunc
	deadline time.Time
	parent   *flight // the load that the batch was begun by, if any
	last     *flight // each flight's parent is the one before it, so that a load within the batch is known as begun by all
	lent     chan struct{}
	lending  sync.Once
	aboard   atomic.Int32 // flights that somebody waits for
}

func newCompany(ctx context.Context, c *Cache) *company {
	g := &company{parent: within(ctx), deadline: c.loadDeadline(ctx), lent: make(chan struct{})}
	g.ctx, g.cancel = context.WithDeadline(context.WithoutCancel(ctx), g.deadline)
	return g
}

// inCompany makes f, which is new, one of g; it is called by the goroutine that made g, before the load begins.
func (f *flight) inCompany(g *company) {
	f.company, f.parent, f.lent = g, g.last, g.lent
	f.ctx, f.cancel, f.deadline = g.ctx, g.leave, g.deadline
	if g.last == nil {
		f.parent = g.parent
	}
	g.last = f
	g.aboard.Add(1)
}

// leave is called when the last one to wait for a flight has gone.
func (g *company) leave() {
	if g.aboard.Add(-1) == 0 {
		g.cancel()
	}
}

// load is the context that the wrapped method is called with.
func (g *company) load() context.Context { return flightContext{g.ctx, g.last} }
