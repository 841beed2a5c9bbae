package main

import (
	"context"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/cachegen-go/cachegen/examples/migration/store"
	"github.com/cachegen-go/cachegen/internal/servertest"
)

// What only the generated layer does. These tests hold for the layer by hand too that it does not, so that README.md, which
// says so, cannot grow unfair.

// held is a store whose users, once read, are held back until they may arrive.
type held struct {
	store.Store
	arrive func()
}

func (h held) User() store.UserStore { return heldUsers{h.Store.User(), h.arrive} }

type heldUsers struct {
	store.UserStore
	arrive func()
}

func (h heldUsers) Get(ctx context.Context, id string) (*store.User, error) {
	u, err := h.UserStore.Get(ctx, id)
	h.arrive()
	return u, err
}

func TestOnlyCachegenLoadsOnceForAll(t *testing.T) {
	const callers = 20
	for _, test := range []struct {
		name  string
		open  layerFunc
		loads int64
	}{{"by hand", openBefore, callers}, {"cachegen", openAfter, 1}} {
		t.Run(test.name, func(t *testing.T) {
			var loads atomic.Int64
			all := make(chan struct{}) // closed when as many loads as are expected have begun
			s := one(t, layer{open: test.open}, held{newDB(t), func() {
				if loads.Add(1) == test.loads {
					close(all)
				}
				<-all
			}})
			done := make(chan error)
			for range callers {
				go func() {
					_, err := s.User().Get(t.Context(), "u1")
					done <- err
				}()
			}
			for range callers {
				mustDo(t, <-done)
			}
			if n := loads.Load(); n != test.loads {
				t.Errorf("%d loads for %d callers, want %d", n, callers, test.loads)
			}
		})
	}
}

// TestOnlyCachegenDropsALateLoad reads a user, changes it, and only then has what was read arrive in the cache.
func TestOnlyCachegenDropsALateLoad(t *testing.T) {
	for _, test := range []struct {
		name  string
		open  layerFunc
		stale bool
	}{{"by hand", openBefore, true}, {"cachegen", openAfter, false}} {
		t.Run(test.name, func(t *testing.T) {
			db := newDB(t)
			var first atomic.Bool
			began, arrive := make(chan struct{}), make(chan struct{})
			s := one(t, layer{open: test.open}, held{db, func() {
				if !first.Swap(true) {
					close(began)
					<-arrive
				}
			}})
			done := make(chan error)
			go func() {
				_, err := s.User().Get(t.Context(), "u1")
				done <- err
			}()
			<-began
			mustDo(t, rename("u1", "u1@example.com")(t.Context(), s))
			close(arrive)
			mustDo(t, <-done)
			if stale := !reflect.DeepEqual(user("u1").ask(t, s), user("u1").ask(t, db)); stale != test.stale {
				t.Errorf("stale after a late load: %v, want %v", stale, test.stale)
			}
		})
	}
}

// TestOnlyCachegenSurvivesALostMessage cuts a node off from Redis while another node writes.
func TestOnlyCachegenSurvivesALostMessage(t *testing.T) {
	for _, test := range []struct {
		name  string
		open  layerFunc
		stale bool
	}{{"by hand", openBefore, true}, {"cachegen", openAfter, false}} {
		t.Run(test.name, func(t *testing.T) {
			db, addr := newDB(t), redisAddr(t)
			proxy := servertest.NewProxy(t, addr)
			l := layer{open: test.open}
			here, there := node(t, l, db, addr), node(t, l, db, proxy.Addr())
			wantCached(t, db, there, user("u1"))
			wantCached(t, db, there, user("u2"))

			proxy.Refuse()
			mustDo(t, rename("u1", "u1@example.com")(t.Context(), here))
			proxy.Heal()
			eventually(t, "messages arrive again", func() bool {
				mustDo(t, rename("u2", "u2@example.com")(t.Context(), here))
				return reflect.DeepEqual(user("u2").ask(t, there), user("u2").ask(t, db))
			})
			if stale := !reflect.DeepEqual(user("u1").ask(t, there), user("u1").ask(t, db)); stale != test.stale {
				t.Errorf("stale after a lost message: %v, want %v", stale, test.stale)
			}
		})
	}
}
