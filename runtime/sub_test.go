package runtime

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

type wrapped struct{ fmt.Stringer }

func wrapStringer(s fmt.Stringer) fmt.Stringer { return wrapped{s} }

func TestASubIsMadeOnce(t *testing.T) {
	var s Sub[fmt.Stringer]
	var asked atomic.Int64
	results := make([]fmt.Stringer, 100)
	together(len(results), func(i int) {
		results[i] = s.Get(func() fmt.Stringer { asked.Add(1); return errorStringer{} }, wrapStringer)
	})
	for _, r := range results {
		if r != (wrapped{errorStringer{}}) {
			t.Fatalf("got %#v, want the wrapper", r)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("the wrapped interface was asked %d times, want 1", asked.Load())
	}
}

func TestASubThatIsNilOrFailsIsAskedForAgain(t *testing.T) {
	var s Sub[fmt.Stringer]
	if v := s.Get(func() fmt.Stringer { return nil }, wrapStringer); v != nil {
		t.Errorf("of nil got %#v", v)
	}
	errNo := errors.New("no")
	if v, err := s.Try(func() (fmt.Stringer, error) { return errorStringer{}, errNo }, wrapStringer); err != errNo || v != (errorStringer{}) {
		t.Errorf("of a failure got %#v, %v, want them as they were", v, err)
	}
	if v, err := s.Try(func() (fmt.Stringer, error) { return errorStringer{}, nil }, wrapStringer); err != nil || v != (wrapped{errorStringer{}}) {
		t.Errorf("then got %#v, %v", v, err)
	}
}

type errorStringer struct{}

func (errorStringer) String() string { return "" }
