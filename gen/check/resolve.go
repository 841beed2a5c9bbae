package check

import (
	"go/ast"
	"go/constant"
	"go/types"
	"time"
)

// resolve finds the spots' expressions and the variables of the functions in the checked file.
func (c *checker) resolve(p *probe, file *ast.File, info *types.Info) {
	tf := c.p.Fset.File(file.FileStart)
	at := map[[2]int]*spot{}
	for _, s := range p.spots {
		at[[2]int{s.from, s.to}] = s
		s.info = info
	}
	n := 0
	for _, decl := range file.Decls {
		fd, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		fn := p.funcs[n]
		n++
		fn.objects = map[types.Object]variable{}
		if fn.m != nil {
			var vars []variable
			for i := range fn.m.params {
				vars = append(vars, variable{param: i, result: -1})
			}
			for i, r := range fn.m.Results {
				if fn.results && i != fn.m.Err && !isError(r.Type) {
					vars = append(vars, variable{param: -1, result: i})
				}
			}
			if fn.old {
				vars = append(vars, variable{-1, -1, true})
			}
			for i, field := range fd.Type.Params.List {
				fn.objects[info.Defs[field.Names[0]]] = vars[i]
			}
		}
		ast.Inspect(fd.Body, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			key := [2]int{tf.Offset(e.Pos()), tf.Offset(e.End())}
			if s := at[key]; s != nil && s.node == nil {
				s.node, s.value = e, info.Types[e]
			}
			return true
		})
	}
	for _, s := range p.spots {
		if id, ok := s.node.(*ast.Ident); ok && s.value.Type == nil && info.Defs[id] != nil {
			continue // a loop's variable
		}
		if s.fn.failed() {
			s.failed = true // its variables may have no types
			continue
		}
		if t := s.value.Type; !s.failed && (t == nil || t == types.Typ[types.Invalid]) && s.text.Src != "_" {
			s.failed = true
			if !c.invalidExpr(s) {
				c.errorf(s.text.Pos, "the type of %s cannot be told, the package does not compile here", s.text.Src)
			}
		}
	}
}

// boolean tells whether a condition is one, and complains if not.
func (c *checker) boolean(s *spot, what string) bool {
	if s == nil || s.failed {
		return false
	}
	if b, ok := s.value.Type.Underlying().(*types.Basic); !ok || b.Info()&types.IsBoolean == 0 {
		c.errorf(s.text.Pos, "%s takes a condition, and %s is of type %s", what, s.text.Src, c.typeString(s.value.Type))
		return false
	}
	if s.value.Value != nil && s.value.Value.Kind() == constant.Bool {
		c.errorf(s.text.Pos, "%s takes a condition, and %s is always %s", what, s.text.Src, s.value.Value)
		return false
	}
	return true
}

// typeString writes a type for a message.
func (c *checker) typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == c.p.Types {
			return ""
		}
		return p.Name()
	})
}

// duration tells whether an expression gives a time.Duration that can be a TTL, and complains if not.
func (c *checker) duration(s *spot, what string) bool {
	if s == nil || s.failed {
		return false
	}
	n, ok := types.Unalias(s.value.Type).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != "time" || n.Obj().Name() != "Duration" {
		c.errorf(s.text.Pos, "%s takes a time.Duration, and %s is of type %s", what, s.text.Src, c.typeString(s.value.Type))
		return false
	}
	if v := s.value.Value; v != nil {
		if ns, exact := constant.Int64Val(v); !exact || ns < int64(shortest) {
			c.errorf(s.text.Pos, "%s is at least %v, and %s is %v", what, shortest, s.text.Src, time.Duration(ns))
			return false
		}
	}
	return true
}
