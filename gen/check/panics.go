package check

import (
	"go/ast"
	"go/token"
	"go/types"
)

// calm lists packages of the standard library whose functions do not panic on any plain argument.
var calm = map[string]bool{"strings": true, "strconv": true, "path": true, "cmp": true, "unicode": true, "unicode/utf8": true, "html": true, "net/url": true}

// wild lists what does panic in those.
var wild = map[string]bool{"strings.Repeat": true, "strconv.FormatInt": true, "strconv.FormatUint": true, "strconv.AppendInt": true,
	"strconv.AppendUint": true, "strconv.FormatFloat": true, "strconv.AppendFloat": true, "strconv.FormatComplex": true,
	"strings.NewReplacer": true, "strings.Map": true, "strings.FieldsFunc": true, "strings.IndexFunc": true,
	"strings.LastIndexFunc": true, "strings.TrimFunc": true, "strings.TrimLeftFunc": true, "strings.TrimRightFunc": true,
	"strings.ContainsFunc": true}

// mayPanic tells whether evaluating an expression can panic. It errs on the side of yes.
func mayPanic(info *types.Info, e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if found {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // that it can be called is up to the calls
		case *ast.StarExpr:
			found = info.Types[n].IsValue()
		case *ast.SelectorExpr:
			found = selects(info, n)
		case *ast.IndexExpr:
			found = indexes(info, n)
		case *ast.SliceExpr, *ast.TypeAssertExpr:
			found = true
		case *ast.CallExpr:
			found = calls(info, n)
		case *ast.BinaryExpr:
			found = operates(info, n)
		case *ast.UnaryExpr:
			found = n.Op == token.ARROW
		case *ast.CompositeLit:
			if m, ok := info.Types[n].Type.Underlying().(*types.Map); ok {
				found = !plainKey(m.Key())
			}
		}
		return !found
	})
	return found
}

// selects: a field behind a pointer, or a method value bound to nil.
func selects(info *types.Info, n *ast.SelectorExpr) bool {
	s := info.Selections[n]
	if s == nil {
		return false // a qualified name
	}
	switch s.Kind() {
	case types.FieldVal:
		return s.Indirect()
	case types.MethodVal:
		recv := s.Recv().Underlying()
		return s.Indirect() || types.IsInterface(recv)
	}
	return false
}

func indexes(info *types.Info, n *ast.IndexExpr) bool {
	if !info.Types[n.Index].IsValue() {
		return false // an instance
	}
	switch t := info.Types[n.X].Type.Underlying().(type) {
	case *types.Map:
		return !plainKey(t.Key())
	case *types.Array:
		return info.Types[n.Index].Value == nil
	}
	return true
}

// plainKey tells whether hashing a key cannot panic: no interface is in it.
func plainKey(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return false
	case *types.Array:
		return plainKey(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !plainKey(f.Type()) {
				return false
			}
		}
	}
	_, param := types.Unalias(t).(*types.TypeParam)
	return !param
}

func calls(info *types.Info, n *ast.CallExpr) bool {
	if sortedCall(info, n) {
		slice, ok := info.Types[n.Args[0]].Type.Underlying().(*types.Slice)
		if !ok {
			return true
		}
		_, basic := slice.Elem().Underlying().(*types.Basic)
		return !basic // to tell others apart may run code of theirs
	}
	fun := ast.Unparen(n.Fun)
	if tv := info.Types[fun]; tv.IsType() {
		from, to := info.Types[n.Args[0]].Type, tv.Type.Underlying()
		if _, param := types.Unalias(tv.Type).(*types.TypeParam); param {
			return true
		}
		_, slice := from.Underlying().(*types.Slice)
		_, array := to.(*types.Array)
		ptr, pointer := to.(*types.Pointer)
		if pointer {
			_, array = ptr.Elem().Underlying().(*types.Array)
		}
		return slice && array
	} else if tv.IsBuiltin() {
		switch id, _ := fun.(*ast.Ident); {
		case id == nil:
			return true
		default:
			switch id.Name {
			case "len", "cap", "min", "max", "real", "imag", "complex", "new", "append", "copy":
				return false
			}
			return true
		}
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if f, ok := info.Uses[sel.Sel].(*types.Func); ok && f.Pkg() != nil && f.Signature().Recv() == nil {
			return !calm[f.Pkg().Path()] || wild[f.Pkg().Name()+"."+f.Name()]
		}
	}
	return true
}

func operates(info *types.Info, n *ast.BinaryExpr) bool {
	switch n.Op {
	case token.QUO, token.REM:
		if b, ok := info.Types[n].Type.Underlying().(*types.Basic); ok && b.Info()&types.IsInteger == 0 {
			return false
		}
		return info.Types[n.Y].Value == nil
	case token.SHL, token.SHR:
		if v := info.Types[n.Y].Value; v != nil {
			return false
		}
		b, ok := info.Types[n.Y].Type.Underlying().(*types.Basic)
		return !ok || b.Info()&types.IsUnsigned == 0
	case token.EQL, token.NEQ:
		x, y := info.Types[n.X], info.Types[n.Y]
		if x.IsNil() || y.IsNil() {
			return false
		}
		return !plainKey(x.Type) || !plainKey(y.Type)
	}
	return false
}
