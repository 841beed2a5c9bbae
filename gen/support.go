package gen

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

const (
	modulePath    = "github.com/cachegen-go/cachegen"
	runtimePath   = modulePath + "/runtime"
	cachetestPath = runtimePath + "/cachetest"
)

// What generated code imports from this module, beside what the user's types need. With what these import, it is
// nearly all.
var supportPaths = []string{runtimePath, runtimePath + "/codec", runtimePath + "/key"}

// support is what generated code imports.
type support struct {
	hits     []*folder
	paths    []string // to be loaded beside the user's packages, which do not import them yet
	loaded   []*packages.Package
	err      error
	glueErr  error                     // what keeps the imports of test glue alone from being known
	packages map[string]*types.Package // by import path, all that is known
}

// support makes what generated code imports known. Where there are generated files already, it is loaded with them;
// where there are none, beside them. With tests it is left to complete: its own tests would be loaded too.
func (l *loader) support(hits []*folder) *support {
	s := &support{hits: hits}
	generated, glue := false, l.tests
	for _, f := range hits {
		if _, tests := f.annotated(); tests {
			return s
		}
		for _, s := range f.files {
			isGlue := isGlueName(s.path)
			generated = generated || s.ours && !isGlue
			glue = glue || s.ours && isGlue
		}
	}
	if !generated {
		s.paths = supportPaths
	}
	if glue {
		s.paths = append(slices.Clip(s.paths), cachetestPath)
	}
	return s
}

// take keeps a loaded package if it is the support's.
func (s *support) take(p *packages.Package) bool {
	if !slices.Contains(s.paths, p.ID) || s.users(p.Dir) {
		return false
	}
	if p.ID == cachetestPath && !importsKnown(p.Types) {
		return true // complete will find out why
	}
	s.loaded = append(s.loaded, p)
	if p.Types == nil || !p.Types.Complete() || p.Name == "" {
		for _, e := range p.Errors {
			if s.err == nil {
				s.err = errors.New(e.Msg)
			}
		}
	}
	return true
}

// importsKnown reports whether a package could be loaded with all that it imports.
func importsKnown(p *types.Package) bool {
	return p != nil && p.Complete() && !slices.ContainsFunc(p.Imports(), func(q *types.Package) bool { return !q.Complete() })
}

// users reports whether a folder is one of the user's.
func (s *support) users(dir string) bool {
	return slices.ContainsFunc(s.hits, func(f *folder) bool { return f.dir == dir })
}

// exports gives the files with export data of packages.
func (l *loader) exports(ctx context.Context, paths []string) (map[string]string, error) {
	pkgs, err := packages.Load(l.config(ctx, packages.NeedName|packages.NeedExportFile), paths...)
	files := map[string]string{}
	for _, p := range pkgs {
		if p.ExportFile != "" {
			files[p.PkgPath] = p.ExportFile
		} else if err == nil && len(p.Errors) > 0 {
			err = errors.New(p.Errors[0].Msg)
		} else if err == nil {
			// go/packages keeps what is wrong with a package's dependencies to itself.
			err = errors.New("something that it imports is missing here: run go mod tidy")
		}
	}
	if len(pkgs) == 0 && err == nil {
		err = errors.New("go.mod is not up to date: run go mod tidy") // the go command's only reason to list nothing
	}
	return files, err
}

// read makes types of the export data, once, in terms of the packages that are loaded.
func (s *support) read(l *loader, units []*unit, others []*packages.Package) {
	s.packages = map[string]*types.Package{}
	for _, u := range units {
		if u.pkg.ForTest == "" {
			reach(s.packages, u.pkg.Types)
		}
	}
	for _, u := range units {
		for _, p := range u.pkg.Types.Imports() {
			reach(s.packages, p)
		}
	}
	for _, p := range others {
		if p.Types != nil && p.ForTest == "" {
			reach(s.packages, p.Types)
		}
	}
	for _, p := range s.loaded {
		if p.Types != nil && p.Name != "" {
			reach(s.packages, p.Types)
		}
	}
}

// add makes packages known by their export data.
func (s *support) add(ctx context.Context, l *loader, paths []string) error {
	files, failed := l.exports(ctx, paths)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if p := s.packages[path]; p != nil && p.Complete() {
			continue
		}
		p, err := readExport(l, files[path], path, s.packages)
		if err != nil {
			failed = fmt.Errorf("reading the types of %s: %w", path, err)
			continue
		}
		s.packages[path] = p
	}
	return failed
}

// find gives a package, which it loads if nothing has done so yet; nil where that fails.
func (s *support) find(ctx context.Context, l *loader, path string) *types.Package {
	if p := s.packages[path]; p != nil && p.Complete() {
		return p
	}
	files, err := l.exports(ctx, []string{path})
	if err != nil || files[path] == "" {
		return nil
	}
	p, err := readExport(l, files[path], path, s.packages)
	if err != nil {
		return nil
	}
	s.packages[path] = p
	return p
}

// complete finds whatever else generated code imports and is not known completely.
func (s *support) complete(ctx context.Context, l *loader, done []*emitted) {
	missing := func(glue bool) (paths []string) {
		for _, e := range done {
			for name, f := range e.syntax {
				if e.glue(name) != glue {
					continue
				}
				for _, spec := range f.Imports {
					path, err := strconv.Unquote(spec.Path.Value)
					if p := s.packages[path]; err == nil && (p == nil || !p.Complete()) && path != "unsafe" && !slices.Contains(paths, path) {
						paths = append(paths, path)
					}
				}
			}
		}
		return paths
	}
	if paths := missing(false); len(paths) > 0 && s.err == nil {
		s.err = s.add(ctx, l, paths)
	}
	if paths := missing(true); len(paths) > 0 && s.err == nil {
		s.glueErr = s.add(ctx, l, paths)
	}
}

func readExport(l *loader, file, path string, m map[string]*types.Package) (*types.Package, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 before Go 1.28 the go command's files are archives, and only this finds the export data in one
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, l.fset, m, path)
}

// reach adds to m a package and all that it imports, preferring those that are known completely.
func reach(m map[string]*types.Package, p *types.Package) {
	if old := m[p.Path()]; old != nil && (old == p || old.Complete() || !p.Complete()) {
		return
	}
	m[p.Path()] = p
	for _, q := range p.Imports() {
		reach(m, q)
	}
}
