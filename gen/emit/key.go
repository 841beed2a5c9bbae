package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// keyPlain names the functions of package key that write the plain kinds.
var keyPlain = map[shape.Kind]string{
	shape.Bool: "Bool", shape.Int: "Int", shape.Uint: "Uint", shape.Float: "Float", shape.Complex: "Complex",
	shape.String: "Str", shape.Bytes: "Bytes", shape.Time: "Time",
}

// key returns an expression that appends v's part to the key k. A nil shape stands for what is known only at run
// time. k and v are used once.
func (c *codecs) key(n *names, s *shape.Shape, k, v *jen.Statement) *jen.Statement {
	lib := func(name string) *jen.Statement { return n.qual(keyPath, name).Call(k, v) }
	if s == nil {
		return lib("Any")
	}
	switch name := keyPlain[s.Kind]; {
	case s.Kind == shape.Any:
		return lib("Any")
	case s.Kind == shape.Text && marshalsByValue(s.Type):
		return lib("Text")
	case name != "":
		return lib(name)
	}
	return c.helper(n, keyRole, s).Call(k, v)
}

// keyOf returns the function that appends the part of a value of type t to a key.
func (c *codecs) keyOf(n *names, t types.Type, s *shape.Shape) *jen.Statement {
	if s == nil || s.Kind == shape.Any {
		return n.qual(keyPath, "AnyOf").Types(n.typ(t))
	}
	if name := keyPlain[s.Kind]; name != "" {
		return n.qual(keyPath, name)
	}
	return c.helper(n, keyRole, s)
}

// ordered reports whether Go itself orders the elements of a set.
func ordered(o *model.Order) bool {
	if o.Shape == nil {
		return false
	}
	switch o.Shape.Kind {
	case shape.Int, shape.Uint, shape.Float, shape.String:
		return true
	}
	return false
}

// keyMayFail reports whether a part of a shape can fail to be written, which key.Recover is for.
func (c *codecs) keyMayFail(s *shape.Shape) bool {
	return s == nil || s.MayFail()
}

// marshalsByValue reports whether a value of type t, and not only a pointer to one, has the method MarshalText.
func marshalsByValue(t types.Type) bool {
	return types.NewMethodSet(t).Lookup(nil, "MarshalText") != nil
}

// writeKey writes func(k []byte, v T) []byte.
func (c *codecs) writeKey(h *helper, l *locals) *jen.Statement {
	s := h.shape
	kf := keyFunc{c, l, l.add("k", "buf"), l.add("v", "value")}
	var body []jen.Code
	if turns(s) {
		body = append(body, kf.set(kf.lib("Deep").Call(jen.Id(kf.k))))
	}
	body = append(body, kf.body(s)...)
	bytes := jen.Index().Add(c.n.predeclared("byte"))
	return jen.Func().Id(h.name).Params(jen.Id(kf.k).Add(bytes.Clone()), jen.Id(kf.v).Add(c.n.typ(s.Type))).Add(bytes).Block(body...)
}

// keyFunc is a key function while it is being written.
type keyFunc struct {
	*codecs
	l    *locals
	k, v string
}

func (f keyFunc) lib(name string) *jen.Statement { return f.n.qual(keyPath, name) }

// set assigns to the key.
func (f keyFunc) set(value *jen.Statement) *jen.Statement { return jen.Id(f.k).Op("=").Add(value) }

// add appends a character to the key.
func (f keyFunc) add(char ...rune) *jen.Statement {
	args := []jen.Code{jen.Id(f.k)}
	for _, r := range char {
		args = append(args, jen.LitRune(r))
	}
	return f.n.predeclared("append").Call(args...)
}

func (f keyFunc) body(s *shape.Shape) []jen.Code {
	v := jen.Id(f.v)
	switch s.Kind {
	case shape.ByteArray:
		return []jen.Code{jen.Return(f.lib("Bytes").Call(jen.Id(f.k), v.Index(jen.Op(":"))))}
	case shape.Text:
		return []jen.Code{jen.Return(f.lib("Text").Call(jen.Id(f.k), jen.Op("&").Add(v)))}
	case shape.Struct:
		return f.fields(s)
	case shape.Pointer:
		return []jen.Code{f.ifNil("NilPointer"), jen.Return(f.key(f.n, s.Elem, f.add('*'), jen.Op("*").Add(v)))}
	case shape.Slice:
		return append([]jen.Code{f.ifNil("NilSlice")}, f.elements(s)...)
	case shape.Array:
		return f.elements(s)
	case shape.Map:
		return f.entries(s)
	}
	return []jen.Code{f.cannot(s)}
}

func (f keyFunc) fields(s *shape.Shape) []jen.Code {
	if len(s.Fields) == 0 {
		return []jen.Code{jen.Return(f.add('(', ')'))}
	}
	var body []jen.Code
	for i, field := range s.Fields {
		before := ','
		if i == 0 {
			before = '('
		}
		body = append(body, f.set(f.key(f.n, field.Shape, f.add(before), jen.Id(f.v).Dot(field.Name))))
	}
	return append(body, jen.Return(f.add(')')))
}

// ifNil returns early where the value is nil. test does in a package that calls something else nil.
func (f keyFunc) ifNil(test string) *jen.Statement {
	cond := f.lib(test).Call(jen.Id(f.v))
	if !f.n.block.user["nil"] {
		cond = jen.Id(f.v).Op("==").Add(f.n.predeclared("nil"))
	}
	return jen.If(cond).Block(jen.Return(f.lib("Nil").Call(jen.Id(f.k))))
}

func (f keyFunc) elements(s *shape.Shape) []jen.Code {
	i, elem := f.l.add("i", "index"), f.l.add("e", "elem")
	return []jen.Code{
		f.set(f.add('[')),
		jen.For(jen.List(jen.Id(i), jen.Id(elem)).Op(":=").Range().Id(f.v)).Block(
			jen.If(jen.Id(i).Op(">").Lit(0)).Block(f.set(f.add(','))),
			f.set(f.key(f.n, s.Elem, jen.Id(f.k), jen.Id(elem))),
		),
		jen.Return(f.add(']')),
	}
}

func (f keyFunc) entries(s *shape.Shape) []jen.Code {
	list, name, elem := f.l.add("entries"), f.l.add("name"), f.l.add("e", "elem")
	head := f.key(f.n, s.Key, jen.Id(f.k), jen.Id(name))
	entry := f.key(f.n, s.Elem, f.lib("Equals").Call(head), jen.Id(elem))
	return []jen.Code{
		f.ifNil("NilMap"),
		jen.Var().Id(list).Add(f.lib("List")),
		jen.For(jen.List(jen.Id(name), jen.Id(elem)).Op(":=").Range().Id(f.v)).Block(
			jen.Id(list).Dot("Add").Call(jen.Id(f.k), entry),
		),
		jen.Return(jen.Id(list).Dot("Append").Call(jen.Id(f.k))),
	}
}
