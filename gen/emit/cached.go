package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// cached writes a cached method and what belongs to it: its EvictM, its key function, the struct that holds
// its results, and the uncached call where that evicts.
func (w *wrapper) cached(m *model.Method) []jen.Code {
	decls := []jen.Code{
		w.names.function(func(l *locals) *jen.Statement { return w.lookup(m, l) }),
		w.names.function(func(l *locals) *jen.Statement { return w.evictOne(m, l) }),
	}
	decls = append(decls, w.keys(m)...)
	decls = append(decls, w.groups(m)...)
	if name := w.methods[m].call; name != "" {
		decls = append(decls, w.evicting(m, name, fmt.Sprintf("// %s calls the wrapped %s, then evicts %s.", name, m.Name, targets(m))))
	}
	if m.Cache.Bundle != nil && m.Index == nil {
		decls = append(decls, w.bundle(m))
	}
	return decls
}

// lookup writes the method itself.
func (w *wrapper) lookup(m *model.Method, l *locals) *jen.Statement {
	f := w.open(m, l)
	entry := jen.Id(f.self).Dot(w.methods[m].field)
	k := ""
	if w.methods[m].bytes != "" {
		k = l.add("k", "buf")
	}
	key := l.add("key", "k", "cacheKey")

	var body []jen.Code
	if c := m.Cache.If; c != nil {
		body = append(body, jen.If(f.unless(c)).Block(jen.Return(f.uncached(nil))))
	}
	found := f.found()
	if k != "" {
		body = append(body,
			jen.Id(k).Op(":=").Add(f.keyBytes()),
			jen.If(f.get(found, entry.Clone().Dot("Near"), jen.Id(k))),
			jen.Id(key).Op(":=").Add(f.n.predeclared("string")).Call(jen.Id(k)))
	} else {
		body = append(body, jen.Id(key).Op(":=").Add(f.keyOf(m, f.ownKeyArgs())))
	}
	groups := f.ownGroups(&body)

	get, args := entry.Clone().Dot("Get"), []jen.Code{jen.Id(key)}
	if m.Index != nil {
		get, args = f.n.qual(runtimePath, "GetBy"), f.indexed(entry, key)[1:]
	}
	hit := jen.If(f.get(found, get, append(args, groups...)...))
	load, reload := entry.Clone().Dot("Load"), entry.Clone().Dot("Reload")
	args = []jen.Code{f.context(), jen.Id(key)}
	if m.Index != nil {
		load, reload = f.n.qual(runtimePath, "LoadBy"), f.n.qual(runtimePath, "ReloadBy")
		args = f.indexed(entry, key)
	}
	if c := m.Cache.Reload; c != nil {
		fetch := l.add("fetch", "load")
		if m.Index != nil {
			load.Types(f.value(m))
			reload.Types(f.value(m))
		}
		body = append(body,
			jen.Id(fetch).Op(":=").Add(load),
			jen.If(f.holds(c)).Block(jen.Id(fetch).Op("=").Add(reload)).Else().Add(hit))
		load = jen.Id(fetch)
	} else {
		body = append(body, hit)
	}
	copies, replaced := f.copies()
	body = append(body, copies...)
	load = load.Call(append(append(args, f.loader(replaced)), groups...)...)
	body = append(body, f.finish(load)...)
	return jen.Comment(cachedDoc(w.Wrapper, m)).Line().Add(f.head(m.Name, false)).Block(body...)
}

// direct reports whether an entry's value and error are what the method returns, as they stand.
func (f *function) direct() bool { return len(f.m.Results) == 2 && f.m.Err == 1 }

// found are the variables for what is found in the cache.
type found struct{ value, ok, err string }

func (f *function) found() found {
	names := found{value: f.single("hit"), ok: f.locals.add("ok", "found"), err: "_"}
	if f.m.Err >= 0 {
		names.err = f.results[f.m.Err]
	}
	return names
}

// get reads the cache in the head of an if statement, by one of the runtime's ways, and returns what it finds.
func (f *function) get(found found, get *jen.Statement, args ...jen.Code) *jen.Statement {
	args = append([]jen.Code{f.context()}, args...)
	return jen.List(jen.Id(found.value), jen.Id(found.ok), jen.Id(found.err)).Op(":=").Add(get).Call(args...).
		Op(";").Id(found.ok).Block(jen.Return(f.answer(found.value, found.err)...))
}

