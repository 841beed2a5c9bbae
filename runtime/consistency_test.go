package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// One process, readers and writers of a few keys over stores of random slowness: whoever reads after a write has
// returned sees it, and in the end the cache holds nothing old.
func TestTheWritingProcessReadsItsOwnWrites(t *testing.T) {
	for seed := range uint64(30) {
		for _, locals := range [][]bool{{true}, {false}, {true, false}, {true, true, false}, {true, false, false}} {
			synctest.Test(t, func(t *testing.T) { readOwnWrites(t, seed, locals, false) })
			synctest.Test(t, func(t *testing.T) { readOwnWrites(t, seed, locals, true) })
		}
	}
}

// fault has the stores of every third seed fail at times, and of another third hang beyond their time limit.
func fault(seed uint64, pause func(int), chance func(int) bool) error {
	switch {
	case seed%3 == 1 && chance(10):
		return errBroken
	case seed%3 == 2 && chance(20):
		pause(10_000_000)
	}
	return nil
}

func readOwnWrites(t *testing.T, seed uint64, locals []bool, leases bool) {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, 0))
	pause := func(most int) {
		mu.Lock()
		d := time.Duration(rnd.IntN(most)) * time.Microsecond
		mu.Unlock()
		time.Sleep(d)
	}
	chance := func(n int) bool {
		mu.Lock()
		defer mu.Unlock()
		return rnd.IntN(n) == 0
	}
	var calm atomic.Bool
	var tiers []Tier
	for i, local := range locals {
		s := newStore(fmt.Sprint(i), local)
		if !local {
			s.onEach(func(context.Context, string, string) error {
				pause(500)
				if calm.Load() {
					return nil
				}
				return fault(seed, pause, chance)
			})
		}
		if leases && !local {
			tiers = append(tiers, Tier{Backend: leasing{capable{s}}})
		} else {
			tiers = append(tiers, Tier{Backend: s})
		}
	}
	m := intMethod(mustCache(t, mustTiers(t, tiers...), WithBreaker(3, time.Millisecond)))
	const keys = 3
	var db, wrote [keys]atomic.Int64
	read := func(ctx context.Context, k int) {
		floor := wrote[k].Load()
		load := func(context.Context, *Fill) (int, error) {
			v := db[k].Load()
			pause(1000)
			return int(v), nil
		}
		v, err := m.callAs(ctx, keyOf(m, fmt.Sprint(k)), load)
		if err == nil && int64(v) < floor {
			t.Errorf("seed %d, tiers in process %v: read %d after %d was written", seed, locals, v, floor)
		}
	}
	together(8, func(i int) {
		for range 30 {
			mu.Lock()
			k := rnd.IntN(keys)
			mu.Unlock()
			switch {
			case i < 2:
				v := db[k].Add(1)
				m.cache.Evict(t.Context(), func(ev *Eviction) { ev.Remove(m, keyOf(m, fmt.Sprint(k))) })
				for {
					w := wrote[k].Load()
					if v <= w || wrote[k].CompareAndSwap(w, v) {
						break
					}
				}
				pause(2000)
			case chance(10):
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Microsecond)
				read(ctx, k)
				cancel()
			default:
				read(t.Context(), k)
				pause(300)
			}
		}
	})
	calm.Store(true)
	time.Sleep(time.Minute)
	for k := range keys {
		read(t.Context(), k)
		if v, ok, _ := m.Get(t.Context(), keyOf(m, fmt.Sprint(k))); ok && int64(v) != db[k].Load() {
			t.Errorf("seed %d, tiers in process %v: the cache holds %d, the store %d", seed, locals, v, db[k].Load())
		}
	}
}
