package redis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// crowd is a hook that counts round trips, and holds them up while it is locked.
type crowd struct {
	mu              sync.RWMutex
	begun           atomic.Int64
	singles, groups atomic.Int64
	largest         atomic.Int64
	fail            func()
}

func (h *crowd) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (h *crowd) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if cmd.Name() != "get" {
			return next(ctx, cmd)
		}
		h.begun.Add(1)
		h.mu.RLock()
		defer h.mu.RUnlock()
		h.singles.Add(1)
		return next(ctx, cmd)
	}
}

func (h *crowd) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if cmds[0].Name() != "get" {
			return next(ctx, cmds)
		}
		h.groups.Add(1)
		h.largest.Store(max(h.largest.Load(), int64(len(cmds))))
		if h.fail != nil {
			h.fail()
		}
		return next(ctx, cmds)
	}
}

// held has n single reads wait in the hook, and so all further ones for them, until the function that it returns is called.
func (h *crowd) hold(t *testing.T, n int, get func(i int)) (release func()) {
	t.Helper()
	h.mu.Lock()
	h.begun.Store(0)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { get(i) })
	}
	for h.begun.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	return func() {
		h.mu.Unlock()
		wg.Wait()
	}
}

func observing(t testing.TB, addr string) *goredis.Client {
	return closed(t, goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true}))
}

// values stores n values and returns a check of what a read of one of them gave.
func values(t *testing.T, client goredis.UniversalClient, n int) (right func(i int, got runtime.Value, err error) bool) {
	t.Helper()
	for i := range n {
		if err := client.Set(t.Context(), fmt.Sprint("k", i), fmt.Sprint(`"`, i, `"`), time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return func(i int, got runtime.Value, err error) bool {
		if i >= n {
			return errors.Is(err, runtime.ErrMiss)
		}
		return err == nil && string(got) == fmt.Sprint(`"`, i, `"`)
	}
}

func TestReadsThatAreManyGoTogether(t *testing.T) {
	client := observing(t, servertest.Redis(t).Addr())
	right := values(t, client, 400)
	h := &crowd{}
	client.AddHook(h)
	b := open(t, client, redis.WithParallelReads(3))
	get := func(i int) {
		if got, err := b.Get(t.Context(), fmt.Sprint("k", i)); !right(i, got, err) {
			t.Errorf("key %d: %s, %v", i, got, err)
		}
	}
	for range 10 {
		get(7)
	}
	if n := h.singles.Load(); n != 10 || h.groups.Load() != 0 {
		t.Errorf("ten reads one after the other are %d round trips, %d of several", n, h.groups.Load())
	}

	release := h.hold(t, 3, get)
	var wg sync.WaitGroup
	for i := range 450 { // the last are absent
		wg.Go(func() { get(i) })
	}
	time.Sleep(100 * time.Millisecond) // so that most of them wait
	release()
	wg.Wait()
	if n := h.groups.Load(); n == 0 || n > 20 {
		t.Errorf("450 reads at once are %d round trips", n)
	}
	if n := h.largest.Load(); n < 10 || n > 100 {
		t.Errorf("at most %d reads go together", n)
	}
}

func TestWithoutParallelReadsEachGoesByItself(t *testing.T) {
	client := observing(t, servertest.Redis(t).Addr())
	h := &crowd{}
	client.AddHook(h)
	b := open(t, client, redis.WithParallelReads(0))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := b.Get(t.Context(), "k"); !errors.Is(err, runtime.ErrMiss) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h.singles.Load() != 50 || h.groups.Load() != 0 {
		t.Errorf("%d single reads, %d pipelines", h.singles.Load(), h.groups.Load())
	}
	if _, err := redis.New(client, redis.WithParallelReads(-1)); err == nil {
		t.Error("New accepted WithParallelReads(-1)")
	}
}

func TestAReadThatWaitsKeepsItsDeadline(t *testing.T) {
	client := observing(t, servertest.Redis(t).Addr())
	right := values(t, client, 40)
	h := &crowd{}
	client.AddHook(h)
	b := open(t, client, redis.WithParallelReads(1))
	read := func(ctx context.Context, i int) error {
		got, err := b.Get(ctx, fmt.Sprint("k", i))
		if err == nil && !right(i, got, err) {
			t.Errorf("key %d: %s", i, got)
		}
		return err
	}
	release := h.hold(t, 1, func(i int) { _ = read(t.Context(), i) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if i%2 == 0 { // the first of those who wait may be one of these
				if err := read(ctx, i); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("who wanted to wait for 50ms: %v", err)
				}
			} else if err := read(t.Context(), i); err != nil {
				t.Errorf("who wanted to wait for long: %v", err)
			}
		})
	}
	<-ctx.Done()
	time.Sleep(50 * time.Millisecond)
	release()
	wg.Wait()
}

