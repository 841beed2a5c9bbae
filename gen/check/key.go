package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// finishKey says what a method's key consists of, and holds that every parameter counts.
func (c *checker) finishKey(m *method) {
	hashed, ignored := c.listed(m, "hash"), c.listed(m, "ignore")
	for i := range hashed {
		if _, both := ignored[i]; both {
			c.fail(m, hashed[i], "%s cannot both be hashed and ignored", m.params[i])
		}
	}
	if m.keySettings != nil {
		c.givenKey(m, hashed, ignored)
	} else {
		c.defaultKey(m, hashed, ignored)
	}
	for _, part := range m.Cache.Key {
		for _, i := range params(part.Expr) {
			if !slices.Contains(m.Cache.KeyParams, i) {
				m.Cache.KeyParams = append(m.Cache.KeyParams, i)
			}
		}
	}
	slices.Sort(m.Cache.KeyParams)
}

// listed gives the parameters that hash= or ignore= names, and where.
func (c *checker) listed(m *method, option string) map[int]token.Pos {
	out := map[int]token.Pos{}
	set, ok := m.settings[option]
	if !ok {
		return out
	}
	_, own := m.own(option)
	for _, name := range set.List {
		i := slices.Index(m.params, name.Src)
		switch {
		case i >= 0 && out[i] != token.NoPos:
			c.fail(m, name.Pos, "%s is named twice", name.Src)
		case i >= 0 && m.Params[i].Context && own:
			c.fail(m, name.Pos, "%s is a context, which is not part of the key unless key= says so", name.Src)
		case i >= 0:
			out[i] = name.Pos
			m.w.used[option+" "+name.Src] = true
		case own:
			near := nearest(name.Src, m.params)
			c.fail(m, name.Pos, "%s has no parameter %s%s", m.Name, name.Src, didYouMean(near))
			c.mendText(name, near)
		}
	}
	return out
}

// givenKey is the key that key= and hash= say.
func (c *checker) givenKey(m *method, hashed, ignored map[int]token.Pos) {
	set := m.keySettings
	counted := map[int]bool{}
	for i := range hashed {
		counted[i] = true
	}
	for i := range ignored {
		counted[i] = true
	}
	broken := m.ifs != nil && m.Cache.If == nil || m.reload != nil && m.Cache.Reload == nil
	for _, e := range []*model.Expr{m.Cache.If, m.Cache.Reload} {
		for _, i := range params(e) {
			counted[i] = true
		}
	}
	for _, s := range m.key {
		e := c.model(s)
		if e == nil {
			m.failed, broken = true, true
			continue
		}
		for _, i := range params(e) {
			counted[i] = true
			if _, ok := hashed[i]; ok {
				c.fail(m, s.text.Pos, "%s is in key= as well as in hash=, so that the key would show it", m.params[i])
			}
			if _, ok := ignored[i]; ok {
				c.fail(m, s.text.Pos, "%s is in key= as well as in ignore=", m.params[i])
			}
		}
		c.part(m, e, false, s.text.Pos, s.text.Src)
	}
	for _, i := range sorted(hashed) {
		c.part(m, m.param(i), true, hashed[i], "parameter "+m.params[i])
	}
	for _, i := range m.plain() {
		if !counted[i] && !broken {
			c.fail(m, set.Pos, "%s is not part of the key: name it in key=, hash=, if=, reload= or ignore=", m.params[i])
		}
	}
}

// defaultKey is the key of a method without key=: every parameter but contexts, what is ignored, and what if= and
// reload= make the same in all calls that share an entry.
func (c *checker) defaultKey(m *method, hashed, ignored map[int]token.Pos) {
	out := fixedBy(m.ifs, m.Cache.If)
	for i := range flags(m, m.Cache.Reload) {
		out[i] = true
	}
	for _, i := range m.plain() {
		if _, ok := ignored[i]; ok {
			continue
		}
		pos, hash := hashed[i]
		if out[i] && !hash {
			continue
		}
		if !hash {
			pos = c.paramPos(m, i)
		}
		if fills(m, i) {
			c.fail(m, pos, "%s seems to answer through its parameter %s, which an answer from the cache would leave as it was: use pass, or say in key= or ignore= what %[2]s is", m.Name, m.params[i])
			continue
		}
		c.part(m, m.param(i), hash, pos, "parameter "+m.params[i])
	}
}

