package runtime

import (
	"context"
	"slices"
	"strconv"
	"strings"
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

func TestKeysOfOneHashAreNotMistaken(t *testing.T) {
	m := nearMethod(mustCache(t, newStore("store", true)), NearCopy)
	for range 3 {
		callUser(t, m, "Ann")
	}
	m.wantNear(t, 1)
	kept := m.cache.tiers.near.Load().results
	mine, other := m.cache.tiers.stripes.hash(keyOf(m, "1")), m.cache.tiers.stripes.hash(keyOf(m, "2"))
	d, _ := kept.GetIfPresent(mine)
	kept.Set(other, d) // as if both had one hash
	if v, ok, _ := m.Near(t.Context(), []byte(keyOf(m, "2"))); ok {
		t.Errorf("another key's %+v was handed out", v)
	}
	if v, ok, _ := m.Get(t.Context(), keyOf(m, "2")); ok {
		t.Errorf("Get handed out another key's %+v", v)
	}
}

func TestWhatIsKeptDecodedIsBoundedByEntriesAndBytes(t *testing.T) {
	for _, tc := range []struct {
		opts []Option
		most int
	}{
		{[]Option{WithNear(50)}, 50},
		{[]Option{WithNearBytes(50 * (256 + 2*1000))}, 50},
		{[]Option{WithNear(50), WithNearBytes(1 << 40)}, 50},
		{[]Option{WithNear(1)}, 1},
	} {
		m := nearMethod(mustCache(t, newStore("store", true), tc.opts...), NearShare)
		name := strings.Repeat("x", 1000)
		const n = 500
		for range 2 {
			for i := range n {
				_, _ = m.callAs(t.Context(), keyOf(m, strconv.Itoa(i)), func(context.Context, *Fill) (*user, error) { return &user{Name: name}, nil })
			}
		}
		count := 0
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			count = 0
			for i := range n {
				if _, ok := m.cache.tiers.near.Load().results.GetIfPresent(m.cache.tiers.stripes.hash(keyOf(m, strconv.Itoa(i)))); ok {
					count++
				}
			}
			if count <= tc.most {
				break // what has to go goes in the background
			}
		}
		if count > tc.most || count < tc.most/2 {
			t.Errorf("%d results are kept, want at most %d, and not many less", count, tc.most)
		}
	}
}

func TestNearHeedsWhatGetHeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := nearMethod(mustCache(t, newStore("store", true)), NearCopy)
		m.refresh = 10 * time.Second
		near := func(ctx context.Context) bool {
			_, ok, _ := m.Near(ctx, []byte(keyOf(m, "1")))
			return ok
		}
		if near(t.Context()) || near(nil) { //nolint:staticcheck // a nil context is what is tried here
			t.Error("found before anything was loaded")
		}
		for range 2 {
			callUser(t, m, "Ann")
		}
		if !near(t.Context()) {
			t.Fatal("not kept")
		}
		if near(nil) || near(Bypass(t.Context())) {
			t.Error("found without a context, or by one that bypasses the cache")
		}
		time.Sleep(55 * time.Second)
		if near(t.Context()) {
			t.Error("handed out although it is due to be loaded anew")
		}
		callUser(t, m, "Bea")
		synctest.Wait()
		for range 2 {
			if u := callUser(t, m, ""); u.Name != "Bea" {
				t.Errorf("got %+v after a refresh", u)
			}
		}
		time.Sleep(time.Hour)
		if near(t.Context()) {
			t.Error("found after its TTL")
		}
	})
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
