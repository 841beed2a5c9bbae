package emit

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// batch writes a batch method and what belongs to it: where its entries are its own, their EvictM and key function, and
// the uncached call where the method evicts.
func (w *wrapper) batch(m *model.Method) []jen.Code {
	decls := []jen.Code{w.names.function(func(l *locals) *jen.Statement { return w.many(m, l) })}
	if t := m.Batch.Target; m.Batch.Own {
		decls = append(decls,
			w.names.function(func(l *locals) *jen.Statement { return w.evictOne(t, l) }))
		decls = append(decls, w.keys(t)...)
		decls = append(decls, w.groups(t)...)
	}
	if name := w.methods[m].call; name != "" {
		decls = append(decls, w.evicting(m, name, fmt.Sprintf("// %s calls the wrapped %s, then evicts %s.", name, m.Name, targets(m))))
	}
	return decls
}

// batchFunctions are what the runtime calls the forms.
var batchFunctions = map[model.BatchForm]string{
	model.BatchMap: "BatchMap", model.BatchHits: "BatchHits", model.BatchSlice: "BatchSlice", model.BatchIndex: "BatchIndex",
}

// many writes the method itself.
func (w *wrapper) many(m *model.Method, l *locals) *jen.Statement {
	f := w.open(m, l)
	b := m.Batch
	var body []jen.Code
	if b.If != nil {
		body = append(body, jen.If(f.unless(b.If)).Block(jen.Return(f.uncached(nil))))
	}
	copies, replaced := f.copies()
	body = append(body, copies...)
	args := []jen.Code{
		f.context(), jen.Id(f.self).Dot(w.methods[b.Target].field), jen.Id(f.params[b.Keys]), f.ofElement(w.methods[b.Target].key, f.n.predeclared("string")),
	}
	if b.Form == model.BatchSlice {
		args = append(args, f.elementBy())
	}
	args = append(args, f.batchLoader(replaced))
	if b.Reload != nil {
		args = append(args, f.n.qual(runtimePath, "Anew").Call(f.n.argument(f, b.Reload)))
	}
	if groups := w.methods[b.Target].groupsOf; groups != "" {
		list := f.ofElement(groups, jen.Index().Add(f.n.predeclared("string")))
		args = append(args, f.n.qual(runtimePath, "InGroups").Call(list))
	}
	call := f.n.qual(runtimePath, batchFunctions[b.Form]).Call(args...)
	if m.Err >= 0 {
		body = append(body, jen.Return(call))
	} else {
		var results []jen.Code
		for _, r := range f.results {
			results = append(results, jen.Id(r))
		}
		err := l.add("err", "failure")
		body = append(body,
			jen.List(append(slices.Clone(results), jen.Id(err))...).Op(":=").Add(call),
			jen.If(jen.Id(err).Op("!=").Add(f.n.predeclared("nil"))).Block(jen.Return(f.uncached(nil))),
			jen.Return(results...))
	}
	return jen.Comment(batchDoc(m)).Line().Add(f.head(m.Name, false)).Block(body...)
}

// argument writes a condition as an argument; one that panics does not hold.
func (n *names) argument(f *function, e *model.Expr) *jen.Statement {
	if e.MayPanic {
		return f.guarded(e)
	}
	return n.expr(e, f.binding())
}

// ofElement writes the function that gives what one of the target's functions gives, its key or its groups, for one
// element of the batch's keys: that function itself, where it takes nothing else.
func (f *function) ofElement(function string, result *jen.Statement) *jen.Statement {
	b, t := f.m.Batch, f.m.Batch.Target
	elem := f.m.Params[b.Keys].Type.Underlying().(*types.Slice).Elem()
	call := jen.Id(f.self).Dot(function)
	if i := t.Cache.KeyParams; len(i) == 1 && alone(b.Args[0], b.Element) && types.Identical(t.Params[i[0]].Type, elem) {
		return call
	}
	bound := f.binding()
	name := bound.variable(b.Element)
	var args []jen.Code
	panics := false
	for i, e := range b.Args {
		if t.Params[t.Cache.KeyParams[i]].Context {
			args = append(args, f.context())
			continue
		}
		args = append(args, f.n.expr(e, bound))
		panics = panics || e.MayPanic
	}
	var body []jen.Code
	if panics {
		body = append(body, jen.Defer().Add(f.n.qual(keyPath, "Recover")).Call())
	}
	body = append(body, jen.Return(call.Call(args...)))
	return jen.Func().Params(jen.Id(name).Add(f.n.typ(elem))).Add(result).Block(body...)
}

