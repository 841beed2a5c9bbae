package docs

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/gen"
	"github.com/cachegen-go/cachegen/internal/checkout"
)

// written is a package that a document's directives make for the generator.
type written struct {
	code    *code
	line    int                // where to complain of what is not the document's
	made    *[]*ast.File       // where to put what is generated
	sources map[string]*source // by path
	told    bool               // something was said of it
	other   string             // what was said of lines that are not the document's
}

// generate hands the directives of all documents to the generator, each package of theirs in a folder of one module.
func generate(t *testing.T, all []*code) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(root, "go.mod"), "module example.com/docs\n\ngo 1.26.0\n")
	if err := checkout.Require(root); err != nil {
		t.Fatal(err)
	}
	byDir := map[string]*written{}
	add := func(p *written, files []*source, context string) {
		dir := filepath.Join(root, fmt.Sprintf("p%d", len(byDir)+1))
		byDir[dir], p.sources = p, map[string]*source{}
		for i, s := range files {
			name := filepath.Join(dir, fmt.Sprintf("file%d.go", i+1))
			write(name, s.text.String())
			p.sources[name] = s
		}
		if context != "" {
			write(filepath.Join(dir, "context.go"), context)
		}
	}
	for _, c := range all {
		for _, r := range c.fragments {
			switch {
			case !strings.Contains(r.text, "//cachegen:"):
			case r.decls == nil || strings.Count(r.decls.text.String(), "//cachegen:") < strings.Count(r.text, "//cachegen:"):
				c.f.add(c.doc, r.line, "directive: there is a directive above neither an interface nor a method of one")
			case parses(r.decls.text.String()):
				add(&written{code: c, line: r.line, made: &r.made}, []*source{r.decls}, c.surroundings(r))
			}
		}
		for _, p := range c.programs {
			for _, s := range p.files {
				if strings.Contains(s.text.String(), "//cachegen:") {
					add(&written{code: c, line: p.line, made: &p.made}, p.files, "")
					break
				}
			}
		}
	}
	result, err := gen.Generate(context.Background(), gen.Config{Dir: root, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		p := byDir[filepath.Dir(d.Pos.Filename)]
		switch {
		case d.Warning:
		case p == nil:
			t.Errorf("%v: %s", d.Pos, d.Message)
		case p.sources[d.Pos.Filename] != nil && p.sources[d.Pos.Filename].line(d.Pos.Line) > 0:
			p.told = true
			p.code.f.add(p.code.doc, p.sources[d.Pos.Filename].line(d.Pos.Line), "directive: %s", d.Message)
		default:
			p.other = fmt.Sprintf("%s:%d: %s", filepath.Base(d.Pos.Filename), d.Pos.Line, d.Message)
		}
	}
	for _, p := range byDir {
		if p.other != "" && !p.told {
			p.code.f.add(p.code.doc, p.line, "directive: %s", p.other)
		}
	}
	for _, file := range result.Files {
		p := byDir[filepath.Dir(file.Path)]
		f, err := parser.ParseFile(p.code.w.fset, file.Path, file.Content, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		*p.made = append(*p.made, f)
	}
}

func parses(src string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	return err == nil
}

// surroundings is a file with what a fragment's declarations need and do not make themselves.
func (c *code) surroundings(r *fragment) string {
	decls := needed(r.context, r.decls.text.String())
	if len(decls) == 0 {
		return ""
	}
	s := &source{}
	for _, d := range decls {
		s.add(d.text, 0)
	}
	return c.outside(r, s).text.String()
}
