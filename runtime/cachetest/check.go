package cachetest

import (
	"math/bits"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
)

// Interface is a wrapped interface X, as the generator knows it.
type Interface[X any] struct {
	Name    string                               // "UserRepository"
	Wrap    func(next X, cache *runtime.Cache) X // the generated constructor
	Methods []Method                             // all of them, also those that are not cached
}

// Method is a method of a wrapped interface.
type Method struct {
	Name   string
	Func   any      // the method expression X.Name: func(X, context.Context, int64) (*User, error)
	Params []string // the names of its parameters, contexts included; "" or "_" where there is none
	Reads  bool     // whether the cache answers it
	Of     string   // the method whose entries it answers from, for batch and index: "GetUser"; "": its own
	Evicts []string // what it evicts, puts or tags away, as written: "ListByTeam(u.TeamID, _)", "put GetUser(u.ID)"
	Sub    []Method // the methods of the interface that it returns, where that is wrapped too
}

// Check looks for reads that the cache answers otherwise than the store, and fails t with a report for each fault that
// it finds: which write left which read stale, the shortest sequence of calls that shows it, and what to do.
//
// It makes sequences of 30 calls on average, as many as -rapid.checks says (100 unless said otherwise), and what failed is
// tried first the next time, as rapid.Check does it. open is called for
// each sequence and returns an empty store, or one that is always filled alike; it may draw what the store holds, and
// gives back what it acquires with Cleanup. The store must not change by itself, and nobody else may write to it.
//
// Arguments are drawn from small sets of values, so that calls concern the same things, and from what earlier calls
// were given and answered; see Values and Args. Contexts are t's. A pointer argument is never nil, a pointer inside an
// argument may be. Interfaces, functions, channels and unexported fields inside an argument keep their zero value, and
// variadic parameters of such types get no arguments.
//
// Two kinds of methods are not called: Close without arguments, which would end the store, and, where no Sub is known,
// those that return an interface, a function or a channel, such as a transaction that someone has to end.
func Check[X any](t *testing.T, i Interface[X], open func(*rapid.T) X, opts ...Option) {
	t.Helper()
	check(t, i, open, opts...)
}

func check[X any](tb rapid.TB, i Interface[X], open func(*rapid.T) X, opts ...Option) {
	tb.Helper()
	c := &checker{name: i.Name, options: newOptions(opts), known: map[string]bool{}, unsure: map[string]bool{}}
	c.open = func(t *rapid.T) (reflect.Value, *runtime.Cache, reflect.Value) {
		next := open(t)
		if any(next) == nil {
			t.Fatal("open returned nil")
		}
		cache := c.options.cache(t)
		t.Cleanup(func() { _ = cache.Close() })
		cached := i.Wrap(next, cache)
		return reflect.ValueOf(&next).Elem(), cache, reflect.ValueOf(&cached).Elem()
	}
	var wrong problems
	c.methods = flatten(i.Methods, c.options, &wrong)
	c.options.apply(c.methods, &wrong)
	c.draw = drawer{c.options.values}
	for _, m := range c.methods {
		c.draw.check(m, &wrong)
		switch {
		case m.left != "":
			c.left = append(c.left, m)
		case m.reads:
			c.reads = append(c.reads, m)
		default:
			c.writes = append(c.writes, m)
		}
	}
	c.bits = bits.Len(uint(max(len(c.reads), len(c.writes)))) + 3 // more, so that all are about equally likely
	if len(c.reads) == 0 {
		wrong.add("no method that the cache answers is left to call")
	}
	if len(wrong) > 0 {
		tb.Fatalf("cachetest: %s cannot be checked:\n%s", i.Name, wrong)
		return
	}
	c.run(tb)
}
