package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/cachegen-go/cachegen/examples/migration/store"
)

// TestABatchLoadsWhatIsAbsent changes the store behind the cache's back, to see where each answer is from.
func TestABatchLoadsWhatIsAbsent(t *testing.T) {
	each(t, func(t *testing.T, l layer) {
		db := newDB(t)
		s := one(t, l, db)
		cached := user("u2").ask(t, s).value
		mustDo(t, rename("u1", "u1@example.com")(t.Context(), db))
		mustDo(t, rename("u2", "u2@example.com")(t.Context(), db))

		ids := []string{"u2", "u1", "nobody", "u1"}
		asked := slices.Clone(ids)
		reads := db.Reads()
		got := users(ids...).ask(t, s)
		if n := db.Reads() - reads; n != 1 {
			t.Errorf("%d reads, want one for all that are absent", n)
		}
		reads = db.Reads()
		if want := (answer{value: []*store.User{user("u1").ask(t, s).value.(*store.User), cached.(*store.User)}}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want u1 as it is now and u2 from the cache", got)
		}
		if again := users(ids...).ask(t, s); !reflect.DeepEqual(again, got) {
			t.Errorf("asked again, it answers %+v, not %+v", again, got)
		}
		if !user("nobody").ask(t, s).notFound {
			t.Error("there is a user nobody")
		}
		if n := db.Reads() - reads; n != 0 {
			t.Errorf("%d more reads, want single reads and batches to share entries, also of who is not there", n)
		}
		if !slices.Equal(ids, asked) {
			t.Errorf("the caller's slice is now %v", ids)
		}
	})
}

func TestAFlagReadsPastTheCache(t *testing.T) {
	each(t, func(t *testing.T, l layer) {
		db := newDB(t)
		s := one(t, l, db)
		old := channel("c1").ask(t, s)
		mustDo(t, patch("c1", "talk")(t.Context(), db))
		fresh, err := s.Channel().Get(t.Context(), "c1", false)
		if err != nil || fresh.Header != "talk" {
			t.Errorf("past the cache: %+v, %v", fresh, err)
		}
		if got := channel("c1").ask(t, s); !reflect.DeepEqual(got, old) {
			t.Errorf("from the cache: %+v, want %+v", got, old)
		}
	})
}

func TestNamesAreASet(t *testing.T) {
	each(t, func(t *testing.T, l layer) {
		db := newDB(t)
		s := one(t, l, db)
		want := permissions("member", "admin").ask(t, s)
		reads := db.Reads()
		if got := permissions("admin", "member", "admin").ask(t, s); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if n := db.Reads() - reads; n != 0 {
			t.Errorf("%d reads for the same names in another order", n)
		}
	})
}

func TestCallersMayChangeWhatTheyGet(t *testing.T) {
	each(t, func(t *testing.T, l layer) {
		db := newDB(t)
		s := one(t, l, db)
		for range 3 { // the one that is loaded, and some from the cache
			for _, r := range []read{user("u1"), byEmail("u1@example.com"), users("u1"), profiles("c1"), permissions("member")} {
				got := r.ask(t, s)
				if want := r.ask(t, db); !reflect.DeepEqual(got, want) {
					t.Fatalf("got %+v, want %+v", got, want)
				}
				spoil(got.value)
			}
		}
	})
}

func spoil(v any) {
	switch v := v.(type) {
	case *store.User:
		v.PasswordHash = "spoilt"
		v.Roles[0] = "spoilt"
	case []*store.User:
		spoil(v[0])
	case map[string]*store.User:
		spoil(v["u1"])
		delete(v, "u1")
	case []string:
		v[0] = "spoilt"
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	addr := redisAddr(t)
	each(t, func(t *testing.T, l layer) {
		db := newDB(t)
		nodes := []store.Store{node(t, l, db, addr), node(t, l, db, addr)}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for n := range 20 {
					if err := everything(t.Context(), nodes[i%2], fmt.Sprint(i, n)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		// Whatever raced before, a write and a read one after the other see each other.
		mustDo(t, rename("u1", "u1@example.com")(t.Context(), nodes[0]))
		for _, r := range []read{user("u1"), byEmail("u1@example.com"), profiles("c1")} {
			eventually(t, "all nodes answer as the database does", func() bool {
				want := r.ask(t, db)
				return reflect.DeepEqual(r.ask(t, nodes[0]), want) && reflect.DeepEqual(r.ask(t, nodes[1]), want)
			})
		}
	})
}

// everything reads and writes what others read and write too.
func everything(ctx context.Context, s store.Store, name string) error {
	for _, c := range changes {
		if _, err := c.read(ctx, s); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if _, err := s.User().Update(ctx, &store.User{ID: "u1", Email: "u1@example.com", Name: name}); err != nil {
		return err
	}
	if _, err := s.Channel().Patch(ctx, "c1", store.ChannelPatch{Header: &name}); err != nil {
		return err
	}
	_, err := s.Role().Save(ctx, &store.Role{ID: "r1", Name: "member", Permissions: []string{name}})
	return err
}
