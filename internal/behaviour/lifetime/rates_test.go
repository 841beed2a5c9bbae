package lifetime

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

var errDown = errors.New("the service is down")

// service is a Rates whose rates rise by one with each call.
type service struct {
	mu    sync.Mutex
	calls int
	down  bool
	takes time.Duration
}

func (s *service) ask() (float64, error) {
	s.mu.Lock()
	s.calls++
	rate, down, takes := float64(s.calls), s.down, s.takes
	s.mu.Unlock()
	time.Sleep(takes)
	if down {
		return 0, errDown
	}
	return rate, nil
}

func (s *service) be(down bool, takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.takes = down, takes
}

func (s *service) Rate(context.Context, string) (float64, error) { return s.ask() }
func (s *service) Quick(string) (float64, bool, error)           { r, err := s.ask(); return r, true, err }
func (s *service) Fix(context.Context, string, float64) error    { return nil }
func (s *service) All(_ context.Context, currencies []string) (map[string]float64, error) {
	r, err := s.ask()
	all := map[string]float64{}
	for _, c := range currencies {
		all[c] = r
	}
	return all, err
}

// inTime runs test with a wrapper over a service, in a time of its own.
func inTime(t *testing.T, test func(t *testing.T, s *service, rates *CachedRates)) {
	synctest.Test(t, func(t *testing.T) {
		backend, err := memory.New(memory.Config{})
		if err != nil {
			t.Fatal(err)
		}
		cache, err := runtime.New(backend)
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		s := new(service)
		test(t, s, NewCachedRates(s, cache))
	})
}

func wantRate(t *testing.T, what string, got float64, err error, want float64) {
	t.Helper()
	if got != want || err != nil {
		t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
	}
}

func TestAServiceThatIsDownIsAnsweredForByStaleRates(t *testing.T) {
	inTime(t, func(t *testing.T, s *service, rates *CachedRates) {
		r, err := rates.Rate(t.Context(), "EUR")
		wantRate(t, "the first call", r, err, 1)
		time.Sleep(10 * time.Minute)
		s.be(true, 0)
		r, err = rates.Rate(t.Context(), "EUR")
		wantRate(t, "while the service is down", r, err, 1)
		if err := rates.Fix(t.Context(), "EUR", 2); err != nil {
			t.Fatal(err)
		}
		if r, err := rates.Rate(t.Context(), "EUR"); err != errDown {
			t.Errorf("after an eviction: got %v, %v, want the service's error", r, err)
		}
	})
}

func TestAServiceThatIsSlowIsAnsweredForByStaleRates(t *testing.T) {
	inTime(t, func(t *testing.T, s *service, rates *CachedRates) {
		r, _, err := rates.Quick("EUR")
		wantRate(t, "the first call", r, err, 1)
		time.Sleep(10 * time.Minute)
		s.be(false, time.Second)
		began := time.Now()
		r, known, err := rates.Quick("EUR")
		wantRate(t, "while the service is slow", r, err, 1)
		if took := time.Since(began); took != 50*time.Millisecond || !known {
			t.Errorf("the call took %v (known %v), want 50ms", took, known)
		}
		time.Sleep(time.Second)
		r, _, err = rates.Quick("EUR")
		wantRate(t, "when the load has ended", r, err, 2)
	})
}

func TestRatesAreRefreshedBeforeTheyEnd(t *testing.T) {
	inTime(t, func(t *testing.T, s *service, rates *CachedRates) {
		r, err := rates.Rate(t.Context(), "EUR")
		wantRate(t, "the first call", r, err, 1)
		time.Sleep(50 * time.Second)
		s.be(false, time.Second)
		began := time.Now()
		r, err = rates.Rate(t.Context(), "EUR")
		wantRate(t, "near the end", r, err, 1)
		if took := time.Since(began); took != 0 {
			t.Errorf("the call waited %v for the refresh", took)
		}
		time.Sleep(2 * time.Second)
		r, err = rates.Rate(t.Context(), "EUR")
		wantRate(t, "after the refresh", r, err, 2)
	})
}

func TestABatchOfAServiceThatIsDownIsAnsweredStale(t *testing.T) {
	inTime(t, func(t *testing.T, s *service, rates *CachedRates) {
		if _, err := rates.All(t.Context(), []string{"EUR", "USD"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		s.be(true, 0)
		all, err := rates.All(t.Context(), []string{"USD", "EUR"})
		if err != nil || all["EUR"] != 1 || all["USD"] != 1 {
			t.Errorf("got %v, %v, want both stale", all, err)
		}
	})
}
