package emit

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// binding says what an expression's variables are called in the function that it is written into.
type binding struct {
	locals  *locals
	params  []string          // by index; "" where the function has no such parameter
	results []string          // likewise
	old     string            // the state before the write
	vars    map[string]string // variables of loops and function literals, by their name in the directive
}

// variable names a variable of a loop or a function literal.
func (b *binding) variable(name string) string {
	if b.vars == nil {
		b.vars = map[string]string{}
	}
	if _, ok := b.vars[name]; !ok {
		b.vars[name] = b.locals.add(name)
	}
	return b.vars[name]
}

// expr writes an expression of a directive.
func (n *names) expr(e *model.Expr, b *binding) *jen.Statement {
	return n.parts(e.Parts, b)
}

func (n *names) parts(parts []model.Part, b *binding) *jen.Statement {
	s := &jen.Statement{}
	for _, p := range parts {
		switch {
		case p.Object != nil:
			s.Add(n.object(p.Object))
		case p.Type != nil:
			s.Add(n.typ(p.Type))
		case p.Param != nil:
			s.Add(n.operand(b.params, *p.Param))
		case p.Result != nil:
			s.Add(n.operand(b.results, *p.Result))
		case p.Old:
			s.Id(b.old)
		case p.Local != "":
			s.Id(b.variable(p.Local))
		case p.Sorted != nil && ordered(p.Sorted):
			s.Add(n.qual(keyPath, "Sorted"))
		case p.Sorted != nil:
			s.Add(n.qual(keyPath, "SortedBy"))
		case p.Order != nil && !ordered(p.Order):
			s.Op(", ").Add(n.codecs.keyOf(n, p.Order.Elem, p.Order.Shape))
		case p.Order != nil:
		default:
			n.mentionAll(p.Text)
			s.Op(p.Text)
		}
	}
	return s
}

func (n *names) operand(list []string, i int) *jen.Statement {
	if i >= len(list) || list[i] == "" {
		n.fail("an expression uses parameter or result %d where there is none", i)
		return jen.Id("invalid")
	}
	return jen.Id(list[i])
}

// mentionAll notes the identifiers in a piece of source that are not selected from anything.
func (n *names) mentionAll(text string) {
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(text)), []byte(text), nil, 0)
	for previous := token.ILLEGAL; ; {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return
		}
		if tok == token.IDENT && previous != token.PERIOD {
			n.mention(lit)
		}
		previous = tok
	}
}

// condition writes a bool expression for the head of an if statement, where gofmt drops the parentheses that
// are not needed.
func (n *names) condition(e *model.Expr, b *binding) *jen.Statement {
	return jen.Parens(n.expr(e, b))
}

// not writes the negation of a bool expression the way a person would: x for !x, a != b for a == b.
func (n *names) not(e *model.Expr, b *binding) *jen.Statement {
	text, starts := outline(e.Parts)
	parsed, err := parser.ParseExpr(text)
	if err != nil {
		return jen.Op("!").Parens(n.expr(e, b))
	}
	switch x := parsed.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.CallExpr, *ast.IndexExpr, *ast.ParenExpr:
		return jen.Op("!").Add(n.expr(e, b))
	case *ast.UnaryExpr:
		if parts, ok := replace(e.Parts, starts, int(x.OpPos)-1, "!", ""); ok {
			return n.parts(parts, b)
		}
	case *ast.BinaryExpr:
		opposite := map[token.Token]string{token.EQL: "!=", token.NEQ: "=="}[x.Op]
		if parts, ok := replace(e.Parts, starts, int(x.OpPos)-1, x.Op.String(), opposite); ok && opposite != "" {
			return n.parts(parts, b)
		}
	}
	return jen.Op("!").Parens(n.expr(e, b))
}

// outline writes parts as text, with an identifier in place of each part that is none, and says where each begins.
func outline(parts []model.Part) (text string, starts []int) {
	var s strings.Builder
	for _, p := range parts {
		starts = append(starts, s.Len())
		if isText(p) {
			s.WriteString(p.Text)
		} else {
			s.WriteString(" x ")
		}
	}
	return s.String(), starts
}

func isText(p model.Part) bool {
	return p.Object == nil && p.Type == nil && p.Param == nil && p.Result == nil && p.Local == "" && !p.Old && p.Sorted == nil && p.Order == nil
}

// replace exchanges the text at an offset of an outline, if it stands in one part.
func replace(parts []model.Part, starts []int, offset int, from, to string) ([]model.Part, bool) {
	for i, p := range parts {
		at := offset - starts[i]
		if isText(p) && at >= 0 && at < len(p.Text) && strings.HasPrefix(p.Text[at:], from) {
			list := append([]model.Part(nil), parts...)
			list[i].Text = p.Text[:at] + to + p.Text[at+len(from):]
			return list, true
		}
	}
	return nil, false
}

// uses reports whether an expression has a variable of that name.
func uses(name string, list ...*model.Expr) bool {
	for _, e := range list {
		if e == nil {
			continue
		}
		for _, p := range e.Parts {
			if p.Local == name && !isText(p) {
				return true
			}
		}
	}
	return false
}
