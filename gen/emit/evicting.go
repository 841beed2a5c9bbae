package emit

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// evicting writes a method that calls the wrapped one and then evicts, whatever that returned.
func (w *wrapper) evicting(m *model.Method, name, doc string) *jen.Statement {
	return w.names.function(func(l *locals) *jen.Statement {
		f := w.open(m, l)
		results, end := false, "Evict"
		var around, overwritten []*model.Evict
		for _, e := range m.Evicts {
			if e.Overwritten {
				overwritten = append(overwritten, e)
			}
			results = results || e.UsesResults
			if e.Put != nil {
				end = "Write"
			}
			if e.Around && !e.UsesResults {
				around = append(around, e)
			}
		}
		returned := ""
		if results {
			returned = l.add("returned")
		}
		before := f.before()
		evict := jen.Defer().Id(f.self).Dot(w.cache)
		ev := f.locals.add("ev", "eviction")
		switch {
		case len(around) == len(m.Evicts):
			both := f.locals.add("evict", "evictions")
			before = append(before, jen.Id(both).Op(":=").Add(f.eviction(ev, "", around)))
			evict.Dot("Around").Call(f.context(), jen.Id(both)).Call(jen.Id(both))
		case len(around) > 0:
			evict.Dot("Around").Call(f.context(), f.eviction(ev, "", around)).Call(f.eviction(ev, returned, m.Evicts))
		case end == "Write":
			known := f.n.predeclared("nil")
			if len(overwritten) > 0 {
				known = f.eviction(ev, "", overwritten)
			}
			evict.Dot(end).Call(f.context(), known).Call(f.eviction(ev, returned, m.Evicts))
		default:
			evict.Dot(end).Call(f.context(), f.eviction(ev, returned, m.Evicts))
		}
		var body []jen.Code
		switch {
		case results:
			var list []jen.Code
			for _, r := range f.results {
				list = append(list, jen.Id(r))
			}
			call := f.next(nil)
			if len(list) > 0 {
				call = jen.List(list...).Op("=").Add(call)
			}
			body = []jen.Code{
				jen.Var().Id(returned).Add(f.n.predeclared("bool")),
				evict,
				call,
				jen.Id(returned).Op("=").Add(f.n.predeclared("true")),
			}
			if len(list) > 0 {
				body = append(body, jen.Return(list...))
			}
		case len(m.Results) > 0:
			body = []jen.Code{evict, jen.Return(f.next(nil))}
		default:
			body = []jen.Code{evict, f.next(nil)}
		}
		return jen.Comment(doc).Line().Add(f.head(name, results)).Block(append(before, body...)...)
	})
}

// before reads the state before the write, if clauses ask for it.
func (f *function) before() []jen.Code {
	o := f.m.Old
	if o == nil {
		return nil
	}
	var args []jen.Code
	for i, p := range o.Target.Params {
		arg := f.context()
		if !p.Context {
			arg = f.n.expr(o.Args[i], f.binding())
		}
		if p.Variadic {
			arg.Op("...")
		}
		args = append(args, arg)
	}
	call := jen.Id(f.self).Dot(f.wrapper.next).Dot(o.Target.Name).Call(args...)
	read := []jen.Code{jen.Return(call)}
	switch {
	case len(o.Target.Results) == 1:
		read = []jen.Code{jen.Return(call, f.n.predeclared("nil"))}
	case len(o.Target.Results) != 2 || o.Target.Err != 1:
		list, state, err := make([]jen.Code, len(o.Target.Results)), f.locals.add("state"), jen.Code(f.n.predeclared("nil"))
		for i := range list {
			switch i {
			case o.Result:
				list[i] = jen.Id(state)
			case o.Target.Err:
				failure := f.locals.add("err", "failure")
				list[i], err = jen.Id(failure), jen.Id(failure)
			default:
				list[i] = jen.Id("_")
			}
		}
		read = []jen.Code{jen.List(list...).Op(":=").Add(call), jen.Return(jen.Id(state), err)}
	}
	f.old, f.known = f.locals.add("old"), f.locals.add("known")
	typ := f.n.typ(o.Target.Results[o.Result].Type)
	return []jen.Code{jen.List(jen.Id(f.old), jen.Id(f.known)).Op(":=").Add(f.n.qual(runtimePath, "Old")).Call(
		jen.Id(f.self).Dot(f.wrapper.cache), f.codecs.codec(f.n, o.Value),
		jen.Func().Params().Params(typ, f.n.predeclared("error")).Block(read...))}
}

// eviction writes the function that removes what clauses say. Clauses that use results count only where the method
// returned without an error, those that use the state before the write only where it could be read.
func (f *function) eviction(ev, returned string, clauses []*model.Evict) *jen.Statement {
	var body, group []jen.Code
	var last *model.Evict // the one before
	flush := func() {
		if last != nil && (last.UsesResults || last.UsesOld) {
			group = []jen.Code{jen.If(f.given(last, returned)).Block(group...)}
		}
		body, group = append(body, group...), nil
	}
	for _, e := range clauses {
		if last != nil && (last.UsesResults != e.UsesResults || last.UsesOld != e.UsesOld) {
			flush()
		}
		last, group = e, append(group, f.clause(ev, e))
	}
	flush()
	return jen.Func().Params(jen.Id(ev).Op("*").Add(f.n.qual(runtimePath, "Eviction"))).Block(body...)
}

