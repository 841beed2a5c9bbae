package unions

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// table is a Drawings that counts its reads.
type table struct {
	shapes []Shape
	meta   map[string]any
	reads  int
}

func (t *table) Shapes(int) ([]Shape, error)      { t.reads++; return t.shapes, nil }
func (t *table) Meta(int) (map[string]any, error) { t.reads++; return t.meta, nil }
func (t *table) Author(int) (*Author, bool, error) {
	t.reads++
	return &Author{"Ann", "secret"}, true, nil
}

func newDrawings(t *testing.T, s *table) (*CachedDrawings, *runtime.Cache) {
	backend, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return NewCachedDrawings(s, cache), cache
}

func TestTheValueOfAnInterfaceComesBackAsItsOwnType(t *testing.T) {
	s := &table{shapes: []Shape{Circle{1}, nil, &Square{2, []Shape{Circle{3}, &Square{Side: 4}}}, (*Square)(nil)}}
	drawings, _ := newDrawings(t, s)
	for range 3 {
		got, err := drawings.Shapes(1)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s.shapes, got); d != "" {
			t.Fatal(d)
		}
		if s.reads > 1 && got[2] == s.shapes[2] {
			t.Error("a caller shares a pointer with the store")
		}
	}
	if s.reads != 1 {
		t.Errorf("%d reads, want 1", s.reads)
	}
}

func TestAnAnswerThatHoldsAnotherTypeIsNotKept(t *testing.T) {
	s := &table{shapes: []Shape{Circle{1}, Text("hello")}}
	drawings, cache := newDrawings(t, s)
	for range 3 {
		if got, err := drawings.Shapes(1); err != nil || !reflect.DeepEqual(got, s.shapes) {
			t.Fatalf("got %v, %v", got, err)
		}
	}
	if n := cache.Stats().Methods["cachegen/internal/behaviour/unions.Drawings.Shapes"].Unencoded; s.reads != 3 || n != 3 {
		t.Errorf("%d reads, %d answers counted as not kept; want 3 and 3", s.reads, n)
	}
}

func TestAnAnswerInJSONFormKeepsBackWhatItsTagsSay(t *testing.T) {
	s := new(table)
	drawings, _ := newDrawings(t, s)
	for i, password := range []string{"secret", "", ""} {
		author, known, err := drawings.Author(1)
		if err != nil || !known || author.Name != "Ann" || author.Password != password {
			t.Errorf("call %d: got %+v, %v, %v", i+1, author, known, err)
		}
	}
	if s.reads != 1 {
		t.Errorf("%d reads, want 1", s.reads)
	}
}

func TestALossyAnswerComesBackAsJSONHasIt(t *testing.T) {
	s := &table{meta: map[string]any{"n": 7, "list": []string{"a"}, "nil": nil, "inner": map[string]any{"ok": true}}}
	drawings, _ := newDrawings(t, s)
	if _, err := drawings.Meta(1); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"n": 7.0, "list": []any{"a"}, "nil": nil, "inner": map[string]any{"ok": true}}
	for range 3 {
		got, err := drawings.Meta(1)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		got["inner"].(map[string]any)["ok"] = "changed by its caller"
	}
	if s.reads != 1 {
		t.Errorf("%d reads, want 1", s.reads)
	}
}
