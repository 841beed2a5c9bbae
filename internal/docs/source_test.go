package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// source is Go source that is made of a block, and remembers where its lines stand in the document.
type source struct {
	name  string
	text  strings.Builder
	lines []int // of the document; 0 for what is not from it
}

// add appends lines. The first of them stands at line at of the document; 0: none of them does.
func (s *source) add(text string, at int) {
	for line := range strings.Lines(text) {
		s.text.WriteString(strings.TrimSuffix(line, "\n") + "\n")
		s.lines = append(s.lines, at)
		if at > 0 {
			at++
		}
	}
}

// line gives the document's line for one of the source; 0 if there is none.
func (s *source) line(n int) int {
	if n < 1 || n > len(s.lines) {
		return 0
	}
	return s.lines[n-1]
}

// qualifiers gives the names before a dot in a source.
func qualifiers(src string) map[string]bool {
	f, _ := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	out := map[string]bool{}
	if f == nil {
		return out
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				out[id.Name] = true
			}
		}
		return true
	})
	return out
}

// decl is a declaration at package level.
type decl struct {
	names []string
	text  string
	needs map[string]bool // identifiers that stand in it
}

var directiveLine = regexp.MustCompile(`(?m)^\s*//cachegen:.*$`)

// declarations gives those of a file, without directives.
func declarations(fset *token.FileSet, f *ast.File, src string) []decl {
	var out []decl
	add := func(prefix string, n ast.Node, names ...string) {
		d := decl{names: names, needs: map[string]bool{}}
		text := src[fset.PositionFor(n.Pos(), false).Offset:fset.PositionFor(n.End(), false).Offset]
		d.text = prefix + directiveLine.ReplaceAllString(text, "")
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				d.needs[id.Name] = true
			}
			return true
		})
		out = append(out, d)
	}
	for _, n := range f.Decls {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil {
				add("", n, n.Name.Name)
			} else if len(n.Recv.List) == 1 {
				add("", n, receiver(n)+"."+n.Name.Name)
			}
		case *ast.GenDecl:
			var names []string
			for _, spec := range n.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add("type ", spec, spec.Name.Name)
				case *ast.ValueSpec:
					var own []string
					for _, id := range spec.Names {
						own = append(own, id.Name)
					}
					if n.Tok == token.VAR {
						add("var ", spec, own...)
					}
					names = append(names, own...)
				}
			}
			if n.Tok == token.CONST {
				add("", n, names...) // together, for the sake of iota
			}
		}
	}
	return out
}

// receiver is the name of a method's receiver type.
func receiver(fn *ast.FuncDecl) string {
	name := ""
	ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

// declared gives the names that files declare at package level.
func declared(files ...*ast.File) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		for _, n := range f.Decls {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					out[n.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range n.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						out[spec.Name.Name] = true
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							out[id.Name] = true
						}
					}
				}
			}
		}
	}
	return out
}

// needed gives those of the declarations that a source needs and does not make itself. Of two of one name the later one is meant.
func needed(decls []decl, src string) []decl {
	f, _ := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution|parser.ParseComments)
	if f == nil {
		return nil
	}
	have, want := declared(f), map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			want[n.Name] = true
		case *ast.Comment:
			for _, word := range identifier.FindAllString(n.Text, -1) {
				want[word] = true
			}
		}
		return true
	})
	var out []decl
	taken := map[string]bool{}
	for more := true; more; {
		more = false
		for _, d := range slices.Backward(decls) {
			typ, _, isMethod := strings.Cut(d.names[0], ".")
			switch {
			case taken[d.names[0]], slices.ContainsFunc(d.names, func(n string) bool { return have[n] }), isMethod && !taken[typ]:
				continue
			case !isMethod && !slices.ContainsFunc(d.names, func(n string) bool { return want[n] }):
				continue
			}
			for _, n := range d.names {
				taken[n] = true
			}
			maps.Copy(want, d.needs)
			out, more = append(out, d), true
		}
	}
	return out
}

var identifier = regexp.MustCompile(`\b[A-Za-z_]\w*\b`)
