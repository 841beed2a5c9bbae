package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// writeClone writes func(depth codec.Depth, v *T), which makes *v share nothing with what it was assigned from.
func (c *codecs) writeClone(h *helper, l *locals) *jen.Statement {
	s := h.shape
	depth, v := l.add("depth"), l.add("v", "value")
	var body []jen.Code
	if turns(s) {
		body = append(body, jen.Id(depth).Op("=").Id(depth).Dot("Enter").Call())
	}
	if s.Kind == shape.Struct && s.Copy.Name == "" {
		for _, f := range s.Fields {
			if !f.Shape.Immutable() {
				body = append(body, c.clone(f.Shape, jen.Id(depth), fieldOperand(v, f.Name)))
			}
		}
	} else {
		body = append(body, c.cloneParts(s, jen.Id(depth), pointerOperand(v)))
	}
	return jen.Func().Id(h.name).Params(jen.Id(depth).Add(c.n.qual(codecPath, "Depth")), c.pointerParam(v, s)).Block(body...)
}

// clone replaces what a mutable value refers to.
func (c *codecs) clone(s *shape.Shape, depth *jen.Statement, v operand) *jen.Statement {
	if standsAlone(s) && s.Copy.Name == "" {
		return c.helper(c.n, cloneRole, s).Call(depth, v.addr)
	}
	return c.cloneParts(s, depth, v)
}

// cloneParts replaces what a mutable value refers to; it is no struct that is copied field by field.
func (c *codecs) cloneParts(s *shape.Shape, depth *jen.Statement, v operand) *jen.Statement {
	lib := func(name string) *jen.Statement { return c.n.qual(codecPath, name) }
	if s.Copy.Name != "" {
		copied := v.receiver.Dot(s.Copy.Name).Call()
		if s.Copy.Pointer {
			copied = jen.Op("*").Add(copied)
		}
		return v.value.Op("=").Add(copied)
	}
	switch s.Kind {
	case shape.Bytes:
		return lib("CopySlice").Call(v.addr)
	case shape.Pointer:
		if s.Elem.Immutable() {
			return lib("CopyPointer").Call(v.addr)
		}
		return lib("ClonePointer").Call(depth, v.addr, c.element(cloneRole, s.Elem))
	case shape.Slice:
		if s.Elem.Immutable() {
			return lib("CopySlice").Call(v.addr)
		}
		return lib("CloneSlice").Call(depth, v.addr, c.element(cloneRole, s.Elem))
	case shape.Array:
		return lib("CloneArray").Call(depth, v.slice, c.element(cloneRole, s.Elem))
	case shape.Map:
		if s.Elem.Immutable() {
			return lib("CopyMap").Call(v.addr)
		}
		return lib("CloneMap").Call(depth, v.addr, c.element(cloneRole, s.Elem))
	case shape.JSON:
		return c.n.qual(jsonCodecPath, "Clone").Call(depth, v.addr)
	case shape.Loose:
		return lib("CloneLoose").Call(depth, v.addr)
	case shape.Union:
		return c.cloneUnion(s, depth, v)
	case shape.Pair:
		if s.Inner == nil {
			return lib("Clone"+formName(s)).Call(depth, v.addr)
		}
		return c.clone(s.Inner, depth, v)
	case shape.Proto:
		m := c.n.typ(s.Type)
		clone := jen.Func().Params(jen.Id("m").Add(m.Clone())).Add(m.Clone()).Block(
			jen.Return(c.n.qual(protoPath, "Clone").Call(jen.Id("m")).Assert(m.Clone())),
		)
		return lib("CloneMessage").Call(v.addr, clone)
	}
	return c.cannot(s)
}
