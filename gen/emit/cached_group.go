package emit

import (
	"go/token"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// fixes reports whether all entries of a group have the same value in a part of their keys. No group stands for a
// single entry.
func fixes(g *model.Group, part int) bool {
	return g == nil || slices.Contains(g.Parts, part)
}

// nameGroups names what belongs to the groups of a method's entries: listGroupByTeamID for those of one team, listGroup
// for all.
func (names *members) nameGroups(m *model.Method, member func(...string) string) {
	names.groups, names.evictors = map[*model.Group]string{}, map[*model.Group]string{}
	if len(m.Cache.Groups) == 0 && len(static(m)) == 0 {
		return
	}
	field := unexported(m.Name)
	for _, g := range m.Cache.Groups {
		name := field + "Group"
		if len(g.Params) > 0 {
			name += "By"
		}
		for _, i := range g.Params {
			name += exported(paramNames(m.Params[i], i)[0])
		}
		names.groups[g] = member(name)
	}
	names.groupsOf = member(field + "Groups")
	for _, g := range m.Cache.Groups {
		names.evictors[g] = member(groupEvictor(m, g))
	}
}

// groupEvictor is what evicts a group by hand: EvictAllList, EvictListByTeamID.
func groupEvictor(m *model.Method, g *model.Group) string {
	verb := "evict"
	if token.IsExported(m.Name) {
		verb = "Evict"
	}
	if len(g.Params) == 0 {
		return verb + "All" + exported(m.Name)
	}
	by := ""
	for _, i := range g.Params {
		if !m.Params[i].Context || len(g.Params) == 1 {
			by += exported(paramNames(m.Params[i], i)[0])
		}
	}
	return verb + exported(m.Name) + "By" + by
}

// groups writes, for each of a method's groups, what evicts it and what makes its key.
func (w *wrapper) groups(m *model.Method) []jen.Code {
	var decls []jen.Code
	for _, g := range m.Cache.Groups {
		decls = append(decls, w.names.function(func(l *locals) *jen.Statement { return w.evictGroup(m, g, l) }))
		doc := jen.Commentf("// %s is the key of %s.", w.methods[m].groups[g], spokenGroup(m, g)).Line()
		decls = append(decls, doc.Add(w.names.function(func(l *locals) *jen.Statement { return w.keyFunction(m, g, l) })))
	}
	if w.methods[m].groupsOf != "" {
		decls = append(decls, w.names.function(func(l *locals) *jen.Statement { return w.listGroups(m, l) }))
	}
	return decls
}

// spokenGroup says which entries are in a group.
func spokenGroup(m *model.Method, g *model.Group) string {
	if len(g.Parts) == 0 {
		return "all entries of " + m.Name
	}
	var parts []string
	for i, part := range m.Cache.Key {
		if fixes(g, i) {
			parts = append(parts, part.Expr.Source)
		} else {
			parts = append(parts, "_")
		}
	}
	return "the entries of " + m.Name + " under " + strings.Join(parts, ", ")
}

// listGroups writes the function that lists the groups of an entry. It takes what the key function takes.
func (w *wrapper) listGroups(m *model.Method, l *locals) *jen.Statement {
	f := &function{wrapper: w, m: m, n: w.names, locals: l, params: make([]string, len(m.Params))}
	var params []variable
	for _, i := range m.Cache.KeyParams {
		f.params[i] = l.add(paramNames(m.Params[i], i)...)
		params = append(params, variable{f.params[i], m.Params[i].Type, false})
	}
	f.self = l.add("w", "c", "wrapper")
	var keys []jen.Code
	for _, g := range m.Cache.Groups {
		var args []jen.Code
		for _, i := range g.Params {
			args = append(args, jen.Id(f.params[i]))
		}
		keys = append(keys, jen.Id(f.self).Dot(w.methods[m].groups[g]).Call(args...))
	}
	var body []jen.Code
	for _, e := range static(m) {
		keys = append(keys, f.keyOf(e.Target, f.clauseArgs(e, f.binding())))
		for _, arg := range e.Args {
			if arg.MayPanic && len(body) == 0 {
				body = append(body, jen.Defer().Add(f.n.qual(keyPath, "Recover")).Call())
			}
		}
	}
	list := jen.Index().Add(f.n.predeclared("string"))
	body = append(body, jen.Return(list.Clone().Values(keys...)))
	return jen.Commentf("// %s lists the groups that an entry of %s is in: it counts while none of them is evicted.", w.methods[m].groupsOf, m.Name).Line().
		Add(f.receiver()).Id(w.methods[m].groupsOf).Params(f.n.variables(params)...).Add(list.Clone()).Block(body...)
}

// evictGroup writes EvictAllM, EvictMByTeamID and the like.
func (w *wrapper) evictGroup(m *model.Method, g *model.Group, l *locals) *jen.Statement {
	names := w.methods[m]
	doc := "ends " + spokenGroup(m, g)
	if len(g.Params) == 0 {
		doc += ", whatever their keys"
	}
	return w.evictor(m, names.evictors[g], doc, names.groups[g], g.Params, l)
}

// ownGroups has a method list the groups of its own entry, and returns what passes them on: nothing where there are none.
func (f *function) ownGroups(body *[]jen.Code) []jen.Code {
	name := f.methods[f.m].groupsOf
	if name == "" {
		return nil
	}
	groups := f.locals.add("groups")
	*body = append(*body, jen.Id(groups).Op(":=").Id(f.self).Dot(name).Call(f.ownKeyArgs()...))
	return []jen.Code{jen.Id(groups).Op("...")}
}
