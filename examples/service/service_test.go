package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// newService is the service's handlers over store, with a cache that needs no server: the tests see what callers see,
// and the store sees what is not cached.
func newService(t *testing.T, store Catalogue) http.Handler {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cache.Close() })
	return newAPI(NewCachedCatalogue(store, cache))
}

func TestASecondRequestMakesNoCallOfTheStore(t *testing.T) {
	store := &fakeStore{products: []Product{{ID: 1, Name: "Assam", Category: "tea", Cents: 690}}}
	service := newService(t, store)
	for _, path := range []string{"/products/1", "/products?category=tea", "/products/7"} {
		first := get(service, path)
		before := store.count()
		if second := get(service, path); second != first {
			t.Errorf("GET %s: %q at first, then %q", path, first, second)
		}
		if n := store.count() - before; n != 0 {
			t.Errorf("GET %s: the second request made %d calls", path, n)
		}
	}
}

func TestTheNextGetSeesAPut(t *testing.T) {
	store := &fakeStore{products: []Product{{ID: 1, Name: "Assam", Category: "tea", Cents: 690}}}
	service := newService(t, store)
	wants := func(path, want string) {
		t.Helper()
		if got := get(service, path); got != want {
			t.Errorf("GET %s = %q, want %q", path, got, want)
		}
	}
	const (
		tea = `{"id":1,"name":"Assam","category":"tea","cents":690}`
		cup = `{"id":1,"name":"Cup","category":"china","cents":900}`
	)
	wants("/products/1", "200 "+tea)
	wants("/products?category=tea", "200 ["+tea+"]")
	wants("/products?category=china", "200 []")
	if got := do(service, "PUT", "/products/1", cup); got != "200 "+cup {
		t.Fatalf("PUT answers %q", got)
	}
	wants("/products/1", "200 "+cup)
	wants("/products?category=tea", "200 []") // the list that it has left, which a cache by hand forgets
	wants("/products?category=china", "200 ["+cup+"]")
}

func TestANewProductIsKeptAtOnceAndNoLongerMissing(t *testing.T) {
	store := &fakeStore{}
	service := newService(t, store)
	if got, want := get(service, "/products/1"), `404 {"error":"no such product"}`; got != want {
		t.Errorf("before: %q, want %q", got, want)
	}
	const want = `{"id":1,"name":"Cup","category":"china","cents":900}`
	if got := do(service, "POST", "/products", want); got != "201 "+want {
		t.Fatalf("POST answers %q", got)
	}
	before := store.count()
	if got := get(service, "/products/1"); got != "200 "+want || store.count() != before {
		t.Errorf("after: %q, by %d calls of the store", got, store.count()-before)
	}
}

// In a bubble of testing/synctest time passes as soon as everybody waits for it, so hours cost nothing.
func TestAProductExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{products: []Product{{ID: 1, Name: "Assam", Category: "tea", Cents: 690}}}
		service := newService(t, store)
		was := get(service, "/products/1")

		store.products[0].Cents = 720 // past the cache: nothing evicts it
		if got := get(service, "/products/1"); got != was {
			t.Errorf("GET = %q, want what is cached, %q", got, was)
		}
		time.Sleep(10*time.Minute + 1)
		if got := get(service, "/products/1"); got == was {
			t.Errorf("GET = %q, past its TTL", got)
		}
	})
}

func TestAListOutlivesTheDatabaseForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{products: []Product{{ID: 1, Name: "Assam", Category: "tea", Cents: 690}}}
		service := newService(t, store)
		was := get(service, "/products?category=tea")

		store.down = errors.New("the database is down")
		time.Sleep(30 * time.Minute)
		if got := get(service, "/products?category=tea"); got != was {
			t.Errorf("half an hour later: %q, want %q", got, was)
		}
		time.Sleep(time.Hour)
		if got, want := get(service, "/products?category=tea"), `500 {"error":"something is wrong here"}`; got != want {
			t.Errorf("much later: %q, want %q", got, want)
		}
	})
}

// fakeStore is a Catalogue in a slice. What the tests do not need comes from the embedded interface, which is nil.
type fakeStore struct {
	Catalogue

	mu       sync.Mutex
	products []Product
	calls    int
	down     error // what List returns, if not nil
}

func (f *fakeStore) Product(_ context.Context, id int64) (*Product, error) {
	defer f.called()()
	for _, p := range f.products {
		if p.ID == id {
			return &p, nil
		}
	}
	return nil, ErrNotFound
}

func (f *fakeStore) List(_ context.Context, category string, _ int) ([]Product, error) {
	defer f.called()()
	list := []Product{}
	for _, p := range f.products {
		if p.Category == category {
			list = append(list, p)
		}
	}
	return list, f.down
}

func (f *fakeStore) AddProduct(_ context.Context, p Product) (*Product, error) {
	defer f.called()()
	p.ID = int64(len(f.products) + 1)
	f.products = append(f.products, p)
	return &p, nil
}

func (f *fakeStore) UpdateProduct(_ context.Context, p Product) error {
	defer f.called()()
	f.products[p.ID-1] = p
	return nil
}

func (f *fakeStore) called() (done func()) {
	f.mu.Lock()
	f.calls++
	return f.mu.Unlock
}

func (f *fakeStore) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func get(h http.Handler, path string) string { return do(h, "GET", path, "") }

// do is the status and the body that h answers.
func do(h http.Handler, method, path, body string) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String()))
}
