package runtime

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

func nearMethod(c *Cache, near Near) *Method[*user] {
	return NewMethod(c, MethodConfig[*user]{
		Prefix: "p.Users", Name: "Get", Codec: codec.Reflect[*user](), TTL: time.Minute, Jitter: -1, Near: near,
		NotFound: []Sentinel{{"ErrNotFound", errNotFound}},
	})
}

func (m *Method[T]) wantNear(t *testing.T, want uint64) {
	t.Helper()
	if got := m.counters.snapshot().NearHits; got != want {
		t.Errorf("%d hits were kept decoded, want %d", got, want)
	}
}

func callUser(t *testing.T, m *Method[*user], name string) *user {
	t.Helper()
	u, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (*user, error) {
		return &user{Name: name, Tags: []string{"a"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestEachCallerHasACopyOfWhatIsKeptDecoded(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		m := nearMethod(c, NearCopy)
		for range 5 {
			u := callUser(t, m, "Ann")
			if u.Name != "Ann" || !slices.Equal(u.Tags, []string{"a"}) {
				t.Fatalf("got %+v", u)
			}
			u.Name, u.Tags[0] = "changed", "changed"
		}
		m.wantNear(t, 3) // the first call loads, the second finds the entry, and keeps it
		if s := m.counters.snapshot(); s.Hits != 4 || s.Loads != 1 {
			t.Errorf("stats are %+v", s)
		}
	})
}

func TestNearShareGivesAllCallersTheSameValue(t *testing.T) {
	m := nearMethod(mustCache(t, newStore("store", true)), NearShare)
	callUser(t, m, "Ann")
	if one, two := callUser(t, m, "Ann"), callUser(t, m, "Ann"); one != two {
		t.Error("two callers have different values")
	}
	m.wantNear(t, 1)
}

func TestWhatIsKeptDecodedEndsAsItsEntryDoes(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		m := nearMethod(c, NearCopy)
		for range 3 {
			callUser(t, m, "Ann")
		}
		m.wantNear(t, 1)
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, keyOf(m, "1")) })
		if u := callUser(t, m, "Bea"); u.Name != "Bea" {
			t.Errorf("after an eviction: got %+v", u)
		}
		callUser(t, m, "")
		callUser(t, m, "")
		m.wantNear(t, 2)
		if u, err := m.Reload(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (*user, error) {
			return &user{Name: "Cid"}, nil
		}); err != nil || u.Name != "Cid" {
			t.Fatal(u, err)
		}
		if u := callUser(t, m, ""); u.Name != "Cid" {
			t.Errorf("after a reload: got %+v", u)
		}
		time.Sleep(time.Minute)
		if u := callUser(t, m, "Dan"); u.Name != "Dan" {
			t.Errorf("after the TTL: got %+v", u)
		}
	})
}

func TestASentinelIsKeptDecodedToo(t *testing.T) {
	m := nearMethod(mustCache(t, newStore("store", true)), NearCopy)
	for range 3 {
		if _, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (*user, error) {
			return nil, errNotFound
		}); err != errNotFound {
			t.Fatal(err)
		}
	}
	m.wantNear(t, 1)
}

func TestWhatIsKeptDecodedEndsWithItsGroupsAndMarks(t *testing.T) {
	everyTiers(t, func(t *testing.T, c *Cache, _ []*store) {
		l := lists{NewMethod(c, MethodConfig[int]{Prefix: "p.Lists", Name: "List", Codec: codec.Reflect[int](), TTL: time.Minute, Groups: 2, Near: NearCopy})}
		for range 3 {
			l.want(t, 1, 1, 1, 1)
			l.want(t, 2, 1, 2, 2)
		}
		l.wantNear(t, 2)
		c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(l, l.team(1)) })
		l.want(t, 1, 1, 3, 3)
		l.want(t, 2, 1, 3, 2)
		l.wantNear(t, 3)

		member := NewTag(c, "p.Channels", "member")
		ch := channels{NewMethod(c, MethodConfig[[]string]{
			Prefix: "p.Channels", Name: "Members", Codec: codec.Reflect[[]string](), TTL: time.Minute, Tags: []*Tag{member}, Near: NearCopy,
		}), member}
		for range 3 {
			ch.want(t, "1", []string{"ann"}, []string{"ann"})
		}
		ch.wantNear(t, 1)
		ch.evict(t, "ann")
		ch.want(t, "1", []string{"bea"}, []string{"bea"})
	})
}

func TestWhatIsKeptDecodedEndsWithAMessage(t *testing.T) {
	for _, own := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			shared := newHub()
			process := func() *Method[*user] {
				tiers := []Tier{{Backend: shared}}
				if own {
					tiers = []Tier{{Backend: newStore("own", true)}, {Backend: shared}}
				}
				m := nearMethod(mustCache(t, mustTiers(t, tiers...)), NearCopy)
				synctest.Wait() // subscribed
				return m
			}
			a, b := process(), process()
			for range 3 {
				callUser(t, a, "Ann")
				callUser(t, b, "Ann")
			}
			b.wantNear(t, 2)
			a.cache.Evict(t.Context(), func(ev *Eviction) { ev.Remove(a, keyOf(a, "1")) })
			synctest.Wait()
			if u := callUser(t, b, "Bea"); u.Name != "Bea" {
				t.Errorf("own tiers %v: after another process' eviction: got %+v", own, u)
			}
		})
	}
}

func TestNothingIsKeptDecodedBehindAnEviction(t *testing.T) {
	// The value was read from the tiers before the eviction, and comes to be kept after it.
	s := newStore("store", true)
	c := mustCache(t, s)
	m := nearMethod(c, NearCopy)
	callUser(t, m, "Ann")
	once := false
	slow := m.codec.Decode
	m.codec.Decode = func(d *codec.Decoder) *user {
		if !once {
			once = true
			c.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, keyOf(m, "1")) })
		}
		return slow(d)
	}
	callUser(t, m, "")
	if u := callUser(t, m, "Bea"); u.Name != "Bea" {
		t.Errorf("got %+v, which was evicted", u)
	}
}

func BenchmarkNearHit(b *testing.B) {
	for name, near := range map[string]Near{"off": NearOff, "copy": NearCopy, "share": NearShare} {
		b.Run(name, func(b *testing.B) {
			m := nearMethod(mustCache(b, newStore("store", true)), near)
			key := keyOf(m, "1")
			for range 2 {
				_, _ = m.callAs(b.Context(), key, func(context.Context, *Fill) (*user, error) { return &user{Name: "Ann", Tags: []string{"a"}}, nil })
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, _ := m.Get(b.Context(), key); !ok {
					b.Fatal("a miss")
				}
			}
		})
	}
}
