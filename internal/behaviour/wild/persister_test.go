package wild

import (
	"context"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	left "github.com/cachegen-go/cachegen/internal/behaviour/wild/left/store"
	right "github.com/cachegen-go/cachegen/internal/behaviour/wild/right/store"
)

// persisted is a Persister of which four methods are there.
type persisted struct {
	calls
	Persister
	note string
}

func (p *persisted) GetSession(_ context.Context, id string) (*left.Session, error) {
	p.called("GetSession")
	return &left.Session{ID: id, Note: p.note}, nil
}

func (p *persisted) FindSession(_ context.Context, id any, collection string, filters ...func(*left.Query) error) (*left.Session, error) {
	p.called("FindSession " + collection)
	return &left.Session{ID: id.(string), Note: p.note}, nil
}

func (p *persisted) ListSchemas(context.Context, int, int) ([]right.Schema, error) {
	p.called("ListSchemas")
	return []right.Schema{{ID: "1", Note: p.note}}, nil
}

func (p *persisted) UpdateSession(_ context.Context, s *left.Session) error {
	p.note = s.Note
	return nil
}

func TestCase33AnInterfaceOfManyMethodsAndTwoPackagesOfOneName(t *testing.T) {
	store := &persisted{note: "old"}
	w := NewCachedPersister(store, newCache(t))
	if n := reflect.TypeFor[Persister]().NumMethod(); n != 114 {
		t.Errorf("%d methods, want 114", n)
	}
	read := func(want string) {
		t.Helper()
		for range 2 {
			if d := cmp.Diff(&left.Session{ID: "1", Note: want}, must[*left.Session](t)(w.GetSession(t.Context(), "1"))); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(&left.Session{ID: "1", Note: want}, must[*left.Session](t)(w.FindSession(t.Context(), "1", "x"))); d != "" {
				t.Error(d)
			}
			must[[]right.Schema](t)(w.ListSchemas(t.Context(), 1, 10))
		}
	}
	read("old")
	if err := w.UpdateSession(t.Context(), &left.Session{ID: "1", Note: "new"}); err != nil {
		t.Fatal(err)
	}
	read("new")
	must[*left.Session](t)(w.FindSession(t.Context(), "1", "x", func(*left.Query) error { return nil }))
	store.want(t, "GetSession", 2)
	store.want(t, "FindSession x", 3)
	store.want(t, "ListSchemas", 1)
}
