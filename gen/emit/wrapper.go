package emit

import (
	"go/token"
	"go/types"
	"slices"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// wrapper writes one wrapper: its type, its constructor and its methods.
type wrapper struct {
	*model.Wrapper
	names   *names
	codecs  *codecs
	next    string // the field that holds the wrapped interface
	embed   string // the alias that is embedded instead of the interface, "" if there is none
	cache   string // the field that holds the cache, "" where no method needs it
	methods map[*model.Method]*members
}

// members are the names of what a wrapper has for one method beside the method.
type members struct {
	field string // its *runtime.Method
	key   string // its key function
	bytes string // what that is made of, for a key that need not become a string; "" where it always does
	evict string // EvictM
	call  string // what calls the wrapped method and evicts; "" if that is the method itself

	groups   map[*model.Group]string // the functions that make the keys of its groups
	evictors map[*model.Group]string // what evicts them: EvictAllM, EvictMByTeamID
	groupsOf string                  // what lists the groups of an entry; "" if there are none
}

// newWrapper chooses the names of a wrapper's fields and helper methods. None is called like a method of the
// interface: Go has one name space for both.
func newWrapper(n *names, c *codecs, m *model.Wrapper) *wrapper {
	n.codecs = c
	w := &wrapper{Wrapper: m, names: n, codecs: c, methods: map[*model.Method]*members{}}
	taken := map[string]bool{}
	member := func(candidates ...string) string {
		free := func(s string) bool { return !taken[s] && !token.IsKeyword(s) }
		i := slices.IndexFunc(candidates, free)
		name := candidates[max(i, 0)]
		name = disambiguate(name, func(s string) bool { return !free(s) })
		taken[name] = true
		return name
	}
	for _, method := range m.Methods {
		taken[method.Name] = true
	}
	w.next = w.nextName(member)
	if len(kept(m)) > 0 || slices.ContainsFunc(m.Methods, func(m *model.Method) bool { return m.Sub != nil }) {
		w.cache = member("cache")
	}
	for _, method := range m.Methods {
		w.methods[method] = &members{}
		if method.Batch != nil && len(method.Evicts) > 0 {
			w.methods[method].call = member(unexported(method.Name) + "Uncached")
		}
	}
	w.nameTags(member)
	for _, method := range m.Methods {
		if once(method) {
			field := unexported(method.Name)
			w.methods[method].field = member(field, field+"Sub")
		}
	}
	for _, method := range kept(m) {
		names := &members{}
		w.methods[method] = names
		field := unexported(method.Name)
		names.field = member(field, field+"Method")
		names.key = member(field + "Key")
		if near(method) {
			names.bytes = member("append" + exported(field) + "Key")
		}
		if token.IsExported(method.Name) {
			names.evict = member("Evict" + method.Name)
		} else {
			names.evict = member("evict" + exported(method.Name))
		}
		if len(method.Evicts) > 0 {
			names.call = member(field + "Uncached")
		}
		names.nameGroups(method, member)
	}
	return w
}

// kept lists what a wrapper keeps entries of: its cached methods, and for a batch whose entries are its own the method
// for one key that is made up for it.
func kept(w *model.Wrapper) []*model.Method {
	var list []*model.Method
	for _, m := range w.Methods {
		if m.Cache != nil {
			list = append(list, m)
		}
		if m.Batch != nil && m.Batch.Own {
			list = append(list, m.Batch.Target)
		}
	}
	return list
}

// nextName names the field of the wrapped interface. One that has methods which nobody else can implement is
// embedded, and the field is called like the type.
func (w *wrapper) nextName(member func(...string) string) string {
	if !w.Sealed {
		return member("next")
	}
	name := w.Interface.Name()
	if free := member(name); free == name {
		return name
	}
	w.embed = w.names.declare(unexported(w.Name) + "Next")
	return w.embed
}

// declarations returns the wrapper's declarations in the order in which they are read.
func (w *wrapper) declarations() []jen.Code {
	decls := []jen.Code{w.typeDecl(), w.constructor()}
	for _, m := range w.Methods {
		switch {
		case m.Batch != nil:
			decls = append(decls, w.batch(m)...)
		case m.Cache != nil:
			decls = append(decls, w.cached(m)...)
		case m.Sub != nil:
			decls = append(decls, w.sub(m))
		case len(m.Evicts) > 0:
			decls = append(decls, w.evicting(m, m.Name, evictsDoc(m)))
		case !w.Sealed:
			decls = append(decls, w.passing(m))
		}
	}
	for _, t := range w.Tags {
		decls = append(decls, w.tag(t)...)
	}
	if w.embed != "" {
		alias := jen.Type().Id(w.embed).Types(w.names.typeParamDecls(w.TypeParams)...).Op("=").Add(w.iface())
		decls = append(decls, jen.Commentf("// %s is %s under a name that none of its methods has.", w.embed, w.Interface.Name()).Line().Add(alias))
	}
	return decls
}

func (w *wrapper) typeDecl() *jen.Statement {
	var fields []jen.Code
	switch {
	case w.embed != "":
		fields = append(fields, jen.Id(w.embed).Types(w.names.typeParamNames(w.TypeParams)...))
	case w.Sealed:
		fields = append(fields, w.iface())
	default:
		fields = append(fields, jen.Id(w.next).Add(w.iface()))
	}
	if w.cache != "" {
		fields = append(fields, jen.Id(w.cache).Op("*").Add(w.names.qual(runtimePath, "Cache")))
	}
	for _, m := range kept(w.Wrapper) {
		fields = append(fields, jen.Id(w.methods[m].field).Op("*").Add(w.names.qual(runtimePath, "Method")).Types(w.entry(m)))
	}
	for _, t := range w.Tags {
		fields = append(fields, jen.Id(w.methods[t].field).Op("*").Add(w.names.qual(runtimePath, "Tag")))
	}
	for _, m := range w.Methods {
		if once(m) {
			fields = append(fields, jen.Id(w.methods[m].field).Add(w.names.qual(runtimePath, "Sub")).Types(w.names.typ(m.Sub.Type)))
		}
	}
	return jen.Commentf("// %s implements %s, answering from a cache where it can.", w.Name, w.Interface.Name()).Line().
		Type().Id(w.Name).Types(w.names.typeParamDecls(w.TypeParams)...).Struct(fields...)
}

func (w *wrapper) constructor() *jen.Statement {
	n := w.names
	return n.function(func(l *locals) *jen.Statement {
		next, cache, prefix := l.add("next"), "_", ""
		doc := "// %s wraps next; none of its methods is cached."
		var body, values []jen.Code
		values = append(values, jen.Id(w.next).Op(":").Id(next))
		if w.cache != "" {
			doc = "// %s wraps next; its entries live in cache."
			cache = l.add("cache")
			if len(kept(w.Wrapper)) > 0 {
				prefix = l.add("prefix")
				body = append(body, w.prefix(prefix))
			}
			values = append(values, jen.Id(w.cache).Op(":").Id(cache))
		}
		tags := map[*model.Method]string{}
		for _, t := range w.Tags {
			tags[t] = l.add(w.methods[t].field)
			body = append(body, jen.Id(tags[t]).Op(":=").Add(n.qual(runtimePath, "NewTag")).
				Call(jen.Id(cache), jen.Id(prefix), jen.Lit(t.Tag.Name)))
			values = append(values, jen.Id(w.methods[t].field).Op(":").Id(tags[t]))
		}
		for _, m := range kept(w.Wrapper) {
			values = append(values, jen.Id(w.methods[m].field).Op(":").Add(n.qual(runtimePath, "NewMethod")).
				Call(jen.Id(cache), w.config(m, prefix, tags)))
		}
		body = append(body, jen.Return(jen.Op("&").Add(w.self()).Add(fieldList(values))))
		return jen.Commentf(doc, w.Constructor).Line().
			Func().Id(w.Constructor).Types(n.typeParamDecls(w.TypeParams)...).
			Params(jen.Id(next).Add(w.iface()), jen.Id(cache).Op("*").Add(n.qual(runtimePath, "Cache"))).
			Op("*").Add(w.self()).Block(body...)
	})
}

// prefix declares the constructor's prefix. That of a generic wrapper names the type arguments too, so that
// wrappers of different instances share no entries.
func (w *wrapper) prefix(name string) *jen.Statement {
	if w.TypeParams.Len() == 0 {
		return jen.Const().Id(name).Op("=").Lit(w.Prefix)
	}
	args := []jen.Code{jen.Lit(w.Prefix)}
	for _, tp := range w.names.typeParamNames(w.TypeParams) {
		args = append(args, w.names.qual("reflect", "TypeFor").Types(tp).Call())
	}
	return jen.Id(name).Op(":=").Add(w.names.qual(runtimePath, "TypedPrefix")).Call(args...)
}

// config writes a method's configuration, leaving out what the runtime supplies itself.
func (w *wrapper) config(m *model.Method, prefix string, tags map[*model.Method]string) *jen.Statement {
	n, c := w.names, m.Cache
	fields := []jen.Code{
		jen.Id("Prefix").Op(":").Id(prefix),
		jen.Id("Name").Op(":").Lit(m.Name),
		jen.Id("Codec").Op(":").Add(w.codecs.codec(n, w.stored(m))),
	}
	if c.TTL != 0 {
		fields = append(fields, jen.Id("TTL").Op(":").Add(n.duration(c.TTL)))
	}
	if c.Jitter != 0 {
		fields = append(fields, jen.Id("Jitter").Op(":").Lit(c.Jitter))
	}
	if len(c.NotFound) > 0 {
		var list []jen.Code
		for _, s := range c.NotFound {
			list = append(list, jen.Values(jen.Id("Name").Op(":").Lit(s.Name), jen.Id("Err").Op(":").Add(n.expr(s.Expr, &binding{}))))
		}
		fields = append(fields, jen.Id("NotFound").Op(":").Index().Add(n.qual(runtimePath, "Sentinel")).Values(list...))
	}
	if c.Negative != 0 {
		fields = append(fields, jen.Id("Negative").Op(":").Add(n.duration(c.Negative)))
	}
	if w.Primary != nil && m.Ctx >= 0 {
		fields = append(fields, jen.Id("Primary").Op(":").Add(n.expr(w.Primary, &binding{})))
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"Stale", c.Stale}, {"Timeout", c.Timeout}, {"Refresh", c.Refresh}} {
		if d.d != 0 {
			fields = append(fields, jen.Id(d.name).Op(":").Add(n.duration(d.d)))
		}
	}
	if c.RefreshPercent != 0 {
		fields = append(fields, jen.Id("RefreshPercent").Op(":").Lit(c.RefreshPercent))
	}
	if near, ok := map[model.Near]string{model.NearCopy: "NearCopy", model.NearShare: "NearShare"}[c.Near]; ok {
		fields = append(fields, jen.Id("Near").Op(":").Add(n.qual(runtimePath, near)))
	}
	if list := dynamicTags(m); len(list) > 0 {
		var names []jen.Code
		for _, t := range list {
			names = append(names, jen.Id(tags[t]))
		}
		fields = append(fields, jen.Id("Tags").Op(":").Index().Op("*").Add(n.qual(runtimePath, "Tag")).Values(names...))
	}
	if groups := len(c.Groups) + len(static(m)); groups > 0 {
		fields = append(fields, jen.Id("Groups").Op(":").Lit(groups))
	}
	if w.StoresBeside(m) {
		fields = append(fields, jen.Id("Marks").Op(":").Add(n.predeclared("true")))
	}
	return n.qual(runtimePath, "MethodConfig").Types(w.entry(m)).Add(fieldList(fields))
}

