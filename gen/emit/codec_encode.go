package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// writeEncode writes func(e *codec.Encoder, v *T).
func (c *codecs) writeEncode(h *helper, l *locals) *jen.Statement {
	s := h.shape
	e, v := l.add("e", "enc"), l.add("v", "value")
	var body []jen.Code
	if s.Kind != shape.Struct {
		body = append(body, c.encodeParts(s, jen.Id(e), pointerOperand(v)))
	} else {
		if len(s.Fields) == 0 {
			body = append(body, jen.Id(e).Dot("ObjStart").Call())
		}
		for i, f := range s.Fields {
			field := jen.Id(e).Dot("Field").Call(fieldText(i, f.Name))
			body = append(body, c.encode(f.Shape, field, fieldOperand(v, f.Name)))
		}
		body = append(body, jen.Id(e).Dot("ObjEnd").Call())
	}
	return jen.Func().Id(h.name).Params(c.param(e, "Encoder"), c.pointerParam(v, s)).Block(guarded(s, e, body)...)
}

// writeDecode writes func(d *codec.Decoder, v *T).
func (c *codecs) writeDecode(h *helper, l *locals) *jen.Statement {
	s := h.shape
	d, v := l.add("d", "dec"), l.add("v", "value")
	var body []jen.Code
	if s.Kind != shape.Struct {
		body = append(body, c.decodeParts(s, jen.Id(d), pointerOperand(v)))
	} else {
		if len(s.Fields) == 0 {
			body = append(body, jen.Id(d).Dot("ObjStart").Call())
		}
		for i, f := range s.Fields {
			field := jen.Id(d).Dot("Field").Call(fieldText(i, f.Name))
			body = append(body, c.decode(f.Shape, field, fieldOperand(v, f.Name)))
		}
		body = append(body, jen.Id(d).Dot("ObjEnd").Call())
	}
	return jen.Func().Id(h.name).Params(c.param(d, "Decoder"), c.pointerParam(v, s)).Block(guarded(s, d, body)...)
}

// fieldText is what stands before the value of the i-th field of a struct.
func fieldText(i int, name string) *jen.Statement {
	begin := ","
	if i == 0 {
		begin = "{"
	}
	return jen.Id("`" + begin + `"` + name + `":` + "`")
}

func (c *codecs) pointerParam(name string, s *shape.Shape) *jen.Statement {
	return jen.Id(name).Op("*").Add(c.n.typ(s.Type))
}

// guarded keeps a function for a recursive type from following a cycle for ever.
func guarded(s *shape.Shape, coder string, body []jen.Code) []jen.Code {
	if !turns(s) {
		return body
	}
	return append([]jen.Code{
		jen.If(jen.Op("!").Id(coder).Dot("Enter").Call()).Block(jen.Return()),
		jen.Defer().Id(coder).Dot("Leave").Call(),
	}, body...)
}

// turns reports whether a shape is where the functions of a recursive type watch out for cycles. Each cycle goes
// through a type that has a name.
func turns(s *shape.Shape) bool { return s.Recursive && s.Named() != nil }

// standsAlone reports whether values of a shape are handled by a function of their own wherever they occur, not by
// a call in the place of each.
func standsAlone(s *shape.Shape) bool {
	return s.Kind == shape.Struct || s.Kind == shape.Proto || s.Kind == shape.Union || turns(s)
}

// encode writes a value to e.
func (c *codecs) encode(s *shape.Shape, e *jen.Statement, v operand) *jen.Statement {
	if standsAlone(s) {
		return c.helper(c.n, encodeRole, s).Call(e, v.addr)
	}
	return c.encodeParts(s, e, v)
}

// encodeParts writes a value of any kind but a struct.
func (c *codecs) encodeParts(s *shape.Shape, e *jen.Statement, v operand) *jen.Statement {
	lib := func(name string) *jen.Statement { return c.n.qual(codecPath, name) }
	switch s.Kind {
	case shape.Bool, shape.Int, shape.Uint, shape.Float, shape.Complex, shape.String:
		basic := types.Typ[s.Basic]
		value := v.value
		if !types.Identical(s.Type, basic) {
			value = c.n.typ(basic).Call(value)
		}
		return e.Dot(basicMethod(s)).Call(value)
	case shape.Time:
		return e.Dot("Time").Call(v.value)
	case shape.Bytes:
		return e.Dot("Base64").Call(v.value)
	case shape.ByteArray:
		return e.Dot("Hex").Call(v.slice)
	case shape.Pointer:
		if s.Elem.Nilable() {
			return lib("EncodeBoxed").Call(e, v.value, c.element(encodeRole, s.Elem))
		}
		return lib("EncodePointer").Call(e, v.value, c.element(encodeRole, s.Elem))
	case shape.Slice:
		return lib("EncodeSlice").Call(e, v.value, c.element(encodeRole, s.Elem))
	case shape.Array:
		return lib("EncodeArray").Call(e, v.slice, c.element(encodeRole, s.Elem))
	case shape.Map:
		value := c.element(encodeRole, s.Elem)
		switch {
		case s.Key.Kind == shape.String:
			return lib("EncodeStrMap").Call(e, v.value, value)
		case s.Key.Inexact():
			return lib("EncodeExactMap").Call(e, v.value, c.element(encodeRole, s.Key), c.element(decodeRole, s.Key), value)
		}
		return lib("EncodeMap").Call(e, v.value, c.element(encodeRole, s.Key), value)
	case shape.JSON:
		return c.n.qual(jsonCodecPath, "Encode").Call(e, v.addr)
	case shape.Loose:
		return lib("EncodeLoose").Call(e, v.addr)
	case shape.Union:
		return c.encodeUnion(s, e, v)
	case shape.Pair:
		return lib("Encode"+formName(s)).Call(e, v.addr)
	case shape.Proto:
		m := c.n.typ(s.Type)
		marshal := jen.Func().Params(jen.Id("m").Add(m)).Params(jen.Index().Add(c.n.predeclared("byte")), c.n.predeclared("error")).Block(
			jen.Return(c.n.qual(protoPath, "MarshalOptions").Values(jen.Id("Deterministic").Op(":").Add(c.n.predeclared("true"))).Dot("Marshal").Call(jen.Id("m"))),
		)
		return lib("EncodeMessage").Call(e, v.value, marshal)
	}
	return c.cannot(s)
}

