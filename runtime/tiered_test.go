package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errBroken = errors.New("broken")

func broken(ops ...string) func(context.Context, string, string) error {
	return func(_ context.Context, op, _ string) error {
		for _, o := range ops {
			if o == op {
				return errBroken
			}
		}
		return nil
	}
}

func TestAHitBelowIsPromotedForWhatIsLeftOfItsTTL(t *testing.T) {
	entry := func(left time.Duration) string {
		gone := time.Now().Add(left)
		return string(appendEntryHead(nil, 1, gone, gone, "s", "", nil, nil)) + "1}"
	}
	for _, tc := range []struct {
		what  string
		tiers func(upper, lower *store) []Tier
		value func() string
		ttl   time.Duration // in the lower tier
		want  time.Duration // in the upper one
	}{
		{what: "an entry", value: func() string { return entry(90 * time.Second) }, ttl: time.Hour, want: 90 * time.Second},
		{what: "an entry with 300ms", value: func() string { return entry(300 * time.Millisecond) }, ttl: time.Hour, want: 300 * time.Millisecond},
		{what: "an entry with less than 1ms", value: func() string { return entry(0) }, ttl: time.Hour, want: 0},
		{what: "an entry that has expired", value: func() string { return entry(-time.Second) }, ttl: time.Hour, want: 0},
		{what: "an entry, a tenth above", tiers: func(u, l *store) []Tier { return []Tier{{u, 0.1, 0}, {Backend: l}} },
			value: func() string { return entry(100 * time.Second) }, ttl: time.Hour, want: 10 * time.Second},
		{what: "an entry, scaled up above", tiers: func(u, l *store) []Tier { return []Tier{{u, 1, 0}, {l, 0.5, 0}} },
			value: func() string { return entry(100 * time.Second) }, ttl: time.Hour, want: 100 * time.Second},
		{what: "a foreign value without TTL", value: func() string { return "1" }, ttl: time.Hour, want: 0},
		{what: "a foreign value with its TTL", tiers: func(u, l *store) []Tier { return []Tier{{Backend: u}, {Backend: capable{l}}} },
			value: func() string { return "1" }, ttl: 700 * time.Millisecond, want: 700 * time.Millisecond},
		{what: "a foreign value with less than 1ms", tiers: func(u, l *store) []Tier { return []Tier{{Backend: u}, {Backend: capable{l}}} },
			value: func() string { return "1" }, ttl: 900 * time.Microsecond, want: 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			upper, lower := newStore("upper", true), newStore("lower", false)
			tiers := []Tier{{Backend: upper}, {Backend: lower}}
			if tc.tiers != nil {
				tiers = tc.tiers(upper, lower)
			}
			tiered := mustTiers(t, tiers...)
			value := tc.value()
			lower.put("k", value, tc.ttl)
			v, err := tiered.Get(t.Context(), "k")
			if err != nil || string(v) != value {
				t.Fatalf("%s: got %s, %v", tc.what, v, err)
			}
			if _, ttl := upper.has("k"); ttl != tc.want {
				t.Errorf("%s: promoted for %v, want %v", tc.what, ttl, tc.want)
			}
			many, err := tiered.GetMany(t.Context(), []string{"absent", "k"})
			if err != nil || many[0] != nil || string(many[1]) != value {
				t.Errorf("%s: GetMany gave %q, %v", tc.what, many, err)
			}
		})
	}
}

func TestOnlyEveryNthHitIsPromoted(t *testing.T) {
	upper, lower := newStore("upper", true), newStore("lower", false)
	tiered := mustTiers(t, Tier{Backend: upper}, Tier{Backend: capable{lower}, PromoteEvery: 3})
	lower.put("k", "1", time.Hour)
	for i := 1; i <= 3; i++ {
		if _, err := tiered.Get(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		if v, _ := upper.has("k"); (v != nil) != (i == 3) {
			t.Errorf("after hit %d the upper tier has %q", i, v)
		}
	}
}

func TestWritesScaleTTLs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := newStore("a", true), newStore("b", false), newStore("c", false)
		inner := mustTiers(t, Tier{Backend: b, TTLScale: 2}, Tier{Backend: c})
		tiered := mustTiers(t, Tier{Backend: a, TTLScale: 0.1}, Tier{Backend: inner, TTLScale: 3})
		if err := tiered.SetWithTTL(t.Context(), "k", Value("1"), time.Minute); err != nil {
			t.Fatal(err)
		}
		for s, want := range map[*store]time.Duration{a: 6 * time.Second, b: 6 * time.Minute, c: 3 * time.Minute} {
			if _, ttl := s.has("k"); ttl != want {
				t.Errorf("in %s for %v, want %v", s.name, ttl, want)
			}
		}
		for _, ttl := range []time.Duration{0, -time.Second} {
			if err := tiered.SetWithTTL(t.Context(), "k", Value("1"), ttl); !errors.Is(err, ErrInvalidTTL) {
				t.Errorf("TTL %v: %v", ttl, err)
			}
		}
	})
}

