package gen

import (
	"context"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// folder is a package's folder with what the bytes of its Go files tell.
type folder struct {
	dir     string
	pattern string // what loads the package
	named   bool   // a pattern is this very folder
	files   []*scanned
}

// annotated tells whether directives may stand in the folder's files, and in which kind.
func (f *folder) annotated() (sources, tests bool) {
	for _, s := range f.files {
		if s.hit && strings.HasSuffix(s.path, "_test.go") {
			tests = true
		} else if s.hit {
			sources = true
		}
	}
	return sources, tests
}

func (f *folder) hit() bool {
	sources, tests := f.annotated()
	return sources || tests
}

// list finds the folders that the patterns name. Where they name plain folders that all have directives, or trees of
// folders, there is nothing to be asked of the go command here; loading will find what is wrong with them.
func (l *loader) list(ctx context.Context) ([]*folder, error) {
	if fs := l.plainFolders(); fs != nil {
		return fs, nil
	}
	pkgs, err := packages.Load(l.config(ctx, packages.NeedName|packages.NeedFiles), l.patterns...)
	if err != nil {
		return nil, l.loadError(err)
	}
	if l.stats.Packages = len(pkgs); len(pkgs) == 0 {
		l.diagnostics = append(l.diagnostics, Diagnostic{
			Pos: token.Position{Filename: l.dir}, Message: strings.Join(l.patterns, " ") + " names no package", Warning: true,
		})
	}
	var (
		folders []*folder
		paths   []string
		byDir   = map[string]*folder{}
	)
	for _, p := range pkgs {
		if p.Name == "" || p.Dir == "" {
			l.unlisted(ctx, p)
			continue
		}
		if byDir[p.Dir] == nil {
			f := &folder{dir: p.Dir, pattern: p.PkgPath}
			if p.PkgPath == "command-line-arguments" {
				f.pattern = p.Dir
			}
			byDir[p.Dir] = f
			folders = append(folders, f)
			paths = append(paths, goFiles(p.Dir)...)
		}
	}
	for _, s := range scanFiles(paths) {
		f := byDir[filepath.Dir(s.path)]
		f.files = append(f.files, s)
	}
	return folders, nil
}

// plainFolders gives the folders that the patterns are, and those in the trees that they are; nil if they are anything
// else.
func (l *loader) plainFolders() []*folder {
	var out []*folder
	var paths []string
	byDir := make(map[string]*folder)
	for _, p := range l.patterns {
		p, tree := strings.CutSuffix(p, "/...")
		if p != "." && p != ".." && !strings.HasPrefix(p, "./") && !strings.HasPrefix(p, "../") && !filepath.IsAbs(p) ||
			strings.Contains(p, "...") || strings.HasSuffix(p, ".go") {
			return nil
		}
		dir := p
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(l.dir, p)
		}
		dirs, ok := []string{dir}, true
		if tree {
			if dirs, ok = l.tree(dir); !ok || len(dirs) == 0 {
				return nil
			}
			l.stats.Packages += len(dirs)
		}
		for _, dir := range dirs {
			if byDir[dir] != nil {
				continue
			}
			f := &folder{dir: dir, pattern: p, named: !tree}
			if tree {
				f.pattern = dir
			}
			byDir[dir] = f
			out = append(out, f)
			paths = append(paths, goFiles(dir)...)
		}
	}
	for _, s := range scanFiles(paths) {
		f := byDir[filepath.Dir(s.path)]
		f.files = append(f.files, s)
	}
	for _, f := range out {
		if f.named && !f.hit() {
			return nil // loading will not find what is wrong with it
		}
	}
	return out
}

// unlisted reports a pattern that names no package.
func (l *loader) unlisted(ctx context.Context, p *packages.Package) {
	for _, e := range p.Errors {
		if strings.Contains(e.Msg, "modules listed in go.work") {
			l.complain(workspaceFile(ctx, l.dir, l.env), "at the root of a workspace %s names no package: type %s",
				p.ID, l.workspacePatterns(ctx))
			continue
		}
		msg, _, _ := strings.Cut(e.Msg, "\n")
		pos := position(e.Pos, l.dir)
		if pos.Filename == "" {
			pos.Filename = p.Dir
		}
		if pos.Filename == "" {
			pos.Filename = l.dir
		}
		l.complain(pos, "%s", strings.TrimSuffix(msg, "; to add it:"))
	}
}

func workspaceFile(ctx context.Context, dir string, env []string) token.Position {
	out, err := goCommand(ctx, dir, env, "env", "GOWORK")
	if err != nil || strings.TrimSpace(out) == "" {
		return token.Position{Filename: filepath.Join(dir, "go.work")}
	}
	return token.Position{Filename: strings.TrimSpace(out)}
}

// workspacePatterns says how to name all packages of a workspace.
func (l *loader) workspacePatterns(ctx context.Context) string {
	out, err := goCommand(ctx, l.dir, l.env, "list", "-m", "-f", "{{.Dir}}")
	if err != nil || strings.TrimSpace(out) == "" {
		return "the modules' folders, such as ./module/..."
	}
	words := []string{"cachegen"}
	for dir := range strings.FieldsSeq(out) {
		rel := Rel(l.dir, dir)
		if !filepath.IsAbs(rel) && !strings.HasPrefix(rel, ".") {
			rel = "./" + rel
		}
		words = append(words, rel+"/...")
	}
	return strings.Join(words, " ")
}

// position reads the file:line:column of go/packages, in which the later parts may be missing.
func position(s, dir string) token.Position {
	if s == "" || s == "-" {
		return token.Position{}
	}
	pos := token.Position{}
	for range 2 {
		i := strings.LastIndexByte(s, ':')
		n, err := strconv.Atoi(s[i+1:])
		if i < 0 || err != nil {
			break
		}
		s, pos.Line, pos.Column = s[:i], n, pos.Line
	}
	if pos.Filename = s; !filepath.IsAbs(s) {
		pos.Filename = filepath.Join(dir, s)
	}
	return pos
}

// orphans gives the generated files in the folders that nothing asks for any more: neither among what was generated,
// nor in a folder with an error, nor left out by build constraints, nor a wrapper for another package's interface.
func (l *loader) orphans(folders []*folder, generated map[string]bool, failed map[string]bool) []string {
	matching := l.matching()
	var out []string
	failed, generated = realPaths(failed), realPaths(generated)
	for _, f := range folders {
		dir := realPath(f.dir)
		if failed[dir] {
			continue
		}
		var gone, codecs []string
		foreign := false
		for _, s := range f.files {
			if !s.ours || generated[filepath.Join(dir, filepath.Base(s.path))] {
				continue
			}
			if ok, err := matching.MatchFile(f.dir, filepath.Base(s.path)); err == nil && !ok {
				continue
			}
			src, err := os.ReadFile(s.path)
			switch wraps := wrapped(src); {
			case err != nil:
			case wraps == wrapsForeign:
				foreign = true
			case wraps == wrapsNothing:
				codecs = append(codecs, s.path)
			default:
				gone = append(gone, s.path)
			}
		}
		if !foreign {
			gone = append(gone, codecs...)
		}
		out = append(out, gone...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// realPath makes paths of one file equal, which may have been reached through links.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(realPath(dir), filepath.Base(path)) // a file that is yet to be written
	}
	return path
}

func realPaths(set map[string]bool) map[string]bool {
	out := map[string]bool{}
	for path, in := range set {
		out[realPath(path)] = in
	}
	return out
}

func (l *loader) complain(pos token.Position, format string, args ...any) {
	l.diagnostics = append(l.diagnostics, Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...)})
}
