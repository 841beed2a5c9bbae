package sets

import (
	"slices"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

type roles struct {
	asked [][]string
	loads int
}

func (r *roles) ChannelHigherScopedPermissions(names []string) (map[string]*Permissions, error) {
	r.asked = append(r.asked, slices.Clone(names))
	return map[string]*Permissions{}, nil
}

func (r *roles) Of([]int) (string, error) {
	r.loads++
	return "", nil
}

func (r *roles) Change([]string, []int) error { return nil }

// TestTheKeyIsASet asks for one set in several orders, with repetitions, then for another, and evicts the first in an
// order of its own.
func TestTheKeyIsASet(t *testing.T) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	store := &roles{}
	w := NewCachedRoles(store, cache)
	ask := func(wantLoads int, names ...string) {
		t.Helper()
		given := slices.Clone(names)
		if _, err := w.ChannelHigherScopedPermissions(given); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(given, names) {
			t.Errorf("the caller's %q has become %q", names, given)
		}
		if len(store.asked) != wantLoads {
			t.Fatalf("%d loads after %q, want %d", len(store.asked), names, wantLoads)
		}
	}
	ask(1, "b", "a", "b")
	if want := []string{"b", "a", "b"}; !slices.Equal(store.asked[0], want) {
		t.Errorf("the store was asked for %q, want what the caller gave, %q", store.asked[0], want)
	}
	ask(1, "a", "b")
	ask(1, "b", "b", "b", "a")
	ask(2, "a")
	ask(3, "a,b")
	ask(4)
	if err := w.Change([]string{"b", "a", "a"}, nil); err != nil {
		t.Fatal(err)
	}
	ask(5, "a", "b")
	ask(5, "a")
}

// TestSortedArgument evicts the entry of a sorted list, given the same numbers in another order.
func TestSortedArgument(t *testing.T) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	store := &roles{}
	w := NewCachedRoles(store, cache)
	sorted := []int{1, 2, 10}
	if _, err := w.Of(sorted); err != nil {
		t.Fatal(err)
	}
	shuffled := []int{2, 10, 1, 2}
	_ = w.Change(nil, shuffled)
	if !slices.Equal(shuffled, []int{2, 10, 1, 2}) {
		t.Errorf("the caller's slice has become %v", shuffled)
	}
	if _, err := w.Of(sorted); err != nil || store.loads != 2 {
		t.Fatalf("%d loads, %v", store.loads, err)
	}
}
