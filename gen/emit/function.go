package emit

import (
	"go/types"
	"strconv"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// function is a method of the wrapper while it is being written: what its parts are called.
type function struct {
	*wrapper
	m       *model.Method
	n       *names
	locals  *locals
	self    string   // the receiver
	params  []string // by index in m.Params
	results []string // by index in m.Results
	old     string   // the state before the write, "" where it is not read
	known   string   // whether it could be read
}

// open names the receiver, the parameters and the results. Names that the interface gives are kept where that
// can be; nothing else is called like them.
func (w *wrapper) open(m *model.Method, l *locals) *function {
	f := &function{wrapper: w, m: m, n: w.names, locals: l}
	for i, p := range m.Params {
		f.params = append(f.params, l.add(paramNames(p, i)...))
	}
	for _, r := range m.Results {
		f.results = append(f.results, l.add(r.Name))
	}
	f.self = l.add("w", "c", "wrapper")
	return f
}

// paramNames are what a parameter would best be called.
func paramNames(p model.Param, i int) []string {
	var names []string
	if p.Name != "" && p.Name != "_" {
		names = append(names, p.Name)
	}
	if p.Context {
		return append(names, "ctx")
	}
	if len(names) == 0 {
		names = append(names, "p"+strconv.Itoa(i))
	}
	return names
}

// binding binds the expressions of the method's directives to its own parameters and results.
func (f *function) binding() *binding {
	return &binding{locals: f.locals, params: f.params, results: f.results, old: f.old}
}

// head writes the method up to its body. Results are named where the interface does so, or where named is set.
func (f *function) head(name string, named bool) *jen.Statement {
	var params, results []variable
	for i, p := range f.m.Params {
		params = append(params, variable{f.params[i], p.Type, p.Variadic})
	}
	for i, r := range f.m.Results {
		results = append(results, variable{f.results[i], r.Type, false})
		if v := f.m.Sig.Results().At(i); v.Name() != "" && v.Name() != "_" {
			named = true
		}
	}
	s := f.receiver().Id(name).Params(f.n.variables(params)...)
	switch {
	case len(results) == 0:
		return s
	case named:
		return s.Params(f.n.variables(results)...)
	case len(results) == 1:
		return s.Add(f.n.typ(results[0].typ))
	}
	return s.Params(f.n.tuple(f.m.Sig.Results())...)
}

func (f *function) receiver() *jen.Statement {
	return jen.Func().Params(jen.Id(f.self).Op("*").Add(f.wrapper.self()))
}

// variable is a parameter or a named result.
type variable struct {
	name     string
	typ      types.Type
	variadic bool
}

// variables declares parameters or results, neighbours of one type as a, b T.
func (n *names) variables(list []variable) []jen.Code {
	var decls []jen.Code
	for i := 0; i < len(list); {
		v := list[i]
		same := []jen.Code{jen.Id(v.name)}
		for i++; i < len(list) && !v.variadic && !list[i].variadic && types.TypeString(list[i].typ, nil) == types.TypeString(v.typ, nil); i++ {
			same = append(same, jen.Id(list[i].name))
		}
		t := n.typ
		if v.variadic {
			t = func(t types.Type) *jen.Statement { return jen.Op("...").Add(n.variadic(t)) }
		}
		decls = append(decls, jen.List(same...).Add(t(v.typ)))
	}
	return decls
}

// context is the context that the call runs on.
func (f *function) context() *jen.Statement {
	if f.m.Ctx >= 0 {
		return jen.Id(f.params[f.m.Ctx])
	}
	return f.n.qual("context", "Background").Call()
}

// next calls the wrapped method.
func (f *function) next(replaced map[int]string) *jen.Statement {
	return jen.Id(f.self).Dot(f.wrapper.next).Dot(f.m.Name).Call(f.arguments(replaced)...)
}

// arguments passes the method's own parameters on, but for those that are replaced.
func (f *function) arguments(replaced map[int]string) []jen.Code {
	var list []jen.Code
	for i, p := range f.m.Params {
		arg := jen.Id(f.params[i])
		if name, ok := replaced[i]; ok {
			arg = jen.Id(name)
		}
		if p.Variadic {
			arg.Op("...")
		}
		list = append(list, arg)
	}
	return list
}

// passing writes a method that calls straight through.
func (w *wrapper) passing(m *model.Method) *jen.Statement {
	return w.names.function(func(l *locals) *jen.Statement {
		f := w.open(m, l)
		call := f.next(nil)
		if len(m.Results) > 0 {
			call = jen.Return(call)
		}
		return jen.Commentf("// %s calls straight through.", m.Name).Line().Add(f.head(m.Name, false)).Block(call)
	})
}

// duration writes a duration in the largest unit that divides it.
func (n *names) duration(d time.Duration) *jen.Statement {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"}, {time.Millisecond, "Millisecond"}, {time.Microsecond, "Microsecond"}} {
		switch {
		case d == u.unit:
			return n.qual("time", u.name)
		case d%u.unit == 0:
			return jen.Lit(int(d / u.unit)).Op("*").Add(n.qual("time", u.name))
		}
	}
	return jen.Lit(int(d)).Op("*").Add(n.qual("time", "Nanosecond"))
}

// spoken writes a duration as a directive would: 1h30m.
func spoken(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// oneLineFunc writes a function literal without parameters on one line.
func oneLineFunc(results, body *jen.Statement) *jen.Statement {
	return jen.Func().Params().Add(results).Custom(jen.Options{Open: "{ ", Close: " }"}, body)
}

// defaultNegative is how long the runtime keeps a not-found answer unless told otherwise.
const defaultNegative = time.Minute

// cloneable says how a parameter that a load may still read after the caller has left is copied: by
// slices.Clone, maps.Clone, or not at all.
func cloneable(t types.Type) (pkg string, ok bool) {
	switch t.Underlying().(type) {
	case *types.Slice:
		return "slices", true
	case *types.Map:
		return "maps", true
	}
	return "", false
}
