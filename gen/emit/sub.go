package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// once reports whether a method always hands out the same wrapper.
func once(m *model.Method) bool { return m.Sub != nil && len(m.Params) == 0 }

// sub writes a method that hands out the wrapper of the interface that the wrapped method returns: made once, or for each
// call where the method takes parameters.
func (w *wrapper) sub(m *model.Method) *jen.Statement {
	return w.names.function(func(l *locals) *jen.Statement {
		f := w.open(m, l)
		nil_ := f.n.predeclared("nil")
		next := l.add("next", "inner")
		wrap := f.constructorOf(m.Sub).Call(jen.Id(next), jen.Id(f.self).Dot(w.cache))
		if len(m.Params) == 0 {
			get := "Get"
			if m.Err >= 0 {
				get = "Try"
			}
			typ := f.n.typ(m.Sub.Type)
			made := jen.Func().Params(jen.Id(next).Add(typ.Clone())).Add(typ).Block(jen.Return(wrap))
			return jen.Commentf("// %s hands out a wrapper, made once.", m.Name).Line().Add(f.head(m.Name, false)).Block(
				jen.Return(jen.Id(f.self).Dot(w.methods[m].field).Dot(get).Call(jen.Id(f.self).Dot(w.next).Dot(m.Name), made)))
		}
		call := jen.Id(next).Op(":=").Add(f.next(nil))
		none := jen.Id(next).Op("==").Add(nil_)
		failed, made := []jen.Code{jen.Id(next)}, []jen.Code{wrap}
		if m.Err >= 0 {
			err := l.add("err", "failure")
			call = jen.List(jen.Id(next), jen.Id(err)).Op(":=").Add(f.next(nil))
			none = jen.Id(err).Op("!=").Add(nil_.Clone()).Op("||").Add(none)
			failed, made = append(failed, jen.Id(err)), append(made, nil_.Clone())
		}
		return jen.Commentf("// %s hands out a wrapper.", m.Name).Line().Add(f.head(m.Name, false)).Block(
			call, jen.If(none).Block(jen.Return(failed...)), jen.Return(made...))
	})
}

// constructorOf is the constructor of the wrapper that a method hands out.
func (f *function) constructorOf(s *model.Sub) *jen.Statement {
	var name *jen.Statement
	if s.Func != nil {
		name = f.n.object(s.Func)
	} else {
		f.n.mention(s.Constructor)
		name = jen.Id(s.Constructor)
	}
	var args []jen.Code
	for t := range s.TypeArgs.Types() {
		args = append(args, f.n.typ(t))
	}
	if len(args) == 0 {
		return name
	}
	return name.Types(args...)
}