// given is the condition under which what a clause uses is there.
func (f *function) given(e *model.Evict, returned string) *jen.Statement {
	var all []jen.Code
	if e.UsesOld {
		all = append(all, jen.Id(f.known))
	}
	if e.UsesResults {
		all = append(all, jen.Id(returned))
		if f.m.Err >= 0 {
			all = append(all, jen.Id(f.results[f.m.Err]).Op("==").Add(f.n.predeclared("nil")))
		}
	}
	cond := jen.Add(all[0])
	for _, c := range all[1:] {
		cond.Op("&&").Add(c)
	}
	return cond
}

// clause writes one clause: remove, if, for, each guarded where it may panic.
func (f *function) clause(ev string, e *model.Evict) *jen.Statement {
	b := f.binding()
	head := f.loopVars(e, b)
	remove := jen.Id(ev).Dot("Remove").Call(jen.Id(f.self).Dot(f.methods[e.Target].field), f.evicted(e, b))
	switch {
	case e.Put != nil:
		remove = f.put(ev, e, b)
	case e.Target.Tag != nil:
		remove = jen.Id(ev).Dot("RemoveTag").Call(jen.Id(f.self).Dot(f.methods[e.Target].field), f.evicted(e, b))
	}
	panics := false
	for _, arg := range e.Args {
		panics = panics || arg != nil && arg.MayPanic
	}
	if e.If != nil {
		remove = jen.If(f.n.condition(e.If, b)).Block(remove)
		panics = panics || e.If.MayPanic
	}
	if panics {
		remove = try(ev, remove, e.If == nil)
	}
	if e.For == nil {
		return remove
	}
	over := jen.Range().Parens(f.n.expr(e.For.X, f.binding()))
	loop := jen.For(loopHead(head).Add(over)).Block(remove)
	if e.For.X.MayPanic {
		return try(ev, loop, false)
	}
	return loop
}

// loopVars names the variables of a clause's loop: _ where nothing uses them.
func (f *function) loopVars(e *model.Evict, b *binding) (head []jen.Code) {
	if e.For == nil {
		return nil
	}
	for _, name := range []string{e.For.Key, e.For.Value} {
		if name == "" || name == "_" || !uses(name, append(append(slices.Clone(e.Args), e.Put...), e.If)...) {
			name = "_"
		} else {
			name = b.variable(name)
		}
		head = append(head, jen.Id(name))
	}
	return head
}

// put writes what keeps values as the target's answer.
func (f *function) put(ev string, e *model.Evict, b *binding) *jen.Statement {
	var values []jen.Code
	for _, v := range e.Put {
		values = append(values, f.n.expr(v, b))
	}
	value := jen.Add(values[0])
	if e.Target.Cache.Bundle != nil {
		value = f.value(e.Target).Values(values...)
	}
	return f.n.qual(runtimePath, "Put").Call(jen.Id(ev), jen.Id(f.self).Dot(f.methods[e.Target].field), f.evicted(e, b),
		oneLineFunc(f.value(e.Target), jen.Return(value)))
}

// loopHead writes the variables of a range clause without those that nothing uses.
func loopHead(vars []jen.Code) *jen.Statement {
	blank := func(c jen.Code) bool { return fmt.Sprintf("%#v", c) == "_" }
	switch {
	case blank(vars[0]) && blank(vars[1]):
		return &jen.Statement{}
	case blank(vars[1]):
		return jen.Add(vars[0]).Op(":=")
	}
	return jen.List(vars...).Op(":=")
}

func try(ev string, s *jen.Statement, oneLine bool) *jen.Statement {
	if oneLine {
		return jen.Id(ev).Dot("Try").Call(oneLineFunc(jen.Null(), s))
	}
	return jen.Id(ev).Dot("Try").Call(jen.Func().Params().Block(s))
}

// evicted is the key of what a clause removes: an entry, or a group of them.
func (f *function) evicted(e *model.Evict, b *binding) *jen.Statement {
	if e.Group != nil {
		return jen.Id(f.self).Dot(f.methods[e.Target].groups[e.Group]).Call(f.clauseArgs(e, b)...)
	}
	return f.keyOf(e.Target, f.clauseArgs(e, b))
}

// clauseArgs writes the arguments of the target's key function. A context in the key is the mutator's own.
func (f *function) clauseArgs(e *model.Evict, b *binding) []jen.Code {
	var args []jen.Code
	for i, param := range e.Target.Cache.KeyParams {
		if e.Group != nil && !slices.Contains(e.Group.Params, param) {
			continue
		}
		if i < len(e.Args) && e.Args[i] != nil {
			args = append(args, f.n.expr(e.Args[i], b))
		} else {
			args = append(args, f.context())
		}
	}
	return args
}

// evictsDoc says in a line what a mutator evicts.
func evictsDoc(m *model.Method) string {
	return fmt.Sprintf("// %s evicts %s.", m.Name, targets(m))
}

// targets enumerates the methods whose entries a mutator evicts.
func targets(m *model.Method) string {
	var list []string
	seen := map[*model.Method]bool{}
	for _, e := range m.Evicts {
		if !seen[e.Target] {
			list = append(list, e.Target.Name)
		}
		seen[e.Target] = true
	}
	return enumerate(list)
}
