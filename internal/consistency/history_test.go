package consistency

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	goredis "github.com/redis/go-redis/v9"
)

const keys = 3

// mix has all workers read at random, and the first so many of them write too, and returns what they did. meanwhile, if
// not nil, is called again and again until they are ready.
func mix(t *testing.T, all []*worker, writers int, o order, meanwhile func()) []event {
	t.Helper()
	o.Keys = keys
	for i, w := range all {
		o.Seed, o.Reads = uint64(i), i >= writers
		w.order(o)
	}
	for end := time.Now().Add(o.For); meanwhile != nil && time.Now().Before(end); {
		meanwhile()
	}
	var events []event
	for i, w := range all {
		a := w.answer()
		for _, err := range a.Errors {
			t.Errorf("a call failed: %s", err)
		}
		for _, e := range a.Events {
			e.Worker = i
			events = append(events, e)
		}
	}
	t.Logf("%d calls", len(events))
	return events
}

// floors says which reads saw less than they had to: what their own process had written when they began, and what any
// process had written some time before, if bound is not 0. Some are enough.
func floors(events []event, bound time.Duration) (faults []string) {
	byKey := make(map[string][]event)
	for _, e := range events {
		if e.Write {
			byKey[e.Key] = append(byKey[e.Key], e)
		}
	}
	for _, writes := range byKey {
		slices.SortFunc(writes, func(a, b event) int { return cmp.Compare(a.End, b.End) })
	}
	for _, r := range events {
		if r.Write || len(faults) > 10 {
			continue
		}
		for _, w := range byKey[r.Key] {
			before := time.Duration(r.Begin - w.End)
			if before <= 0 {
				break
			}
			if w.Version <= r.Version {
				continue
			}
			if w.Worker == r.Worker {
				faults = append(faults, fmt.Sprintf("key %s: read %d %v after the same process had written %d", r.Key, r.Version, before, w.Version))
			} else if bound > 0 && before > bound {
				faults = append(faults, fmt.Sprintf("key %s: read %d %v after another process had written %d", r.Key, r.Version, before, w.Version))
			}
		}
	}
	return faults
}

func TestEachProcessReadsItsOwnWritesAndSoonTheOthers(t *testing.T) {
	mixed := order{Mix: 8, For: 4 * time.Second, Takes: 4 * time.Millisecond}
	for _, test := range []struct {
		without string
		holds   bool
	}{{"", true}, {"leases", false}, {"messages", false}} {
		t.Run("without "+test.without, func(t *testing.T) {
			_, s, _ := servers(t, true)
			s.Without = test.without
			faults := floors(mix(t, crew(t, 4, s), 2, mixed, nil), time.Second)
			if test.holds && len(faults) > 0 {
				t.Errorf("stale: %s", faults[0])
			}
			if !test.holds && len(faults) == 0 {
				t.Error("the checker does not notice that a safeguard is missing")
			}
		})
	}
}

func TestFaultsOfTheStoreFailNoCallAndLeaveNothingStale(t *testing.T) {
	store, s, database := servers(t, true)
	s.Patience = 200 * time.Millisecond
	all := crew(t, 4, s)
	flush := goredis.NewClient(&goredis.Options{Addr: s.Store})
	defer flush.Close()
	n := 0
	events := mix(t, all, 2, order{Mix: 8, For: 10 * time.Second, Takes: 4 * time.Millisecond}, func() {
		switch n++; n % 4 {
		case 0:
			store.Kill()
			time.Sleep(300 * time.Millisecond)
			store.Restart()
		case 1, 3:
			store.Pause()
			time.Sleep(500 * time.Millisecond)
			store.Resume()
		case 2:
			_ = flush.FlushAll(t.Context()).Err()
		}
		time.Sleep(400 * time.Millisecond)
	})
	if faults := floors(events, 0); len(faults) > 0 {
		t.Errorf("stale: %s", faults[0])
	}
	slowest := time.Duration(0)
	for _, e := range events {
		slowest = max(slowest, time.Duration(e.End-e.Begin))
	}
	// A handful of operations, of 200 ms at most, before the circuit breaker opens.
	if slowest > 5*time.Second {
		t.Errorf("a call took %v", slowest)
	}
	t.Logf("slowest call: %v", slowest)

	// It recovers by itself: when evictions have landed, all see the same.
	time.Sleep(4 * time.Second)
	for k := range keys {
		key := strconv.Itoa(k)
		now, err := database.Get(t.Context(), "row:"+key).Int64()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			w.order(order{Read: 1, Key: key})
			wantAll(t, w.answer(), 1, now)
		}
	}
}

func TestWithAroundAndNoTierInProcessEachKeyIsLinearizable(t *testing.T) {
	for _, around := range []bool{true, false} {
		t.Run(fmt.Sprint("around ", around), func(t *testing.T) {
			_, s, _ := servers(t, false)
			events := mix(t, crew(t, 4, s), 4, order{Mix: 4, For: 4 * time.Second, Takes: 4 * time.Millisecond, Around: around}, nil)
			if got := linearizable(events); got != around {
				t.Errorf("linearizable: %v, want %v", got, around)
			}
		})
	}
}

// linearizable checks the history of each key against a register that counts its writes.
func linearizable(events []event) bool {
	byKey := make(map[string][]porcupine.Operation)
	for _, e := range events {
		byKey[e.Key] = append(byKey[e.Key], porcupine.Operation{
			ClientId: e.Worker<<16 | e.Caller, Input: e.Write, Call: e.Begin, Output: e.Version, Return: e.End,
		})
	}
	register := porcupine.Model{
		Init: func() any { return int64(0) },
		Step: func(state, write, version any) (bool, any) {
			if write.(bool) {
				return version.(int64) == state.(int64)+1, version
			}
			return version == state, state
		},
	}
	for _, history := range byKey {
		if !porcupine.CheckOperations(register, history) {
			return false
		}
	}
	return true
}
