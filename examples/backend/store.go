// Package backend shows what a store needs to be a tier of a cache. docs/runtime.md shows it too.
package backend

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// Store keeps entries for as long as their TTL, in a map that never gives any up. Its zero value is empty.
type Store struct{ entries sync.Map }

type entry struct {
	value    runtime.Value
	deadline time.Time
}

func (s *Store) Get(ctx context.Context, key string) (runtime.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if e, ok := s.entries.Load(key); ok && time.Now().Before(e.(entry).deadline) {
		return bytes.Clone(e.(entry).value), nil
	}
	return nil, runtime.ErrMiss
}

func (s *Store) SetWithTTL(ctx context.Context, key string, value runtime.Value, ttl time.Duration) error {
	if ttl <= 0 {
		return runtime.ErrInvalidTTL
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.entries.Store(key, entry{bytes.Clone(value), time.Now().Add(ttl)})
	return nil
}

func (s *Store) Remove(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.entries.Delete(key)
	return nil
}

func (s *Store) HealthCheck(ctx context.Context) error { return ctx.Err() }
func (s *Store) Name() string                          { return "store" }
func (s *Store) InProcess() bool                       { return true } // optional: needs no time limit, no circuit breaker
