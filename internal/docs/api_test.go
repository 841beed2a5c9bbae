package docs

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// checkAPI holds that what a block with of=PACKAGE declares is declared there, with the same words: functions and methods
// without their bodies, types with all their fields or methods, but for what … leaves out.
func checkAPI(f *faults, root string, b *block) {
	dir, ok := strings.CutPrefix(known[b.value("of")], modulePath+"/")
	if !ok {
		f.add(b.doc, b.line, "go: of=%s names no package of ours", b.value("of"))
		return
	}
	text, cuts := withoutDots(b.text)
	const clause = "package p;"
	fset := token.NewFileSet()
	shown, err := parser.ParseFile(fset, "", clause+text, parser.SkipObjectResolution)
	if err != nil {
		f.add(b.doc, b.line, "go: %v", err)
		return
	}
	have := map[string]member{}
	names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		f.add(b.doc, b.line, "go: %v", err)
	}
	for _, name := range names {
		if file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution); err == nil && !strings.HasSuffix(name, "_test.go") {
			for _, m := range members(file) {
				have[m.name] = m
			}
		}
	}
	for _, m := range members(shown) {
		line := b.line + fset.Position(m.pos).Line - 1
		cut := slices.ContainsFunc(cuts, func(at int) bool {
			return int(m.pos) < at+len(clause)+1 && at+len(clause)+1 < int(m.end)
		})
		actual, ok := have[m.name]
		if !ok {
			f.add(b.doc, line, "go: %s does not declare %s", dir, m.name)
			continue
		}
		if actual.text != m.text {
			f.add(b.doc, line, "go: %s declares %s", dir, actual.text)
		}
		for _, part := range m.parts {
			if !slices.Contains(actual.parts, part) {
				f.add(b.doc, line, "go: %s of %s has no %s", m.name, dir, part)
			}
		}
		for _, part := range actual.parts {
			exported := token.IsExported(strings.TrimLeft(part, "*"))
			if !cut && exported && !slices.Contains(m.parts, part) {
				f.add(b.doc, line, "go: %s of %s has %s too", m.name, dir, part)
			}
		}
	}
}

// member is a declaration of a package, as text.
type member struct {
	name     string
	pos, end token.Pos
	text     string
	parts    []string // of a struct or an interface
}

func members(f *ast.File) []member {
	var out []member
	for _, n := range f.Decls {
		switch n := n.(type) {
		case *ast.FuncDecl:
			name := n.Name.Name
			if n.Recv != nil {
				name = receiver(n) + "." + name
				n.Recv.List[0].Names = nil
			}
			end := n.End()
			n.Body = nil
			out = append(out, member{name, n.Pos(), end, printed(n), nil})
		case *ast.GenDecl:
			for _, spec := range n.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					m := member{name: spec.Name.Name, pos: spec.Pos(), end: spec.End(), text: "type " + spec.Name.Name}
					switch t := spec.Type.(type) {
					case *ast.StructType:
						m.text, m.parts = m.text+" struct", fields(t.Fields)
					case *ast.InterfaceType:
						m.text, m.parts = m.text+" interface", fields(t.Methods)
					default:
						m.text = "type " + printed(spec)
					}
					out = append(out, m)
				}
			}
		}
	}
	return out
}

// fields gives each field or method of a list by itself.
func fields(list *ast.FieldList) []string {
	var out []string
	for _, field := range list.List {
		text := printed(field.Type)
		if len(field.Names) == 0 {
			out = append(out, text)
		}
		for _, name := range field.Names {
			if _, ok := field.Type.(*ast.FuncType); ok {
				out = append(out, name.Name+strings.TrimPrefix(text, "func"))
			} else {
				out = append(out, name.Name+" "+text)
			}
		}
	}
	return out
}

var (
	opening = regexp.MustCompile(`\( `)
	closing = regexp.MustCompile(`,? \)`)
)

// printed is a node's source in one line, without comments.
func printed(n ast.Node) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), n)
	return closing.ReplaceAllString(opening.ReplaceAllString(oneLine(b.String()), "("), ")")
}
