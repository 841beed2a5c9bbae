package gen

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// parseOutputs parses what was generated.
func (l *loader) parseOutputs(e *emitted) error {
	e.syntax = map[string]*ast.File{}
	for _, o := range e.outputs {
		f, err := parser.ParseFile(l.fset, o.Path, o.Content, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("this is a bug of cachegen, what it generates does not parse: %w", err)
		}
		e.syntax[o.Path] = f
	}
	return nil
}

// verify type-checks what was generated for a unit together with its package. An error is a bug of the generator.
func (l *loader) verify(u *unit, e *emitted, s *support) error {
	var syntax []*ast.File
	for _, path := range slices.Sorted(maps.Keys(e.syntax)) {
		switch {
		case !u.takes(path):
		case s.glueErr != nil && e.glue(path):
			l.warnUnverified(u, cachetestPath, s.glueErr)
		default:
			syntax = append(syntax, e.syntax[path])
		}
	}
	if len(syntax) == 0 {
		return nil
	}
	if s.err != nil {
		l.warnUnverified(u, runtimePath, s.err)
		return nil
	}
	dst := u.pkg.Types
	if u.check.Out != nil {
		dst = u.check.Out.Types
	}
	imports := l.universe(u, s)
	if dst == u.pkg.Types {
		for _, f := range u.pkg.Syntax {
			syntax = append(syntax, l.withoutStubs(f))
		}
	} else {
		imports.own[u.pkg.Types.Path()] = u.pkg.Types
	}
	var errs []string
	cfg := types.Config{
		Importer: imports, Sizes: u.check.Sizes, GoVersion: u.check.GoVersion,
		Error: func(err error) {
			te := err.(types.Error)
			pos := l.fset.Position(te.Pos)
			if e.syntax[pos.Filename] != nil && !strings.HasPrefix(te.Msg, "\t") {
				pos.Filename = Rel(l.dir, pos.Filename)
				errs = append(errs, fmt.Sprintf("%s: %s", pos, strings.ReplaceAll(te.Msg, "\n\t", " ")))
			}
		},
	}
	_, _ = cfg.Check(dst.Path(), l.fset, syntax, nil)
	if len(errs) == 0 {
		return nil
	}
	if n := len(errs); n > 5 {
		errs = append(errs[:5], fmt.Sprintf("and %d more", n-5))
	}
	return fmt.Errorf("this is a bug of cachegen, what it generates does not compile: %s", strings.Join(errs, "; "))
}

// takes tells whether an output is part of the unit's package: a package with its tests has the other files too.
func (u *unit) takes(path string) bool {
	switch {
	case u.pkg.ForTest == "":
		return !strings.HasSuffix(path, "_test.go") || slices.Contains(u.files(), path)
	case strings.HasSuffix(u.pkg.Name, "_test"):
		return slices.Contains(u.files(), path)
	}
	return true
}

// files gives the paths that the unit's own wrappers go to.
func (u *unit) files() []string {
	var paths []string
	for _, f := range u.check.Files {
		paths = append(paths, f.Path, f.Codec, f.Glue)
	}
	return paths
}

func (l *loader) withoutStubs(f *ast.File) *ast.File {
	s := l.sources[l.fset.File(f.FileStart).Name()]
	if s == nil || len(s.stubs) == 0 {
		return f
	}
	plain := *f
	plain.Decls = nil
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); !ok || !s.stubs[g] {
			plain.Decls = append(plain.Decls, d)
		}
	}
	return &plain
}

// warnUnverified says that a package which generated code imports cannot be loaded, so that the code is not verified.
func (l *loader) warnUnverified(u *unit, path string, err error) {
	importer, advice := "generated code", "require "+modulePath+" in go.mod"
	if path == cachetestPath {
		// The runtime is there, or that would have been told.
		importer, advice = "the glue for tests", "require a version of "+modulePath+" that has it in go.mod"
	}
	msg := "package " + path + ", which " + importer + " imports, cannot be loaded here"
	switch text := err.Error(); {
	case strings.Contains(text, "no required module provides"):
		msg = importer + " imports " + path + ", and no module here provides it: " + advice
	case strings.Contains(text, "-mod=vendor"):
		msg = importer + " imports " + path + ", which is not vendored here: run go mod tidy, and then go mod vendor"
	default:
		for line := range strings.Lines(strings.TrimPrefix(text, "err: ")) {
			if !strings.HasPrefix(line, "#") { // of the compiler: the package's name
				msg += ": " + strings.TrimSpace(line)
				break
			}
		}
	}
	d := Diagnostic{Pos: u.position(l.fset), Message: msg, Warning: true}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.diagnostics, func(o Diagnostic) bool { return o.Message == msg })
	switch {
	case i < 0:
		l.diagnostics = append(l.diagnostics, d)
	case d.Pos.Filename < l.diagnostics[i].Pos.Filename:
		l.diagnostics[i] = d // whichever package was the first to be verified
	}
}

// universe is an importer of what is loaded already. Types must come from there, lest a type be two.
type universe struct {
	own    map[string]*types.Package // what the package in question imports in a variant of its own, for tests
	shared map[string]*types.Package
}

func (u universe) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	from := u.own
	p := from[path]
	if p == nil {
		from = u.shared
		p = from[path]
	}
	switch {
	case p == nil:
		return nil, errors.New("not loaded")
	case p.Complete():
		return p, nil
	}
	// Known only through others' export data: what they mention of it is all that generated code can mention.
	q := types.NewPackage(p.Path(), p.Name())
	for _, name := range p.Scope().Names() {
		q.Scope().Insert(p.Scope().Lookup(name))
	}
	q.SetImports(p.Imports())
	q.MarkComplete()
	from[path] = q
	return q, nil
}

// universe gives the importer for a unit.
func (l *loader) universe(u *unit, s *support) universe {
	out := universe{own: map[string]*types.Package{}, shared: s.packages}
	if u.pkg.ForTest != "" {
		reach(out.own, u.pkg.Types)
	}
	return out
}
