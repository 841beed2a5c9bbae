package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// keys writes what makes the keys of a method's entries.
func (w *wrapper) keys(m *model.Method) []jen.Code {
	decls := []jen.Code{w.names.function(func(l *locals) *jen.Statement { return w.keyFunction(m, nil, l) })}
	if w.methods[m].bytes != "" {
		decls = append(decls, w.names.function(func(l *locals) *jen.Statement { return w.keyString(m, l) }))
	}
	return decls
}

// keyFunction writes the function that all ways to an entry go through: lookups, evictions, EvictM. That of a group
// makes the key of the group: an entry's, with _ for the parts that may have any value, which is no value's form.
func (w *wrapper) keyFunction(m *model.Method, g *model.Group, l *locals) *jen.Statement {
	f := &function{wrapper: w, m: m, n: w.names, locals: l, params: make([]string, len(m.Params))}
	name, needed := w.methods[m].key, m.Cache.KeyParams
	if g != nil {
		name, needed = w.methods[m].groups[g], g.Params
	}
	inBytes := g == nil && w.methods[m].bytes != ""
	var params []variable
	for _, i := range needed {
		f.params[i] = l.add(paramNames(m.Params[i], i)...)
		params = append(params, variable{f.params[i], m.Params[i].Type, false})
	}
	f.self = l.add("w", "c", "wrapper")
	k := l.add("k", "buf")
	entry := jen.Id(f.self).Dot(w.methods[m].field)

	var body []jen.Code
	if mayFail(w.codecs, m.Cache, g) {
		body = append(body, jen.Defer().Add(f.n.qual(keyPath, "Recover")).Call())
	}
	if inBytes {
		body = append(body, jen.Id(k).Op("=").Add(entry.Clone()).Dot("Key").Call(jen.Id(k)))
	} else {
		body = append(body, jen.Id(k).Op(":=").Add(entry.Clone()).Dot("Key").Call(f.n.buffer()))
	}
	any := []jen.Code{jen.Id(k)} // runes, since what takes append's place in some packages takes no string
	wildcards := func() {
		if len(any) > 1 {
			body = append(body, jen.Id(k).Op("=").Add(f.n.predeclared("append")).Call(any...))
		}
		any = []jen.Code{jen.Id(k)}
	}
	for i, part := range m.Cache.Key {
		if !fixes(g, i) {
			any = append(any, jen.LitRune(':'), jen.LitRune('_'))
			continue
		}
		wildcards()
		body = append(body, f.keyPart(part, entry, k)...)
	}
	wildcards()
	if inBytes {
		bytes := jen.Index().Add(f.n.predeclared("byte"))
		params := append([]jen.Code{jen.Id(k).Add(bytes.Clone())}, f.n.variables(params)...)
		body = append(body, jen.Return(f.n.qual(keyPath, "Short").Call(jen.Id(k))))
		return f.receiver().Id(w.methods[m].bytes).Params(params...).Add(bytes).Block(body...)
	}
	body = append(body, jen.Return(f.n.qual(keyPath, "String").Call(jen.Id(k))))
	return f.receiver().Id(name).Params(f.n.variables(params)...).Add(f.n.predeclared("string")).Block(body...)
}

// keyString writes the key function of a method whose keys need not become strings, in terms of the one that makes them.
func (w *wrapper) keyString(m *model.Method, l *locals) *jen.Statement {
	f := &function{wrapper: w, m: m, n: w.names, locals: l, params: make([]string, len(m.Params))}
	var params []variable
	for _, i := range m.Cache.KeyParams {
		f.params[i] = l.add(paramNames(m.Params[i], i)...)
		params = append(params, variable{f.params[i], m.Params[i].Type, false})
	}
	f.self = l.add("w", "c", "wrapper")
	return f.receiver().Id(w.methods[m].key).Params(f.n.variables(params)...).Add(f.n.predeclared("string")).
		Block(jen.Return(f.n.predeclared("string").Call(f.keyBytes())))
}

// keyBytes makes the key of a call, in a buffer that stays off the heap where it can.
func (f *function) keyBytes() *jen.Statement {
	args := append([]jen.Code{f.n.buffer()}, f.ownKeyArgs()...)
	return jen.Id(f.self).Dot(f.methods[f.m].bytes).Call(args...)
}