// Whose deadline is near may send the reads of others, whose deadline is not.
func TestAReadWhoseTimeIsUpDoesNotFailOthers(t *testing.T) {
	server := servertest.Redis(t)
	client := observing(t, server.Addr())
	right := values(t, client, 20)
	h := &crowd{}
	client.AddHook(h)
	b := open(t, client, redis.WithParallelReads(1))
	var wg sync.WaitGroup
	release := h.hold(t, 1, func(i int) { _, _ = b.Get(t.Context(), "k0") })
	for i := range 20 {
		wg.Go(func() {
			patience := time.Minute
			if i < 5 {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond) // so that one of them is the first
				patience = 300 * time.Millisecond
			} else {
				time.Sleep(100 * time.Millisecond)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			got, err := b.Get(ctx, fmt.Sprint("k", i))
			if i < 5 && !errors.Is(err, context.DeadlineExceeded) || i >= 5 && !right(i, got, err) {
				t.Errorf("who wanted to wait for %v: %s, %v", patience, got, err)
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	server.Pause()
	release()
	time.Sleep(500 * time.Millisecond)
	server.Resume()
	wg.Wait()
	if h.groups.Load() == 0 {
		t.Error("no reads went together")
	}
}

func TestAPanicOfWhoSendsIsAnErrorToTheOthers(t *testing.T) {
	client := observing(t, servertest.Redis(t).Addr())
	right := values(t, client, 20)
	h := &crowd{}
	client.AddHook(h)
	b := open(t, client, redis.WithParallelReads(1))
	h.fail = func() { panic("bug") }
	var panics, errs atomic.Int64
	get := func(i int) {
		defer func() {
			if recover() != nil {
				panics.Add(1)
			}
		}()
		if got, err := b.Get(t.Context(), fmt.Sprint("k", i)); err != nil {
			errs.Add(1)
		} else if !right(i, got, err) {
			t.Errorf("key %d: %s", i, got)
		}
	}
	release := h.hold(t, 1, get)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { get(i) })
	}
	time.Sleep(100 * time.Millisecond)
	release()
	wg.Wait()
	if panics.Load() == 0 || errs.Load() == 0 {
		t.Errorf("%d panics, %d errors", panics.Load(), errs.Load())
	}
	h.fail = nil
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if got, err := b.Get(t.Context(), fmt.Sprint("k", i)); !right(i, got, err) {
				t.Errorf("after it, key %d: %s, %v", i, got, err)
			}
		})
	}
	all.Wait()
}

func TestOneWrongKeyAmongReadsThatGoTogether(t *testing.T) {
	client := observing(t, servertest.Redis(t).Addr())
	right := values(t, client, 20)
	client.LPush(t.Context(), "list", "not a string")
	h := &crowd{}
	client.AddHook(h)
	b := open(t, client, redis.WithParallelReads(1))
	release := h.hold(t, 1, func(i int) { _, _ = b.Get(t.Context(), "k0") })
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if got, err := b.Get(t.Context(), fmt.Sprint("k", i)); !right(i, got, err) {
				t.Errorf("key %d: %s, %v", i, got, err)
			}
			if _, err := b.Get(t.Context(), "list"); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
				t.Errorf("of a list: %v", err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	release()
	wg.Wait()
}

func TestReadsWhileConnectionsAreKilled(t *testing.T) {
	server := servertest.Redis(t)
	killer := dial(t, server.Addr())
	client := observing(t, server.Addr())
	right := values(t, client, 64)
	b := open(t, client, redis.WithParallelReads(2))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var wg sync.WaitGroup
	var served atomic.Int64
	for i := range 64 {
		wg.Go(func() {
			for ctx.Err() == nil {
				one, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				got, err := b.Get(one, fmt.Sprint("k", i))
				cancel()
				if err == nil {
					served.Add(1)
				}
				if err == nil && !right(i, got, err) {
					t.Errorf("key %d: %s", i, got)
				}
			}
		})
	}
	for ctx.Err() == nil {
		_ = killer.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err()
		time.Sleep(5 * time.Millisecond)
	}
	wg.Wait()
	if served.Load() < 64 {
		t.Errorf("only %d reads were answered", served.Load())
	}
}

// A master of a Cluster that does not answer does not hold up reads of the others' keys.
func TestReadsOfOneMasterDoNotWaitForAnother(t *testing.T) {
	cluster := servertest.RedisCluster(t)
	client := closed(t, goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true}))
	right := values(t, client, 300)
	b := open(t, client, redis.WithParallelReads(2))
	dead := cluster.Nodes[0]
	var lost, live []int
	for i := range 300 {
		master, err := client.MasterForKey(t.Context(), fmt.Sprint("k", i))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(master.Options().Addr, fmt.Sprint(":", dead.Port())) {
			lost = append(lost, i)
		} else {
			live = append(live, i)
		}
	}
	read := func(i int) (runtime.Value, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		return b.Get(ctx, fmt.Sprint("k", i))
	}
	var all sync.WaitGroup
	for i := range 300 { // connects, and takes several ways
		all.Go(func() {
			if got, err := read(i); !right(i, got, err) {
				t.Errorf("key %d: %s, %v", i, got, err)
			}
		})
	}
	all.Wait()
	dead.Pause()
	defer dead.Resume()
	var stuck sync.WaitGroup
	var over atomic.Int64
	for _, i := range lost {
		stuck.Go(func() {
			if _, err := read(i); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("of a dead master: %v", err)
			}
			over.Add(1)
		})
	}
	var served sync.WaitGroup
	for _, i := range slices.Concat(live, live, live) {
		served.Go(func() {
			if got, err := read(i); !right(i, got, err) {
				t.Errorf("key %d, of a master that lives: %s, %v", i, got, err)
			}
		})
	}
	served.Wait()
	if n := over.Load(); n > 0 {
		t.Errorf("the others had to wait until %d reads of a dead master were given up", n)
	}
	stuck.Wait()
}
