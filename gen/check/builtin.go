package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// The language has one function that Go lacks: sorted(x), the elements of a slice as a set. A probe calls it by a name
// that is as long, so that positions stay, and exported, so that an import can bring it into the file's scope.
const (
	sortedName  = "sorted"
	sortedProbe = "Ŝrted"
	builtInPath = "cachegen/builtin"
)

// builtIns is the package that brings func sorted[S ~[]E, E any](x S) S.
var builtIns = func() *types.Package {
	pkg := types.NewPackage(builtInPath, "builtin")
	name := func(s string) *types.TypeName { return types.NewTypeName(token.NoPos, pkg, s, nil) }
	elem := types.NewTypeParam(name("E"), types.Universe.Lookup("any").Type())
	slices := types.NewUnion([]*types.Term{types.NewTerm(true, types.NewSlice(elem))})
	slice := types.NewTypeParam(name("S"), types.NewInterfaceType(nil, []types.Type{slices}))
	one := func(s string) *types.Tuple { return types.NewTuple(types.NewVar(token.NoPos, pkg, s, slice)) }
	sig := types.NewSignatureType(nil, nil, []*types.TypeParam{slice, elem}, one("x"), one(""), false)
	pkg.Scope().Insert(types.NewFunc(token.NoPos, pkg, sortedProbe, sig))
	pkg.MarkComplete()
	return pkg
}()

// builtIns writes an expression as a probe has it.
func (p *probe) builtIns(src string) string {
	if p.declared || !strings.Contains(src, sortedName) {
		return src
	}
	e, err := parser.ParseExpr(src)
	if err != nil {
		return src
	}
	out := []byte(src)
	ast.Inspect(e, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == sortedName {
				copy(out[id.Pos()-1:], sortedProbe)
			}
		}
		return true
	})
	return string(out)
}

// rewordBuiltIn makes a message about the built-in one that its user understands.
func rewordBuiltIn(msg string) string {
	if _, typ, ok := strings.Cut(msg, "in call to "+sortedProbe+", S (type "); ok {
		typ, _, _ = strings.Cut(typ, ") does not satisfy")
		return "sorted takes a slice, not a value of type " + typ
	}
	for _, fault := range []string{"cannot infer S", "not enough arguments", "too many arguments"} {
		if strings.Contains(msg, fault) && strings.Contains(msg, sortedProbe) {
			return "sorted takes one slice"
		}
	}
	return strings.ReplaceAll(msg, sortedProbe, sortedName)
}

// sortedCall tells whether a call is one of the built-in.
func sortedCall(info *types.Info, call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	return ok && info.Uses[id] == builtIns.Scope().Lookup(sortedProbe)
}

// sorted cuts a call of the built-in: what it is called, and after its argument what generated code gives it besides.
func (c *cutter) sorted(call *ast.CallExpr) {
	t, ok := c.s.info.Types[call.Args[0]].Type.Underlying().(*types.Slice)
	if !ok {
		c.fail(call, "sorted takes a slice whose elements are known, not a value of a type parameter")
		return
	}
	s, err := shape.OfKey(t.Elem(), shape.Config{Pkg: c.c.out})
	if err != nil {
		c.fail(call, "sorted cannot tell elements of %s apart: %v", c.c.typeString(t), err)
		return
	}
	order := &model.Order{Elem: t.Elem(), Shape: s}
	c.add(call.Fun, model.Part{Sorted: order})
	end := c.at(call.Args[0].End())
	c.pieces = append(c.pieces, piece{end, end, model.Part{Order: order}})
}

func (c *cutter) fail(n ast.Node, format string, args ...any) {
	if c.fault == "" {
		c.fault, c.faultAt = fmt.Sprintf(format, args...), n.Pos()
	}
}
