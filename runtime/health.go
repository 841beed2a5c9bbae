package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sony/gobreaker/v2"
)

// TierHealth is how one tier is now.
type TierHealth struct {
	// Name is the backend's.
	Name string
	// Err is nil if the tier can serve.
	Err error
	// Breaker is the state of the circuit breaker, as in TierStats: "" for a tier in this process.
	Breaker string
	// Off says why the tier is left alone now, though it may well be able to serve; "" where it is in use.
	Off string
}

// Health asks all tiers at the same time how they are, from first to last, whatever their breakers think of them. On a
// closed cache the error of each is ErrClosed; a nil cache has no tiers.
func (c *Cache) Health(ctx context.Context) []TierHealth {
	if c == nil {
		return nil
	}
	all := make([]TierHealth, len(c.tiers.tiers))
	var wg sync.WaitGroup
	for i, t := range c.tiers.tiers {
		all[i] = TierHealth{Name: t.name, Err: ErrClosed, Breaker: t.breaker(), Off: c.tiers.offSince(t)}
		if !c.closed.Load() {
			wg.Go(func() { all[i].Err = t.health(ctx) })
		}
	}
	wg.Wait()
	return all
}

// breaker is the state of the tier's circuit breaker, "" where it has none.
func (t *tier) breaker() string {
	if t.guard == nil {
		return ""
	}
	return t.guard.breaker.State().String()
}

// offSince says why a tier is not used now, "" where it is.
func (t *Tiered) offSince(tier *tier) string {
	switch {
	case tier.local && !t.gate.live():
		return "no messages of other processes' evictions"
	case !tier.usable():
		return "what it held before a flush has not expired yet"
	case tier.guard != nil && tier.guard.breaker.State() == gobreaker.StateOpen:
		return "it failed too often of late"
	}
	return ""
}

// health asks the backend whatever the breaker thinks of it: whoever asks wants to know how it is now.
func (t *tier) health(ctx context.Context) error {
	_, err := aside(ctx, t, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.backend.HealthCheck(ctx)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return nil
}

// aside does op for somebody who looks at the tier from outside: within its time limit, but whatever the breaker thinks,
// which learns nothing of it, as do neither statistics nor observers.
func aside[R any](ctx context.Context, t *tier, op func(context.Context) (R, error)) (R, error) {
	type outcome struct {
		result R
		err    error
	}
	if t.guard != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.guard.timeout)
		defer cancel()
	}
	done := make(chan outcome, 1)
	go func() {
		out := outcome{err: errBackendExited}
		defer func() { done <- out }()
		out.result, out.err = safely(ctx, op)
	}()
	select {
	case out := <-done:
		return out.result, out.err
	case <-ctx.Done():
		var none R
		err := ctx.Err()
		if t.guard != nil && errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w after %v", ErrTimeout, t.guard.timeout)
		}
		return none, err
	}
}
