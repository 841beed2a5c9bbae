package key

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestSortedMakesASet(t *testing.T) {
	names := []string{"b", "a", "c", "a", "b"}
	if got := Sorted(names); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %q", got)
	}
	if !slices.Equal(names, []string{"b", "a", "c", "a", "b"}) {
		t.Errorf("the caller's slice has become %q", names)
	}
	if got := Sorted([]string(nil)); got != nil {
		t.Errorf("got %q of nil", got)
	}
	if got := Sorted([]string{}); got == nil || len(got) > 0 {
		t.Errorf("got %#v of an empty slice", got)
	}
}

// TestSortedDependsOnTheSetAlone permutes and repeats elements of several types.
func TestSortedDependsOnTheSetAlone(t *testing.T) {
	type ids []int64
	if a, b := Sorted(ids{10, 9, -1}), Sorted(ids{-1, 10, 9, 9, 10}); !slices.Equal(a, ids{-1, 9, 10}) || !slices.Equal(b, a) {
		t.Errorf("%v and %v", a, b)
	}
	nan := math.NaN()
	if a := Sorted([]float64{nan, 1, nan, 0}); len(a) != 3 || a[1] != 0 || a[2] != 1 {
		t.Errorf("%v", a)
	}
	now := time.Now()
	if a, b := SortedBy([]time.Time{now, now.Add(1)}, Time), SortedBy([]time.Time{now.Add(1), now.UTC(), now}, Time); len(a) != 2 || len(b) != 2 || !a[0].Equal(b[0]) {
		t.Errorf("%v and %v", a, b)
	}
	if a, b := SortedBy([]any{1, "1", nil}, AnyOf), SortedBy([]any{nil, "1", 1, 1}, AnyOf); !slices.Equal(a, b) || len(a) != 3 {
		t.Errorf("%v and %v", a, b)
	}
	one, two := 1, 2
	pointed := func(k []byte, p *int) []byte { return Int(k, *p) }
	if a := SortedBy([]*int{&two, &one, &two}, pointed); len(a) != 2 || *a[0] != 1 || *a[1] != 2 {
		t.Errorf("%v", a)
	}
}
