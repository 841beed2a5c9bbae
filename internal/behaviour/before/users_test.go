package before

import (
	"context"
	"errors"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

var errDown = errors.New("down")

// store hands out its own records and changes them in place, as a store in memory may.
type store struct {
	users  map[int]*User
	reads  int
	broken any // what Get returns or panics with
	writes int
}

func (s *store) Get(_ context.Context, id int) (*User, error) {
	s.reads++
	switch b := s.broken.(type) {
	case error:
		return nil, b
	case string:
		panic(b)
	}
	return s.users[id], nil
}

func (s *store) FindByEmail(_ context.Context, email string) (*User, error) {
	for _, u := range s.users {
		if u.Email == email {
			return u, nil
		}
	}
	return nil, ErrNotFound
}

func (s *store) Team(_ context.Context, team int) (int, error) {
	n := 0
	for _, u := range s.users {
		if u.Team == team {
			n++
		}
	}
	return n, nil
}

func (s *store) Update(_ context.Context, u *User) error {
	s.writes++
	*s.users[u.ID] = *u
	return nil
}

func newUsers(t *testing.T) (*store, *CachedUsers, *runtime.Cache) {
	t.Helper()
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cache.Close() })
	s := &store{users: map[int]*User{1: {1, 10, "a@x"}, 2: {2, 10, "b@x"}}}
	return s, NewCachedUsers(s, cache), cache
}

// warm asks for all that Update may make stale, also an address that nobody has.
func warm(t *testing.T, w *CachedUsers) {
	t.Helper()
	ctx := t.Context()
	if _, err := w.Get(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.FindByEmail(ctx, "a@x"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.FindByEmail(ctx, "new@x"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	for _, team := range []int{10, 11} {
		if _, err := w.Team(ctx, team); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEvictByTheStateBefore changes a unique column and the team: the old address finds nobody, the new one does
// although it was cached as not found, and both teams count anew.
func TestEvictByTheStateBefore(t *testing.T) {
	_, w, cache := newUsers(t)
	warm(t, w)
	ctx := t.Context()
	if err := w.Update(ctx, &User{1, 11, "new@x"}); err != nil {
		t.Fatal(err)
	}
	if u, err := w.FindByEmail(ctx, "a@x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old address still finds %v, %v", u, err)
	}
	if u, err := w.FindByEmail(ctx, "new@x"); err != nil || u.ID != 1 {
		t.Errorf("the new address finds %v, %v", u, err)
	}
	for team, want := range map[int]int{10: 1, 11: 1} {
		if n, _ := w.Team(ctx, team); n != want {
			t.Errorf("team %d has %d members, want %d", team, n, want)
		}
	}
	if n := cache.Stats().SkippedEvictions; n != 0 {
		t.Errorf("%d evictions were skipped", n)
	}
}

// TestConditionOnTheStateBefore leaves the team as it is: its entry stays.
func TestConditionOnTheStateBefore(t *testing.T) {
	s, w, _ := newUsers(t)
	warm(t, w)
	ctx := t.Context()
	if err := w.Update(ctx, &User{1, 10, "new@x"}); err != nil {
		t.Fatal(err)
	}
	s.users[3] = &User{3, 10, "c@x"} // behind the cache's back
	if n, _ := w.Team(ctx, 10); n != 2 {
		t.Errorf("the team was counted anew: %d", n)
	}
}

// TestTheReadGoesPastTheCache has the store change unseen: what counts is its state, not the entry's.
func TestTheReadGoesPastTheCache(t *testing.T) {
	s, w, _ := newUsers(t)
	warm(t, w)
	ctx := t.Context()
	s.users[1].Email = "moved@x"
	if _, err := w.FindByEmail(ctx, "moved@x"); err != nil {
		t.Fatal(err)
	}
	reads := s.reads
	if err := w.Update(ctx, &User{1, 10, "new@x"}); err != nil {
		t.Fatal(err)
	}
	if s.reads != reads+1 {
		t.Errorf("%d reads before the write, want 1", s.reads-reads)
	}
	if _, err := w.FindByEmail(ctx, "moved@x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the address before the write still finds someone: %v", err)
	}
}

// TestTheReadFails lets it return an error, and panic: the write happens all the same, what needs no old
// state is evicted, the rest is counted.
func TestTheReadFails(t *testing.T) {
	for name, broken := range map[string]any{"error": errDown, "panic": "down"} {
		t.Run(name, func(t *testing.T) {
			s, w, cache := newUsers(t)
			warm(t, w)
			ctx := t.Context()
			s.broken = broken
			u := &User{1, 11, "new@x"}
			if err := w.Update(ctx, u); err != nil || s.writes != 1 {
				t.Fatalf("%d writes, %v", s.writes, err)
			}
			s.broken = nil
			if _, err := w.FindByEmail(ctx, "new@x"); err != nil {
				t.Errorf("the new address was not evicted: %v", err)
			}
			if n := cache.Stats().SkippedEvictions; n != 1 {
				t.Errorf("%d evictions counted as skipped, want 1", n)
			}
		})
	}
}
