package gen

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/model"
)

// glue leaves in a plan the test glue that is asked for: all of it with -tests, else what is there already, if only for an
// interface that has moved to another file since.
func (l *loader) glue(files []*model.File) {
	var moved map[string]bool
	for _, f := range files {
		src, err := os.ReadFile(f.Glue.Path)
		wanted := l.tests || err == nil && isOurs(src)
		if !wanted {
			if moved == nil {
				moved = l.movedGlue(filepath.Dir(f.Glue.Path), files)
			}
			wanted = slices.ContainsFunc(f.Wrappers, func(w *model.Wrapper) bool { return moved[w.Interface.Name()] })
		}
		if !wanted {
			f.Glue = nil
			continue
		}
		f.Glue.Declared = declaredInTests(filepath.Dir(f.Glue.Path), f.OutName)
	}
}

// movedGlue gives the interfaces that glue in a folder is about which belongs to none of the files that are generated there.
func (l *loader) movedGlue(dir string, files []*model.File) map[string]bool {
	interfaces := map[string]bool{}
	matching := l.matching()
	for _, path := range goFiles(dir) {
		if !isGlueName(path) ||
			slices.ContainsFunc(files, func(f *model.File) bool { return f.Glue != nil && f.Glue.Path == path }) {
			continue
		}
		if ok, err := matching.MatchFile(dir, filepath.Base(path)); err != nil || !ok {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil || !isOurs(src) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil || f.Name.Name != files[0].OutName {
			continue
		}
		for _, decl := range f.Decls {
			switch x := interfaceOf(decl).(type) {
			case *ast.Ident:
				interfaces[x.Name] = true
			case *ast.SelectorExpr:
				interfaces[x.Sel.Name] = true
			}
		}
	}
	return interfaces
}

// declaredInTests gives the names that the user's own tests declare in a package. Their types do not matter, and those
// tests are not loaded: they may be many.
func declaredInTests(dir, pkg string) (names []string) {
	for _, path := range goFiles(dir) {
		if !strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil || isOurs(src) {
			continue
		}
		f, _ := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
		if f != nil && f.Name.Name == pkg {
			declarations(f, func(id *ast.Ident, _ ast.Decl) { names = append(names, id.Name) })
		}
	}
	return names
}

// matching is what the go command builds here.
func (l *loader) matching() *build.Context {
	c := build.Default
	c.BuildTags = strings.Split(l.tags, ",")
	return &c
}

// glue tells whether an output is test glue.
func (e *emitted) glue(path string) bool {
	return slices.ContainsFunc(e.plan, func(f *model.File) bool { return f.Glue != nil && f.Glue.Path == path })
}
