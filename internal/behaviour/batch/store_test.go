package batch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

// table is the wrapped store: users have the ids from 1 to 150, and "zero" has no members.
type table struct {
	mu     sync.Mutex
	asked  []any // what each call asked for
	err    error
	during func() // runs within each load
}

func (t *table) note(ask any) {
	t.mu.Lock()
	t.asked = append(t.asked, ask)
	during := t.during
	t.mu.Unlock()
	if during != nil {
		during()
	}
}

func (t *table) calls() []any {
	t.mu.Lock()
	defer t.mu.Unlock()
	asked := t.asked
	t.asked = nil
	return asked
}

func user(id int64) *User { return &User{ID: id, Team: "red", Name: fmt.Sprint("n", id)} }

func (t *table) GetUser(_ context.Context, id int64) (*User, error) {
	t.note(id)
	if id < 1 || id > 150 {
		return nil, ErrNotFound
	}
	return user(id), nil
}

// GetUsers sorts what it is given, as careless stores do.
func (t *table) GetUsers(_ context.Context, ids []int64) (map[int64]*User, error) {
	t.note(slices.Clone(ids))
	if t.err != nil {
		return map[int64]*User{7: user(7)}, t.err
	}
	slices.Sort(ids)
	out := map[int64]*User{}
	for _, id := range ids {
		if 1 <= id && id <= 150 {
			out[id] = user(id)
		}
	}
	return out, nil
}

// ListUsers answers the other way round.
func (t *table) ListUsers(_ context.Context, ids ...int64) ([]*User, error) {
	t.note(slices.Clone(ids))
	var out []*User
	for _, id := range slices.Backward(ids) {
		if 1 <= id && id <= 150 {
			out = append(out, user(id))
		}
	}
	return out, nil
}

func (t *table) UsersAt(_ context.Context, ids []int64) ([]*User, error) {
	t.note(slices.Clone(ids))
	out := make([]*User, len(ids))
	for i, id := range ids {
		if 1 <= id && id <= 150 {
			out[i] = user(id)
		}
	}
	return out, nil
}

func (t *table) GetByName(team, name string) (*User, error) {
	t.note(team + "/" + name)
	return &User{1, team, name}, nil
}

func (t *table) GetByNames(team string, names []string, _ bool) ([]*User, error) {
	t.note(slices.Clone(names))
	var out []*User
	for _, name := range names {
		out = append(out, &User{1, team, name})
	}
	return out, nil
}

func (t *table) CountMembers(ids []string, _ bool) (map[string]int64, error) {
	t.note(slices.Clone(ids))
	out := map[string]int64{}
	for _, id := range ids {
		if id != "none" {
			out[id] = int64(len(id) - len("zero"))
		}
	}
	return out, nil
}

func (t *table) FetchMulti(_ context.Context, id string, keys []Label) (hits map[Label][]byte, misses []Label) {
	t.note(slices.Clone(keys))
	hits = map[Label][]byte{}
	for _, k := range keys {
		if k.Value == "" {
			misses = append(misses, k)
			continue
		}
		hits[k] = []byte(id + k.Value)
	}
	return hits, misses
}

func (t *table) Save(context.Context, *User) error { return nil }

func wrapped(t *testing.T) (*CachedStore, *table) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cache.Close() })
	store := &table{}
	return NewCachedStore(store, cache), store
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// TestMap asks for ids of which some are cached, some are not, one is not there, and one stands twice.
func TestMap(t *testing.T) {
	w, store := wrapped(t)
	ctx := context.Background()
	if _, err := w.GetUser(ctx, 2); err != nil {
		t.Fatal(err)
	}
	ids := []int64{3, 999, 2, 1, 3}
	want := map[int64]*User{1: user(1), 2: user(2), 3: user(3)}
	for range 2 {
		got, err := w.GetUsers(ctx, ids)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "result", got, want)
	}
	expect(t, "the caller's slice", ids, []int64{3, 999, 2, 1, 3})
	expect(t, "calls", store.calls(), []any{int64(2), []int64{3, 999, 1}})

	// The entries are GetUser's own, the missing one too.
	if _, err := w.GetUser(ctx, 999); err != ErrNotFound {
		t.Errorf("GetUser(999): %v, want ErrNotFound", err)
	}
	got, _ := w.GetUser(ctx, 1)
	expect(t, "GetUser(1)", got, user(1))
	expect(t, "calls for what the batch stored", len(store.calls()), 0)
	none, err := w.GetUsers(ctx, []int64{999})
	expect(t, "all missing and cached", none, map[int64]*User{})
	expect(t, "its error", err, nil)
	if none == nil {
		t.Error("a result from the cache alone is nil")
	}

	// An eviction of one id is an eviction of that id alone.
	_ = w.Save(ctx, user(2))
	_, _ = w.GetUsers(ctx, ids)
	expect(t, "calls after an eviction", store.calls(), []any{[]int64{2}})
}