// decode reads a value from d.
func (c *codecs) decode(s *shape.Shape, d *jen.Statement, v operand) *jen.Statement {
	if standsAlone(s) {
		return c.helper(c.n, decodeRole, s).Call(d, v.addr)
	}
	return c.decodeParts(s, d, v)
}

// decodeParts reads a value of any kind but a struct.
func (c *codecs) decodeParts(s *shape.Shape, d *jen.Statement, v operand) *jen.Statement {
	lib := func(name string) *jen.Statement { return c.n.qual(codecPath, name) }
	switch s.Kind {
	case shape.Bool, shape.Int, shape.Uint, shape.Float, shape.Complex, shape.String:
		value := d.Dot(basicMethod(s)).Call()
		if !types.Identical(s.Type, types.Typ[s.Basic]) {
			value = c.n.typ(s.Type).Call(value)
		}
		return v.value.Op("=").Add(value)
	case shape.Time:
		return v.value.Op("=").Add(d.Dot("Time").Call())
	case shape.Bytes:
		return v.value.Op("=").Add(d.Dot("Base64").Call())
	case shape.ByteArray:
		return d.Dot("Hex").Call(v.slice)
	case shape.Pointer:
		if s.Elem.Nilable() {
			return lib("DecodeBoxed").Call(d, v.addr, c.element(decodeRole, s.Elem))
		}
		return lib("DecodePointer").Call(d, v.addr, c.element(decodeRole, s.Elem))
	case shape.Slice:
		return lib("DecodeSlice").Call(d, v.addr, c.element(decodeRole, s.Elem))
	case shape.Array:
		return lib("DecodeArray").Call(d, v.slice, c.element(decodeRole, s.Elem))
	case shape.Map:
		if s.Key.Kind == shape.String {
			return lib("DecodeStrMap").Call(d, v.addr, c.element(decodeRole, s.Elem))
		}
		return lib("DecodeMap").Call(d, v.addr, c.element(decodeRole, s.Key), c.element(decodeRole, s.Elem))
	case shape.JSON:
		return c.n.qual(jsonCodecPath, "Decode").Call(d, v.addr)
	case shape.Loose:
		return lib("DecodeLoose").Call(d, v.addr)
	case shape.Union:
		return c.decodeUnion(s, d, v)
	case shape.Pair:
		return lib("Decode"+formName(s)).Call(d, v.addr)
	case shape.Proto:
		unmarshal := jen.Func().Params(jen.Id("data").Index().Add(c.n.predeclared("byte")), jen.Id("m").Add(c.n.typ(s.Type))).Add(c.n.predeclared("error")).Block(
			jen.Return(c.n.qual(protoPath, "Unmarshal").Call(jen.Id("data"), jen.Id("m"))),
		)
		return lib("DecodeMessage").Call(d, v.addr, unmarshal)
	}
	return c.cannot(s)
}

// element returns a function for the values of a shape: func(*codec.Encoder, *T), say.
func (c *codecs) element(r role, s *shape.Shape) *jen.Statement {
	prefix := "Encode"
	switch r {
	case decodeRole:
		prefix = "Decode"
	case cloneRole:
		prefix = "Clone"
	}
	if !standsAlone(s) {
		if name := libraryElement(s, r); name != "" {
			return c.n.qual(codecPath, prefix+name)
		}
	}
	return c.helper(c.n, r, s)
}

// libraryElement names the function that package codec has for elements of a shape, "" if it has none.
func libraryElement(s *shape.Shape, r role) string {
	switch s.Kind {
	case shape.Loose:
		return "Loose"
	case shape.Pair:
		if r != cloneRole || s.Copy.Name == "" && s.Inner == nil {
			return formName(s)
		}
		return ""
	}
	if r == cloneRole {
		return ""
	}
	switch s.Kind {
	case shape.Bool:
		return "Bool"
	case shape.Int:
		return "Int"
	case shape.Uint:
		return "Uint"
	case shape.Float, shape.Complex:
		return basicMethod(s)
	case shape.String:
		return "Str"
	case shape.Bytes:
		return "Bytes"
	case shape.Time:
		return "Time"
	}
	return ""
}

// basicMethod names the methods of Encoder and Decoder for a basic kind: Int64, Str.
func basicMethod(s *shape.Shape) string {
	if s.Kind == shape.String {
		return "Str"
	}
	return exported(types.Typ[s.Basic].Name())
}

func formName(s *shape.Shape) string {
	switch s.Form {
	case shape.JSONForm:
		return "JSON"
	case shape.TextForm:
		return "Text"
	}
	return "Binary"
}

// protoPath is the package that protobuf messages are marshaled by; a program that has messages has it.
const protoPath = "google.golang.org/protobuf/proto"

// cannot notes that a shape has no codec, which a plan that was checked does not contain.
func (c *codecs) cannot(s *shape.Shape) *jen.Statement {
	c.n.fail("values of type %s cannot be stored", s.Type)
	return jen.Null()
}
