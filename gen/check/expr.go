package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen-go/cachegen/gen/model"
)

// model cuts a checked expression where names must be written anew, and sees that the package generated into may
// use what it uses. It is nil if the expression is at fault.
func (c *checker) model(s *spot) *model.Expr {
	if s == nil || s.failed || s.node == nil {
		return nil
	}
	cut := cutter{c: c, s: s, base: s.node.Pos(), selected: map[*ast.Ident]bool{}}
	ast.Inspect(s.node, cut.visit)
	if cut.hidden != nil {
		c.errorf(s.text.At(cut.at(cut.hidden.id.Pos())), "%s is not exported, so that package %s cannot use it", cut.hidden.id.Name, c.out.Name())
		return nil
	}
	if cut.fault != "" {
		c.errorf(s.text.At(cut.at(cut.faultAt)), "%s", cut.fault)
		return nil
	}
	e := &model.Expr{Type: s.value.Type, Source: s.text.Src, MayPanic: mayPanic(s.info, s.node)}
	slices.SortFunc(cut.pieces, func(a, b piece) int { return a.from - b.from })
	at := 0
	for _, p := range cut.pieces {
		if p.from > at {
			e.Parts = append(e.Parts, model.Part{Text: s.text.Src[at:p.from]})
		}
		e.Parts = append(e.Parts, p.part)
		at = p.to
	}
	if at < len(s.text.Src) {
		e.Parts = append(e.Parts, model.Part{Text: s.text.Src[at:]})
	}
	return e
}

// cutter finds the pieces of an expression that are no plain text.
type cutter struct {
	c        *checker
	s        *spot
	base     token.Pos
	pieces   []piece
	selected map[*ast.Ident]bool // the right sides of selectors
	hidden   *hidden
	fault    string // what else is wrong, and where
	faultAt  token.Pos
}

type piece struct {
	from, to int
	part     model.Part
}

// hidden is a use of something that the package generated into cannot see.
type hidden struct{ id *ast.Ident }

func (c *cutter) at(p token.Pos) int { return int(p - c.base) }

func (c *cutter) add(n ast.Node, part model.Part) {
	c.pieces = append(c.pieces, piece{c.at(n.Pos()), c.at(n.End()), part})
}

func (c *cutter) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if sortedCall(c.s.info, n) {
			c.selected[n.Fun.(*ast.Ident)] = true
			c.sorted(n)
		}
	case *ast.SelectorExpr:
		c.selected[n.Sel] = true
		if x, ok := n.X.(*ast.Ident); ok {
			if _, ok := c.s.info.Uses[x].(*types.PkgName); ok {
				c.add(n, model.Part{Object: c.s.info.Uses[n.Sel]})
				return false
			}
		}
		c.see(n.Sel, c.s.info.Uses[n.Sel])
	case *ast.Ident:
		if !c.selected[n] {
			c.ident(n)
		}
	}
	return true
}

func (c *cutter) ident(id *ast.Ident) {
	obj := c.s.info.Uses[id]
	if obj == nil {
		if v, ok := c.s.info.Defs[id].(*types.Var); ok && v.Name() != "_" {
			c.add(id, model.Part{Local: id.Name})
		}
		return
	}
	if v, ok := c.s.fn.objects[obj]; ok {
		switch {
		case v.old:
			c.add(id, model.Part{Old: true})
		case v.param >= 0:
			c.add(id, model.Part{Param: &v.param})
		default:
			c.add(id, model.Part{Result: &v.result})
		}
		return
	}
	switch o := obj.(type) {
	case *types.Var:
		if o.IsField() {
			c.see(id, obj) // a key of a composite literal
			return
		}
	case *types.TypeName:
		if t, ok := o.Type().(*types.TypeParam); ok {
			c.add(id, model.Part{Type: t})
			return
		}
	}
	switch {
	case obj.Pkg() == nil: // predeclared
	case obj.Parent() == obj.Pkg().Scope():
		c.see(id, obj)
		c.add(id, model.Part{Object: obj})
	case obj.Parent() != nil:
		c.add(id, model.Part{Local: id.Name})
	}
}

// see notes the use of something that another package would not see.
func (c *cutter) see(id *ast.Ident, obj types.Object) {
	if obj != nil && obj.Pkg() != nil && !obj.Exported() && obj.Pkg().Path() != c.c.out.Path() && c.hidden == nil {
		c.hidden = &hidden{id}
	}
}

// params gives the indexes of the parameters that an expression uses.
func params(e *model.Expr) []int {
	var out []int
	if e == nil {
		return nil
	}
	for _, p := range e.Parts {
		if p.Param != nil && !slices.Contains(out, *p.Param) {
			out = append(out, *p.Param)
		}
	}
	return out
}

func usesResults(list ...*model.Expr) bool {
	for _, e := range list {
		if e != nil && slices.ContainsFunc(e.Parts, func(p model.Part) bool { return p.Result != nil }) {
			return true
		}
	}
	return false
}

// usesLoop tells whether an expression has one of a loop's variables.
func usesLoop(r *model.Range, list ...*model.Expr) bool {
	for _, e := range list {
		if e != nil && slices.ContainsFunc(e.Parts, func(p model.Part) bool {
			return p.Local != "" && (p.Local == r.Key || p.Local == r.Value)
		}) {
			return true
		}
	}
	return false
}

// param is the expression that is just a parameter.
func (m *method) param(i int) *model.Expr {
	return &model.Expr{Parts: []model.Part{{Param: &i}}, Type: m.Params[i].Type, Source: m.params[i]}
}