func TestSlices(t *testing.T) {
	w, store := wrapped(t)
	ctx := context.Background()
	_, _ = w.GetUser(ctx, 2)
	store.calls()
	for range 2 {
		got, _ := w.ListUsers(ctx, 3, 999, 2, 1, 3)
		expect(t, "by=it.ID", got, []*User{user(3), user(2), user(1)})
	}
	expect(t, "calls", store.calls(), []any{[]int64{3, 999, 1}})
	for range 2 {
		got, _ := w.UsersAt(ctx, []int64{4, 998, 2, 4})
		expect(t, "by=index", got, []*User{user(4), nil, user(2), user(4)})
	}
	expect(t, "calls", store.calls(), []any{[]int64{4, 998}})

	for range 2 {
		got, _ := w.GetByNames("red", []string{"b", "a"}, true)
		expect(t, "with a fixed part", got, []*User{{1, "red", "b"}, {1, "red", "a"}})
	}
	_, _ = w.GetByNames("blue", []string{"a"}, true)
	_, _ = w.GetByName("blue", "a")
	_, _ = w.GetByNames("red", []string{"a"}, false)
	expect(t, "calls", store.calls(), []any{[]string{"b", "a"}, []string{"a"}, []string{"a"}})
}

func TestOwnEntries(t *testing.T) {
	w, store := wrapped(t)
	want := map[string]int64{"zero": 0, "eight": 1}
	for range 2 {
		got, _ := w.CountMembers([]string{"zero", "eight", "none"}, false)
		expect(t, "counts", got, want)
	}
	got, _ := w.CountMembers([]string{"zero"}, true)
	expect(t, "counts anew", got, map[string]int64{"zero": 0})
	expect(t, "calls", store.calls(), []any{[]string{"zero", "eight", "none"}, []string{"zero"}})

	ctx := context.Background()
	a, b, c := Label{"l", "a"}, Label{"l", ""}, Label{"m", "c"}
	for _, keys := range [][]Label{{a, b}, {b, c, a, b}} {
		hits, misses := w.FetchMulti(ctx, "id", keys)
		wantHits, wantMisses := (&table{}).FetchMulti(ctx, "id", keys)
		expect(t, "hits", hits, wantHits)
		expect(t, "misses", misses, wantMisses)
	}
	expect(t, "calls", store.calls(), []any{[]Label{a, b}, []Label{b, c}})
}

func TestFailures(t *testing.T) {
	w, store := wrapped(t)
	ctx := context.Background()
	store.err = errors.New("down")
	got, err := w.GetUsers(ctx, []int64{1, 2})
	if err != store.err {
		t.Errorf("error %v, want the store's", err)
	}
	expect(t, "the result beside the error", got, map[int64]*User{7: user(7)})
	store.err = nil
	_, _ = w.GetUsers(ctx, []int64{1, 2})
	expect(t, "nothing was stored", len(store.calls()), 2)

	store.during = func() { panic("boom") }
	func() {
		defer func() {
			if p, ok := recover().(*runtime.LoadPanicError); !ok || p.Value != "boom" {
				t.Errorf("recovered %v", p)
			}
		}()
		_, _ = w.GetUsers(ctx, []int64{1, 3})
	}()
	store.during = nil
	if _, err := w.GetUser(ctx, 3); err != nil {
		t.Errorf("after a panic: %v", err)
	}
	var none context.Context
	got, _ = w.GetUsers(none, []int64{1})
	expect(t, "without a context", got, map[int64]*User{1: user(1)})
	got, _ = w.GetUsers(ctx, nil)
	expect(t, "without ids", got, map[int64]*User{})
}

