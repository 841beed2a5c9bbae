package cachetest

import (
	"context"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// method is a Method that can be called on an X, also where it is one of a sub interface.
type method struct {
	name   string          // "GetUser", "User().Get"
	scope  string          // "", "User()."
	path   []reflect.Value // the functions that lead from X to what has the method
	fn     reflect.Value
	in     []reflect.Type // without the receiver
	out    []reflect.Type
	params []string // as many as in
	reads  bool
	of     string // with its scope; ""
	evicts []string
	left   string                         // why it is not called; "" where it is
	args   func(*rapid.T) []reflect.Value // of Args; nil: drawn by type
	calls  int                            // in all sequences
	fails  int                            // those of calls that returned an error
	err    error                          // the last of them
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// flatten returns methods, and those of sub interfaces with the path to them.
func flatten(methods []Method, o *options, wrong *problems) []*method {
	return flattenUnder("", nil, methods, wrong)
}

func flattenUnder(scope string, path []reflect.Value, methods []Method, wrong *problems) []*method {
	var all []*method
	for _, d := range methods {
		m := &method{name: scope + d.Name, scope: scope, path: path, fn: reflect.ValueOf(d.Func), reads: d.Reads, evicts: d.Evicts}
		if m.fn.Kind() != reflect.Func || m.fn.Type().NumIn() == 0 {
			wrong.add("%s: Func is %T, want a method expression", m.name, d.Func)
			continue
		}
		for i := 1; i < m.fn.Type().NumIn(); i++ {
			m.in = append(m.in, m.fn.Type().In(i))
		}
		for i := range m.fn.Type().NumOut() {
			m.out = append(m.out, m.fn.Type().Out(i))
		}
		m.params = make([]string, len(m.in))
		copy(m.params, d.Params)
		if d.Of != "" {
			m.of = scope + d.Of
		}
		if len(d.Sub) > 0 && len(m.drawn()) == 0 {
			sub := append(append([]reflect.Value(nil), path...), m.fn)
			all = append(all, flattenUnder(m.name+"().", sub, d.Sub, wrong)...)
			continue
		}
		m.left = m.leaveAlone(d.Name)
		all = append(all, m)
	}
	return all
}

// leaveAlone says why the method is not called; "" where it is.
func (m *method) leaveAlone(name string) string {
	if m.reads {
		return ""
	}
	if name == "Close" && len(m.drawn()) == 0 && (len(m.out) == 0 || len(m.out) == 1 && m.out[0] == errorType) {
		return "it would end the store"
	}
	for _, t := range m.out {
		switch {
		case t == errorType:
		case t.Kind() == reflect.Interface && t.NumMethod() > 0, t.Kind() == reflect.Func, t.Kind() == reflect.Chan:
			return "it returns a " + typeName(t) + ", which nothing is done with"
		}
	}
	return ""
}

// drawn returns which parameters are no contexts.
func (m *method) drawn() []int {
	var drawn []int
	for i, t := range m.in {
		if t != contextType {
			drawn = append(drawn, i)
		}
	}
	return drawn
}

// drawnTypes are the results of a function that draws the method's arguments.
func (m *method) drawnTypes() string {
	var types []string
	for _, i := range m.drawn() {
		types = append(types, m.in[i].String())
	}
	if len(types) == 1 {
		return types[0]
	}
	return "(" + strings.Join(types, ", ") + ")"
}

// target is the method whose entries the method answers from.
func (m *method) target() string {
	if m.of != "" {
		return m.of
	}
	return m.name
}

// index reports whether the method finds another's entries by another name, rather than many at once.
func (m *method) index() bool {
	drawn := m.drawn()
	return m.of != "" && !slices.ContainsFunc(drawn, func(p int) bool { return m.in[p].Kind() == reflect.Slice })
}

// is reports whether name names the method, or one that leads to it.
func (m *method) is(name string) bool {
	return plain(m.name) == plain(name) || strings.HasPrefix(plain(m.name), plain(name)+".")
}

// plain is the name of a method as options have it: "User.Get".
func plain(name string) string { return strings.ReplaceAll(name, "()", "") }

func names(methods []*method) string {
	var all []string
	for _, m := range methods {
		all = append(all, plain(m.name))
	}
	return strings.Join(all, ", ")
}

// takeArgs has the method's arguments drawn by draw, a func(*rapid.T) of all of them but contexts.
func (m *method) takeArgs(draw any, wrong *problems) {
	var types []reflect.Type
	for _, i := range m.drawn() {
		types = append(types, m.in[i])
	}
	if len(types) == 0 {
		wrong.add("Args: %s has no parameters but contexts", plain(m.name))
		return
	}
	f := reflect.ValueOf(draw)
	fits := f.Kind() == reflect.Func && !f.IsNil() && f.Type().NumIn() == 1 && f.Type().In(0) == reflect.TypeFor[*rapid.T]() &&
		f.Type().NumOut() == len(types)
	for i := 0; fits && i < len(types); i++ {
		fits = f.Type().Out(i).AssignableTo(types[i])
	}
	if !fits {
		wrong.add("Args: %s wants a func(*rapid.T) %s, and was given a %T", plain(m.name), m.drawnTypes(), draw)
		return
	}
	m.args = func(t *rapid.T) []reflect.Value { return f.Call([]reflect.Value{reflect.ValueOf(t)}) }
}

// answer is what a call returned.
type answer struct {
	out      []reflect.Value
	err      error // what is not nil of out's errors
	panicked any
	stack    string
	absent   bool // there was nothing to call the method on
}

// caller is what calls are made with.
type caller struct {
	t   *rapid.T
	ctx reflect.Value // t's
}

func newCaller(t *rapid.T) caller {
	ctx := t.Context()
	return caller{t, reflect.ValueOf(&ctx).Elem()}
}

// call calls the method on x, or on what its path leads to from there, with args in place of its parameters that are no
// contexts. They are used up: what is called may keep or change them.
func (c caller) call(m *method, x reflect.Value, args []reflect.Value) (a answer) {
	defer func() {
		if a.panicked = recover(); a.panicked == nil {
			return
		}
		if c.t.Failed() {
			c.t.FailNow() // it was rapid's own, which the runtime may have passed on in another form
		}
		if p := reflect.TypeOf(a.panicked).PkgPath(); p == reflect.TypeFor[rapid.T]().PkgPath() {
			panic(a.panicked)
		}
		a.stack = string(debug.Stack())
	}()
	for _, f := range m.path {
		out := f.Call(c.with(f.Type(), x, nil))
		if a.err = errorOf(out); a.err != nil || out[0].IsNil() {
			a.absent = true
			return a
		}
		x = out[0]
	}
	in := c.with(m.fn.Type(), x, args)
	if m.fn.Type().IsVariadic() {
		a.out = m.fn.CallSlice(in)
	} else {
		a.out = m.fn.Call(in)
	}
	a.err = errorOf(a.out)
	return a
}

// with returns what to call a method expression of type f with.
func (c caller) with(f reflect.Type, x reflect.Value, args []reflect.Value) []reflect.Value {
	in := make([]reflect.Value, f.NumIn())
	in[0] = x
	for i := 1; i < len(in); i++ {
		if f.In(i) == contextType {
			in[i] = c.ctx
			continue
		}
		in[i], args = args[0], args[1:]
	}
	return in
}

// errorOf returns the last error in out that is not nil.
func errorOf(out []reflect.Value) error {
	for i := len(out) - 1; i >= 0; i-- {
		if out[i].Type() == errorType && !out[i].IsNil() {
			return out[i].Interface().(error)
		}
	}
	return nil
}

// text is a call of the method with args, in short.
func (m *method) text(args []reflect.Value) string {
	if m.fn.Type().IsVariadic() {
		last := args[len(args)-1]
		args = args[: len(args)-1 : len(args)-1]
		for i := range last.Len() {
			args = append(args, last.Index(i))
		}
	}
	return m.name + "(" + shortList(args) + ")"
}
