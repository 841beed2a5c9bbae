package docs

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/types"
	"slices"
	"strings"
)

// check type-checks the document's code, the fragments in their order: what one declares, those behind it can use.
func (c *code) check() {
	scope := c.w.scope()
	for _, r := range c.fragments {
		c.checkFragment(r, scope)
	}
	for _, p := range c.programs {
		c.checkProgram(p)
	}
}

func (c *code) checkFragment(r *fragment, scope map[string]types.Object) {
	files := slices.Clone(r.made)
	sources := map[string]*source{}
	var body *ast.FuncDecl
	for name, s := range map[string]*source{"declarations.go": r.decls, "body.go": r.body} {
		if s == nil {
			continue
		}
		sources[name] = s
		f, err := parser.ParseFile(c.w.fset, name, s.text.String(), parser.SkipObjectResolution)
		if err != nil {
			c.syntax(s, r.block, err)
			return
		}
		if s == r.body {
			body = f.Decls[len(f.Decls)-1].(*ast.FuncDecl)
			results(body)
		}
		files = append(files, f)
	}
	info := &types.Info{Scopes: map[ast.Node]*types.Scope{}}
	pkg := types.NewPackage(shopPath, "shop")
	own := c.w.declared(files...)
	for name, obj := range scope {
		if !own[name] {
			pkg.Scope().Insert(obj)
		}
	}
	cfg := types.Config{Importer: c.w, Error: func(err error) {
		e := err.(types.Error)
		pos := c.w.fset.Position(e.Pos)
		s, line := sources[pos.Filename], 0
		if s != nil {
			line = s.line(pos.Line)
		}
		ends := s != nil && s == r.body && line == 0 && e.Msg == "missing return" // of the function that we put around it
		if !e.Soft && !strings.HasPrefix(e.Msg, "\t") && !ends && !r.cut(e.Msg, line) {
			c.f.add(c.doc, cmp.Or(line, r.line), "go: %s", oneLine(e.Msg))
		}
	}}
	_ = types.NewChecker(&cfg, c.w.fset, pkg, info).Files(files)
	if r.inside {
		return
	}
	for name := range own {
		if obj := pkg.Scope().Lookup(name); obj != nil && name != "_" {
			scope[name] = obj
		}
	}
	if body != nil && info.Scopes[body.Type] != nil {
		local := info.Scopes[body.Type]
		for _, name := range local.Names() {
			scope[name] = local.Lookup(name)
		}
	}
}

func oneLine(msg string) string { return strings.Join(strings.Fields(msg), " ") }

// cut tells whether an error at a line may be due to code that is left out: arguments there, or on the line before, or
// anywhere what a function returns.
func (r *fragment) cut(msg string, line int) bool {
	if strings.HasPrefix(msg, "not enough arguments in call") || strings.HasPrefix(msg, "not enough return values") {
		return r.cuts[line] || r.cuts[line-1]
	}
	return len(r.cuts) > 0 && msg == "missing return"
}

// results gives a fragment's function the results that its return statements have.
func results(fn *ast.FuncDecl) {
	n := -1
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		if ret, ok := node.(*ast.ReturnStmt); ok {
			n = max(n, len(ret.Results))
		}
		_, literal := node.(*ast.FuncLit)
		return !literal
	})
	if n < 1 {
		return
	}
	list := &ast.FieldList{}
	for i := range n {
		name := "any"
		if i == n-1 {
			name = "error"
		}
		list.List = append(list.List, &ast.Field{Type: &ast.Ident{NamePos: fn.Pos(), Name: name}})
	}
	fn.Type.Results = list
}

// checkProgram type-checks files by themselves.
func (c *code) checkProgram(p *program) {
	files := slices.Clone(p.made)
	sources := map[string]*source{}
	for _, s := range p.files {
		name := s.name
		for sources[name] != nil {
			name = "another_" + name
		}
		sources[name] = s
		f, err := parser.ParseFile(c.w.fset, name, s.text.String(), parser.SkipObjectResolution)
		if err != nil {
			continue // told already
		}
		files = append(files, f)
	}
	cfg := types.Config{Importer: c.w, Error: func(err error) {
		e := err.(types.Error)
		line := p.line
		if pos := c.w.fset.Position(e.Pos); sources[pos.Filename] != nil {
			line = sources[pos.Filename].line(pos.Line)
		}
		if !strings.HasPrefix(e.Msg, "\t") {
			c.f.add(c.doc, line, "go: %s", oneLine(e.Msg))
		}
	}}
	_, _ = cfg.Check("example.com/"+p.name, c.w.fset, files, nil)
}
