package emit

import (
	"go/types"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// typ prints a type as generated code must write it.
func (n *names) typ(t types.Type) *jen.Statement {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return n.qual("unsafe", "Pointer")
		}
		return n.predeclared(t.Name())
	case *types.Alias:
		return n.alias(t)
	case *types.Named:
		return n.instance(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		return n.object(t.Obj())
	case *types.Pointer:
		return jen.Op("*").Add(n.typ(t.Elem()))
	case *types.Slice:
		return jen.Index().Add(n.typ(t.Elem()))
	case *types.Array:
		return jen.Index(jen.Op(strconv.FormatInt(t.Len(), 10))).Add(n.typ(t.Elem()))
	case *types.Map:
		return jen.Map(n.typ(t.Key())).Add(n.typ(t.Elem()))
	case *types.Chan:
		return n.channel(t)
	case *types.Signature:
		return jen.Func().Add(n.signature(t))
	case *types.Struct:
		return n.structure(t)
	case *types.Interface:
		return n.iface(t)
	case *types.Union:
		return n.union(t)
	}
	n.fail("a type of kind %T cannot be written: %s", t, t)
	return jen.Id("invalid")
}

// alias keeps an alias' name, since the type behind it may be one that only the alias can reach, unless it is
// the alias that cannot be reached from here.
func (n *names) alias(t *types.Alias) *jen.Statement {
	o := t.Obj()
	local := o.Pkg() != nil && o.Parent() != o.Pkg().Scope()
	foreign := o.Pkg() != nil && o.Pkg().Path() != n.path && !o.Exported()
	if local || foreign {
		return n.typ(t.Rhs())
	}
	return n.instance(o, t.TypeArgs())
}

// instance prints a type's name with its type arguments.
func (n *names) instance(o *types.TypeName, args *types.TypeList) *jen.Statement {
	s := n.object(o)
	if params, ok := n.generic[o]; ok {
		return s.Types(n.typeParamNames(params)...)
	}
	if args.Len() == 0 {
		return s
	}
	var list []jen.Code
	for t := range args.Types() {
		list = append(list, n.typ(t))
	}
	return s.Types(list...)
}

func (n *names) channel(t *types.Chan) *jen.Statement {
	elem := n.typ(t.Elem())
	switch t.Dir() {
	case types.SendOnly:
		return jen.Chan().Op("<-").Add(elem)
	case types.RecvOnly:
		return jen.Op("<-").Chan().Add(elem)
	}
	if c, ok := t.Elem().(*types.Chan); ok && c.Dir() == types.RecvOnly {
		elem = jen.Parens(elem) // chan <-chan T is a chan<- (chan T)
	}
	return jen.Chan().Add(elem)
}

// signature prints parameters and results without the word func.
func (n *names) signature(sig *types.Signature) *jen.Statement {
	params := n.tuple(sig.Params())
	if sig.Variadic() {
		last := len(params) - 1
		params[last] = jen.Op("...").Add(n.variadic(sig.Params().At(last).Type()))
	}
	s := jen.Params(params...)
	switch results := n.tuple(sig.Results()); len(results) {
	case 0:
		return s
	case 1:
		return s.Add(results[0])
	default:
		return s.Params(results...)
	}
}

func (n *names) tuple(t *types.Tuple) []jen.Code {
	var list []jen.Code
	for v := range t.Variables() {
		list = append(list, n.typ(v.Type()))
	}
	return list
}

// variadic prints the element type of a variadic parameter.
func (n *names) variadic(t types.Type) *jen.Statement {
	if s, ok := t.Underlying().(*types.Slice); ok {
		return n.typ(s.Elem())
	}
	n.fail("a variadic parameter has type %s", t)
	return n.typ(t)
}

func (n *names) structure(t *types.Struct) *jen.Statement {
	var fields []jen.Code
	for i := range t.NumFields() {
		f := t.Field(i)
		if !f.Exported() && f.Pkg() != nil && f.Pkg().Path() != n.path {
			n.fail("field %s of a struct type of %s cannot be named in %s: it is not exported", f.Name(), f.Pkg().Path(), n.path)
		}
		s := n.typ(f.Type())
		if !f.Embedded() {
			s = jen.Id(f.Name()).Add(s)
		}
		if tag := t.Tag(i); tag != "" {
			s.Op(quote(tag))
		}
		fields = append(fields, s)
	}
	return oneLine("struct", fields)
}

// quote writes a string the way people write it: raw where it holds quotes.
func quote(s string) string {
	if q := strconv.Quote(s); len(q) == len(s)+2 || !strconv.CanBackquote(s) {
		return q
	}
	return "`" + s + "`"
}

func (n *names) iface(t *types.Interface) *jen.Statement {
	if t.IsImplicit() && t.NumEmbeddeds() == 1 {
		if !startsWithStar(t.EmbeddedType(0)) {
			return n.typ(t.EmbeddedType(0))
		}
		// type C[P *T] struct would begin an array type
	}
	var elems []jen.Code
	for m := range t.ExplicitMethods() {
		if !m.Exported() && m.Pkg() != nil && m.Pkg().Path() != n.path {
			n.fail("method %s of an interface type of %s cannot be named in %s: it is not exported", m.Name(), m.Pkg().Path(), n.path)
		}
		elems = append(elems, jen.Id(m.Name()).Add(n.signature(m.Signature())))
	}
	for e := range t.EmbeddedTypes() {
		elems = append(elems, n.typ(e))
	}
	return oneLine("interface", elems)
}

func startsWithStar(t types.Type) bool {
	if u, ok := t.(*types.Union); ok {
		if u.Term(0).Tilde() {
			return false
		}
		t = u.Term(0).Type()
	}
	_, ok := t.(*types.Pointer)
	return ok
}

func (n *names) union(t *types.Union) *jen.Statement {
	s := &jen.Statement{}
	for i := range t.Len() {
		if i > 0 {
			s.Op("|")
		}
		if t.Term(i).Tilde() {
			s.Op("~")
		}
		s.Add(n.typ(t.Term(i).Type()))
	}
	return s
}

// oneLine prints elements in braces on one line, as type literals inside a signature are written.
func oneLine(keyword string, elems []jen.Code) *jen.Statement {
	if len(elems) == 0 {
		return jen.Op(keyword + "{}")
	}
	return jen.Op(keyword).Custom(jen.Options{Open: "{ ", Close: " }", Separator: "; "}, elems...)
}

// typeParamDecls declares type parameters, as a type's or a function's.
func (n *names) typeParamDecls(list *types.TypeParamList) []jen.Code {
	var decls []jen.Code
	for tp := range list.TypeParams() {
		decls = append(decls, n.object(tp.Obj()).Add(n.typ(tp.Constraint())))
	}
	return decls
}

// typeParamNames lists type parameters as type arguments.
func (n *names) typeParamNames(list *types.TypeParamList) []jen.Code {
	var args []jen.Code
	for tp := range list.TypeParams() {
		args = append(args, n.object(tp.Obj()))
	}
	return args
}
