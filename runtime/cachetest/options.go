package cachetest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

// Option changes what Check does; see the functions that return one.
type Option func(*options)

type options struct {
	values  map[reflect.Type]func(*rapid.T) reflect.Value
	args    []argsOption
	without []string
	compare []cmp.Option
	cache   func(*rapid.T) *runtime.Cache
	faults  int // how many are looked for
}

type argsOption struct {
	method string
	draw   any
}

func newOptions(opts []Option) *options {
	o := &options{values: map[reflect.Type]func(*rapid.T) reflect.Value{}, cache: inMemory, faults: 10}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// Values says how values of type T are drawn, wherever they are in arguments. Draw from few, so that calls concern the
// same things:
//
//	cachetest.Values(func(t *rapid.T) Role { return rapid.SampledFrom([]Role{"admin", "guest"}).Draw(t, "role") })
func Values[T any](draw func(*rapid.T) T) Option {
	return func(o *options) {
		o.values[reflect.TypeFor[T]()] = func(t *rapid.T) reflect.Value {
			v := draw(t)
			return reflect.ValueOf(&v).Elem()
		}
	}
}

// Args says how all arguments of a method but its contexts are drawn: for Export(ctx, w io.Writer, from int) error,
// draw is a func(*rapid.T) (io.Writer, int). The last of a variadic method is a slice. A method of what a method
// returns is named with both: "User.Get".
func Args(method string, draw any) Option {
	return func(o *options) { o.args = append(o.args, argsOption{method, draw}) }
}

// Without names methods that are not called. A method that returns another interface stands for all of that.
func Without(methods ...string) Option {
	return func(o *options) { o.without = append(o.without, methods...) }
}

// Compare adds options of package cmp to the comparison of what the cache and the store answer: for results that differ
// from call to call, such as a time at which they were read (cmpopts.IgnoreFields), and for types that need their own
// comparison, such as messages of Protocol Buffers (protocmp.Transform). Unexported fields are compared, NaN equals NaN.
func Compare(opts ...cmp.Option) Option {
	return func(o *options) { o.compare = append(o.compare, opts...) }
}

// Cache says which cache to use, one for each sequence, in place of one in memory. Check closes it. Caches of several
// sequences must not share entries: give each a namespace of its own, or flush it.
func Cache(open func(*rapid.T) *runtime.Cache) Option {
	return func(o *options) { o.cache = open }
}

// inMemory returns a cache that holds far more than a sequence reads, and is quick to make.
func inMemory(t *rapid.T) *runtime.Cache {
	backend, err := memory.New(memory.Config{MaxEntries: 500})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(backend)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// apply gives methods what the options say about them by name.
func (o *options) apply(methods []*method, wrong *problems) {
	for _, name := range o.without {
		found := false
		for _, m := range methods {
			if m.is(name) {
				m.left, found = "Without", true
			}
		}
		if !found {
			wrong.add("Without: there is no method %s; there are %s", name, names(methods))
		}
	}
	for _, a := range o.args {
		found := false
		for _, m := range methods {
			if plain(a.method) == plain(m.name) {
				found = true
				m.takeArgs(a.draw, wrong)
			}
		}
		if !found {
			wrong.add("Args: there is no method %s; there are %s", a.method, names(methods))
		}
	}
}

// problems are what keeps Check from beginning.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p problems) String() string { return "\t" + strings.Join(p, "\n\t") }
