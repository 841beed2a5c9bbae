package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// encodeUnion writes the value of an interface, in an object with the name of its type.
func (c *codecs) encodeUnion(s *shape.Shape, e *jen.Statement, v operand) *jen.Statement {
	cases := []jen.Code{jen.Case(c.n.predeclared("nil")).Block(e.Clone().Dot("Null").Call())}
	for _, m := range s.Members {
		cases = append(cases, jen.Case(c.n.typ(m.Shape.Type)).Block(
			c.n.qual(codecPath, "EncodeTyped").Call(e.Clone(), jen.Lit(m.Name), jen.Op("&").Id("x"), c.element(encodeRole, m.Shape))))
	}
	cases = append(cases, jen.Default().Block(e.Clone().Dot("UnknownType").Call(jen.Id("x"))))
	return typeSwitch(v, cases)
}

// typeSwitch tells the types apart that an interface can hold; in each case the value is x.
func typeSwitch(v operand, cases []jen.Code) *jen.Statement {
	return jen.Switch(jen.Id("x").Op(":=").Parens(v.value).Assert(jen.Type())).Block(cases...)
}

// decodeUnion reads what encodeUnion wrote.
func (c *codecs) decodeUnion(s *shape.Shape, d *jen.Statement, v operand) *jen.Statement {
	set := func(value *jen.Statement) *jen.Statement { return v.value.Clone().Op("=").Add(value) }
	cases := []jen.Code{jen.Case(jen.Lit("")).Block(set(c.n.predeclared("nil")))}
	for _, m := range s.Members {
		cases = append(cases, jen.Case(jen.Lit(m.Name)).Block(
			set(c.n.qual(codecPath, "DecodeTyped").Types(c.n.typ(m.Shape.Type)).Call(d.Clone(), c.element(decodeRole, m.Shape)))))
	}
	cases = append(cases, jen.Default().Block(d.Clone().Dot("UnknownType").Call()))
	return jen.Switch(d.Clone().Dot("TypeName").Call()).Block(cases...)
}

// cloneUnion replaces the value of an interface by a copy.
func (c *codecs) cloneUnion(s *shape.Shape, depth *jen.Statement, v operand) *jen.Statement {
	same := []jen.Code{c.n.predeclared("nil")}
	var cases []jen.Code
	for _, m := range s.Members {
		if m.Shape.Immutable() {
			same = append(same, c.n.typ(m.Shape.Type))
			continue
		}
		cases = append(cases, jen.Case(c.n.typ(m.Shape.Type)).Block(
			c.clone(m.Shape, depth.Clone(), variableOperand("x")), v.value.Clone().Op("=").Id("x")))
	}
	cases = append([]jen.Code{jen.Case(same...).Block()}, cases...)
	cases = append(cases, jen.Default().Block(c.n.qual(codecPath, "CannotCopy").Call(jen.Id("x"))))
	return typeSwitch(v, cases)
}
