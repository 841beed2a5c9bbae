// Package analyzer tells what is wrong with cachegen's directives where people write them: in an editor through gopls,
// in golangci-lint, and from "go vet -vettool=$(which cachegen)". It is an adapter between golang.org/x/tools/go/analysis
// and the checks that the generator itself runs.
package analyzer

import (
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/analysis"

	"github.com/cachegen-go/cachegen/gen"
)

// Analyzer reports every fault in the //cachegen: directives of a package, and suggests a fix where the mend is mechanical.
// Generated files need not be there or up to date.
var Analyzer = &analysis.Analyzer{
	Name: "cachegen",
	Doc: `check //cachegen: directives

Directives above interfaces say what cachegen generates: misspelt and misplaced ones, expressions that do not
compile, keys that forget a parameter and evictions that can never fit are reported as the generator would.`,
	Run:              run,
	RunDespiteErrors: true,
}

func run(pass *analysis.Pass) (any, error) {
	s := gen.Source{
		Fset: pass.Fset, Path: pass.Pkg.Path(), Name: pass.Pkg.Name(), GoVersion: pass.Pkg.GoVersion(), Sizes: pass.TypesSizes,
		ReadFile: pass.ReadFile, Import: imports(pass),
	}
	if pass.Module != nil {
		s.ModulePath = pass.Module.Path
	}
	files := map[string]*token.File{}
	for _, f := range pass.Files {
		tf := pass.Fset.File(f.FileStart)
		s.Files = append(s.Files, tf.Name())
		files[tf.Name()] = tf
		files[pass.Fset.Position(f.Package).Filename] = tf // a //line comment may name another
	}
	ds, err := gen.Diagnose(s)
	if err != nil {
		return nil, err
	}
	at := func(p token.Position) token.Pos {
		tf := files[p.Filename]
		if tf == nil {
			return pass.Files[0].Package
		}
		return tf.Pos(min(p.Offset, tf.Size()))
	}
	for _, d := range ds {
		report := analysis.Diagnostic{Pos: at(d.Pos), Message: d.Message}
		for _, fix := range d.Fixes {
			suggested := analysis.SuggestedFix{Message: fix.Message}
			for _, e := range fix.Edits {
				suggested.TextEdits = append(suggested.TextEdits, analysis.TextEdit{Pos: at(e.Pos), End: at(e.End), NewText: []byte(e.New)})
			}
			report.SuggestedFixes = append(report.SuggestedFixes, suggested)
		}
		pass.Report(report)
	}
	return nil, nil
}

// imports gives what the import declarations of a package mean.
func imports(pass *analysis.Pass) func(string) *types.Package {
	known := map[string]*types.Package{"unsafe": types.Unsafe}
	for _, f := range pass.Files {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if name := pass.TypesInfo.PkgNameOf(spec); err == nil && name != nil && name.Imported().Complete() {
				known[path] = name.Imported()
			}
		}
	}
	return func(path string) *types.Package { return known[path] }
}
