package faults

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	patience     = 200 * time.Millisecond // for each operation of the shared tier
	breakerPause = 200 * time.Millisecond
	// longest is what a call may take: a handful of operations before the circuit breaker opens, or the three seconds of a
	// lease that a server has granted without being able to say so.
	longest = 5 * time.Second
	// delivery bounds, while nothing fails, how long it takes until a write is seen by others. It is milliseconds, but not on
	// a machine with other things to do.
	delivery = 2 * time.Second
	// settled is how long after a fault's end others see everything: evictions that failed are tried again after pauses that
	// are no longer than the fault was.
	settled = 3500 * time.Millisecond
	// retried is settled for faults of which clients learn late: no pause is longer than five seconds.
	retried = 6 * time.Second
	// cutOff is after how long a process sees what others wrote although it cannot hear them, and they can be heard: it is
	// to notice within three seconds.
	cutOff = 4 * time.Second
	// recovery is how long it may take until everything works as if there had been no fault.
	recovery = 20 * time.Second
)

// TestMain runs four trials at once, whatever the number of processors: they wait most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4")
	goredis.SetLogger(silence{})
	os.Exit(m.Run())
}

// silence keeps the client from telling of each connection that a killed server refuses.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// trial is a run of several members over one shared tier.
type trial struct {
	t        *testing.T
	database *database
	members  []*member
	args     []string      // what is read and written
	writers  int           // so many of the members write
	bound    time.Duration // if not 0, within which each sees at any time what others wrote; see floors
	settled  time.Duration // see the constants
	loses    bool          // the shared tier loses what it has confirmed; see floors
	quiet    sync.RWMutex  // held for reading by each write
	probes   int

	mu     sync.Mutex
	events []event
	faults []string // what went wrong with calls
}

// event is a call that a member made. A read saw a version, a write made it.
type event struct {
	member     string
	write      bool
	arg        string
	version    int64
	begin, end time.Time
}

// newTrial makes two members that use what connect returns: a client that observes the ends of contexts, and one that
// does not, which is how go-redis makes them.
func newTrial(t *testing.T, connect func(member int, observes bool) goredis.UniversalClient) *trial {
	t.Helper()
	return trialOf(t, func(d *database, name string, i int) *member {
		tiers, local := over(t, redisBackend(t, connect(i, i == 0)))
		return newMember(t, name, d, tiers, local, newRow)
	})
}

// trialOf makes a trial of two members.
func trialOf(t *testing.T, member func(d *database, name string, i int) *member) *trial {
	t.Helper()
	tr := &trial{t: t, settled: settled, database: &database{rows: make(map[string]int64), loads: make(map[string]int)}}
	for i, name := range []string{"A", "B"} {
		tr.members = append(tr.members, member(tr.database, name, i))
	}
	tr.writers = len(tr.members)
	for i := range 30 {
		tr.args = append(tr.args, fmt.Sprint(i))
	}
	return tr
}

// one returns for newTrial how to connect to a single server.
func one(addr string) func(int, bool) goredis.UniversalClient {
	return func(_ int, observes bool) goredis.UniversalClient {
		return goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: observes})
	}
}

// outcome counts what happened during a fault.
type outcome struct {
	errors          uint64 // of the shared tier
	corrupt, schema uint64
	loads           uint64
}

func (tr *trial) outcome() (o outcome) {
	for _, m := range tr.members {
		s := m.cache.Stats()
		o.errors += s.Tiers[len(s.Tiers)-1].Errors
		for _, method := range s.Methods {
			o.corrupt += method.Corrupt
			o.schema += method.Schema
			o.loads += method.Loads
		}
	}
	return o
}