// alone reports whether an expression is a variable of that name and nothing else.
func alone(e *model.Expr, name string) bool {
	return len(e.Parts) == 1 && e.Parts[0].Local == name
}

// elementBy writes the function that says which key an element of the result belongs to.
func (f *function) elementBy() *jen.Statement {
	b := f.m.Batch
	bound := f.binding()
	it := bound.variable("it")
	elem := f.m.Results[0].Type.Underlying().(*types.Slice).Elem()
	key := f.m.Params[b.Keys].Type.Underlying().(*types.Slice).Elem()
	return jen.Func().Params(jen.Id(it).Add(f.n.typ(elem))).Add(f.n.typ(key)).
		Custom(jen.Options{Open: "{ ", Close: " }"}, jen.Return(f.n.expr(b.By, bound)))
}

// batchLoader writes the function that loads what is missing. It takes the keys that are asked for in place of the
// caller's.
func (f *function) batchLoader(replaced map[int]string) *jen.Statement {
	m, n := f.m, f.n
	keys := m.Params[m.Batch.Keys]
	ctx, fill := "_", "_"
	if m.Ctx >= 0 {
		ctx = f.params[m.Ctx]
	}
	if m.Batch.Unless != nil {
		fill = f.locals.add("fill")
	}
	call := f.uncached(replaced)
	var results, names []jen.Code
	for i, r := range m.Results {
		names = append(names, jen.Id(f.results[i]))
		results = append(results, n.typ(r.Type))
	}
	err := n.predeclared("nil")
	if m.Err >= 0 {
		err = jen.Id(f.results[m.Err])
	} else {
		results = append(results, n.predeclared("error"))
	}
	var body []jen.Code
	switch {
	case m.Batch.Unless == nil && m.Err >= 0:
		body = append(body, jen.Return(call))
	case m.Batch.Unless == nil && len(m.Results) == 1:
		body = append(body, jen.Return(call, err))
	default:
		body = append(body, jen.List(names...).Op(":=").Add(call))
		if e := m.Batch.Unless; e != nil {
			unless := jen.Id(fill).Dot("Unless").Call(oneLineFunc(n.predeclared("bool"), jen.Return(n.expr(e, f.binding()))))
			if m.Err >= 0 {
				unless = jen.If(err.Clone().Op("==").Add(n.predeclared("nil"))).Block(unless)
			}
			body = append(body, unless)
		}
		if m.Err < 0 {
			names = append(names, err)
		}
		body = append(body, jen.Return(names...))
	}
	slice := n.typ(keys.Type)
	return jen.Func().Params(
		jen.Id(ctx).Add(n.qual("context", "Context")),
		jen.Id(fill).Op("*").Add(n.qual(runtimePath, "Fill")),
		jen.Id(f.params[m.Batch.Keys]).Add(slice),
	).Params(results...).Block(body...)
}

// batchDoc says in a line what a batch method does.
func batchDoc(m *model.Method) string {
	b := m.Batch
	doc := fmt.Sprintf("// %s is %s for many keys at once: it calls the wrapped method for those that the cache lacks", m.Name, b.Target.Name)
	if b.Own {
		ttl := "the cache's default TTL"
		if b.Target.Cache.TTL != 0 {
			ttl = spoken(b.Target.Cache.TTL)
		}
		doc = fmt.Sprintf("// %s is cached key by key for %s: it calls the wrapped method for those that the cache lacks", m.Name, ttl)
	}
	for _, c := range []struct {
		says string
		cond *model.Expr
	}{{", if ", b.If}, {", stored unless ", b.Unless}, {", for all if ", b.Reload}} {
		if c.cond != nil {
			doc += c.says + c.cond.Source
		}
	}
	return doc + "."
}
