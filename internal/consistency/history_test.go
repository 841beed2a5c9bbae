package consistency

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

const keys = 3

// mix has all workers read at random, and the first so many of them write too, and returns what they did. meanwhile, if
// not nil, is called again and again until they are ready.
func mix(t *testing.T, all []*worker, writers int, o order, meanwhile func()) []event {
	t.Helper()
	if o.Keys == 0 {
		o.Keys = keys
	}
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
	type place struct {
		worker int // or anyone
		key    string
	}
	const anyone = -1
	writes := make(map[place][]event)
	for _, e := range events {
		if e.Write {
			writes[place{e.Worker, e.Key}] = append(writes[place{e.Worker, e.Key}], e)
			writes[place{anyone, e.Key}] = append(writes[place{anyone, e.Key}], e)
		}
	}
	for p := range writes {
		writes[p] = risen(writes[p])
	}
	for _, r := range events {
		if r.Write || len(faults) > 10 {
			continue
		}
		if w, ok := before(writes[place{r.Worker, r.Key}], r.Begin); ok && w.Version > r.Version {
			faults = append(faults, fmt.Sprintf("key %s: read %d %v after the same process had written %d",
				r.Key, r.Version, time.Duration(r.Begin-w.End), w.Version))
		} else if w, ok := before(writes[place{anyone, r.Key}], r.Begin-int64(bound)); bound > 0 && ok && w.Version > r.Version {
			faults = append(faults, fmt.Sprintf("key %s: read %d %v after another process had written %d",
				r.Key, r.Version, time.Duration(r.Begin-w.End), w.Version))
		}
	}
	return faults
}

// risen sorts the writes of a key by when they ended, and leaves those that are newer than all before them.
func risen(writes []event) []event {
	slices.SortFunc(writes, func(a, b event) int { return cmp.Compare(a.End, b.End) })
	last := int64(0)
	return slices.DeleteFunc(writes, func(w event) bool {
		older := w.Version <= last
		last = max(last, w.Version)
		return older
	})
}

// before finds the newest of the writes, which have risen, that ended before a time.
func before(writes []event, begin int64) (w event, ok bool) {
	i, _ := slices.BinarySearchFunc(writes, begin, func(w event, t int64) int { return cmp.Compare(w.End, t) })
	if i == 0 {
		return event{}, false
	}
	return writes[i-1], true
}

// mixed has what it takes to find a stale value that somebody is served.
var mixed = order{Mix: 8, For: 3 * time.Second, Takes: 4 * time.Millisecond}

func TestEachProcessReadsItsOwnWritesAndSoonTheOthers(t *testing.T) {
	for name, o := range map[string]order{"evicting": mixed, "putting": mixed.putting()} {
		t.Run(name, func(t *testing.T) {
			_, s, _ := servers(t, true)
			for _, fault := range floors(mix(t, crew(t, 4, s), 2, o, nil), onABusyMachine) {
				t.Error(fault)
			}
		})
	}
}

// onABusyMachine a message, or a heartbeat that is missing, may take longer to be noticed.
const onABusyMachine = 3 * time.Second

func (o order) putting() order { o.Puts = true; return o }

func TestFaultsOfTheStoreFailNoCallAndLeaveNothingStale(t *testing.T) {
	store, s, database := servers(t, true)
	s.Patience, s.Retries = 200*time.Millisecond, -1
	all := crew(t, 4, s)
	flush := goredis.NewClient(&goredis.Options{Addr: s.Store})
	defer flush.Close()
	trouble := troubles(t, store, flush)
	events := mix(t, all, 2, order{Mix: 8, For: 6 * time.Second, Takes: 4 * time.Millisecond}, trouble)
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

	agree(t, all, keys, database)
}

// troubles returns what befalls a store, another thing each time.
func troubles(t *testing.T, store *servertest.Server, client *goredis.Client) func() {
	n := 0
	return func() {
		switch n++; n % 5 {
		case 0:
			store.Kill()
			time.Sleep(300 * time.Millisecond)
			store.Restart()
		case 1, 3:
			store.Pause()
			time.Sleep(500 * time.Millisecond)
			store.Resume()
		case 2:
			_ = client.FlushAll(t.Context()).Err()
		case 4:
			_ = client.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err()
			_ = client.ClientKillByFilter(t.Context(), "TYPE", "normal").Err()
		}
		time.Sleep(400 * time.Millisecond)
	}
}

// agree waits until all workers see what the database has: evictions that did not get through have landed by then.
func agree(t *testing.T, all []*worker, keys int, database *goredis.Client) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for k := range keys {
		key := strconv.Itoa(k)
		now, err := database.Get(t.Context(), "row:"+key).Int64()
		if err != nil && err != goredis.Nil {
			t.Fatal(err)
		}
		for i, w := range all {
			for {
				w.order(order{Read: 1, Key: key})
				a := w.answer()
				if len(a.Events) == 1 && a.Events[0].Version == now {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("worker %d still sees %v of key %s, want version %d", i, a.Events, key, now)
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
	}
}

// around has what it takes to see two calls of which the later shows the older state. Some readers ask the database itself.
var around = order{Mix: 4, For: 3 * time.Second, Takes: 4 * time.Millisecond, Around: true, Direct: true}

func TestWithAroundAndNoTierInProcessEachKeyIsLinearizable(t *testing.T) {
	for name, o := range map[string]order{"evicting": around, "putting": around.putting()} {
		t.Run(name, func(t *testing.T) {
			store, s, database := servers(t, false)
			all := crew(t, 4, s)
			dying := start(t, s)
			dying.order(order{Mix: 4, For: time.Minute, Takes: o.Takes, Keys: keys, Seed: 99, Around: true, Crash: true})
			client := goredis.NewClient(&goredis.Options{Addr: s.Store})
			defer client.Close()
			// Servers that are slow and connections that are cut delay calls; a process that dies leaves a tombstone.
			events := mix(t, all, 4, o, func() {
				time.Sleep(300 * time.Millisecond)
				_ = client.ClientKillByFilter(t.Context(), "TYPE", "normal").Err()
				time.Sleep(300 * time.Millisecond)
				store.Pause()
				time.Sleep(200 * time.Millisecond)
				store.Resume()
			})
			if !linearizable(withLost(t, events, database)) {
				t.Error("a call showed an older state than one before it")
			}
		})
	}
}

// withLost adds the writes of processes that died, of which nobody knows when they were made.
func withLost(t *testing.T, events []event, database *goredis.Client) []event {
	t.Helper()
	for k := range keys {
		key := strconv.Itoa(k)
		last, err := database.Get(t.Context(), "row:"+key).Int64()
		if err != nil {
			t.Fatal(err)
		}
		known := make(map[int64]bool)
		for _, e := range events {
			if e.Write && e.Key == key {
				known[e.Version] = true
			}
		}
		for v := int64(1); v <= last; v++ {
			if !known[v] {
				events = append(events, event{Worker: 1000, Caller: len(events), Write: true, Key: key, Version: v, End: math.MaxInt64})
			}
		}
	}
	return events
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
