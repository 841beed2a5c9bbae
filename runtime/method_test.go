package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

type cycle struct{ Next *cycle }

func cycleCodec() codec.Codec[*cycle] { return codec.Reflect[*cycle]() }

func TestASecondCallIsAHitWithAValueOfItsOwn(t *testing.T) {
	m := userMethod(mustCache(t, newStore("store", true)))
	load := func(context.Context, *Fill) (*user, error) { return &user{Name: "Ann", Tags: []string{"a"}}, nil }
	first, err := m.callAs(t.Context(), keyOf(m, "1"), load)
	if err != nil {
		t.Fatal(err)
	}
	first.Tags[0] = "changed by its caller"
	for range 2 {
		u, err := m.callAs(t.Context(), keyOf(m, "1"), nil)
		if err != nil || u.Name != "Ann" || u.Tags[0] != "a" {
			t.Fatalf("got %+v, %v", u, err)
		}
		u.Tags[0] = "changed by its caller"
	}
	if s := m.counters.snapshot(); s.Hits != 2 || s.Misses != 1 || s.Loads != 1 {
		t.Errorf("stats are %+v", s)
	}
}

func TestNotFoundIsCachedAndComesBackAsTheVerySentinel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustCache(t, newStore("store", true))
		m := NewMethod(c, MethodConfig[*user]{
			Prefix: "p", Name: "Get", Codec: codec.Reflect[*user](), TTL: time.Hour, Jitter: -1,
			NotFound: []Sentinel{{"ErrGone", errors.New("gone")}, {"ErrNotFound", errNotFound}},
		})
		loads := 0
		load := func(context.Context, *Fill) (*user, error) {
			loads++
			return &user{Name: "default"}, fmt.Errorf("user 1: %w", errNotFound)
		}
		if _, err := m.callAs(t.Context(), keyOf(m, "1"), load); !errors.Is(err, errNotFound) {
			t.Fatal(err)
		}
		u, err := m.callAs(t.Context(), keyOf(m, "1"), load)
		if err != errNotFound || u == nil || u.Name != "default" || loads != 1 {
			t.Errorf("a hit gave %v, %v after %d loads; want the value and the sentinel after 1", u, err, loads)
		}
		time.Sleep(time.Minute)
		if _, ok, _ := m.Get(t.Context(), keyOf(m, "1")); ok {
			t.Error("a not-found answer is kept for longer than a minute by default")
		}
		if s := m.counters.snapshot(); s.NotFoundHits != 1 || s.LoadErrors != 0 {
			t.Errorf("stats are %+v", s)
		}
	})
}

func TestACorruptEntryIsAMissAndIsReplaced(t *testing.T) {
	good := func(m *Method[int], schema, payload string) string {
		head := appendEntryHead(nil, 1, time.Now().Add(time.Hour), time.Now().Add(time.Hour), schema, "", nil, nil)
		return string(head) + payload + "}"
	}
	for _, tc := range []struct {
		what    string
		entry   func(m *Method[int]) string
		corrupt bool
	}{
		{"not JSON", func(*Method[int]) string { return "\x00\xff" }, true},
		{"the string *", func(*Method[int]) string { return `"*"` }, true},
		{"another payload", func(m *Method[int]) string { return good(m, m.schema, `"seven"`) }, true},
		{"more after the payload", func(m *Method[int]) string { return good(m, m.schema, `7},{"a":1`) }, true},
		{"another schema", func(m *Method[int]) string { return good(m, "other", `7`) }, false},
	} {
		s := newStore("store", true)
		m := intMethod(mustCache(t, capable{s}))
		key := keyOf(m, "1")
		s.put(key, tc.entry(m), time.Hour)
		if v, ok, err := m.Get(t.Context(), key); ok || v != 0 || err != nil {
			t.Errorf("%s: got %d, %v, %v; want a miss", tc.what, v, ok, err)
		}
		if left, _ := s.has(key); (left == nil) != tc.corrupt {
			t.Errorf("%s: the entry is now %s", tc.what, left)
		}
		if v, err := m.callAs(t.Context(), key, func(context.Context, *Fill) (int, error) { return 8, nil }); v != 8 || err != nil {
			t.Errorf("%s: got %d, %v", tc.what, v, err)
		}
		if v, ok, _ := m.Get(t.Context(), key); !ok || v != 8 {
			t.Errorf("%s: the new value is not stored: %d, %v", tc.what, v, ok)
		}
		if st := m.counters.snapshot(); (st.Corrupt > 0) != tc.corrupt || (st.Schema > 0) == tc.corrupt {
			t.Errorf("%s: stats are %+v", tc.what, st)
		}
	}
}

