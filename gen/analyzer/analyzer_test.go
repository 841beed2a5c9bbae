package analyzer_test

import (
	"context"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"

	"github.com/cachegen-go/cachegen/gen"
	"github.com/cachegen-go/cachegen/gen/analyzer"
)

func TestAnalyzerIsValid(t *testing.T) {
	if err := analysis.Validate([]*analysis.Analyzer{analyzer.Analyzer}); err != nil {
		t.Error(err)
	}
}

// Every message of the generator is one of the analyzer, at the same place and with the same fixes.
func TestSaysWhatTheGeneratorSays(t *testing.T) {
	cases, err := filepath.Glob("../../testdata/golden/refused/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	write(t, filepath.Join(root, "go.mod"), "module example.com/golden\n\ngo 1.26.0\n")
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if strings.Contains(string(archive.Comment), "-o: ") || name == "workspace_root" || name == "syntax_error" {
			continue // the analyzer knows no flags, and drivers parse
		}
		names = append(names, name)
		for _, f := range archive.Files {
			write(t, filepath.Join(root, "refused", name, f.Name), string(f.Data))
		}
	}
	result, err := gen.Generate(context.Background(), gen.Config{Dir: root, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	got := analyze(t, root)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(root, "refused", name)
			var want []string
			for _, d := range result.Diagnostics {
				if strings.HasPrefix(d.Pos.Filename, dir+string(filepath.Separator)) {
					want = append(want, describe(root, d.Pos, d.Message))
					for _, fix := range d.Fixes {
						for _, e := range fix.Edits {
							want = append(want, fmt.Sprintf("  %s: %d-%d %q", fix.Message, e.Pos.Offset, e.End.Offset, e.New))
						}
					}
				}
			}
			if diff := cmp.Diff(want, got[name]); diff != "" {
				t.Errorf("-generator +analyzer:\n%s", diff)
			}
		})
	}
}

func describe(root string, pos token.Position, msg string) string {
	return fmt.Sprintf("%s:%d:%d: %s", gen.Rel(root, pos.Filename), pos.Line, pos.Column, msg)
}

// analyze runs the analyzer over a module and gives what it says, by case.
func analyze(t *testing.T, root string) map[string][]string {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.LoadSyntax | packages.NeedModule, Dir: root, Tests: true,
	}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	before := traces(pkgs)
	graph, err := checker.Analyze([]*analysis.Analyzer{analyzer.Analyzer}, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, traces(pkgs)); diff != "" {
		t.Errorf("the analyzer left something behind in what other analyzers use:\n%s", diff)
	}
	type said struct {
		pos   token.Position
		lines []string
	}
	var all []said
	for _, act := range graph.Roots {
		if act.Err != nil {
			t.Errorf("%s: %v", act.Package.ID, act.Err)
		}
		fset := act.Package.Fset
		for _, d := range act.Diagnostics {
			s := said{fset.Position(d.Pos), []string{describe(root, fset.Position(d.Pos), d.Message)}}
			for _, fix := range d.SuggestedFixes {
				for _, e := range fix.TextEdits {
					s.lines = append(s.lines, fmt.Sprintf("  %s: %d-%d %q", fix.Message, fset.Position(e.Pos).Offset, fset.Position(e.End).Offset, e.NewText))
				}
			}
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b said) int {
		if c := strings.Compare(a.pos.Filename, b.pos.Filename); c != 0 {
			return c
		}
		return a.pos.Offset - b.pos.Offset
	})
	// A package and the same with its tests say the same.
	all = slices.CompactFunc(all, func(a, b said) bool { return a.pos == b.pos && slices.Equal(a.lines, b.lines) })
	out := map[string][]string{}
	for _, s := range all {
		name := strings.Split(filepath.ToSlash(gen.Rel(root, s.pos.Filename)), "/")[1]
		out[name] = append(out[name], s.lines...)
	}
	return out
}

// traces counts what the checks add to.
func traces(pkgs []*packages.Package) map[string]int {
	n := map[string]int{}
	for _, p := range pkgs {
		n["imports of "+p.ID] = len(p.Types.Imports())
		n["scopes of "+p.ID] = p.Types.Scope().NumChildren()
		for _, f := range p.Syntax {
			n["declarations of "+p.ID] += len(f.Decls)
		}
	}
	for range pkgs[0].Fset.Iterate {
		n["files"]++
	}
	return n
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}
