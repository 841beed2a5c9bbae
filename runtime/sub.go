package runtime

import (
	"sync"
	"sync/atomic"
)

// Sub holds the wrapper of an interface that a method of another returns, for generated code. It is made when it is
// first asked for, and then handed out again and again. The zero value is ready. All methods are safe for concurrent use.
type Sub[T any] struct {
	mu   sync.Mutex
	made atomic.Pointer[T]
}

// Get returns what wrap makes of what next returns. A nil interface of next's is returned as it is, and next asked
// again the next time.
func (s *Sub[T]) Get(next func() T, wrap func(T) T) T {
	v, _ := s.Try(func() (T, error) { return next(), nil }, wrap)
	return v
}

// Try is Get for a next that may fail: then what it returned is returned as it is, and next asked again the next time.
func (s *Sub[T]) Try(next func() (T, error), wrap func(T) T) (T, error) {
	if v := s.made.Load(); v != nil {
		return *v, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.made.Load(); v != nil {
		return *v, nil
	}
	v, err := next()
	if err != nil || any(v) == nil {
		return v, err
	}
	v = wrap(v)
	s.made.Store(&v)
	return v, nil
}
