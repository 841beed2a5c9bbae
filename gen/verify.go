package gen

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/cachegen-go/cachegen/gen/emit"
)

// What generated code imports, beside what the user's types need.
var supportPaths = []string{
	"github.com/cachegen-go/cachegen/runtime", "github.com/cachegen-go/cachegen/runtime/codec",
	"github.com/cachegen-go/cachegen/runtime/key", "context", "time",
}

// support is the export data of what generated code imports, sought while other packages are loaded.
type support struct {
	done  chan struct{}
	files map[string]string // by import path
	err   error
}

func (l *loader) support(ctx context.Context) *support {
	s := &support{done: make(chan struct{}), files: map[string]string{}}
	go func() {
		defer close(s.done)
		cfg := l.config(ctx, packages.NeedName|packages.NeedExportFile)
		pkgs, err := packages.Load(cfg, supportPaths...)
		s.err = err
		for _, p := range pkgs {
			if p.ExportFile != "" {
				s.files[p.PkgPath] = p.ExportFile
			} else if s.err == nil && len(p.Errors) > 0 {
				s.err = errors.New(p.Errors[0].Msg)
			}
		}
	}()
	return s
}

// verify type-checks what was generated for a unit together with its package. An error is a bug of the generator.
func (l *loader) verify(ctx context.Context, u *unit, outputs []emit.Output, out *output, s *support) error {
	var generated []*ast.File
	ours := map[string]bool{}
	for _, o := range outputs {
		if !u.takes(o.Path, out) {
			continue
		}
		f, err := parser.ParseFile(l.fset, o.Path, o.Content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ours[o.Path] = true
		generated = append(generated, f)
	}
	if len(generated) == 0 {
		return nil
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.err != nil || len(s.files) == 0 {
		l.warnUnverified(u, s.err)
		return nil
	}
	dst := u.pkg.Types
	if u.check.Out != nil {
		dst = u.check.Out.Types
	}
	imports := l.universe(u, dst, s)
	syntax := generated
	if dst == u.pkg.Types {
		for _, f := range u.pkg.Syntax {
			syntax = append(syntax, l.withoutStubs(f))
		}
	} else {
		imports[u.pkg.Types.Path()] = u.pkg.Types
		delete(imports, dst.Path())
	}
	var errs []string
	cfg := types.Config{
		Importer: imports, Sizes: u.check.Sizes, GoVersion: u.check.GoVersion,
		Error: func(err error) {
			e := err.(types.Error)
			pos := l.fset.Position(e.Pos)
			if ours[pos.Filename] && !strings.HasPrefix(e.Msg, "\t") {
				pos.Filename = Rel(l.dir, pos.Filename)
				errs = append(errs, fmt.Sprintf("%s: %s", pos, strings.ReplaceAll(e.Msg, "\n\t", " ")))
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
	return errors.New(strings.Join(errs, "; "))
}

// takes tells whether an output is part of the unit's package: a package with its tests has the other files too.
func (u *unit) takes(path string, out *output) bool {
	test := strings.HasSuffix(path, "_test.go")
	switch {
	case u.pkg.ForTest == "":
		return !test
	case strings.HasSuffix(u.pkg.Name, "_test"):
		return slices.ContainsFunc(u.files(), func(p string) bool { return p == path })
	}
	return true
}

// files gives the paths that the unit's own wrappers go to.
func (u *unit) files() []string {
	var paths []string
	for _, f := range u.check.Files {
		paths = append(paths, f.Path, f.Codec)
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

func (l *loader) warnUnverified(u *unit, err error) {
	const module = "github.com/cachegen-go/cachegen"
	msg := "package " + module + "/runtime, which generated code imports, cannot be loaded here"
	if err != nil && strings.Contains(err.Error(), "no required module provides") {
		msg = "generated code imports " + module + "/runtime, and no module here provides it: require " + module + " in go.mod"
	} else if err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "err: "), "\n")
		msg += ": " + first
	}
	d := Diagnostic{Pos: u.position(l.fset), Message: msg, Warning: true}
	if !slices.ContainsFunc(l.diagnostics, func(o Diagnostic) bool { return o.Message == msg }) {
		l.diagnostics = append(l.diagnostics, d)
	}
}

// universe is an importer of what is loaded already. Types must come from there, lest a type be two.
type universe map[string]*types.Package

func (m universe) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	p := m[path]
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
	m[path] = q
	return q, nil
}

func (l *loader) universe(u *unit, dst *types.Package, s *support) universe {
	m := universe{}
	var walk func(p *types.Package)
	walk = func(p *types.Package) {
		if old := m[p.Path()]; old != nil && (old == p || old.Complete() || !p.Complete()) {
			return
		}
		m[p.Path()] = p
		for _, q := range p.Imports() {
			walk(q)
		}
	}
	walk(u.pkg.Types)
	walk(dst)
	for _, path := range supportPaths {
		if p := m[path]; p != nil && p.Complete() {
			continue
		}
		p, err := readExport(l, s.files[path], path, m)
		if err != nil {
			l.logf("reading the types of %s: %v", path, err)
			continue
		}
		m[path] = p
	}
	return m
}

func readExport(l *loader, file, path string, m universe) (*types.Package, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, l.fset, m, path)
}
