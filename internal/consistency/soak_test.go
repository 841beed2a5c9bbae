package consistency

import (
	"flag"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

var soak = flag.Duration("soak", 8*time.Second, "how long TestSoak goes on; ten minutes say something about leaks")

// Four processes read, write, put and evict at random over a store in trouble. Nobody is served what is older than what
// they wrote, all agree when there is peace, and nothing piles up.
func TestSoak(t *testing.T) {
	store, s, database := servers(t, true)
	s.Patience, s.Retries = 200*time.Millisecond, -1
	all := crew(t, 4, s)
	client := goredis.NewClient(&goredis.Options{Addr: s.Store})
	defer client.Close()
	trouble := troubles(t, store, client)
	const soakKeys = 50
	round := order{Mix: 8, Keys: soakKeys, For: 4 * time.Second, Takes: 4 * time.Millisecond, Rest: time.Millisecond, Puts: true}

	var first []answer
	calls := 0
	for began := time.Now(); first == nil || time.Since(began) < *soak; {
		events := mix(t, all, 2, round, trouble)
		for _, fault := range floors(events, 0) {
			t.Errorf("stale: %s", fault)
		}
		agree(t, all, soakKeys, database)
		if calls += len(events); first == nil {
			first = census(all)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d calls in all", calls)
	deadline := time.Now().Add(15 * time.Second)
	for i, last := range census(all) {
		for piledUp(first[i], last) && time.Now().Before(deadline) {
			time.Sleep(time.Second) // it may not have come to rest yet
			last = census(all[i : i+1])[0]
		}
		t.Logf("worker %d: %d goroutines, were %d; %d KiB in use, were %d; %d connections, were %d", i,
			last.Goroutines, first[i].Goroutines, last.HeapBytes>>10, first[i].HeapBytes>>10, last.Connections, first[i].Connections)
		if piledUp(first[i], last) {
			t.Errorf("worker %d: something piles up", i)
		}
	}
}

func census(all []*worker) []answer {
	var counts []answer
	for _, w := range all {
		w.order(order{Census: true})
		counts = append(counts, w.answer())
	}
	return counts
}

// piledUp allows for what comes and goes: idle connections with a goroutine or two each, and a store that grows into the
// bounds it has.
func piledUp(first, last answer) bool {
	return last.Goroutines > first.Goroutines+50 || last.HeapBytes > 2*first.HeapBytes+16<<20 || last.Connections > first.Connections+20
}