func TestAnEntryIsNotServedPastItsTimeByAStoreThatKeepsItLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore("store", true)
		m := intMethod(mustCache(t, s))
		key := keyOf(m, "1")
		until := time.Now().Add(time.Second)
		s.put(key, string(appendEntryHead(nil, 1, until, until, m.schema, "", nil, nil))+"1}", time.Hour)
		time.Sleep(time.Second - time.Millisecond)
		if _, ok, _ := m.Get(t.Context(), key); !ok {
			t.Error("a millisecond before its end the entry is not served")
		}
		time.Sleep(time.Millisecond)
		if _, ok, _ := m.Get(t.Context(), key); ok {
			t.Error("after its end the entry is served")
		}
	})
}

func TestClearingACorruptEntryKeepsAGoodOneThatTookItsPlace(t *testing.T) {
	s := newStore("store", true)
	m := intMethod(mustCache(t, capable{s}))
	key := keyOf(m, "1")
	s.put(key, "corrupt", time.Hour)
	s.onEach(func(_ context.Context, op, _ string) error {
		if op == "removeif" {
			s.put(key, "good", time.Hour)
		}
		return nil
	})
	_, _, _ = m.Get(t.Context(), key)
	if v, _ := s.has(key); string(v) != "good" {
		t.Errorf("the entry is now %q", v)
	}
}

func TestJitterShortensTTLs(t *testing.T) {
	m := &Method[int]{method: method{jitter: 20}}
	least, most := time.Hour, time.Duration(0)
	for range 1000 {
		ttl := m.shorten(100 * time.Second)
		least, most = min(least, ttl), max(most, ttl)
	}
	if least < 80*time.Second || least > 82*time.Second || most > 100*time.Second || most < 98*time.Second {
		t.Errorf("100s with 20%% jitter is between %v and %v", least, most)
	}
	m.jitter = -1
	if ttl := m.shorten(time.Second); ttl != time.Second {
		t.Errorf("without jitter 1s is %v", ttl)
	}
}

func TestTwoMethodsOfOneNameAndDifferentTypesAreReported(t *testing.T) {
	s := newStore("store", true)
	c := mustCache(t, s)
	first := NewMethod(c, MethodConfig[int]{Prefix: "p", Name: "M", Codec: codec.Reflect[int]()})
	same := NewMethod(c, MethodConfig[int]{Prefix: "p", Name: "M", Codec: codec.Reflect[int]()})
	if c.Err() != nil || first.counters != same.counters {
		t.Fatalf("a second wrapper of the same interface: %v", c.Err())
	}
	other := NewMethod(c, MethodConfig[string]{Prefix: "p", Name: "M", Codec: codec.Reflect[string]()})
	if err := c.Err(); err == nil || !strings.Contains(err.Error(), "p.M") {
		t.Errorf("Err is %v", err)
	}
	if err := c.HealthCheck(t.Context()); err == nil {
		t.Error("HealthCheck says all is well")
	}
	for range 2 {
		if v, err := other.callAs(t.Context(), keyOf(other, "1"), func(context.Context, *Fill) (string, error) { return "x", nil }); v != "x" || err != nil {
			t.Errorf("got %q, %v", v, err)
		}
	}
	if s.count("get")+s.count("set") != 0 {
		t.Error("the second method uses the cache")
	}
	if v, err := first.callAs(t.Context(), keyOf(first, "1"), func(context.Context, *Fill) (int, error) { return 1, nil }); v != 1 || err != nil || s.count("set") != 1 {
		t.Errorf("the first method is not cached any longer: %d, %v", v, err)
	}
}

func TestAMisconfiguredMethodIsReportedAndPassesThrough(t *testing.T) {
	bad := codec.Reflect[int]()
	bad.Err = errors.New("holds a func")
	for _, config := range []MethodConfig[int]{
		{Prefix: "p", Name: "M", Codec: bad},
		{Prefix: "p", Name: "M"},
		{Prefix: "", Name: "M", Codec: codec.Reflect[int]()},
		{Prefix: "a b", Name: "M", Codec: codec.Reflect[int]()},
		{Prefix: "p", Name: "M{}", Codec: codec.Reflect[int]()},
		{Prefix: "p", Name: "M", Codec: codec.Reflect[int](), TTL: -1},
		{Prefix: "p", Name: "M", Codec: codec.Reflect[int](), Jitter: 101},
		{Prefix: "p", Name: "M", Codec: codec.Reflect[int](), NotFound: []Sentinel{{`a"b`, errNotFound}}},
		{Prefix: "p", Name: "M", Codec: codec.Reflect[int](), NotFound: []Sentinel{{"a", nil}}},
		{Prefix: "p", Name: "M", Codec: codec.Reflect[int](), NotFound: []Sentinel{{"a", errNotFound}, {"a", errNotFound}}},
	} {
		s := newStore("store", true)
		c := mustCache(t, s)
		m := NewMethod(c, config)
		if c.Err() == nil {
			t.Errorf("%+v is not reported", config)
		}
		v, err := m.callAs(t.Context(), "key", func(context.Context, *Fill) (int, error) { return 1, nil })
		if v != 1 || err != nil || s.count("set") != 0 {
			t.Errorf("%+v: got %d, %v", config, v, err)
		}
	}
}