// near reports whether what is kept decoded is asked for by a key that is no string yet.
func near(m *model.Method) bool {
	return m.Cache.Near != model.NearOff && m.Index == nil && m.Cache.Reload == nil
}

// keyPart appends one part of the key. One that must not be readable is replaced by its digest.
func (f *function) keyPart(part model.KeyPart, entry *jen.Statement, k string) []jen.Code {
	value := f.n.expr(part.Expr, f.binding())
	colon := f.n.predeclared("append").Call(jen.Id(k), jen.LitRune(':'))
	if !part.Hash {
		return []jen.Code{jen.Id(k).Op("=").Add(f.codecs.key(f.n, part.Shape, colon, value))}
	}
	mark := f.locals.add("mark")
	return []jen.Code{
		jen.Id(k).Op("=").Add(colon),
		jen.Id(mark).Op(":=").Add(f.n.predeclared("len")).Call(jen.Id(k)),
		jen.Id(k).Op("=").Add(f.codecs.key(f.n, part.Shape, jen.Id(k), value)),
		jen.Id(k).Op("=").Add(entry.Clone()).Dot("Hash").Call(jen.Id(k), jen.Id(mark)),
	}
}

// mayFail reports whether making the key can panic or meet a value that has no key.
func mayFail(c *codecs, cache *model.Cache, g *model.Group) bool {
	for i, part := range cache.Key {
		if !fixes(g, i) {
			continue
		}
		if part.Expr.MayPanic || c.keyMayFail(part.Shape) {
			return true
		}
	}
	return false
}

// buffer makes the buffer that a key is built in.
func (n *names) buffer() *jen.Statement {
	size := n.qual(keyPath, "Size")
	if n.block.user["make"] || n.block.user["byte"] {
		return n.qual(builtinPath, "Bytes").Call(size)
	}
	return n.predeclared("make").Call(jen.Index().Add(n.predeclared("byte")), jen.Lit(0), size)
}

// keyOf calls a method's key function.
func (f *function) keyOf(m *model.Method, args []jen.Code) *jen.Statement {
	return jen.Id(f.self).Dot(f.methods[m].key).Call(args...)
}

// ownKeyArgs passes a method's own parameters to its key function.
func (f *function) ownKeyArgs() []jen.Code {
	var args []jen.Code
	for _, i := range f.m.Cache.KeyParams {
		args = append(args, jen.Id(f.params[i]))
	}
	return args
}

// evictOne writes EvictM.
func (w *wrapper) evictOne(m *model.Method, l *locals) *jen.Statement {
	name := w.methods[m].evict
	return w.evictor(m, name, "removes an entry of "+m.Name+" from every tier", w.methods[m].key, m.Cache.KeyParams, l)
}

// evictor writes a method that evicts what a key function makes the key of. It takes a context even where m takes none,
// since removal may need the network; a context that is part of the key is that same one.
func (w *wrapper) evictor(m *model.Method, name, doc, key string, keyParams []int, l *locals) *jen.Statement {
	f := &function{wrapper: w, m: m, n: w.names, locals: l, params: make([]string, len(m.Params))}
	var list []variable
	for _, i := range keyParams {
		if p := m.Params[i]; !p.Context {
			f.params[i] = l.add(paramNames(p, i)...)
			list = append(list, variable{f.params[i], p.Type, p.Variadic})
		}
	}
	ctx := l.add("ctx")
	var args []jen.Code
	for _, i := range keyParams {
		if m.Params[i].Context {
			f.params[i] = ctx
		}
		args = append(args, jen.Id(f.params[i]))
	}
	f.self = l.add("w", "c", "wrapper")
	params := append([]jen.Code{jen.Id(ctx).Add(f.n.qual("context", "Context"))}, f.n.variables(list)...)
	evict := jen.Id(f.self).Dot(w.cache).Dot("EvictNow").
		Call(jen.Id(ctx), jen.Id(f.self).Dot(w.methods[m].field), jen.Id(f.self).Dot(key).Call(args...))
	return jen.Commentf("// %s %s.", name, doc).Line().
		Add(f.receiver()).Id(name).Params(params...).Add(f.n.predeclared("error")).Block(jen.Return(evict))
}
