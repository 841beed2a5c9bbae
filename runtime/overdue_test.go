package runtime

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// Whether the eviction of a key is overdue and which generation the key's stripe has are two questions: the eviction may come
// between them.
func TestAReadThatAnOverdueEvictionOvertakesCopiesNothingUp(t *testing.T) {
	processes(t, 1, MethodConfig[int]{}, func(t *testing.T, shared *hub, all []*Method[int]) {
		m := all[0]
		key := keyOf(m, "1")
		wantInt(t, NewMethod(mustCache(t, shared), MethodConfig[int]{
			Prefix: "p.Ints", Name: "Get", Codec: m.codec, Jitter: -1, TTL: time.Hour,
		}), key, gives(1, 0, nil), 1)

		var once sync.Once
		local := m.cache.tiers.tiers[0].backend.(capable)
		local.onEach(func(_ context.Context, op, _ string) error {
			if op == "get" {
				once.Do(func() {
					shared.onEach(func(context.Context, string, string) error { return errors.New("cut off") })
					if m.cache.EvictNow(t.Context(), m, key) == nil {
						t.Error("the eviction has reached the store")
					}
					shared.onEach(nil)
				})
			}
			return nil
		})
		wantInt(t, m, key, gives(2, 0, nil), 2)
		wantInt(t, m, key, gives(2, 0, nil), 2)
		time.Sleep(time.Minute)
		if n := m.cache.overdue.len(); n != 0 {
			t.Errorf("%d evictions have not landed", n)
		}
		wantInt(t, m, key, gives(2, 0, nil), 2)
	})
}