func TestHashReplacesTheTailOfAKey(t *testing.T) {
	plain := intMethod(mustCache(t, newStore("store", true)))
	secret := intMethod(mustCache(t, newStore("store", true), WithKeySecret([]byte("s3cret"))))
	a := string(plain.Hash([]byte("head:token"), 5))
	b := string(secret.Hash([]byte("head:token"), 5))
	if !strings.HasPrefix(a, "head:") || strings.Contains(a, "token") || a == b || len(a) != len(b) {
		t.Errorf("plain %q, with a secret %q", a, b)
	}
}

func TestWithoutACacheAWrapperPassesThrough(t *testing.T) {
	m := intMethod(nil)
	_ = m.Hash(m.Key(nil), 0)
	v, err := m.callAs(t.Context(), "key", func(context.Context, *Fill) (int, error) { return 1, nil })
	if v != 1 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	var c *Cache
	c.Evict(t.Context(), func(*Eviction) { t.Error("an eviction without a cache") })
	if err := errors.Join(c.EvictNow(t.Context(), m, "key"), c.Err(), c.HealthCheck(t.Context()), c.Close()); err != nil {
		t.Error(err)
	}
	_ = c.Stats()
}

func TestAClosedCachePassesThrough(t *testing.T) {
	s := newStore("store", true)
	c := mustCache(t, s)
	m := intMethod(c)
	load := func(context.Context, *Fill) (int, error) { return 1, nil }
	_, _ = m.callAs(t.Context(), keyOf(m, "1"), load)
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	before := s.count("get")
	if v, err := m.callAs(t.Context(), keyOf(m, "1"), load); v != 1 || err != nil || s.count("get") != before {
		t.Errorf("got %d, %v, %d reads", v, err, s.count("get")-before)
	}
	if err := c.EvictNow(t.Context(), m, keyOf(m, "1")); err != ErrClosed {
		t.Errorf("EvictNow: %v", err)
	}
	if err := c.HealthCheck(t.Context()); err != ErrClosed {
		t.Errorf("HealthCheck: %v", err)
	}
}

func TestNoStringIsTakenForAnotherAnswer(t *testing.T) {
	c := mustCache(t, newStore("store", true))
	m := NewMethod(c, MethodConfig[string]{
		Prefix: "p", Name: "M", Codec: codec.Reflect[string](), NotFound: []Sentinel{{"ErrNotFound", errNotFound}},
	})
	for _, want := range []string{"", "*", "null", "ErrNotFound", `{"kind":"notfound"`, "\xff\x00"} {
		key := keyOf(m, fmt.Sprintf("%x", want))
		_, _ = m.callAs(t.Context(), key, func(context.Context, *Fill) (string, error) { return want, nil })
		if got, ok, err := m.Get(t.Context(), key); !ok || err != nil || got != want {
			t.Errorf("%q comes back as %q, %v, %v", want, got, ok, err)
		}
	}
}

func TestAStoreThatFailsLeavesTheResultAlone(t *testing.T) {
	s := newStore("store", true)
	s.onEach(broken("set", "get", "remove"))
	m := intMethod(mustCache(t, s))
	if v, err := m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	s.onEach(nil)
}

type closing struct {
	*store
	closed int
}

func (c *closing) Close() error { c.closed++; return errBroken }

func TestCloseWaitsForLoadsAndClosesTheBackendOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &closing{store: newStore("store", false)}
		c := mustCache(t, s)
		m := intMethod(c)
		go func() {
			_, _ = m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { time.Sleep(time.Second); return 1, nil })
		}()
		synctest.Wait()
		began := time.Now()
		for range 2 {
			if err := c.Close(); !errors.Is(err, errBroken) {
				t.Errorf("Close: %v", err)
			}
		}
		if took := time.Since(began); took != time.Second || s.closed != 1 {
			t.Errorf("took %v, closed %d times", took, s.closed)
		}
		if v, _ := s.has(keyOf(m, "1")); v == nil {
			t.Error("the load under way was not stored")
		}
	})
}

func TestCloseDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustCache(t, newStore("store", true))
		m := intMethod(c)
		go func() {
			_, _ = m.callAs(t.Context(), keyOf(m, "1"), func(context.Context, *Fill) (int, error) { time.Sleep(time.Hour); return 1, nil })
		}()
		synctest.Wait()
		began := time.Now()
		if err := c.Close(); err == nil || time.Since(began) != closeWait {
			t.Errorf("Close returned %v after %v", err, time.Since(began))
		}
		time.Sleep(2 * time.Hour)
	})
}