// finish returns what a load gives. A load that fails where the method knows no errors is made up for by a
// call of the wrapped method, as if there were no cache.
func (f *function) finish(load *jen.Statement) []jen.Code {
	if f.direct() {
		return []jen.Code{jen.Return(load)}
	}
	value := f.single("loaded")
	if f.m.Err >= 0 {
		err := f.results[f.m.Err]
		return []jen.Code{
			jen.List(jen.Id(value), jen.Id(err)).Op(":=").Add(load),
			jen.Return(f.answer(value, err)...),
		}
	}
	err := f.locals.add("err", "failure")
	return []jen.Code{
		jen.List(jen.Id(value), jen.Id(err)).Op(":=").Add(load),
		jen.If(jen.Id(err).Op("!=").Add(f.n.predeclared("nil"))).Block(jen.Return(f.uncached(nil))),
		jen.Return(f.answer(value, "")...),
	}
}

// single is what the variable for an entry's value is called: like the result where there is one.
func (f *function) single(otherwise string) string {
	if f.m.Cache.Bundle == nil {
		return f.results[values(f.m)[0]]
	}
	return f.locals.add(otherwise)
}

// answer lists the method's results, given an entry's value and the error.
func (f *function) answer(value, err string) []jen.Code {
	var list []jen.Code
	next := 0
	for i := range f.m.Results {
		switch {
		case i == f.m.Err:
			list = append(list, jen.Id(err))
		case f.m.Cache.Bundle == nil:
			list = append(list, jen.Id(value))
		default:
			list = append(list, jen.Id(value).Dot(bundleField(f.m, next)))
			next++
		}
	}
	return list
}

// loader writes the function that a load runs. It may outlive the call, so it takes the load's own context,
// and copies of the slices and maps that the caller may change afterwards.
func (f *function) loader(replaced map[int]string) *jen.Statement {
	m, n := f.m, f.n
	ctx, fill := "_", "_"
	if m.Ctx >= 0 {
		ctx = f.params[m.Ctx]
	}
	judged := m.Cache.Unless != nil || m.Cache.Lifetime != nil || m.Index != nil || len(dynamicTags(m)) > 0
	if judged {
		fill = f.locals.add("fill")
	}
	call := f.uncached(replaced)
	var body []jen.Code
	switch {
	case f.direct() && !judged:
		body = append(body, jen.Return(call))
	case len(m.Results) == 1 && !judged:
		body = append(body, jen.Return(call, n.predeclared("nil")))
	default:
		body = f.unbundled(call, fill, replaced)
	}
	params := []jen.Code{n.qual("context", "Context"), jen.Op("*").Add(n.qual(runtimePath, "Fill"))}
	if ctx != "_" || fill != "_" {
		params = []jen.Code{jen.Id(ctx).Add(params[0]), jen.Id(fill).Add(params[1])}
	}
	return jen.Func().Params(params...).Params(f.value(m), n.predeclared("error")).Block(body...)
}

// unbundled is the body of a load whose results are looked at or put together before they are returned.
func (f *function) unbundled(call *jen.Statement, fill string, replaced map[int]string) []jen.Code {
	m, n := f.m, f.n
	b := f.binding()
	b.params = slices.Clone(b.params)
	for i, name := range replaced {
		b.params[i] = name
	}
	var results, stored []jen.Code
	for i, name := range f.results {
		results = append(results, jen.Id(name))
		if i != m.Err {
			stored = append(stored, jen.Id(name))
		}
	}
	body := []jen.Code{jen.List(results...).Op(":=").Add(call)}
	err := n.predeclared("nil")
	if m.Err >= 0 {
		err = jen.Id(f.results[m.Err])
	}
	var verdicts []jen.Code
	if c := m.Cache.Unless; c != nil {
		verdicts = append(verdicts, jen.Id(fill).Dot("Unless").Call(oneLineFunc(n.predeclared("bool"), jen.Return(n.expr(c, b)))))
	}
	if c := m.Cache.Lifetime; c != nil {
		verdicts = append(verdicts, jen.Id(fill).Dot("TTL").Call(oneLineFunc(n.qual("time", "Duration"), jen.Return(n.expr(c, b)))))
	}
	if len(dynamicTags(m)) > 0 {
		verdicts = append(verdicts, jen.Id(fill).Dot("Tags").Call(f.marks(b)))
	}
	if m.Index != nil {
		verdicts = append(verdicts, jen.Id(fill).Dot("Entry").Call(f.place(b)))
	}
	if m.Err >= 0 && len(verdicts) > 0 {
		verdicts = []jen.Code{jen.If(err.Clone().Op("==").Add(n.predeclared("nil"))).Block(verdicts...)}
	}
	body = append(body, verdicts...)
	value := stored[0]
	if m.Cache.Bundle != nil {
		value = f.value(m).Values(stored...)
	}
	return append(body, jen.Return(value, err))
}

