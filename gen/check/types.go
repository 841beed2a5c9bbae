package check

import (
	"go/ast"
	"go/types"
	"strings"
)

// writable tells whether a method's signature can be written in the package generated into, and complains if not.
func (c *checker) writable(m *method, own bool) bool {
	walk := typeWalk{out: c.out, seen: map[types.Type]bool{}}
	walk.typ(m.Sig.Params())
	walk.typ(m.Sig.Results())
	if walk.invalid {
		var field ast.Node
		if own {
			for _, f := range m.w.decl.Syntax.Methods.List {
				if len(f.Names) > 0 && f.Names[0].Name == m.Name {
					field = f
				}
			}
		}
		if field == nil || !c.invalid(field, m.Sig) {
			c.errorf(m.pos, "a type in the signature of %s cannot be told, the package does not compile there", m.Name)
			if field == nil {
				c.everyLoadError()
			}
		}
		return false
	}
	if walk.hidden != "" {
		c.errorf(m.pos, "the signature of %s mentions %s, so that no wrapper can be written in package %s", m.Name, walk.hidden, c.out.Name())
		return false
	}
	return true
}

// invalid tells of the load errors that make a declaration's types invalid: those within it, else those about what its
// file imports. It reports whether there were any.
func (c *checker) invalid(n ast.Node, _ types.Type) bool {
	from, to := c.p.Fset.Position(n.Pos()), c.p.Fset.Position(n.End())
	if c.loadErrors(func(d Diagnostic) bool {
		return d.Pos.Filename == from.Filename && from.Line <= d.Pos.Line && d.Pos.Line <= to.Line
	}) > 0 {
		return true
	}
	if c.loadErrors(func(d Diagnostic) bool {
		return d.Pos.Filename == from.Filename && strings.HasPrefix(d.Message, "could not import")
	}) > 0 {
		return true
	}
	return c.everyLoadError()
}

// invalidExpr tells of all that is wrong with the package, since an expression has no type without being wrong itself.
func (c *checker) invalidExpr(*spot) bool { return c.everyLoadError() }

func (c *checker) everyLoadError() bool {
	return c.loadErrors(func(Diagnostic) bool { return true }) > 0
}

// typeWalk looks through the types that writing a signature takes, not through what they are made of.
type typeWalk struct {
	out     *types.Package
	seen    map[types.Type]bool
	invalid bool
	hidden  string // what cannot be written in out
}

func (w *typeWalk) typ(t types.Type) {
	if t == nil || w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Basic:
		w.invalid = w.invalid || t.Kind() == types.Invalid
	case *types.Alias:
		w.named(t.Obj(), t.TypeArgs())
		if types.Unalias(t) == types.Typ[types.Invalid] {
			w.invalid = true
		}
	case *types.Named:
		w.named(t.Obj(), t.TypeArgs())
		if t.Underlying() == types.Typ[types.Invalid] {
			w.invalid = true
		}
	case *types.Pointer:
		w.typ(t.Elem())
	case *types.Slice:
		w.typ(t.Elem())
	case *types.Array:
		w.typ(t.Elem())
	case *types.Chan:
		w.typ(t.Elem())
	case *types.Map:
		w.typ(t.Key())
		w.typ(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			w.typ(v.Type())
		}
	case *types.Signature:
		w.typ(t.Params())
		w.typ(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			w.member(f)
			w.typ(f.Type())
		}
	case *types.Interface:
		for f := range t.ExplicitMethods() {
			w.member(f)
			w.typ(f.Signature())
		}
		for e := range t.EmbeddedTypes() {
			w.typ(e)
		}
	case *types.Union:
		for e := range t.Terms() {
			w.typ(e.Type())
		}
	}
}

func (w *typeWalk) named(obj *types.TypeName, args *types.TypeList) {
	if pkg := obj.Pkg(); pkg != nil && pkg.Path() != w.out.Path() {
		switch {
		case !obj.Exported():
			w.hidden = pkg.Name() + "." + obj.Name() + ", which is not exported"
		case !importable(pkg.Path(), w.out.Path()):
			w.hidden = pkg.Name() + "." + obj.Name() + " of the internal package " + pkg.Path()
		}
	}
	for t := range args.Types() {
		w.typ(t)
	}
}

// member looks at a field or method of a type without a name.
func (w *typeWalk) member(obj types.Object) {
	if obj.Pkg() != nil && obj.Pkg().Path() != w.out.Path() && !obj.Exported() {
		w.hidden = "the unexported " + obj.Name() + " of package " + obj.Pkg().Name()
	}
}

// importable applies the rule of internal packages.
func importable(path, from string) bool {
	i := strings.LastIndex("/"+path+"/", "/internal/")
	if i < 0 {
		return true
	}
	parent := strings.TrimSuffix(path[:max(0, i-1)], "/")
	return parent != "" && (from == parent || strings.HasPrefix(from, parent+"/")) || parent == "" && i == 0 && !strings.Contains(strings.SplitN(from, "/", 2)[0], ".")
}
