package emit

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"path"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// A planner makes plans from Go source with notes in it, so that these tests need neither the directive language
// nor the loader. Notes are comments of an interface's methods:
//
//	//cache key=EXPR,EXPR hash=EXPR if=EXPR reload=EXPR unless=EXPR notfound=EXPR ttl=DURATION (none holds a space)
//	//evict METHOD(EXPR,EXPR) for K,V := range EXPR if EXPR
//
// An interface with //wrap in its comment is planned. In an evict clause, each argument stands for one
// parameter of the target's key, "ctx" for the mutator's own context. A file with a comment //into NAME has its
// wrappers in the package of that name.
type planner struct {
	t       *testing.T
	fset    *token.FileSet
	archive *txtar.Archive
	pkgs    map[string]*types.Package
	std     types.Importer
	files   []*model.File
}

const world = "example.com/w"

func newPlanner(t *testing.T, archive *txtar.Archive) *planner {
	p := &planner{t: t, fset: token.NewFileSet(), archive: archive, pkgs: map[string]*types.Package{}, std: importer.Default()}
	for _, f := range archive.Files {
		if isSource(f.Name) {
			if _, err := p.Import(path.Join(world, path.Dir(f.Name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

// Import type-checks a package of the archive and plans it. Wrappers that do not exist yet are no obstacle.
func (p *planner) Import(importPath string) (*types.Package, error) {
	dir, ours := strings.CutPrefix(importPath, world)
	if !ours {
		return p.std.Import(importPath)
	}
	if pkg, ok := p.pkgs[importPath]; ok {
		return pkg, nil
	}
	var files []*ast.File
	for _, f := range p.archive.Files {
		if path.Join("/", path.Dir(f.Name)) == path.Join("/", dir) && isSource(f.Name) {
			file, err := parser.ParseFile(p.fset, f.Name, f.Data, parser.ParseComments)
			if err != nil {
				p.t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	cfg := types.Config{Importer: p, Error: func(error) {}}
	pkg, _ := cfg.Check(importPath, p.fset, files, nil)
	p.pkgs[importPath] = pkg
	for _, f := range files {
		p.plan(pkg, f)
	}
	return pkg, nil
}

func (p *planner) plan(pkg *types.Package, file *ast.File) {
	name := p.fset.Position(file.Pos()).Filename
	out := &model.File{
		Path:    strings.TrimSuffix(name, ".go") + "_cachegen.go",
		Package: pkg, OutName: pkg.Name(), OutPath: pkg.Path(), OutScope: pkg.Scope(),
		Codec: path.Join(path.Dir(name), "cachegen_codec.go"),
	}
	for _, c := range file.Comments {
		if into, ok := strings.CutPrefix(c.List[0].Text, "//into "); ok {
			out.Path = path.Join(into, path.Base(out.Path))
			out.OutName, out.OutPath, out.OutScope = into, path.Join(world, into), nil
			out.Codec = path.Join(into, "cachegen_codec.go")
		}
	}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || !noted(g.Doc, "//wrap") {
			continue
		}
		for _, s := range g.Specs {
			out.Wrappers = append(out.Wrappers, p.wrapper(pkg, s.(*ast.TypeSpec)))
		}
	}
	if len(out.Wrappers) > 0 {
		p.files = append(p.files, out)
	}
}

func (p *planner) wrapper(pkg *types.Package, spec *ast.TypeSpec) *model.Wrapper {
	obj := pkg.Scope().Lookup(spec.Name.Name).(*types.TypeName)
	w := &model.Wrapper{Interface: obj, Name: "Cached" + obj.Name(), Constructor: "NewCached" + obj.Name(), Prefix: "w/" + pkg.Name() + "." + obj.Name()}
	if !obj.Exported() {
		w.Name, w.Constructor = "cached"+exported(obj.Name()), "newCached"+exported(obj.Name())
	}
	switch t := obj.Type().(type) {
	case *types.Named:
		w.TypeParams = t.TypeParams()
	case *types.Alias:
		w.TypeParams = t.TypeParams()
	}
	notes := map[string][]string{}
	if i, ok := spec.Type.(*ast.InterfaceType); ok {
		for _, f := range i.Methods.List {
			if len(f.Names) > 0 && f.Doc != nil {
				for _, c := range f.Doc.List {
					notes[f.Names[0].Name] = append(notes[f.Names[0].Name], c.Text)
				}
			}
		}
	}
	for fn := range obj.Type().Underlying().(*types.Interface).Methods() {
		if !fn.Exported() && fn.Pkg() != pkg {
			w.Sealed = true
			continue
		}
		w.Methods = append(w.Methods, method(fn))
	}
	for _, m := range w.Methods {
		for _, note := range notes[m.Name] {
			if rest, ok := strings.CutPrefix(note, "//cache"); ok {
				p.cache(pkg, w, m, strings.Fields(rest))
			}
		}
	}
	for _, m := range w.Methods {
		for _, note := range notes[m.Name] {
			if rest, ok := strings.CutPrefix(note, "//evict "); ok {
				p.evict(pkg, w, m, rest)
			}
		}
	}
	return w
}

func method(fn *types.Func) *model.Method {
	sig := fn.Signature()
	m := &model.Method{Name: fn.Name(), Sig: sig, Ctx: -1, Err: -1}
	for i := range sig.Params().Len() {
		v := sig.Params().At(i)
		isCtx := types.TypeString(v.Type(), nil) == "context.Context"
		m.Params = append(m.Params, model.Param{Name: v.Name(), Type: v.Type(), Variadic: sig.Variadic() && i == sig.Params().Len()-1, Context: isCtx})
		if isCtx && m.Ctx < 0 {
			m.Ctx = i
		}
	}
	unnamed := 0
	for i := range sig.Results().Len() {
		v := sig.Results().At(i)
		name := v.Name()
		isErr := types.Identical(v.Type(), types.Universe.Lookup("error").Type())
		if isErr {
			m.Err = i
		}
		if name == "" || name == "_" {
			switch {
			case isErr:
				name = "err"
			case unnamed == 0:
				name = "result"
			default:
				name = "result" + string(rune('0'+unnamed))
			}
		}
		if !isErr {
			unnamed++
		}
		m.Results = append(m.Results, model.Result{Name: name, Type: v.Type()})
	}
	return m
}

func (p *planner) cache(pkg *types.Package, w *model.Wrapper, m *model.Method, options []string) {
	c := &model.Cache{}
	m.Cache = c
	expr := func(s string, results bool) *model.Expr { return p.expr(pkg, m, s, results) }
	keyed := false
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		switch name {
		case "key", "hash":
			keyed = true
			for part := range strings.SplitSeq(value, ",") {
				c.Key = append(c.Key, model.KeyPart{Expr: expr(part, false), Hash: name == "hash"})
			}
		case "if":
			c.If = expr(value, false)
		case "reload":
			c.Reload = expr(value, false)
		case "unless":
			c.Unless = expr(value, true)
		case "notfound":
			c.NotFound = append(c.NotFound, model.Sentinel{Name: value, Expr: expr(value, false)})
		case "ttl":
			c.TTL, _ = time.ParseDuration(value)
		case "jitter":
			c.Jitter = -1
		}
	}
	used := map[int]bool{}
	for _, e := range []*model.Expr{c.If, c.Reload} {
		if e != nil {
			for _, part := range e.Parts {
				if part.Param != nil {
					used[*part.Param] = true
				}
			}
		}
	}
	inKey := map[int]bool{}
	for i, param := range m.Params {
		if !keyed && !param.Context && !used[i] {
			c.Key = append(c.Key, model.KeyPart{Expr: &model.Expr{Parts: []model.Part{{Param: new(i)}}, Type: param.Type}})
		}
	}
	for _, k := range c.Key {
		for _, part := range k.Expr.Parts {
			if part.Param != nil {
				inKey[*part.Param] = true
			}
		}
	}
	for i := range m.Params {
		if inKey[i] {
			c.KeyParams = append(c.KeyParams, i)
		}
	}
	var stored []*types.Var
	for i, r := range m.Results {
		if i != m.Err {
			stored = append(stored, types.NewField(token.NoPos, pkg, r.Name, r.Type, false))
		}
	}
	typ := stored[0].Type()
	if len(stored) > 1 {
		name := types.NewTypeName(token.NoPos, pkg, unexported(w.Name)+exported(m.Name), nil)
		c.Bundle = types.NewNamed(name, types.NewStruct(stored, nil), nil)
		typ = c.Bundle
	}
	var err error
	if c.Value, err = shape.Of(typ, shape.Config{Pkg: pkg}); err != nil {
		c.Value = &shape.Shape{Kind: shape.Reflect, Type: typ} // as good as any here
	}
	for i, k := range c.Key {
		if k.Expr.Type != nil {
			c.Key[i].Shape, _ = shape.OfKey(k.Expr.Type, shape.Config{Pkg: pkg})
		}
	}
}

func (p *planner) evict(pkg *types.Package, w *model.Wrapper, m *model.Method, note string) {
	e := &model.Evict{}
	call, rest, more := strings.Cut(note, ") ")
	if !more {
		call = strings.TrimSuffix(call, ")")
	}
	name, args, _ := strings.Cut(call, "(")
	for _, target := range w.Methods {
		if target.Name == name {
			e.Target = target
		}
	}
	if e.Target == nil {
		p.t.Fatalf("%s: no such method in //evict %s", w.Name, note)
	}
	locals := []string{}
	if clause, ok := strings.CutPrefix(rest, "for "); ok {
		clause, rest, _ = strings.Cut(clause, " if ")
		if rest != "" {
			rest = "if " + rest
		}
		vars, over, _ := strings.Cut(clause, " := range ")
		e.For = &model.Range{X: p.expr(pkg, m, over, true)}
		e.For.Key, e.For.Value, _ = strings.Cut(vars, ", ")
		locals = []string{e.For.Key, e.For.Value}
		e.UsesResults = usesResult(e.For.X)
	}
	if cond, ok := strings.CutPrefix(rest, "if "); ok {
		e.If = p.expr(pkg, m, cond, true, locals...)
		e.UsesResults = e.UsesResults || usesResult(e.If)
	}
	for arg := range strings.SplitSeq(args, ",") {
		if arg = strings.TrimSpace(arg); arg == "ctx" {
			e.Args = append(e.Args, nil)
		} else if arg != "" {
			e.Args = append(e.Args, p.expr(pkg, m, arg, true, locals...))
			e.UsesResults = e.UsesResults || usesResult(e.Args[len(e.Args)-1])
		}
	}
	m.Evicts = append(m.Evicts, e)
}

func usesResult(e *model.Expr) bool {
	for _, p := range e.Parts {
		if p.Result != nil {
			return true
		}
	}
	return false
}

// expr cuts an expression where its names must be written anew.
func (p *planner) expr(pkg *types.Package, m *model.Method, text string, results bool, locals ...string) *model.Expr {
	e := &model.Expr{Source: text, MayPanic: strings.ContainsAny(text, ".[(")}
	names := map[string]model.Part{}
	for i, param := range m.Params {
		names[param.Name] = model.Part{Param: new(i)}
	}
	for i, r := range m.Results {
		if _, taken := names[r.Name]; results && !taken {
			names[r.Name] = model.Part{Result: new(i)}
		}
	}
	for _, l := range locals {
		names[l] = model.Part{Local: l}
	}
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, 0)
	last := 0
	var qualified *types.Package
	for previous := token.ILLEGAL; ; {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		part, ok := names[lit]
		if o := pkg.Scope().Lookup(lit); !ok && o != nil {
			part, ok = model.Part{Object: o}, true
		}
		if qualified != nil {
			if o := qualified.Scope().Lookup(lit); o != nil {
				e.Parts = append(e.Parts, model.Part{Object: o})
				last = int(pos) - 1 + len(lit)
			}
			qualified = nil
		} else if tok == token.IDENT && previous != token.PERIOD && !ok {
			for _, imp := range pkg.Imports() {
				if imp.Name() == lit {
					e.Parts = append(e.Parts, model.Part{Text: text[last : int(pos)-1]})
					qualified = imp
				}
			}
			if qualified != nil {
				s.Scan() // the period
				previous = token.PERIOD
				continue
			}
		}
		if tok == token.IDENT && previous != token.PERIOD && ok {
			at := int(pos) - 1
			e.Parts = append(e.Parts, model.Part{Text: text[last:at]}, part)
			last = at + len(lit)
		}
		previous = tok
	}
	e.Parts = append(e.Parts, model.Part{Text: text[last:]})
	return e
}

func noted(doc *ast.CommentGroup, note string) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if c.Text == note {
			return true
		}
	}
	return false
}
