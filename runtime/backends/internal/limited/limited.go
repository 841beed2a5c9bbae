// Package limited keeps calls of clients that know no contexts, or ignore them, within a context all the same.
package limited

import (
	"context"
	"errors"
	"fmt"
)

// errExited stands for a call that did not return.
var errExited = errors.New("the client ended its goroutine")

// Call runs f, no longer than ctx lasts: then f goes on in the background, and what comes of it is dropped. So f must use
// nothing that is its caller's. A panic in it is an error, but where ctx never ends: there f runs in this goroutine.
func Call[T any](ctx context.Context, f func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if ctx.Done() == nil {
		return f()
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errExited}
		defer func() {
			if p := recover(); p != nil {
				r = result{err: fmt.Errorf("panic in the client: %v", p)}
			}
			done <- r
		}()
		r.value, r.err = f()
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
