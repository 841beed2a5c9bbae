package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
)

var (
	option    = regexp.MustCompile(`^With[A-Z]\w*$`)
	pathInUs  = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+/?$`)
	directed  = regexp.MustCompile(`^//cachegen:([a-z]\w*)`)
	ourSpaces = regexp.MustCompile(`^(cachegen|make|go) \S`)
)

// checkSpans holds that what code within a text names exists: commands, paths, packages' names, members of the shop's
// variables. A call whose every part is known is type-checked.
func checkSpans(c *code, x *tree) {
	imports := map[string]string{}
	for _, r := range c.fragments {
		maps.Copy(imports, r.imports)
	}
	for _, s := range c.doc.spans {
		switch m := directed.FindStringSubmatch(s.text); {
		case m != nil:
			if !slices.ContainsFunc(directive.Verbs(), func(v *directive.Verb) bool { return v.Name == m[1] }) {
				c.f.add(c.doc, s.line, "code: there is no directive %s", m[1])
			}
		case ourSpaces.MatchString(s.text):
			for _, command := range commands(s.text) {
				for _, msg := range x.command(command.words, "", true) {
					c.f.add(c.doc, s.line, "code: %s", msg)
				}
			}
		case pathInUs.MatchString(s.text):
			if first, _, _ := strings.Cut(s.text, "/"); first != "bin" && x.exists(first) && !x.exists(strings.TrimSuffix(s.text, "/...")) {
				c.f.add(c.doc, s.line, "code: there is no %s", s.text)
			}
		default:
			c.expression(s, imports)
		}
	}
}

// exported gives what our packages export.
func (w *world) exported() map[string]bool {
	if w.public == nil {
		w.public = map[string]bool{}
		for path := range w.exports {
			if !strings.HasPrefix(path, modulePath+"/runtime") {
				continue
			}
			if p, err := w.Import(path); err == nil {
				for _, name := range p.Scope().Names() {
					w.public[name] = w.public[name] || token.IsExported(name)
				}
			}
		}
	}
	return w.public
}

// expression checks a span that is a Go expression: what it names, and if all of that is known, its types.
func (c *code) expression(s span, imports map[string]string) {
	text, cuts := withoutDots(s.text)
	x, err := parser.ParseExpr(text)
	if err != nil {
		return // something else
	}
	call, _ := x.(*ast.CallExpr)
	if call != nil {
		x = call.Fun
	}
	var chain []string
	for {
		selector, ok := x.(*ast.SelectorExpr)
		if !ok {
			break
		}
		chain = append(chain, selector.Sel.Name)
		x = selector.X
	}
	slices.Reverse(chain)
	root, ok := x.(*ast.Ident)
	if ok && len(chain) == 0 && option.MatchString(root.Name) && !c.w.exported()[root.Name] {
		c.f.add(c.doc, s.line, "code: no package of this module exports %s", root.Name)
	}
	if !ok || len(chain) == 0 || !token.IsExported(chain[0]) {
		return
	}
	obj := c.w.shop.Scope().Lookup(root.Name)
	at := root.Name
	if p := c.w.find(imports, root.Name); p != nil {
		if obj = p.Scope().Lookup(chain[0]); obj == nil {
			c.f.add(c.doc, s.line, "code: package %s has no %s", p.Path(), chain[0])
			return
		}
		at, chain = at+"."+chain[0], chain[1:]
	} else if obj == nil {
		if p, err := c.w.Import(modulePath + "/runtime"); err == nil {
			obj = p.Scope().Lookup(root.Name)
		}
	}
	if obj == nil {
		return // a name of the text's own
	}
	for _, name := range chain {
		member, _, _ := types.LookupFieldOrMethod(obj.Type(), true, obj.Pkg(), name)
		if member == nil {
			c.f.add(c.doc, s.line, "code: %s has no %s", at, name)
			return
		}
		obj, at = member, at+"."+name
	}
	if call == nil {
		return
	}
	if c.resolves(call, imports) {
		c.typeCheck(s, imports)
	} else if sig, ok := obj.Type().(*types.Signature); ok && !sig.Variadic() && len(cuts) == 0 && len(call.Args) != sig.Params().Len() {
		c.f.add(c.doc, s.line, "code: %s takes %s", at, sig.Params())
	}
}

// resolves tells whether all names of an expression are the shop's, the language's, or packages.
func (c *code) resolves(x ast.Expr, imports map[string]string) bool {
	all := true
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			all = false
		case *ast.KeyValueExpr:
			all = all && c.resolves(n.Value, imports)
			return false
		case *ast.SelectorExpr:
			all = all && c.resolves(n.X, imports)
			return false
		case *ast.Ident:
			all = all && (types.Universe.Lookup(n.Name) != nil || c.w.shop.Scope().Lookup(n.Name) != nil || c.w.find(imports, n.Name) != nil)
		}
		return all
	})
	return all
}

// typeCheck checks a call by itself, among the shop's names.
func (c *code) typeCheck(s span, imports map[string]string) {
	alone := &code{w: c.w, f: &faults{}, doc: c.doc}
	r := alone.fragment(&block{doc: c.doc, line: s.line, text: s.text}, imports, nil)
	alone.checkFragment(r, c.w.scope())
	for _, fault := range alone.f.list {
		if !strings.HasSuffix(fault.text, "is not used") {
			c.f.list = append(c.f.list, fault)
		}
	}
}
