package runtime

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestHotKeysAreThoseOfMostHits(t *testing.T) {
	c := mustCache(t, newStore("own", true), WithHotKeys(3))
	l := newLists(c)
	for page := range 200 {
		l.want(t, 1, page, 1, 1)
	}
	m := intMethod(c)
	for i := range 60_000 { // a half to one key, a quarter to another, the rest to all
		switch {
		case i%2 == 0:
			l.want(t, 1, 0, 9, 1)
		case i%4 == 1:
			ask(t.Context(), t, m, keyOf(m, "7"), 1)
		default:
			l.want(t, 1, i%200, 9, 1)
		}
	}
	hot := c.HotKeys()
	if len(hot) == 0 || len(hot) > 3 {
		t.Fatalf("%+v", hot)
	}
	if h := hot[0]; h.Key != l.key(1, 0) || h.Method != l.name || h.Share < 0.3 || h.Share > 0.7 {
		t.Errorf("the hottest is %+v", h)
	}
	if h := hot[1]; h.Key != keyOf(m, "7") || h.Method != "p.Ints.Get" || h.Share < 0.1 || h.Share > 0.4 {
		t.Errorf("the second is %+v", h)
	}
	if got, want := c.hot.groupsOf(l.key(1, 0)), []string{l.team(1), l.all()}; !slices.Equal(got, want) {
		t.Errorf("its groups are %q, want %q", got, want)
	}
	if n := len(c.hot.keys); n > 3*hotSpare {
		t.Errorf("%d keys are counted", n)
	}
}

func TestWhatWasHotCoolsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustCache(t, newStore("own", true), WithHotKeys(3))
		m := intMethod(c)
		hit := func(key string) {
			for range 64 * 100 {
				c.hot.hit(&m.method, key, nil)
			}
		}
		hit("old")
		time.Sleep(5 * time.Minute)
		hit("new")
		if hot := c.HotKeys(); len(hot) != 2 || hot[0].Key != "new" || hot[0].Share < 0.8 {
			t.Errorf("%+v", hot)
		}
		time.Sleep(24 * time.Hour)
		if hot := c.HotKeys(); len(hot) != 0 {
			t.Errorf("after a day without hits: %+v", hot)
		}
	})
}

func TestWithoutHotKeysThereAreNone(t *testing.T) {
	c := mustCache(t, newStore("own", true))
	m := intMethod(c)
	for range 1000 {
		ask(t.Context(), t, m, keyOf(m, "1"), 1)
	}
	if hot := c.HotKeys(); hot != nil || (*Cache)(nil).HotKeys() != nil {
		t.Errorf("%+v", hot)
	}
	if _, err := New(newStore("own", true), WithHotKeys(-1)); err == nil {
		t.Error("-1 hot keys are accepted")
	}
}

// BenchmarkWatchedHit compares hits of which the hottest are watched with others.
func BenchmarkWatchedHit(b *testing.B) {
	for _, n := range []int{0, 20} {
		b.Run(fmt.Sprintf("hot=%d", n), func(b *testing.B) {
			c := mustCache(b, newStore("own", true), WithHotKeys(n))
			m := intMethod(c)
			key := keyOf(m, "1")
			load := func(context.Context, *Fill) (int, error) { return 1, nil }
			_, _ = m.callAs(b.Context(), key, load)
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, _ := m.Get(b.Context(), key); !ok {
					b.Fatal("no hit")
				}
			}
		})
	}
}
