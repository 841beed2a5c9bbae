package backendtest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// tick is the unit in which stores count: an entry that is stored in the last moment of one millisecond and expires
// in the first of another may live that much longer.
const tick = time.Millisecond

var expiryChecks = []check{
	{name: "expiry", waits: true, run: func(s *suite) {
		// With and without whole seconds, since a store may count in those.
		s.expire([]time.Duration{30 * time.Millisecond, 250 * time.Millisecond, 999 * time.Millisecond,
			time.Second, 1400 * time.Millisecond}, s.store)
	}},
	{name: "expiry/tiny", waits: true, run: func(s *suite) {
		for _, ttl := range []time.Duration{1, 999, time.Microsecond, 999 * time.Microsecond, time.Millisecond} {
			key := s.key(ttl.String())
			s.set(key, `1`, ttl)
			time.Sleep(max(ttl, tick) + tick)
			s.wantMiss(key) // the worst mistake is to take it for "no TTL"
		}
	}},
	{name: "expiry/long", run: func(s *suite) {
		for _, ttl := range []time.Duration{24 * time.Hour, 100 * 365 * 24 * time.Hour, math.MaxInt64} {
			s.set(s.key(ttl.String()), `1`, ttl)
			s.want(s.key(ttl.String()), `1`)
		}
	}},
	{name: "expiry/replaced", waits: true, run: func(s *suite) {
		// The later Set's TTL holds, whether longer or shorter.
		s.set(s.key("longer"), `1`, 100*time.Millisecond)
		s.set(s.key("longer"), `2`, time.Minute)
		s.set(s.key("shorter"), `1`, time.Minute)
		s.set(s.key("shorter"), `2`, 100*time.Millisecond)
		time.Sleep(100*time.Millisecond + 2*tick)
		s.want(s.key("longer"), `2`)
		s.wantMiss(s.key("shorter"))
	}},
	{name: "expiry/notExtended", waits: true, run: func(s *suite) {
		// Reading must not prolong an entry's life: expire reads all the time.
		s.expire([]time.Duration{300 * time.Millisecond}, s.store)
	}},
	{name: "GetWithTTL", applies: is[runtime.TTLGetter], waits: true, run: func(s *suite) {
		g := s.b.(runtime.TTLGetter)
		_, _, err := g.GetWithTTL(s.ctx(), s.key("absent"))
		s.wantError("GetWithTTL of an absent key", err, runtime.ErrMiss)
		for _, ttl := range []time.Duration{300 * time.Millisecond, 1500 * time.Millisecond, time.Hour} {
			l := s.store(s.key(ttl.String()), ttl)
			time.Sleep(20 * time.Millisecond)
			start := time.Now()
			value, left, err := g.GetWithTTL(s.ctx(), l.key)
			end := time.Now()
			if err != nil || !bytes.Equal(value, []byte(l.value)) {
				s.Errorf("GetWithTTL(%s) = %s, %v; want %s", ttl, value, err, l.value)
				continue
			}
			if least, most := l.earliest.Sub(end)-s.Early, l.latest.Sub(start)+tick; left < least || left > most {
				s.Errorf("of a TTL of %v, GetWithTTL says that %v are left; want between %v and %v", ttl, left, least, most)
			}
		}
	}},
	{name: "GetWithTTL/expired", applies: is[runtime.TTLGetter], waits: true, run: func(s *suite) {
		s.set(s.key("k"), `1`, 20*time.Millisecond)
		time.Sleep(20*time.Millisecond + 2*tick)
		value, left, err := s.b.(runtime.TTLGetter).GetWithTTL(s.ctx(), s.key("k"))
		if !errors.Is(err, runtime.ErrMiss) {
			s.Errorf("GetWithTTL of an expired key = %s, %v, %v; want ErrMiss", value, left, err)
		}
	}},
	{name: "GetWithTTL/atomic", applies: is[runtime.TTLGetter], run: func(s *suite) {
		s.pairs(s.b.(runtime.TTLGetter))
	}},
}

// life is when an entry must be gone: its deadline is somewhere between earliest and latest, since it was stored
// somewhere between the call's start and its end.
type life struct {
	key, value       string
	earliest, latest time.Time
}

// store stores a value under key.
func (s *suite) store(key string, ttl time.Duration) life {
	s.Helper()
	l := life{key: key, value: `"` + ttl.String() + `"`}
	l.earliest = time.Now().Add(ttl)
	s.set(l.key, l.value, ttl)
	l.latest = time.Now().Add(ttl)
	return l
}

// expire stores an entry for each TTL and reads them all until they have expired: a hit must not start after the
// deadline, a miss must not end before it.
func (s *suite) expire(ttls []time.Duration, store func(key string, ttl time.Duration) life) {
	s.Helper()
	var lives []life
	for _, ttl := range ttls {
		lives = append(lives, store(s.key(ttl.String()), ttl))
	}
	ctx := s.ctx()
	for len(lives) > 0 {
		rest := lives[:0]
		for _, l := range lives {
			if s.stillLives(ctx, l) {
				rest = append(rest, l)
			}
		}
		lives = rest
		time.Sleep(tick / 2)
	}
}

func (s *suite) stillLives(ctx context.Context, l life) bool {
	s.Helper()
	start := time.Now()
	value, err := s.b.Get(ctx, l.key)
	end := time.Now()
	switch {
	case err == nil && string(value) != l.value:
		s.Errorf("Get(%q) = %s; want %s", l.key, brief(value), l.value)
	case err == nil && start.After(l.latest.Add(tick)):
		s.Errorf("the entry with TTL %s is there %v after its deadline", l.value, start.Sub(l.latest))
	case err == nil:
		return true
	case !errors.Is(err, runtime.ErrMiss):
		s.Errorf("Get(%q): %v", l.key, err)
	case end.Before(l.earliest.Add(-s.Early)):
		s.Errorf("the entry with TTL %s is gone %v before its deadline", l.value, l.earliest.Sub(end))
	}
	return false
}

// pairs writes two values with very different TTLs in turn, and reads: no value may come with the other's TTL.
func (s *suite) pairs(g runtime.TTLGetter) {
	const short, long, rounds = time.Minute, 10 * time.Hour, 300
	key, ctx := s.key("k"), s.ctx()
	s.set(key, `"short"`, short)
	done := make(chan error, 1)
	go func() {
		for i := range rounds {
			value, ttl := `"long"`, long
			if i%2 == 0 {
				value, ttl = `"short"`, short
			}
			if err := s.b.SetWithTTL(ctx, key, runtime.Value(value), ttl); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			s.no(err, "SetWithTTL")
			return
		default:
		}
		value, left, err := g.GetWithTTL(ctx, key)
		s.no(err, "GetWithTTL of a key that is only ever replaced")
		if isShort := left <= short+tick; isShort != (string(value) == `"short"`) {
			s.Fatalf("GetWithTTL = %s with %v left, which is another value's TTL", value, left)
		}
	}
}
