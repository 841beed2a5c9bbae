package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// nameTags names what a wrapper has for its tags.
func (w *wrapper) nameTags(member func(...string) string) {
	for _, t := range w.Tags {
		name := unexported(t.Tag.Name)
		w.methods[t] = &members{
			field: member(name + "Tag"), key: member(name + "TagKey"), evict: member("EvictTag" + exported(t.Tag.Name)),
		}
	}
}

// static lists the marks of a method's entries that are known before the load: they are groups.
func static(m *model.Method) []*model.Evict {
	var list []*model.Evict
	for _, e := range m.Cache.Marks {
		if !e.AfterLoad() {
			list = append(list, e)
		}
	}
	return list
}

// dynamicTags lists the tags whose marks are known only after the load.
func dynamicTags(m *model.Method) []*model.Method {
	var list []*model.Method
	for _, e := range m.Cache.Marks {
		if e.AfterLoad() && (len(list) == 0 || list[len(list)-1] != e.Target) {
			list = append(list, e.Target)
		}
	}
	return list
}

// tag writes the functions of a tag: what makes the key of a mark, and what evicts one.
func (w *wrapper) tag(t *model.Method) []jen.Code {
	evict := w.names.function(func(l *locals) *jen.Statement {
		f := &function{wrapper: w, m: t, n: w.names, locals: l}
		var list []variable
		for i, p := range t.Params {
			f.params = append(f.params, l.add(paramNames(p, i)...))
			list = append(list, variable{f.params[i], p.Type, false})
		}
		ctx := l.add("ctx")
		f.self = l.add("w", "c", "wrapper")
		params := append([]jen.Code{jen.Id(ctx).Add(f.n.qual("context", "Context"))}, f.n.variables(list)...)
		call := jen.Id(f.self).Dot(w.cache).Dot("EvictTag").
			Call(jen.Id(ctx), jen.Id(f.self).Dot(w.methods[t].field), f.keyOf(t, f.ownKeyArgs()))
		return jen.Commentf("// %s removes all entries that are marked %s.", w.methods[t].evict, t.Tag.Name).Line().
			Add(f.receiver()).Id(w.methods[t].evict).Params(params...).Add(f.n.predeclared("error")).Block(jen.Return(call))
	})
	return []jen.Code{evict, w.names.function(func(l *locals) *jen.Statement { return w.keyFunction(t, nil, l) })}
}

// marks writes the function that tells which marks a result bears.
func (f *function) marks(b *binding) *jen.Statement {
	mark := f.locals.add("mark")
	var body []jen.Code
	for _, e := range f.m.Cache.Marks {
		if e.AfterLoad() {
			own := *b
			body = append(body, f.mark(mark, e, &own))
		}
	}
	return jen.Func().Params(jen.Id(mark).Func().Params(f.n.predeclared("string"))).Block(body...)
}

// mark writes one clause of a tag directive.
func (f *function) mark(mark string, e *model.Evict, b *binding) *jen.Statement {
	outer := *b
	head := f.loopVars(e, b)
	call := jen.Id(mark).Call(f.keyOf(e.Target, f.clauseArgs(e, b)))
	if e.If != nil {
		call = jen.If(f.n.condition(e.If, b)).Block(call)
	}
	if e.For == nil {
		return call
	}
	return jen.For(loopHead(head).Add(jen.Range().Parens(f.n.expr(e.For.X, &outer)))).Block(call)
}

// tagsDoc says by what a method's entries are marked.
func tagsDoc(m *model.Method) string {
	var names []string
	for i, e := range m.Cache.Marks {
		if i == 0 || m.Cache.Marks[i-1].Target != e.Target {
			names = append(names, e.Target.Tag.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(", marked by %s", enumerate(names))
}
