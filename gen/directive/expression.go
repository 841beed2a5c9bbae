package directive

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// rangeClause parses what follows the word for.
func rangeClause(t Text, at token.Pos) (*Range, *Error) {
	const head = "package p; func _() { for "
	bad := errorf(at, "after for comes a range clause: for _, id := range ids")
	f, err := parser.ParseFile(token.NewFileSet(), "", head+t.Src+" {} }", parser.SkipObjectResolution)
	if err != nil || len(f.Decls) != 1 {
		return nil, bad
	}
	body := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(body) != 1 {
		return nil, bad
	}
	loop, ok := body[0].(*ast.RangeStmt)
	if !ok || loop.Tok != token.DEFINE && loop.Key != nil || len(loop.Body.List) > 0 {
		return nil, bad
	}
	text := func(n ast.Expr) Text {
		if n == nil {
			return Text{}
		}
		return t.Slice(int(n.Pos())-1-len(head), int(n.End())-1-len(head))
	}
	return &Range{Text: t, Key: text(loop.Key), Value: text(loop.Value), X: text(loop.X)}, nil
}

func expression(t Text, what string) (piece, *Error) {
	if t.Src == "" {
		return piece{}, errorf(t.Pos, "%s is missing here", what)
	}
	node, err := parser.ParseExprFrom(token.NewFileSet(), "", t.Src, parser.SkipObjectResolution)
	if err != nil {
		return piece{}, syntaxError(t, err, 0)
	}
	return piece{t, node}, nil
}

// expressions parses a list with commas.
func expressions(t Text) ([]piece, *Error) {
	if strings.HasSuffix(t.Src, ",") {
		return nil, errorf(t.At(len(t.Src)-1), "nothing follows the last comma")
	}
	const head = "_("
	node, err := parser.ParseExprFrom(token.NewFileSet(), "", head+t.Src+")", parser.SkipObjectResolution)
	if err != nil {
		return nil, syntaxError(t, err, len(head))
	}
	call, ok := node.(*ast.CallExpr)
	if !ok || call.Fun.End() != token.Pos(len(head)) || call.Ellipsis.IsValid() {
		return nil, errorf(t.Pos, "%s is not a list of expressions", t.Src)
	}
	var list []piece
	for _, a := range call.Args {
		from, to := int(a.Pos())-1-len(head), int(a.End())-1-len(head)
		p, err := expression(t.Slice(from, to), "an expression")
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// syntaxError turns the parser's error into one at its place in the directive.
func syntaxError(t Text, err error, head int) *Error {
	list, ok := err.(scanner.ErrorList)
	if !ok || len(list) == 0 {
		return errorf(t.Pos, "%v", err)
	}
	msg, at := list[0].Msg, list[0].Pos.Offset-head
	if strings.HasPrefix(msg, "expected 'EOF'") && at >= len(t.Src) {
		msg, at = "a bracket is closed that was not opened", len(t.Src)-1
	} else if what, _, cut := strings.Cut(msg, ", found"); cut && at >= len(t.Src) {
		msg = what + " before the end"
	} else if strings.Contains(msg, "before newline") {
		msg = "a bracket is not closed"
	}
	return errorf(t.At(at), "%s", msg)
}
