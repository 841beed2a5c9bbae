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
	breaker   *gobreaker.TwoStepCircuitBreaker[struct{}]
	abandoned atomic.Int64
}

// errCallerGone stands for an operation that ended because its caller did, which says nothing about the backend.
var errCallerGone = errors.New("caller gone")

var errBackendExited = errors.New("cachegen: backend ended its goroutine")

func newGuard(name string, o *options) *guard {
	return &guard{
		name:    name,
		timeout: o.backendTimeout,
		breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			Name:        name,
			Timeout:     o.breakerPause,
			ReadyToTrip: func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= o.breakerFailures },
			IsSuccessful: func(err error) bool {
				return err == nil || errors.Is(err, ErrMiss) || errors.Is(err, ErrInvalidTTL) ||
					errors.Is(err, ErrTooLarge) || errors.Is(err, ErrNoTTL)
			},
			IsExcluded: func(err error) bool { return errors.Is(err, errCallerGone) },
		}),
	}
}

type outcome[R any] struct {
	result R
	err    error
}

// givenUp is told of an operation that goes on although nobody waits for it any longer.
type givenUp struct{ begin, end func() }

// guarded runs op under g; a nil g runs it as it is. If op is given up, late.begin is called before guarded returns, and
// late.end when op is over; late may be nil.
func guarded[R any](ctx context.Context, g *guard, op func(context.Context) (R, error), late *givenUp) (R, error) {
	if g == nil {
		return safely(ctx, op)
	}
	var zero R
	report, err := g.breaker.Allow()
	if err != nil {
		return zero, fmt.Errorf("%s: %w: %w", g.name, ErrUnavailable, err)
	}
	if g.abandoned.Load() >= maxAbandoned {
		report(ErrUnavailable)
		return zero, fmt.Errorf("%s: %w: %d operations hang", g.name, ErrUnavailable, maxAbandoned)
	}
	opCtx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()

	// Whoever sets this first has the say: the operation gives its outcome, or the caller gives it up.
	var first atomic.Bool
	done := make(chan outcome[R], 1)
	end := func() {
		g.abandoned.Add(-1)
		if late != nil {
			late.end()
		}
	}
	go func() {
		out := outcome[R]{err: errBackendExited}
		defer func() {
			if first.CompareAndSwap(false, true) {
				done <- out
			} else {
				end()
			}
		}()
		out.result, out.err = safely(opCtx, op)
	}()

	var out outcome[R]
	select {
	case out = <-done:
	case <-opCtx.Done():
		g.abandoned.Add(1)
		if late != nil {
			late.begin()
		}
		if first.CompareAndSwap(false, true) {
			out.err = opCtx.Err()
		} else {
			end()
			out = <-done
		}
	}
	if out.err == nil {
		report(nil)
		return out.result, nil
	}
	switch {
	case ctx.Err() != nil:
		report(errCallerGone)
		return zero, ctx.Err()
	case opCtx.Err() != nil:
		report(ErrTimeout)
		return zero, fmt.Errorf("%s: %w after %v", g.name, ErrTimeout, g.timeout)
	default:
		report(out.err)
		return out.result, out.err
	}
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
