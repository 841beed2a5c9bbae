package cachetest

import (
	"errors"
	"reflect"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// comparer compares what two calls of one method answered.
type comparer struct{ opts []cmp.Option }

func newComparer(opts []cmp.Option) comparer {
	all := []cmp.Option{cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateNaNs()}
	return comparer{append(all, opts...)}
}

// same reports whether the answers are equal. Where both are errors, what is beside these does not matter.
func (c comparer) same(a, b answer) bool {
	if a.panicked != nil || b.panicked != nil || a.absent || b.absent {
		return false
	}
	if a.err != nil || b.err != nil {
		return sameError(a.err, b.err)
	}
	for i := range a.out {
		if a.out[i].Type() != errorType && !c.equal(a.out[i].Interface(), b.out[i].Interface()) {
			return false
		}
	}
	return true
}

// comparable reports whether two answers, of different methods maybe, have the same types.
func (c comparer) comparable(a, b answer) bool {
	if a.panicked != nil || b.panicked != nil || len(a.out) != len(b.out) {
		return false
	}
	for i := range a.out {
		if a.out[i].Type() != b.out[i].Type() {
			return false
		}
	}
	return true
}

// equal is cmp.Equal, but quick where there is nothing to find.
func (c comparer) equal(a, b any) bool { return reflect.DeepEqual(a, b) || cmp.Equal(a, b, c.opts...) }

// sameError reports whether errors say the same: a cached one is the sentinel itself, whatever it was wrapped in.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return errors.Is(a, b) || errors.Is(b, a) || errorText(a) == errorText(b)
}

// diff shows how the answers differ, what a has and b has not with -, the other way round with +.
func (c comparer) diff(a, b answer) string {
	if a.panicked != nil || b.panicked != nil || a.absent || b.absent || a.err != nil || b.err != nil {
		return "- " + a.text() + "\n+ " + b.text()
	}
	var all []string
	onlyEmpty := true
	for i := range a.out {
		if a.out[i].Type() == errorType || c.equal(a.out[i].Interface(), b.out[i].Interface()) {
			continue
		}
		x, y := a.out[i].Interface(), b.out[i].Interface()
		if d := cmp.Diff(x, y, c.opts...); d != "" {
			all = append(all, strings.TrimRight(d, "\n"))
		}
		onlyEmpty = onlyEmpty && cmp.Equal(x, y, append([]cmp.Option{cmpopts.EquateEmpty()}, c.opts...)...)
	}
	if onlyEmpty {
		all = append(all, "One is nil, the other is empty; they are equal otherwise.")
	}
	return strings.Join(all, "\n")
}

// text is the answer in short.
func (a answer) text() string {
	switch {
	case a.panicked != nil:
		return "panic: " + clip(formatPanic(a.panicked), maxValue)
	case a.absent && a.err != nil:
		return "nothing to call it on: " + errorText(a.err)
	case a.absent:
		return "nothing to call it on"
	}
	return shortList(a.out)
}