// TestInFlight has batches and single calls meet: each id is loaded once, and what is evicted meanwhile is not stored.
func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := wrapped(t)
		ctx := context.Background()
		store.during = func() { time.Sleep(time.Second) }
		var wg sync.WaitGroup
		wg.Go(func() {
			got, _ := w.GetUsers(ctx, []int64{1, 2, 999})
			expect(t, "the first batch", len(got), 2)
			got[1].Name = "changed by the first caller"
		})
		time.Sleep(100 * time.Millisecond)
		wg.Go(func() {
			got, _ := w.GetUsers(ctx, []int64{2, 3, 1})
			expect(t, "the second batch", got, map[int64]*User{1: user(1), 2: user(2), 3: user(3)})
		})
		wg.Go(func() {
			got, err := w.GetUser(ctx, 1)
			expect(t, "a single call", got, user(1))
			expect(t, "its error", err, nil)
		})
		wg.Go(func() {
			if _, err := w.GetUser(ctx, 999); err != ErrNotFound {
				t.Errorf("a single call for what is not there: %v", err)
			}
		})
		time.Sleep(100 * time.Millisecond)
		expect(t, "evict", w.EvictGetUser(ctx, 2), error(nil))
		wg.Wait()
		expect(t, "calls", store.calls(), []any{[]int64{1, 2, 999}, []int64{3}})
		_, _ = w.GetUsers(ctx, []int64{1, 2, 3})
		expect(t, "calls for what was evicted", store.calls(), []any{[]int64{2}})

		short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := w.GetUsers(short, []int64{50}); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 20*time.Millisecond {
			t.Errorf("%v after %v, want the caller's own deadline", err, time.Since(began))
		}
	})
}

// TestGeneric wraps a store whose types are known where it is used.
func TestGeneric(t *testing.T) {
	backend, _ := memory.New(memory.Config{})
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	source := squares{}
	w := NewCachedMap(&source, cache)
	for range 2 {
		got, _ := w.Map(context.Background(), []int{2, 3})
		expect(t, "result", got, map[int]int{2: 4, 3: 9})
	}
	got, _ := w.Get(context.Background(), 3)
	expect(t, "a single one", got, 9)
	expect(t, "calls", source.calls, 1)
}

type squares struct{ calls int }

func (s *squares) Get(_ context.Context, k int) (int, error) { s.calls++; return k * k, nil }

func (s *squares) Map(_ context.Context, keys []int) (map[int]int, error) {
	s.calls++
	out := map[int]int{}
	for _, k := range keys {
		out[k] = k * k
	}
	return out, nil
}

// hook counts what goes to the server: single commands and pipelines alike are one round trip.
type hook struct {
	goredis.Hook
	trips atomic.Int64
}

func (h *hook) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (h *hook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		h.trips.Add(1)
		return next(ctx, cmd)
	}
}

func (h *hook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		h.trips.Add(1)
		return next(ctx, cmds)
	}
}

// TestRoundTrips counts what a batch of a hundred costs on a real Redis: one round trip to read, one to store.
func TestRoundTrips(t *testing.T) {
	server := servertest.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	defer client.Close()
	h := &hook{}
	client.AddHook(h)
	backend, err := redis.New(client)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	store := &table{}
	w := NewCachedStore(store, cache)
	ctx := context.Background()
	var ids []int64
	for id := range int64(100) {
		ids = append(ids, id+1)
	}
	for range 2 { // connects
		if _, err := w.GetUsers(ctx, []int64{140, 150}); err != nil {
			t.Fatal(err)
		}
		_ = w.EvictGetUser(ctx, 140)
	}
	store.calls()
	for _, c := range []struct {
		what  string
		trips int64
		calls int
	}{{"a hundred misses: get, lease, fill", 3, 1}, {"a hundred hits", 1, 0}} {
		h.trips.Store(0)
		got, err := w.GetUsers(ctx, ids)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, c.what, slices.Sorted(maps.Keys(got)), ids)
		expect(t, c.what+": round trips", h.trips.Load(), c.trips)
		expect(t, c.what+": calls", len(store.calls()), c.calls)
	}
}
