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

// wrapped reads from a generated file's constructors what it wraps: func NewCachedX(next X, cache *runtime.Cache).
func wrapped(src []byte) wraps {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return wrapsOwn
	}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || !strings.HasPrefix(strings.ToLower(fn.Name.Name), "new") || fn.Type.Params.NumFields() != 2 {
			continue
		}
		typ := fn.Type.Params.List[0].Type
		switch x := typ.(type) {
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		}
		if _, ok := typ.(*ast.SelectorExpr); ok {
			return wrapsForeign
		}
		return wrapsOwn
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
			return wrapsOwn
		}
	}
	return wrapsNothing
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
