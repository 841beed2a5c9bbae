package cachetest

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func answerOf(values ...any) answer {
	var a answer
	for _, v := range values {
		a.out = append(a.out, reflect.ValueOf(&v).Elem())
		if err, ok := v.(error); ok {
			a.err = err
		}
	}
	return a
}

func TestAnswersAreComparedAsCallersSeeThem(t *testing.T) {
	type hidden struct{ n int }
	missing := errors.New("missing")
	now := time.Now()
	c := newComparer(nil)
	for _, x := range []struct {
		name string
		a, b answer
		same bool
	}{
		{"unexported fields", answerOf(hidden{1}), answerOf(hidden{2}), false},
		{"nil and empty", answerOf([]int(nil)), answerOf([]int{}), false},
		{"NaN", answerOf(math.NaN()), answerOf(math.NaN()), true},
		{"one moment in two zones", answerOf(now), answerOf(now.UTC().Round(0)), true},
		{"a wrapped error and its sentinel", answerOf(nil, fmt.Errorf("7: %w", missing)), answerOf(nil, missing), true},
		{"errors of one text", answerOf(errors.New("no")), answerOf(errors.New("no")), true},
		{"two errors", answerOf(errors.New("no")), answerOf(missing), false},
		{"an error and none", answerOf(1, missing), answerOf(1, nil), false},
		{"what is beside errors", answerOf(1, missing), answerOf(2, missing), true},
	} {
		if got := c.same(x.a, x.b); got != x.same {
			t.Errorf("%s: got %t", x.name, got)
		}
		if got := c.same(x.b, x.a); got != x.same {
			t.Errorf("%s, the other way round: got %t", x.name, got)
		}
		if diff := c.diff(x.a, x.b); !x.same && diff == "" {
			t.Errorf("%s: no difference is shown", x.name)
		}
	}
	if diff := c.diff(answerOf([]int(nil)), answerOf([]int{})); !strings.Contains(diff, "One is nil, the other is empty; they are equal otherwise.") {
		t.Errorf("nil and empty: %s", diff)
	}
}
