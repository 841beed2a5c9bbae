package counted

import (
	"reflect"
	"slices"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
)

// TestEveryCountIsNamed raises each counter of Stats by itself: something in the lists must show it.
func TestEveryCountIsNamed(t *testing.T) {
	named(t, Methods)
	named(t, Tiers)
	named(t, Evictions)
}

func named[S any](t *testing.T, counters []Counter[S]) {
	t.Helper()
	names := make(map[string]bool)
	for _, c := range counters {
		if names[c.Name] || c.Help == "" || c.Unit == "" {
			t.Errorf("%q stands there twice, or lacks a help or a unit", c.Name)
		}
		names[c.Name] = true
	}
	for i := range reflect.TypeFor[S]().NumField() {
		var s S
		field := reflect.ValueOf(&s).Elem().Field(i)
		if field.Kind() != reflect.Uint64 {
			continue
		}
		field.SetUint(1)
		if !slices.ContainsFunc(counters, func(c Counter[S]) bool { return c.Of(&s) == 1 }) {
			t.Errorf("%s.%s has no name", reflect.TypeFor[S](), reflect.TypeFor[S]().Field(i).Name)
		}
	}
}

func TestTiersOfOneNameAreToldApart(t *testing.T) {
	got := TierNames([]runtime.TierStats{{Name: "memory"}, {Name: "redis"}, {Name: "redis"}})
	if want := []string{"memory", "redis", "redis-2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