// copies declares copies of the parameters that the caller may change while a load still reads them.
func (f *function) copies() (decls []jen.Code, replaced map[int]string) {
	replaced = map[int]string{}
	for i, p := range f.m.Params {
		pkg, ok := cloneable(p.Type)
		if !ok || f.m.Batch != nil && i == f.m.Batch.Keys {
			continue // a batch's keys are copied as they are asked for
		}
		if len(decls) == 0 {
			decls = append(decls, jen.Comment("// The load may outlive this call."))
		}
		replaced[i] = f.locals.add(f.params[i] + "Copy")
		decls = append(decls, jen.Id(replaced[i]).Op(":=").Add(f.n.qual(pkg, "Clone")).Call(jen.Id(f.params[i])))
	}
	return decls, replaced
}

// uncached calls the wrapped method; where the method evicts too, through the helper that does so.
func (f *function) uncached(replaced map[int]string) *jen.Statement {
	if name := f.methods[f.m].call; name != "" {
		return jen.Id(f.self).Dot(name).Call(f.arguments(replaced)...)
	}
	return f.next(replaced)
}

// holds writes a condition for the head of an if statement; one that panics does not hold.
func (f *function) holds(e *model.Expr) *jen.Statement {
	if e.MayPanic {
		return f.guarded(e)
	}
	return f.n.condition(e, f.binding())
}

// unless is the negation of holds.
func (f *function) unless(e *model.Expr) *jen.Statement {
	if e.MayPanic {
		return jen.Op("!").Add(f.guarded(e))
	}
	return jen.Parens(f.n.not(e, f.binding()))
}

func (f *function) guarded(e *model.Expr) *jen.Statement {
	return f.n.qual(runtimePath, "Holds").Call(oneLineFunc(f.n.predeclared("bool"), jen.Return(f.n.expr(e, f.binding()))))
}

// bundleField is what the struct of a method's results calls the i-th of them, the error not counted.
func bundleField(m *model.Method, i int) string {
	return structOf(m.Cache.Bundle).Field(i).Name()
}

// cachedDoc says in a line what is cached, for how long, on which conditions, and what ends it sooner.
func cachedDoc(w *model.Wrapper, m *model.Method) string {
	ttl := "the cache's default TTL"
	if m.Cache.TTL != 0 {
		ttl = spoken(m.Cache.TTL)
	}
	if m.Cache.Lifetime != nil {
		ttl = m.Cache.Lifetime.Source
	}
	doc := fmt.Sprintf("// %s is cached for %s", m.Name, ttl)
	if m.Index != nil {
		doc = fmt.Sprintf("// %s finds entries of %s; where they are is kept for %s", m.Name, m.Index.Target.Name, ttl)
	}
	switch {
	case m.Cache.Refresh != 0:
		doc += fmt.Sprintf(" and refreshed in the last %s", spoken(m.Cache.Refresh))
	case m.Cache.RefreshPercent != 0:
		doc += fmt.Sprintf(" and refreshed in the last %d%%", m.Cache.RefreshPercent)
	}
	if m.Cache.Stale != 0 {
		doc += fmt.Sprintf(", served stale for %s more where loading fails", spoken(m.Cache.Stale))
		if m.Cache.Timeout != 0 {
			doc += fmt.Sprintf(" or takes longer than %s", spoken(m.Cache.Timeout))
		}
	}
	if len(m.Cache.NotFound) > 0 {
		var sentinels []string
		for _, s := range m.Cache.NotFound {
			sentinels = append(sentinels, s.Name)
		}
		negative := m.Cache.Negative
		if negative == 0 {
			negative = defaultNegative
		}
		doc += fmt.Sprintf(", %s for %s", enumerate(sentinels), spoken(negative))
	}
	for _, c := range []struct {
		says string
		cond *model.Expr
	}{{" if ", m.Cache.If}, {" unless ", m.Cache.Unless}, {", anew if ", m.Cache.Reload}} {
		if c.cond != nil {
			doc += c.says + c.cond.Source
		}
	}
	doc += tagsDoc(m)
	var by []string
	for _, other := range w.Methods {
		for _, e := range other.Evicts {
			if e.Ends(m) {
				by = append(by, other.Name)
				break
			}
		}
	}
	switch {
	case len(by) > 3:
		doc += fmt.Sprintf("; %s and %d others evict it", by[0], len(by)-1)
	case len(by) == 1:
		doc += fmt.Sprintf("; %s evicts it", by[0])
	case len(by) > 1:
		doc += fmt.Sprintf("; %s evict it", enumerate(by))
	}
	return doc + "."
}

// enumerate joins words as a sentence does.
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
