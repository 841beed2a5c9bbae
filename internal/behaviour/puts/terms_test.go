package puts

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

var errDown = errors.New("down")

type store struct {
	mu      sync.Mutex
	terms   map[int]TOS
	reads   int
	fail    error
	written func(text string) // after a write, before it returns
}

func (s *store) Get(_ context.Context, id int) (*TOS, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	t := s.terms[id]
	return &t, nil
}

func (s *store) GetLatest(ctx context.Context) (*TOS, error) { return s.Get(ctx, len(s.terms)) }

func (s *store) Find(ctx context.Context, id int) (*TOS, bool, error) {
	t, err := s.Get(ctx, id)
	return t, t.ID != 0, err
}

func (s *store) Save(ctx context.Context, t *TOS) (*TOS, error) {
	saved := *t
	saved.ID = len(s.terms) + 1
	return &saved, s.Update(ctx, &saved)
}

func (s *store) Update(_ context.Context, t *TOS) error {
	s.mu.Lock()
	s.terms[t.ID] = *t
	s.mu.Unlock()
	if s.written != nil {
		s.written(t.Text)
	}
	return s.fail
}

func (s *store) Delete(_ context.Context, id int) error {
	s.mu.Lock()
	delete(s.terms, id)
	s.mu.Unlock()
	return nil
}

func newTerms(t *testing.T) (*store, *CachedTerms) {
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
	s := &store{terms: map[int]TOS{}}
	return s, NewCachedTerms(s, cache)
}

func read(t *testing.T, w *CachedTerms, id int, want string) {
	t.Helper()
	if got, err := w.Get(t.Context(), id); err != nil || got.Text != want {
		t.Errorf("got %+v, %v, want %s", got, err, want)
	}
}

// TestPut saves, changes what it was given back, and reads without a load; the latest is loaded anew.
func TestPut(t *testing.T) {
	s, w := newTerms(t)
	ctx := t.Context()
	if _, err := w.GetLatest(ctx); err != nil {
		t.Fatal(err)
	}
	saved, err := w.Save(ctx, &TOS{Text: "one"})
	if err != nil {
		t.Fatal(err)
	}
	saved.Text = "changed by the caller"
	s.reads = 0
	read(t, w, 1, "one")
	if got, ok, err := w.Find(ctx, 1); err != nil || !ok || got.Text != "one" {
		t.Errorf("found %+v, %v, %v", got, ok, err)
	}
	if s.reads != 0 {
		t.Errorf("%d loads of what was put", s.reads)
	}
	if got, err := w.GetLatest(ctx); err != nil || got.Text != "one" || s.reads != 1 {
		t.Errorf("the latest is %+v, %v, after %d loads", got, err, s.reads)
	}
}

// TestPutReplaces puts over an entry, and after a write that failed, though it was applied, reads the store.
func TestPutReplaces(t *testing.T) {
	s, w := newTerms(t)
	ctx := t.Context()
	s.terms[1] = TOS{1, "old"}
	read(t, w, 1, "old")
	if err := w.Update(ctx, &TOS{1, "new"}); err != nil {
		t.Fatal(err)
	}
	read(t, w, 1, "new")
	s.fail = errDown
	if err := w.Update(ctx, &TOS{1, "newer"}); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	read(t, w, 1, "newer")
}

// TestOverlappingWrites has the first write reach the store first and return last: what it would put is stale, as it is when
// a removal comes in between.
func TestOverlappingWrites(t *testing.T) {
	for _, second := range []string{"update", "delete"} {
		t.Run(second, func(t *testing.T) {
			s, w := newTerms(t)
			ctx := t.Context()
			written, goOn, done := make(chan bool), make(chan bool), make(chan error)
			s.written = func(text string) {
				if text == "first" {
					close(written)
					<-goOn
				}
			}
			go func() { done <- w.Update(ctx, &TOS{1, "first"}) }()
			<-written
			want := ""
			if second == "update" {
				want = "second"
				if err := w.Update(ctx, &TOS{1, "second"}); err != nil {
					t.Fatal(err)
				}
			} else if err := w.Delete(ctx, 1); err != nil {
				t.Fatal(err)
			}
			close(goOn)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			read(t, w, 1, want)
		})
	}
}
