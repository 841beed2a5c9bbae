package roots

import (
	"context"
	"errors"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

var errClosed = errors.New("closed")

// table is a Users that counts its reads.
type table struct {
	names map[int64]string
	reads int
}

func (t *table) Name(_ context.Context, id int64) (string, error) { t.reads++; return t.names[id], nil }
func (t *table) Rename(_ context.Context, id int64, name string) error {
	t.names[id] = name
	return nil
}

// root hands out its one table, if it is open.
type root struct {
	users *table
	asked int
	open  bool
}

func (r *root) Users() Users {
	r.asked++
	return r.users
}

func (r *root) Open() (Users, error) {
	r.asked++
	if !r.open {
		return nil, errClosed
	}
	return r.users, nil
}

func (r *root) Tenant(_ context.Context, name string) Users {
	r.asked++
	if name == "" {
		return nil
	}
	return r.users
}

func newStore(t *testing.T) (*root, *CachedStore) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	r := &root{users: &table{names: map[int64]string{1: "Ann"}}}
	return r, NewCachedStore(r, cache)
}

func wantName(t *testing.T, users Users, want string) {
	t.Helper()
	if name, err := users.Name(t.Context(), 1); name != want || err != nil {
		t.Errorf("got %q, %v, want %q", name, err, want)
	}
}

func TestARootHandsOutWrappersThatCache(t *testing.T) {
	r, store := newStore(t)
	for range 3 {
		wantName(t, store.Users(), "Ann")
	}
	if r.users.reads != 1 || r.asked != 1 {
		t.Errorf("%d reads, and the root was asked %d times; want 1 and 1", r.users.reads, r.asked)
	}
	if store.Users() != store.Users() {
		t.Error("each call hands out another wrapper")
	}
	if err := store.Users().Rename(t.Context(), 1, "Bea"); err != nil {
		t.Fatal(err)
	}
	wantName(t, store.Users(), "Bea")
}

func TestARootThatFailsIsAskedAgain(t *testing.T) {
	r, store := newStore(t)
	if users, err := store.Open(); users != nil || err != errClosed {
		t.Fatalf("got %v, %v, want nil and the root's error", users, err)
	}
	r.open = true
	users, err := store.Open()
	if err != nil {
		t.Fatal(err)
	}
	wantName(t, users, "Ann")
	if _, ok := users.(*CachedUsers); !ok {
		t.Errorf("got a %T, want a wrapper", users)
	}
}

func TestARootWithParametersIsAskedEachTime(t *testing.T) {
	r, store := newStore(t)
	if users := store.Tenant(t.Context(), ""); users != nil {
		t.Errorf("of no tenant got %v, want nil", users)
	}
	for range 2 {
		wantName(t, store.Tenant(t.Context(), "acme"), "Ann")
	}
	if r.asked != 3 || r.users.reads != 1 {
		t.Errorf("the root was asked %d times, the table %d; want 3 and 1", r.asked, r.users.reads)
	}
}
