package emit

import (
	"go/token"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

const (
	cachetestPath = runtimePath + "/cachetest"
	rapidPath     = "pgregory.net/rapid"
)

// glue is a wrapper with what lets tests check it.
type glue struct {
	*model.Wrapper
	names   *names
	check   string  // CheckCachedUserRepository
	methods string  // what lists the methods: cachetestUserRepository
	subs    []*glue // whose lists that one mentions
}

// glueFiles writes the test files beside files of wrappers. That comes last, so that the wrappers are the same without them.
func glueFiles(files []*model.File, blocks map[string]*block) (outputs []Output, errs []error) {
	files = slices.DeleteFunc(slices.Clone(files), func(f *model.File) bool { return f.Glue == nil })
	for _, f := range files {
		b := blocks[f.OutPath]
		for _, name := range f.Glue.Declared {
			b.declared[name], b.user[name] = true, true
		}
	}
	byConstructor := map[[2]string]*glue{}
	byFile := map[*model.File][]*glue{}
	for _, f := range files {
		n := newNames(f.OutPath, blocks[f.OutPath])
		for _, w := range f.Wrappers {
			n.typeParams(w.TypeParams)
		}
		for _, w := range f.Wrappers {
			g := &glue{Wrapper: w, names: n}
			check := "check"
			if token.IsExported(w.Name) {
				check = "Check"
			}
			g.check = n.declare(check + exported(w.Name))
			g.methods = n.declare("cachetest" + exported(w.Interface.Name()))
			byConstructor[[2]string{f.OutPath, w.Constructor}] = g
			byFile[f] = append(byFile[f], g)
		}
	}
	for _, f := range files {
		n := byFile[f][0].names
		var decls []jen.Code
		for _, g := range byFile[f] {
			list := g.list(func(s *model.Sub) *glue { return byConstructor[[2]string{f.OutPath, s.Constructor}] })
			decls = append(decls, g.function(), list)
		}
		out, err := n.output(f.Glue.Path, f.OutName, f.Constraint, decls)
		if err != nil {
			errs = append(errs, err)
		}
		outputs = append(outputs, out)
	}
	return outputs, errs
}

// function writes what a test calls.
func (g *glue) function() *jen.Statement {
	n := g.names
	return n.function(func(l *locals) *jen.Statement {
		t, open, opts := l.add("t"), l.add("open"), l.add("opts")
		next, cache := l.add("next"), l.add("cache")
		n.mention(g.Constructor)
		wrap := jen.Func().Params(jen.Id(next).Add(g.iface()), jen.Id(cache).Op("*").Add(n.qual(runtimePath, "Cache"))).Add(g.iface()).
			Block(jen.Return(jen.Id(g.Constructor).Call(jen.Id(next), jen.Id(cache))))
		n.mention(g.methods)
		about := n.qual(cachetestPath, "Interface").Types(g.iface()).Add(fieldList([]jen.Code{
			jen.Id("Name").Op(":").Lit(g.Interface.Name()),
			jen.Id("Wrap").Op(":").Add(wrap),
			jen.Id("Methods").Op(":").Id(g.methods).Types(n.typeParamNames(g.TypeParams)...).Call(),
		}))
		return jen.Commentf("// %s looks for reads of %s that are stale after a write: see cachetest.Check.", g.check, g.Name).Line().
			Func().Id(g.check).Types(n.typeParamDecls(g.TypeParams)...).
			Params(
				jen.Id(t).Op("*").Add(n.qual("testing", "T")),
				jen.Id(open).Func().Params(jen.Op("*").Add(n.qual(rapidPath, "T"))).Add(g.iface()),
				jen.Id(opts).Op("...").Add(n.qual(cachetestPath, "Option")),
			).
			Block(
				jen.Id(t).Dot("Helper").Call(),
				n.qual(cachetestPath, "Check").Call(jen.Id(t), about, jen.Id(open), jen.Id(opts).Op("...")),
			)
	})
}

// list writes what lists the methods.
func (g *glue) list(wrapperOf func(*model.Sub) *glue) *jen.Statement {
	n := g.names
	var methods []jen.Code
	for _, m := range g.Methods {
		fields := []jen.Code{
			jen.Id("Name").Op(":").Lit(m.Name),
			jen.Id("Func").Op(":").Add(g.iface()).Dot(m.Name),
		}
		var params, evicts []string
		for _, p := range m.Params {
			params = append(params, p.Name)
		}
		for _, e := range m.Evicts {
			switch {
			case e.Overwritten:
			case e.Put != nil:
				evicts = append(evicts, "put "+e.Source)
			default:
				evicts = append(evicts, e.Source)
			}
		}
		if len(params) > 0 {
			fields = append(fields, jen.Id("Params").Op(":").Add(n.strings(params, false)))
		}
		if m.Cache != nil || m.Batch != nil {
			fields = append(fields, jen.Id("Reads").Op(":").Add(n.predeclared("true")))
		}
		if of := answersFrom(m); of != m {
			fields = append(fields, jen.Id("Of").Op(":").Lit(of.Name))
		}
		if len(evicts) > 0 {
			fields = append(fields, jen.Id("Evicts").Op(":").Add(n.strings(evicts, len(evicts) > 1)))
		}
		if once(m) {
			// A list that would have itself as a part is left out.
			if sub := wrapperOf(m.Sub); sub != nil && !sub.mentions(g) {
				g.subs = append(g.subs, sub)
				var args []jen.Code
				for t := range m.Sub.TypeArgs.Types() {
					args = append(args, n.typ(t))
				}
				fields = append(fields, jen.Id("Sub").Op(":").Id(sub.methods).Types(args...).Call())
			}
		}
		methods = append(methods, jen.Values(fields...))
	}
	return jen.Commentf("// %s lists the methods of %s.", g.methods, g.Interface.Name()).Line().
		Func().Id(g.methods).Types(n.typeParamDecls(g.TypeParams)...).Params().Index().Add(n.qual(cachetestPath, "Method")).
		Block(jen.Return(jen.Index().Add(n.qual(cachetestPath, "Method")).Add(fieldList(methods))))
}

// answersFrom gives the method whose entries a method answers from: its own, unless it is a batch or an index.
func answersFrom(m *model.Method) *model.Method {
	switch {
	case m.Index != nil:
		return m.Index.Target
	case m.Batch != nil && !m.Batch.Own:
		return m.Batch.Target
	}
	return m
}

// mentions tells whether a list has another one as a part, as far as they are written.
func (g *glue) mentions(other *glue) bool {
	return g == other || slices.ContainsFunc(g.subs, func(sub *glue) bool { return sub.mentions(other) })
}

// iface is the wrapped interface's type.
func (g *glue) iface() *jen.Statement {
	return g.names.object(g.Interface).Types(g.names.typeParamNames(g.TypeParams)...)
}

// strings writes a slice of strings, on one line or each on its own.
func (n *names) strings(list []string, apart bool) *jen.Statement {
	var values []jen.Code
	for _, s := range list {
		values = append(values, jen.Op(quote(s)))
	}
	s := jen.Index().Add(n.predeclared("string"))
	if apart {
		return s.Add(fieldList(values))
	}
	return s.Values(values...)
}
