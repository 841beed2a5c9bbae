package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// entry is the type of what a method keeps: its results, or where they are.
func (w *wrapper) entry(m *model.Method) *jen.Statement {
	if m.Index != nil {
		return w.names.typ(types.NewSlice(types.Typ[types.String]))
	}
	return w.value(m)
}

// indexed are the first arguments of what the runtime has for indexes.
func (f *function) indexed(entry *jen.Statement, key string) []jen.Code {
	target := jen.Id(f.self).Dot(f.methods[f.m.Index.Target].field)
	return []jen.Code{f.context(), entry.Clone(), target, jen.Id(key)}
}

// place writes the function that says where the results of an index belong: the key of their entry, and its groups.
func (f *function) place(b *binding) *jen.Statement {
	t := f.methods[f.m.Index.Target]
	args := func() []jen.Code {
		return f.clauseArgs(&model.Evict{Target: f.m.Index.Target, Args: f.m.Index.Args}, b)
	}
	groups := f.n.predeclared("nil")
	if t.groupsOf != "" {
		groups = jen.Id(f.self).Dot(t.groupsOf).Call(args()...)
	}
	return oneLineFunc(jen.Params(f.n.predeclared("string"), jen.Index().Add(f.n.predeclared("string"))),
		jen.Return(f.keyOf(f.m.Index.Target, args()), groups))
}