// part adds a part to the key.
func (c *checker) part(m *method, e *model.Expr, hash bool, pos token.Pos, what string) {
	s, err := shape.OfKey(e.Type, shape.Config{Pkg: c.out})
	if err != nil && m.Tag != nil {
		why, _, _ := strings.Cut(err.Error(), "; say in key=") // which a tag does not have
		c.fail(m, pos, "an argument of %s cannot tell marks apart: %s", m.Name, why)
		return
	}
	if err != nil {
		c.refused(m, pos, fmt.Sprintf("%s cannot be part of the key of %s", what, m.Name), err)
		return
	}
	m.Cache.Key = append(m.Cache.Key, model.KeyPart{Expr: e, Shape: s, Hash: hash})
}

// paramPos is where to complain about a parameter.
func (c *checker) paramPos(m *method, i int) token.Pos {
	v := m.Sig.Params().At(i)
	if m.file == m.w.file && m.w.decl.Syntax != nil && m.w.decl.Syntax.Pos() <= v.Pos() && v.Pos() < m.w.decl.Syntax.End() {
		return v.Pos()
	}
	return m.cache.Pos
}

// fixedBy gives the parameters that have one and the same value wherever an if= holds: a flag that must be true, a
// list that must be empty. Their value being known, they are no part of the key.
func fixedBy(s *spot, e *model.Expr) map[int]bool {
	out := map[int]bool{}
	if e == nil {
		return out
	}
	var conjuncts func(ast.Expr)
	conjuncts = func(x ast.Expr) {
		x = ast.Unparen(x)
		if b, ok := x.(*ast.BinaryExpr); ok && b.Op == token.LAND {
			conjuncts(b.X)
			conjuncts(b.Y)
			return
		}
		if i, ok := s.fixes(x); ok {
			out[i] = true
		}
	}
	conjuncts(s.node)
	return out
}

// fixes gives the parameter whose value follows from a condition's being true.
func (s *spot) fixes(x ast.Expr) (int, bool) {
	param := func(x ast.Expr) (int, bool) {
		id, ok := ast.Unparen(x).(*ast.Ident)
		if !ok {
			return 0, false
		}
		v, ok := s.fn.objects[s.info.Uses[id]]
		return v.param, ok && v.param >= 0
	}
	switch x := x.(type) {
	case *ast.Ident:
		return param(x)
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			return param(x.X)
		}
	case *ast.BinaryExpr:
		if x.Op != token.EQL {
			return 0, false
		}
		l, r := ast.Unparen(x.X), ast.Unparen(x.Y)
		if s.known(l) {
			l, r = r, l
		}
		if !s.known(r) {
			return 0, false
		}
		if call, ok := l.(*ast.CallExpr); ok && len(call.Args) == 1 && s.info.Types[call.Fun].IsBuiltin() && s.zero(r) {
			if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name == "len" {
				return param(call.Args[0])
			}
		}
		return param(l)
	}
	return 0, false
}

// known tells whether an expression is a constant or nil.
func (s *spot) known(x ast.Expr) bool {
	tv := s.info.Types[x]
	return tv.Value != nil || tv.IsNil()
}

func (s *spot) zero(x ast.Expr) bool {
	v := s.info.Types[x].Value
	return v != nil && v.ExactString() == "0"
}

// flags gives the bool parameters that an expression uses.
func flags(m *method, e *model.Expr) map[int]bool {
	out := map[int]bool{}
	for _, i := range params(e) {
		if b, ok := m.Params[i].Type.Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
			out[i] = true
		}
	}
	return out
}

func sorted(m map[int]token.Pos) []int {
	var out []int
	for i := range m {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}
