package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const runtimeDir = "../../../runtime"

// stepsOfModel gives for each step of the model what its comment says it stands for: "runtime: (*Tiered).read".
func stepsOfModel(t *testing.T) map[string][]string {
	t.Helper()
	steps := make(map[string][]string)
	names := regexp.MustCompile(`(?m)^(runtime[a-z/]*): (.*)$`)
	each(t, ".", func(name string, f *ast.FuncDecl, _ *ast.File) {
		for _, line := range names.FindAllStringSubmatch(f.Doc.Text(), -1) {
			for _, function := range splitNames(line[2]) {
				steps[f.Name.Name] = append(steps[f.Name.Name], line[1]+": "+function)
			}
		}
	})
	if len(steps) < 30 {
		t.Fatalf("only %d steps found: %v", len(steps), steps)
	}
	return steps
}

// splitNames splits at commas outside brackets.
func splitNames(list string) (names []string) {
	depth, from := 0, 0
	for i, r := range list {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth == 0 {
				names, from = append(names, strings.TrimSpace(list[from:i])), i+1
			}
		}
	}
	return append(names, strings.TrimSpace(list[from:]))
}

func TestModelAndRuntimePointToEachOther(t *testing.T) {
	model := stepsOfModel(t)
	code := make(map[string]map[string]bool) // by function: the steps that it points to
	pointer := regexp.MustCompile(`Model: steps? ([A-Za-z, ]+)\.`)
	for dir, pkg := range map[string]string{"": "runtime", "backends/redis": "runtime/backends/redis"} {
		each(t, filepath.Join(runtimeDir, dir), func(name string, f *ast.FuncDecl, file *ast.File) {
			name = pkg + ": " + name
			code[name] = make(map[string]bool)
			var text strings.Builder
			for _, c := range file.Comments {
				if c == f.Doc || c.Pos() >= f.Pos() && c.End() <= f.End() {
					text.WriteString(strings.Join(strings.Fields(c.Text()), " ") + "\n")
				}
			}
			for _, found := range pointer.FindAllStringSubmatch(text.String(), -1) {
				for _, step := range strings.Split(found[1], ", ") {
					code[name][step] = true
				}
			}
		})
	}
	for step, functions := range model {
		for _, function := range functions {
			steps, there := code[function]
			if !there {
				t.Errorf("the model's step %s names %s, which does not exist", step, function)
			} else if !steps[step] {
				t.Errorf("%s does not point to the model's step %s", function, step)
			}
		}
	}
	for function, steps := range code {
		for step := range steps {
			if functions, there := model[step]; !there {
				t.Errorf("%s points to a step %s, which the model does not have", function, step)
			} else if !slices.Contains(functions, function) {
				t.Errorf("%s points to the model's step %s, which does not name it", function, step)
			}
		}
	}
}

// Faults, and what the store does by itself, are nothing that the code does.
func TestEveryStepButFaultsNamesWhatItStandsFor(t *testing.T) {
	names, model := make(map[string]bool), stepsOfModel(t)
	for step := range steps {
		names[stepName(step)] = true
	}
	for _, fault := range []string{"lose", "die", "expire", "replicate", "failOver"} {
		if !names[fault] {
			t.Errorf("there is no fault %s", fault)
		}
		delete(names, fault)
	}
	if !maps.EqualFunc(names, model, func(bool, []string) bool { return true }) {
		t.Errorf("steps are %v; those that name something are %v",
			slices.Sorted(maps.Keys(names)), slices.Sorted(maps.Keys(model)))
	}
}

// each calls do for each function of the package in dir, tests apart, with its name as in "(*Tiered).read".
func each(t *testing.T, dir string, do func(name string, f *ast.FuncDecl, file *ast.File)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(paths), err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				do(functionName(f), f, file)
			}
		}
	}
}

func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return "(" + typeName(f.Recv.List[0].Type) + ")." + f.Name.Name
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "*" + typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X) + "[" + typeName(e.Index) + "]"
	case *ast.IndexListExpr:
		var names []string
		for _, i := range e.Indices {
			names = append(names, typeName(i))
		}
		return typeName(e.X) + "[" + strings.Join(names, ", ") + "]"
	case *ast.Ident:
		return e.Name
	}
	return ""
}