// withstand has the members read and write while fault happens, and until some time after it has returned, when all must
// be well again. It returns what was counted from the fault's beginning on.
func (tr *trial) withstand(fault func()) outcome {
	tr.t.Helper()
	tr.await("before the fault")
	stopReading := tr.begin(tr.members, 3, false, 6*time.Millisecond)
	stopWriting := tr.begin(tr.members[:tr.writers], 1, true, 40*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	before, began := tr.outcome(), time.Now()
	fault()
	healed := time.Now()
	time.Sleep(settled / 8)
	stopWriting() // so that no later write makes good for one that was lost
	took := tr.await("after the fault")
	rest := tr.settled
	if tr.bound > 0 {
		rest = min(rest, tr.bound)
	}
	time.Sleep(time.Until(healed.Add(rest + rest/8)))
	after := tr.outcome()
	stopReading()

	tr.judge(began, healed, took)
	return outcome{after.errors - before.errors, after.corrupt - before.corrupt, after.schema - before.schema, after.loads - before.loads}
}

// judge reports what is wrong with what happened.
func (tr *trial) judge(began, healed time.Time, recovered time.Duration) {
	tr.t.Helper()
	for i, text := range tr.faults {
		if i < 5 {
			tr.t.Errorf("a call failed: %s", text)
		}
	}
	for _, text := range tr.floors(healed) {
		tr.t.Errorf("stale: %s", text)
	}
	for _, arg := range tr.args {
		for _, m := range tr.members[:2] {
			if got, err := m.read(context.Background(), arg); err != nil || got != tr.database.now(arg) {
				tr.t.Errorf("in the end %s reads %d of key %s, %v; want %d", m.name, got, arg, err, tr.database.now(arg))
			}
			if !m.caches(arg) {
				tr.t.Errorf("in the end %s loads key %s each time; %d evictions are pending", m.name, arg, m.cache.Stats().PendingEvictions)
			}
		}
	}
	p99, slowest, calls := latency(tr.events, began, healed)
	_, slowestAfter, _ := latency(tr.events, healed, time.Now())
	tr.t.Logf("%d calls; in the %v of the fault %d, the 99th of a hundred %v, the slowest %v; after it the slowest %v, well after %v",
		len(tr.events), healed.Sub(began).Round(time.Millisecond), calls, p99, slowest, slowestAfter, recovered.Round(time.Millisecond))
	if most := max(slowest, slowestAfter); most > longest {
		tr.t.Errorf("a call took %v", most)
	}
}

// caches reports whether m comes to read an argument's entry without loading it, soon.
func (m *member) caches(arg string) bool {
	for range 20 {
		loads := m.database.loaded(arg)
		_, _ = m.read(context.Background(), arg)
		if m.database.loaded(arg) == loads {
			return true
		}
		time.Sleep(breakerPause / 4) // the machine may be so busy that an operation takes too long
	}
	return false
}

// begin has so many callers in each of members read or write until stop is called, which waits for their end.
func (tr *trial) begin(members []*member, callers int, writes bool, pause time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, m := range members {
		for range callers {
			wg.Go(func() { tr.work(ctx, m, writes, pause) })
		}
	}
	stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
	})
	tr.t.Cleanup(stop)
	return stop
}