func TestAFailingTierIsSkippedAndTheOthersServe(t *testing.T) {
	for _, failing := range []int{0, 1} {
		stores := []*store{newStore("upper", true), newStore("lower", false)}
		tiered := mustTiers(t, Tier{Backend: stores[0]}, Tier{Backend: stores[1]})
		stores[failing].onEach(broken("get", "set", "remove", "health"))
		if err := tiered.SetWithTTL(t.Context(), "k", Value("1"), time.Minute); err != nil {
			t.Errorf("tier %d broken: set: %v", failing, err)
		}
		if v, err := tiered.Get(t.Context(), "k"); err != nil || string(v) != "1" {
			t.Errorf("tier %d broken: got %s, %v", failing, v, err)
		}
		if err := tiered.Remove(t.Context(), "k"); !errors.Is(err, errBroken) {
			t.Errorf("tier %d broken: Remove reports %v", failing, err)
		}
		if v, _ := stores[1-failing].has("k"); v != nil {
			t.Errorf("tier %d broken: the other still has %s", failing, v)
		}
		if _, err := tiered.Get(t.Context(), "k"); !errors.Is(err, errBroken) {
			t.Errorf("tier %d broken: a key that no other has gives %v", failing, err)
		}
		if err := tiered.HealthCheck(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("tier %d broken: HealthCheck reports %v", failing, err)
		}
	}
}

func TestATierThatMissedAWriteLosesWhatItHad(t *testing.T) {
	upper, lower := newStore("upper", true), newStore("lower", false)
	tiered := mustTiers(t, Tier{Backend: upper}, Tier{Backend: lower})
	for _, s := range []*store{upper, lower} {
		upper.onEach(nil)
		lower.onEach(nil)
		if err := tiered.SetWithTTL(t.Context(), "k", Value("1"), time.Minute); err != nil {
			t.Fatal(err)
		}
		s.onEach(broken("set"))
		if err := tiered.SetWithTTL(t.Context(), "k", Value("2"), time.Minute); err != nil {
			t.Fatal(err)
		}
		if v, _ := s.has("k"); v != nil {
			t.Errorf("%s still has %s", s.name, v)
		}
		if v, err := tiered.Get(t.Context(), "k"); err != nil || string(v) != "2" {
			t.Errorf("got %s, %v", v, err)
		}
	}
}

func TestRemovalGoesFromTheLastTierUp(t *testing.T) {
	var order []string
	note := func(name string) func(context.Context, string, string) error {
		return func(_ context.Context, op, _ string) error {
			order = append(order, op+" "+name)
			return nil
		}
	}
	upper, lower := newStore("upper", true), newStore("lower", false)
	upper.onEach(note("upper"))
	lower.onEach(note("lower"))
	if err := mustTiers(t, Tier{Backend: upper}, Tier{Backend: lower}).Remove(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(order) != "[remove lower remove upper]" {
		t.Errorf("order is %v", order)
	}
}

// The reader has the old value from the lower tier in hand when the key is removed.
func TestAReaderDoesNotBringARemovedValueBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, middle := range []bool{true, false} {
			upper, lower := newStore("upper", middle), newStore("lower", false)
			tiered := mustTiers(t, Tier{Backend: upper}, Tier{Backend: slowTTL{capable{lower}}})
			lower.put("k", "1", time.Hour)
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = tiered.Get(t.Context(), "k")
			}()
			synctest.Wait()
			if err := tiered.Remove(t.Context(), "k"); err != nil {
				t.Fatal(err)
			}
			<-done
			if v, _ := upper.has("k"); v != nil {
				t.Errorf("the upper tier has %s again (in process: %v)", v, middle)
			}
		}
	})
}

