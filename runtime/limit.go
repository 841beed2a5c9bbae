package runtime

import (
	"context"
	"sync/atomic"
	"time"
)

// limits makes contexts with a time limit for operations of one backend. A timer for each would cost more than all else
// that a hit needs of this package; so those that begin at about the same time share one.
type limits struct {
	most time.Duration
	last atomic.Pointer[limitTick]
}

// limitTick is what contexts that begin within a sixteenth of the limit share.
type limitTick struct {
	began time.Time
	done  chan struct{} // closed when the last of them has passed its deadline
}

// limit returns ctx where its deadline comes soon enough, or else a context with ctx's values whose deadline does. That one
// does not end when ctx is cancelled: see Punctual. Its Done follows its deadline by a sixteenth of the limit at most.
func (l *limits) limit(ctx context.Context) context.Context {
	now := time.Now()
	deadline := now.Add(l.most)
	if own, ok := ctx.Deadline(); ok && own.Before(deadline) {
		return ctx
	}
	return &limited{Context: ctx, deadline: deadline, tick: l.tick(now)}
}

func (l *limits) tick(now time.Time) *limitTick {
	t := l.last.Load()
	if t != nil && now.Sub(t.began) < l.most/16 {
		return t
	}
	next := &limitTick{began: now, done: make(chan struct{})}
	if !l.last.CompareAndSwap(t, next) {
		return l.last.Load()
	}
	time.AfterFunc(l.most+l.most/16, func() { close(next.done) })
	return next
}

type limited struct {
	context.Context
	deadline time.Time
	tick     *limitTick
}

func (l *limited) Deadline() (time.Time, bool) { return l.deadline, true }
func (l *limited) Done() <-chan struct{}       { return l.tick.done }

func (l *limited) Err() error {
	select {
	case <-l.tick.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