// work reads, or writes, until ctx ends, with pauses of at most pause.
func (tr *trial) work(ctx context.Context, m *member, writes bool, pause time.Duration) {
	var events []event
	var faults []string
	for ctx.Err() == nil {
		e := event{member: m.name, write: writes, arg: tr.args[rand.N(len(tr.args))]}
		var err error
		if writes {
			tr.quiet.RLock()
			e.begin = time.Now()
			e.version = m.write(context.Background(), e.arg)
			e.end = time.Now()
			tr.quiet.RUnlock()
		} else {
			e.begin = time.Now()
			e.version, err = m.read(context.Background(), e.arg)
			e.end = time.Now()
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s, key %s: %v", m.name, e.arg, err))
		} else {
			events = append(events, e)
		}
		time.Sleep(rand.N(pause))
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.events = append(tr.events, events...)
	tr.faults = append(tr.faults, faults...)
}

// await waits until everything works, and returns how long that took.
func (tr *trial) await(when string) time.Duration {
	tr.t.Helper()
	began := time.Now()
	for {
		err := tr.works()
		switch took := time.Since(began); {
		case err == nil:
			return took
		case took > recovery:
			tr.t.Fatalf("%s, after %v: %v", when, took, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// works says what does not: each member is to find in the shared tier what the other has loaded, to keep it in its own,
// and to hear of the other's writes.
func (tr *trial) works() error {
	ctx := context.Background()
	for range 3 {
		for i, m := range tr.members[:2] {
			other := tr.members[1-i]
			tr.probes++
			arg := fmt.Sprintf("probe-%d", tr.probes)
			written := m.write(ctx, arg)
			own, err := m.read(ctx, arg)
			loads, hits := tr.database.loaded(arg), other.sharedHits()
			others, err2 := other.read(ctx, arg)
			var kept error
			if other.local != nil {
				_, kept = other.local.Get(ctx, other.key(arg))
			}
			switch {
			case err != nil || err2 != nil:
				return errors.Join(err, err2)
			case own != written:
				return fmt.Errorf("%s has written %d and reads %d", m.name, written, own)
			case tr.database.loaded(arg) != loads || other.sharedHits() == hits:
				return fmt.Errorf("%s does not find what %s has loaded", other.name, m.name)
			case others != written:
				return fmt.Errorf("%s has written %d and %s reads %d", m.name, written, other.name, others)
			case kept != nil:
				return fmt.Errorf("%s does not keep what it has read: %w", other.name, kept)
			}
			written = m.write(ctx, arg)
			for began := time.Now(); others != written; others, _ = other.read(ctx, arg) {
				if time.Since(began) > delivery {
					return fmt.Errorf("%s does not hear of a write of %s", other.name, m.name)
				}
				time.Sleep(time.Millisecond)
			}
		}
	}
	return nil
}

// sharedHits is how often m has found something in the shared tier.
func (m *member) sharedHits() uint64 {
	tiers := m.cache.Stats().Tiers
	return tiers[len(tiers)-1].Hits
}

// stopWrites runs f while no write is under way, and all that were made have reached their end.
func (tr *trial) stopWrites(f func()) {
	tr.quiet.Lock()
	defer tr.quiet.Unlock()
	f()
}

// floors says which reads saw less than they had to: what their own member had written when they began, unless the shared
// tier loses what it has confirmed; from some time after the fault was over, what any had written that long before; and,
// with a bound, what any had written that long before, at any time. Some are enough.
func (tr *trial) floors(healed time.Time) (faults []string) {
	writes := make(map[string][]event)
	for _, e := range tr.events {
		if e.write {
			writes[e.arg] = append(writes[e.arg], e)
		}
	}
	for _, r := range tr.events {
		if r.write || len(faults) == 5 {
			continue
		}
		for _, w := range writes[r.arg] {
			before, after := r.begin.Sub(w.end), r.begin.Sub(healed)
			must := before > 0 && w.member == r.member && !tr.loses ||
				before > tr.settled && after > tr.settled ||
				before > tr.bound && tr.bound > 0
			if must && r.version < w.version {
				faults = append(faults, fmt.Sprintf("%s reads %d of key %s, %v after %s has written %d, %v after the fault",
					r.member, r.version, r.arg, before, w.member, w.version, after))
				break
			}
		}
	}
	return faults
}

// latency is of the calls that were under way between two moments.
func latency(events []event, from, to time.Time) (p99, slowest time.Duration, calls int) {
	var all []time.Duration
	for _, e := range events {
		if e.end.After(from) && e.begin.Before(to) {
			all = append(all, e.end.Sub(e.begin))
		}
	}
	if len(all) == 0 {
		return 0, 0, 0
	}
	slices.SortFunc(all, cmp.Compare[time.Duration])
	return all[len(all)*99/100].Round(time.Microsecond), all[len(all)-1].Round(time.Microsecond), len(all)
}
