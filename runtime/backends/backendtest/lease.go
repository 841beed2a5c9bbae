package backendtest

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var leaseChecks = []check{
	{name: "Lease", applies: is[runtime.Leaser], run: func(s *suite) {
		s.acquire("k", `"mine"`, time.Minute)
		s.want(s.key("k"), `"mine"`)
		s.wantHeld("k", `"another's"`, `"mine"`)
		s.wantHeld("k", `"mine"`, `"mine"`) // one's own lease is a lease all the same
		s.set(s.key("value"), `{"v":1}`, time.Minute)
		s.wantHeld("value", `"mine"`, `{"v":1}`)
		s.no(s.b.Remove(s.ctx(), s.key("k")), "Remove")
		s.acquire("k", `"next"`, time.Minute)
	}},
	{name: "Lease/expires", applies: is[runtime.Leaser], waits: true, run: func(s *suite) {
		s.expire([]time.Duration{30 * time.Millisecond, 200 * time.Millisecond, 1100 * time.Millisecond},
			func(key string, ttl time.Duration) life {
				l := life{key: key, value: `"` + ttl.String() + `"`, earliest: time.Now().Add(ttl)}
				s.acquire(strings.TrimPrefix(key, s.prefix), l.value, ttl)
				l.latest = time.Now().Add(ttl)
				return l
			})
		s.acquire((200 * time.Millisecond).String(), `"again"`, time.Minute)
	}},
	{name: "Lease/InvalidTTL", applies: is[runtime.Leaser], run: func(s *suite) {
		l := s.b.(runtime.Leaser)
		for _, ttl := range []time.Duration{0, -time.Second} {
			_, _, err := l.Lease(s.ctx(), s.key("k"), runtime.Value(`1`), ttl)
			s.wantError("Lease without a TTL", err, runtime.ErrInvalidTTL)
			s.wantMiss(s.key("k"))
		}
		s.acquire("k", `1`, time.Minute)
		for _, ttl := range []time.Duration{0, -time.Second} {
			_, err := l.Fill(s.ctx(), s.key("k"), runtime.Value(`1`), runtime.Value(`2`), ttl)
			s.wantError("Fill without a TTL", err, runtime.ErrInvalidTTL)
			s.want(s.key("k"), `1`)
		}
	}},
	{name: "Lease/once", applies: is[runtime.Leaser], run: func(s *suite) {
		const goroutines = 32
		ctx := s.ctx()
		var acquired atomic.Int32
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				held, ok, err := s.b.(runtime.Leaser).Lease(ctx, s.key("k"), runtime.Value(`"lease"`), time.Minute)
				if err != nil || !ok && string(held) != `"lease"` {
					s.Errorf("Lease = %s, %v, %v", held, ok, err)
				}
				if ok {
					acquired.Add(1)
				}
			})
		}
		wg.Wait()
		if n := acquired.Load(); n != 1 {
			s.Errorf("%d of %d callers acquired the lease; want 1", n, goroutines)
		}
	}},
	{name: "LeaseMany", applies: is[runtime.BatchLeaser], run: func(s *suite) {
		l := s.b.(runtime.BatchLeaser)
		s.set(s.key("value"), `{"v":1}`, time.Minute)
		s.acquire("leased", `"another's"`, time.Minute)
		keys := []string{s.key("a"), s.key("value"), s.key("leased"), s.key("b")}
		leases := []runtime.Value{runtime.Value(`"1"`), runtime.Value(`"2"`), runtime.Value(`"3"`), runtime.Value(`"4"`)}
		held, err := l.LeaseMany(s.ctx(), keys, leases, time.Minute)
		s.no(err, "LeaseMany")
		if len(held) != 4 || held[0] != nil || string(held[1]) != `{"v":1}` || string(held[2]) != `"another's"` || held[3] != nil {
			s.Errorf("LeaseMany = %q; want what stands there, and nothing where the lease was acquired", held)
		}
		s.want(s.key("a"), `"1"`)
		s.want(s.key("value"), `{"v":1}`)
		s.want(s.key("b"), `"4"`)
		held, err = l.LeaseMany(s.ctx(), nil, nil, time.Minute)
		if err != nil || len(held) != 0 {
			s.Errorf("LeaseMany of no keys = %q, %v", held, err)
		}
		_, err = l.LeaseMany(s.ctx(), []string{s.key("c")}, leases[:1], 0)
		s.wantError("LeaseMany without a TTL", err, runtime.ErrInvalidTTL)
		s.wantMiss(s.key("c"))
	}},
	{name: "LeaseMany/once", applies: is[runtime.BatchLeaser], run: func(s *suite) {
		const goroutines, n = 16, 20
		ctx := s.ctx()
		var keys []string
		var leases []runtime.Value
		for i := range n {
			keys, leases = append(keys, s.key(strconv.Itoa(i))), append(leases, runtime.Value(`"lease"`))
		}
		var acquired atomic.Int32
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				held, err := s.b.(runtime.BatchLeaser).LeaseMany(ctx, keys, leases, time.Minute)
				s.no(err, "LeaseMany")
				for _, v := range held {
					if v == nil {
						acquired.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if got := acquired.Load(); got != n {
			s.Errorf("%d leases of %d keys were acquired; want one each", got, n)
		}
	}},
	{name: "FillMany", applies: is[runtime.BatchLeaser], run: func(s *suite) {
		l := s.b.(runtime.BatchLeaser)
		s.acquire("a", `"lease"`, 50*time.Millisecond)
		s.acquire("removed", `"lease"`, time.Minute)
		s.no(s.b.Remove(s.ctx(), s.key("removed")), "Remove")
		s.set(s.key("replaced"), `"new"`, time.Minute)
		s.acquire("b", `"lease2"`, time.Minute)
		item := func(name string) runtime.Item {
			return runtime.Item{Key: s.key(name), Value: runtime.Value(`"value"`), TTL: time.Minute}
		}
		items := []runtime.Item{item("a"), item("removed"), item("replaced"), item("b")}
		leases := []runtime.Value{runtime.Value(`"lease"`), runtime.Value(`"lease"`), runtime.Value(`"lease"`), runtime.Value(`"lease2"`)}
		stored, err := l.FillMany(s.ctx(), items, leases)
		s.no(err, "FillMany")
		if !slices.Equal(stored, []bool{true, false, false, true}) {
			s.Errorf("FillMany = %v; want what was stored under its lease", stored)
		}
		time.Sleep(50*time.Millisecond + 2*tick) // a TTL is its own, not the lease's
		s.want(s.key("a"), `"value"`)
		s.wantMiss(s.key("removed"))
		s.want(s.key("replaced"), `"new"`)
		s.want(s.key("b"), `"value"`)
		if stored, err := l.FillMany(s.ctx(), nil, nil); err != nil || len(stored) != 0 {
			s.Errorf("FillMany of nothing = %v, %v", stored, err)
		}
	}},
	{name: "Fill", applies: is[runtime.Leaser], run: func(s *suite) {
		s.acquire("k", `"lease"`, 50*time.Millisecond)
		s.fill("k", `"lease"`, `"value"`, time.Minute, true)
		s.want(s.key("k"), `"value"`)
		time.Sleep(50*time.Millisecond + 2*tick) // its TTL is its own, not the lease's
		s.want(s.key("k"), `"value"`)
		s.fill("k", `"lease"`, `"twice"`, time.Minute, false)
		s.want(s.key("k"), `"value"`)
	}},
	{name: "Fill/expiry", applies: is[runtime.Leaser], waits: true, run: func(s *suite) {
		s.expire([]time.Duration{30 * time.Millisecond, 1100 * time.Millisecond},
			func(key string, ttl time.Duration) life {
				name := strings.TrimPrefix(key, s.prefix)
				s.acquire(name, `"lease"`, time.Minute)
				l := life{key: key, value: `"` + ttl.String() + `"`, earliest: time.Now().Add(ttl)}
				s.fill(name, `"lease"`, l.value, ttl, true)
				l.latest = time.Now().Add(ttl)
				return l
			})
	}},
	{name: "Fill/lost", applies: is[runtime.Leaser], run: func(s *suite) {
		// Whatever happened to the lease: nothing that was loaded under it is stored.
		s.fill("absent", `"lease"`, `"stale"`, time.Minute, false)
		s.wantMiss(s.key("absent"))

		s.acquire("removed", `"lease"`, time.Minute)
		s.no(s.b.Remove(s.ctx(), s.key("removed")), "Remove")
		s.fill("removed", `"lease"`, `"stale"`, time.Minute, false)
		s.wantMiss(s.key("removed"))

		s.acquire("expired", `"lease"`, 5*time.Millisecond)
		time.Sleep(5*time.Millisecond + 2*tick)
		s.fill("expired", `"lease"`, `"stale"`, time.Minute, false)
		s.wantMiss(s.key("expired"))

		s.acquire("taken", `"lease"`, time.Minute)
		s.no(s.b.Remove(s.ctx(), s.key("taken")), "Remove")
		s.acquire("taken", `"lease2"`, time.Minute)
		s.fill("taken", `"lease"`, `"stale"`, time.Minute, false)
		s.want(s.key("taken"), `"lease2"`)

		s.acquire("replaced", `"lease"`, time.Minute)
		s.set(s.key("replaced"), `"new"`, time.Minute)
		s.fill("replaced", `"lease"`, `"stale"`, time.Minute, false)
		s.want(s.key("replaced"), `"new"`)
	}},
	{name: "Fill/aliasing", applies: is[runtime.Leaser], run: func(s *suite) {
		l := s.b.(runtime.Leaser)
		lease, value := []byte(`"lease"`), []byte(`"value"`)
		_, _, err := l.Lease(s.ctx(), s.key("k"), lease, time.Minute)
		s.no(err, "Lease")
		scribble(lease)
		s.want(s.key("k"), `"lease"`)
		_, err = l.Fill(s.ctx(), s.key("k"), runtime.Value(`"lease"`), value, time.Minute)
		s.no(err, "Fill")
		scribble(value)
		s.want(s.key("k"), `"value"`)
	}},
	{name: "Fill/TooLarge", applies: is[runtime.Leaser], run: func(s *suite) {
		if s.TooLarge == 0 {
			return
		}
		s.acquire("k", `"lease"`, time.Minute)
		value := runtime.Value(`"` + strings.Repeat("v", s.TooLarge-2) + `"`)
		stored, err := s.b.(runtime.Leaser).Fill(s.ctx(), s.key("k"), runtime.Value(`"lease"`), value, time.Minute)
		s.wantError("Fill with a value that is too large", err, runtime.ErrTooLarge)
		if stored {
			s.Error("Fill reports both an error and a stored value")
		}
		s.want(s.key("k"), `"lease"`)
	}},
}

// acquire takes a lease that must be free.
func (s *suite) acquire(name, lease string, ttl time.Duration) {
	s.Helper()
	held, acquired, err := s.b.(runtime.Leaser).Lease(s.ctx(), s.key(name), runtime.Value(lease), ttl)
	if err != nil || !acquired || len(held) > 0 {
		s.Fatalf("Lease(%s) of a free key = %s, %v, %v; want it acquired", name, held, acquired, err)
	}
}

// wantHeld asks for a lease where want stands already.
func (s *suite) wantHeld(name, lease, want string) {
	s.Helper()
	held, acquired, err := s.b.(runtime.Leaser).Lease(s.ctx(), s.key(name), runtime.Value(lease), time.Minute)
	if err != nil || acquired || string(held) != want {
		s.Errorf("Lease(%s) = %s, %v, %v; want what stands there, %s", name, held, acquired, err, want)
	}
	s.want(s.key(name), want)
}

func (s *suite) fill(name, lease, value string, ttl time.Duration, want bool) {
	s.Helper()
	stored, err := s.b.(runtime.Leaser).Fill(s.ctx(), s.key(name), runtime.Value(lease), runtime.Value(value), ttl)
	if err != nil || stored != want {
		s.Errorf("Fill(%s, %s) = %v, %v; want %v", name, lease, stored, err, want)
	}
}