func TestAReaderDoesNotPutAnOldValueOverANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		upper, lower := newStore("upper", true), newStore("lower", false)
		tiered := mustTiers(t, Tier{Backend: upper}, Tier{Backend: slowTTL{capable{lower}}})
		lower.put("k", "1", time.Hour)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = tiered.Get(t.Context(), "k")
		}()
		synctest.Wait()
		if err := tiered.SetWithTTL(t.Context(), "k", Value("2"), time.Hour); err != nil {
			t.Fatal(err)
		}
		<-done
		if v, _ := upper.has("k"); string(v) != "2" {
			t.Errorf("the upper tier has %s", v)
		}
	})
}

// slowTTL has read the value long before it returns.
type slowTTL struct{ capable }

func (s slowTTL) GetWithTTL(ctx context.Context, key string) (Value, time.Duration, error) {
	v, ttl, err := s.capable.GetWithTTL(ctx, key)
	time.Sleep(time.Second)
	return v, ttl, err
}

func TestGetWithTTLTellsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, telling := newStore("plain", true), newStore("telling", false)
		tiered := mustTiers(t, Tier{Backend: plain}, Tier{Backend: capable{telling}})
		if _, _, err := tiered.GetWithTTL(t.Context(), "k"); err != ErrMiss {
			t.Errorf("absent: %v", err)
		}
		plain.put("k", "1", time.Hour)
		if _, _, err := tiered.GetWithTTL(t.Context(), "k"); err != ErrNoTTL {
			t.Errorf("without TTL: %v", err)
		}
		telling.put("k", "1", time.Minute)
		if v, ttl, err := tiered.GetWithTTL(t.Context(), "k"); err != nil || string(v) != "1" || ttl != time.Minute {
			t.Errorf("got %s, %v, %v", v, ttl, err)
		}
	})
}

func TestNewTieredRefusesWhatMakesNoSense(t *testing.T) {
	s := newStore("s", true)
	for _, tiers := range [][]Tier{nil, {{}}, {{Backend: (*Tiered)(nil)}}, {{s, -1, 0}}, {{s, 1, -1}}} {
		if _, err := NewTiered(tiers...); err == nil {
			t.Errorf("%+v is accepted", tiers)
		}
	}
}

func TestNewRefusesWhatMakesNoSense(t *testing.T) {
	s := newStore("s", true)
	for what, opt := range map[string]Option{
		"empty namespace": WithNamespace(""), "space": WithNamespace("a b"), "colon": WithNamespace("a:b"),
		"brace": WithNamespace("{a}"), "control": WithNamespace("a\n"), "ttl": WithTTL(0), "load timeout": WithLoadTimeout(-1),
		"backend timeout": WithBackendTimeout(0), "max loads": WithMaxLoads(-1), "breaker": WithBreaker(0, 1), "pause": WithBreaker(1, 0),
	} {
		if _, err := New(s, opt); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	if _, err := New(nil); err == nil {
		t.Error("a nil backend is accepted")
	}
	if _, err := New((*Tiered)(nil)); err == nil {
		t.Error("a nil *Tiered is accepted")
	}
}

func TestWhatTheSharedTierLacksIsSaid(t *testing.T) {
	local, plain := Tier{Backend: newStore("local", true)}, Tier{Backend: newStore("plain", false)}
	leases, all := Tier{Backend: leasing{capable{newStore("leases", false)}}}, Tier{Backend: newHub()}
	for _, test := range []struct {
		name  string
		tiers []Tier
		want  []string
	}{
		{"in process", []Tier{local}, nil},
		{"everything", []Tier{local, all}, nil},
		{"nothing above", []Tier{leases}, nil},
		{"no messages", []Tier{local, leases}, []string{"no Bus"}},
		{"nothing", []Tier{local, plain}, []string{"no Leaser", "no Bus"}},
		{"nothing, and nothing above", []Tier{plain}, []string{"no Leaser"}},
	} {
		var got []string
		for _, lack := range mustTiers(t, test.tiers...).lacks() {
			got = append(got, lack[:strings.Index(lack, ":")])
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