// iface is the wrapped interface's type, self the wrapper's.
func (w *wrapper) iface() *jen.Statement {
	return w.names.object(w.Interface).Types(w.names.typeParamNames(w.TypeParams)...)
}

func (w *wrapper) self() *jen.Statement {
	w.names.mention(w.Name)
	return jen.Id(w.Name).Types(w.names.typeParamNames(w.TypeParams)...)
}

// value is the type of a cached method's entries.
func (w *wrapper) value(m *model.Method) *jen.Statement {
	if m.Cache.Bundle != nil {
		return w.names.typ(m.Cache.Bundle)
	}
	return w.names.typ(m.Results[values(m)[0]].Type)
}

// stored is the shape of a cached method's entries. The struct of results of a generic wrapper is generic, and so
// known at run time only.
func (w *wrapper) stored(m *model.Method) *shape.Shape {
	c := m.Cache
	if c.Bundle != nil && m.Index == nil && w.TypeParams.Len() > 0 {
		return &shape.Shape{Kind: shape.Reflect, Type: c.Bundle}
	}
	return c.Value
}

// values lists the results that are stored: all but the error.
func values(m *model.Method) []int {
	var list []int
	for i := range m.Results {
		if i != m.Err {
			list = append(list, i)
		}
	}
	return list
}

// bundle declares the struct that a method's results are stored in.
func (w *wrapper) bundle(m *model.Method) *jen.Statement {
	var fields []jen.Code
	for f := range structOf(m.Cache.Bundle).Fields() {
		fields = append(fields, jen.Id(f.Name()).Add(w.names.typ(f.Type())))
	}
	name := w.names.renamed[m.Cache.Bundle.Obj()]
	return jen.Commentf("// %s holds the results of %s.", name, m.Name).Line().
		Type().Id(name).Types(w.names.typeParamDecls(w.TypeParams)...).Struct(fields...)
}

// structOf is the struct that a bundle is.
func structOf(bundle *types.Named) *types.Struct { return bundle.Underlying().(*types.Struct) }

// fieldList writes the fields of a composite literal, one a line, in the order given.
func fieldList(fields []jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, fields...)
}
