package gen

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"strings"
)

// What a generated file wraps.
type wraps int

const (
	wrapsOwn     wraps = iota // an interface of its own package, or one cannot tell
	wrapsForeign              // another package's interface: it was written there by -o
	wrapsNothing              // it holds codec functions
)

// wrapped reads from a generated file's functions what it wraps.
func wrapped(src []byte) wraps {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return wrapsOwn
	}
	for _, decl := range f.Decls {
		switch interfaceOf(decl).(type) {
		case nil:
		case *ast.SelectorExpr:
			return wrapsForeign
		default:
			return wrapsOwn
		}
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
			return wrapsOwn
		}
	}
	return wrapsNothing
}

// interfaceOf gives what X is called in func NewCachedX(next X, cache *runtime.Cache) and in
// func CheckCachedX(t *testing.T, open func(*rapid.T) X, opts ...cachetest.Option); nil of anything else.
func interfaceOf(decl ast.Decl) ast.Expr {
	fn, ok := decl.(*ast.FuncDecl)
	if !ok || fn.Recv != nil {
		return nil
	}
	name, params := strings.ToLower(fn.Name.Name), fn.Type.Params.List
	var typ ast.Expr
	switch {
	case strings.HasPrefix(name, "new") && len(params) == 2:
		typ = params[0].Type
	case strings.HasPrefix(name, "check") && len(params) == 3:
		if open, ok := params[1].Type.(*ast.FuncType); ok && open.Results.NumFields() == 1 {
			typ = open.Results.List[0].Type
		}
	}
	switch x := typ.(type) {
	case *ast.IndexExpr:
		typ = x.X
	case *ast.IndexListExpr:
		typ = x.X
	}
	return typ
}

// goCommand runs the go command.
func goCommand(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}
