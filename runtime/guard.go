package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// maxAbandoned bounds the operations of one backend that go on although nobody waits for them any longer.
// Beyond it the backend is not asked.
const maxAbandoned = 256

// A guard bounds what a backend that is not in process can cost a call: each operation has a time limit that
// holds even where the backend ignores its context, and a backend that keeps failing is left alone for a while.
type guard struct {
	name      string
	timeout   time.Duration
	punctual  bool   // the backend keeps the time limit by itself
	limits    limits // for such a one
	breaker   *gobreaker.TwoStepCircuitBreaker[struct{}]
	failing   atomic.Int64 // 0: the breaker is closed and knows of no failure in a row
	abandoned atomic.Int64
}

// errCallerGone stands for an operation that ended because its caller did, which says nothing about the backend.
var errCallerGone = errors.New("caller gone")

var errBackendExited = errors.New("cachegen: backend ended its goroutine")

func newGuard(name string, punctual bool, o *options) *guard {
	return &guard{
		name:     name,
		timeout:  o.backendTimeout,
		punctual: punctual,
		limits:   limits{most: o.backendTimeout},
		breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			Name:         name,
			Timeout:      o.breakerPause,
			ReadyToTrip:  func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= o.breakerFailures },
			IsSuccessful: answered,
			OnStateChange: func(name string, _, to gobreaker.State) {
				if o.observers != nil { // told of it elsewhere, since the breaker is locked now
					go o.observers.notice(Event{Kind: BreakerChanged, Tier: name, State: to.String()})
				}
			},
			IsExcluded: func(err error) bool { return errors.Is(err, errCallerGone) },
		}),
	}
}

// answered reports whether an operation that returned err shows that the backend works.
func answered(err error) bool {
	return err == nil || err == ErrMiss || errors.Is(err, ErrMiss) || errors.Is(err, ErrInvalidTTL) ||
		errors.Is(err, ErrTooLarge) || errors.Is(err, ErrNoTTL)
}

// givenUp is told of an operation that goes on although nobody waits for it any longer.
type givenUp struct{ begin, end func() }

// guarded runs op under g; a nil g runs it as it is. If op is given up, late.begin is called before guarded returns, and
// late.end when op is over; late may be nil.
func guarded[R any](ctx context.Context, g *guard, op func(context.Context) (R, error), late *givenUp) (result R, err error) {
	if g == nil {
		return safely(ctx, op)
	}
	v, err := g.enter(ctx)
	if err != nil {
		return result, err
	}
	if g.punctual {
		result, err = safely(v.limited, op)
	} else {
		result, err = leavable(v.limited, g, op, late)
	}
	cut, err := v.leave(err)
	if cut {
		if g.punctual && late != nil { // what was cut off may happen all the same
			late.begin()
			late.end()
		}
		var none R
		result = none
	}
	return result, err
}

// visit is one operation of a guarded backend.
type visit struct {
	guard   *guard
	ctx     context.Context // the caller's
	limited context.Context // the operation's
	cancel  context.CancelFunc
	report  func(error) // nil: the breaker need not know of a success
	failing int64       // the guard's at the beginning
}

// enter asks whether the backend may be used now. If it may, leave is to be called with what came of that.
func (g *guard) enter(ctx context.Context) (v visit, err error) {
	v = visit{guard: g, ctx: ctx, failing: g.failing.Load()}
	if v.failing > 0 {
		if v.report, err = g.breaker.Allow(); err != nil {
			return v, fmt.Errorf("%s: %w: %w", g.name, ErrUnavailable, err)
		}
	}
	if g.punctual {
		v.limited = g.limits.limit(ctx)
		return v, nil
	}
	if g.abandoned.Load() >= maxAbandoned {
		g.failed(v.report, ErrUnavailable)
		return v, fmt.Errorf("%s: %w: %d operations hang", g.name, ErrUnavailable, maxAbandoned)
	}
	v.limited, v.cancel = context.WithTimeout(ctx, g.timeout)
	return v, nil
}

// leave tells the breaker of an operation that returned failed, and returns what the caller is to know of that. cut says
// that it came to no end in its time.
func (v *visit) leave(failed error) (cut bool, err error) {
	if v.cancel != nil {
		defer v.cancel()
	}
	switch {
	case answered(failed):
		if v.report != nil {
			v.guard.succeeded(v)
		}
		return false, failed
	case over(v.limited) == nil:
		v.guard.failed(v.report, failed)
		return false, failed
	}
	if err := over(v.ctx); err != nil {
		if v.report != nil {
			v.report(errCallerGone)
		}
		return true, err
	}
	v.guard.failed(v.report, ErrTimeout)
	return true, fmt.Errorf("%s: %w after %v", v.guard.name, ErrTimeout, v.guard.timeout)
}

// failed tells the breaker of a failure, and has it asked from now on.
func (g *guard) failed(report func(error), err error) {
	if report == nil {
		if report, _ = g.breaker.Allow(); report == nil {
			return // others have opened it
		}
	}
	report(err)
	g.failing.Add(1)
}

// succeeded tells the breaker of a success. If that closes it, and nothing has failed meanwhile, it knows of no failure in a
// row any longer: so it need not be asked.
func (g *guard) succeeded(v *visit) {
	v.report(nil)
	if g.breaker.State() == gobreaker.StateClosed {
		g.failing.CompareAndSwap(v.failing, 0)
	}
}

// over is the error of ctx, also where its deadline has passed a moment ago and ctx has not noticed.
func over(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// leavable runs op in a goroutine of its own, which it leaves behind when ctx ends.
func leavable[R any](ctx context.Context, g *guard, op func(context.Context) (R, error), late *givenUp) (R, error) {
	type outcome struct {
		result R
		err    error
	}
	// Whoever sets this first has the say: the operation gives its outcome, or the caller gives it up.
	var first atomic.Bool
	done := make(chan outcome, 1)
	end := func() {
		g.abandoned.Add(-1)
		if late != nil {
			late.end()
		}
	}
	go func() {
		out := outcome{err: errBackendExited}
		defer func() {
			if first.CompareAndSwap(false, true) {
				done <- out
			} else {
				end()
			}
		}()
		out.result, out.err = safely(ctx, op)
	}()

	var out outcome
	select {
	case out = <-done:
	case <-ctx.Done():
		g.abandoned.Add(1)
		if late != nil {
			late.begin()
		}
		if first.CompareAndSwap(false, true) {
			out.err = ctx.Err()
		} else {
			end()
			out = <-done
		}
	}
	return out.result, out.err
}

// safely runs op and makes a panic or a Goexit in it an error: what goes wrong in a backend must not reach the
// user's call.
func safely[R any](ctx context.Context, op func(context.Context) (R, error)) (result R, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cachegen: panic in a backend: %v", p)
		}
	}()
	return op(ctx)
}
