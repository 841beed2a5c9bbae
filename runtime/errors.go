package runtime

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the Cache was closed. Calls of cached methods never return it: on a closed cache they
	// go straight to the wrapped interface.
	ErrClosed = errors.New("cachegen: cache is closed")
	// ErrTimeout says that a backend did not answer within its time limit (WithBackendTimeout).
	ErrTimeout = errors.New("cachegen: backend timed out")
	// ErrUnavailable says that a backend was not asked, since it failed too often of late.
	ErrUnavailable = errors.New("cachegen: backend unavailable")
	// ErrNoTTL says that a value is there, but nothing tells how long it will live.
	ErrNoTTL = errors.New("cachegen: remaining TTL unknown")
	// ErrUnkeyed says that the arguments of a method make no key, so that there is no entry to evict.
	ErrUnkeyed = errors.New("cachegen: arguments make no key")
	// ErrAbsent stands in entries of a batch method for what it did not find, where it has no method for one key.
	ErrAbsent = errors.New("cachegen: absent")
	// ErrLoadExited is what callers get who waited for another caller's load that ended its goroutine
	// (runtime.Goexit), as testing.T.FailNow does. The caller whose load it was exits too.
	ErrLoadExited = errors.New("cachegen: load ended its goroutine")
	// ErrMaxLoads says that a load found no free place (WithMaxLoads) within its time limit.
	ErrMaxLoads = errors.New("cachegen: too many loads at once")
)

// LoadPanicError is a panic in a load. The caller whose load it was panics with it; callers who waited for
// that load get it as their error.
type LoadPanicError struct {
	// Value is what the load panicked with.
	Value any
	// Stack is the load's stack at the panic.
	Stack []byte
}

// Error tells the value and the stack, so that the report of an uncaught panic shows where it arose.
func (e *LoadPanicError) Error() string {
	return fmt.Sprintf("cachegen: panic in a load: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the value that the load panicked with, where that is an error.
func (e *LoadPanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
