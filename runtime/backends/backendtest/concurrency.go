package backendtest

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"sync"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var concurrencyChecks = []check{
	{name: "concurrency", run: func(s *suite) {
		// Each goroutine has a key of its own, where it must read its own writes, and all share a few, where every
		// value must be one that somebody wrote under that key, whole.
		const goroutines, rounds, shared = 8, 150, 4
		ctx, start := s.ctx(), time.Now()
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				own := s.key(fmt.Sprintf("own:%d", g))
				// A fast store needs many more rounds until two callers meet.
				for i := 0; i < rounds || time.Since(start) < 200*time.Millisecond; i++ {
					value := fmt.Sprintf(`"%s=%d%s"`, own, i, strings.Repeat(".", i%rounds))
					if err := s.b.SetWithTTL(ctx, own, runtime.Value(value), time.Minute); err != nil {
						s.Errorf("SetWithTTL: %v", err)
						return
					}
					goruntime.Gosched() // let the others come between
					if got, err := s.b.Get(ctx, own); err != nil || string(got) != value {
						s.Errorf("Get(%q) = %s, %v; want one's own write %s", own, got, err, value)
						return
					}
					if !s.contend(ctx, s.key(fmt.Sprintf("shared:%d", (g+i)%shared)), i%rounds) {
						return
					}
				}
			})
		}
		wg.Wait()
	}},
}

// contend does one thing to a key that others use too.
func (s *suite) contend(ctx context.Context, key string, i int) bool {
	const end = `<end>"`
	switch i % 7 {
	case 0, 1:
		value := `"` + key + "=" + strings.Repeat("x", i*5) + end
		if err := s.b.SetWithTTL(ctx, key, runtime.Value(value), time.Duration(i+1)*time.Millisecond); err != nil {
			s.Errorf("SetWithTTL: %v", err)
			return false
		}
	case 2:
		if err := s.b.Remove(ctx, key); err != nil {
			s.Errorf("Remove: %v", err)
			return false
		}
	default:
		got, err := s.b.Get(ctx, key)
		if errors.Is(err, runtime.ErrMiss) {
			return true
		}
		if text := string(got); err != nil || !strings.HasPrefix(text, `"`+key+"=") || !strings.HasSuffix(text, end) {
			s.Errorf("Get(%q) = %s, %v; want a value that was written under this key", key, brief(got), err)
			return false
		}
		scribble(got) // under -race this finds a slice that others are given too
	}
	return true
}
