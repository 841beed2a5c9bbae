package gen

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"strings"

	"github.com/cachegen-go/cachegen/gen/check"
	"github.com/cachegen-go/cachegen/gen/directive"
)

// parse reads a file for its declarations. Function bodies are dropped once directives in them have been seen: no
// type outside depends on them. Our own files, which may be stale or broken, count for their imports alone; stubs stand
// for the wrappers, so that what refers to one has its type whether it has been generated or not.
func (l *loader) parse(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
	hit, ours := mentions(src), isOurs(src)
	if ours && !hit {
		return importsOnly(fset, name, src), nil
	}
	mode := parser.SkipObjectResolution | parser.AllErrors
	if hit {
		mode |= parser.ParseComments
	}
	f, err := parser.ParseFile(fset, name, src, mode)
	if f == nil {
		return nil, err
	}
	if hit {
		s := &source{stubs: map[*ast.GenDecl]bool{}, file: &check.File{
			Name: name, Syntax: f, Constraint: buildConstraint(src), Test: strings.HasSuffix(name, "_test.go"), Generated: ours,
		}}
		s.file.Interfaces, s.file.Faults = directive.Find(f)
		s.file.Lost = err != nil && lost(f, src)
		if list, ok := err.(scanner.ErrorList); ok {
			list.RemoveMultiples()
			for _, e := range list {
				s.file.Unparsed = append(s.file.Unparsed, Diagnostic{Pos: e.Pos, Message: e.Msg})
			}
		}
		if len(s.file.Interfaces) > 0 || len(s.file.Faults) > 0 || s.file.Lost {
			l.mu.Lock()
			l.sources[name] = s
			l.mu.Unlock()
		}
		if ours {
			f.Decls = nil
		}
		s.stub(f)
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			fn.Body = nil
		}
	}
	return f, err
}

// importsOnly reads of a generated file what it imports, so that this is loaded and need not be sought when the file's
// successor is verified. It is nil if there is nothing to be read.
func importsOnly(fset *token.FileSet, name string, src []byte) *ast.File {
	f, err := parser.ParseFile(fset, name, src, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	for _, spec := range f.Imports {
		spec.Name = &ast.Ident{NamePos: spec.Pos(), Name: "_"}
	}
	return f
}

// stub declares each wrapper of a file as a type that has its interface's methods.
func (s *source) stub(f *ast.File) {
	for _, i := range s.file.Interfaces {
		name := i.WrapperName()
		if name == "" || s.file.Generated || types.Universe.Lookup(name) != nil {
			continue // a stub called string would give every string another type
		}
		at := i.Spec.Name.Pos()
		var embedded ast.Expr = &ast.Ident{NamePos: at, Name: i.Spec.Name.Name}
		if params := i.Spec.TypeParams; params.NumFields() > 0 {
			list := &ast.IndexListExpr{X: embedded, Lbrack: at, Rbrack: at}
			for _, field := range params.List {
				for _, id := range field.Names {
					list.Indices = append(list.Indices, &ast.Ident{NamePos: at, Name: id.Name})
				}
			}
			embedded = list
		}
		decl := &ast.GenDecl{TokPos: at, Tok: token.TYPE, Specs: []ast.Spec{&ast.TypeSpec{
			Name:       &ast.Ident{NamePos: at, Name: name},
			TypeParams: i.Spec.TypeParams,
			Type:       &ast.StructType{Struct: at, Fields: &ast.FieldList{Opening: at, Closing: at, List: []*ast.Field{{Type: embedded}}}},
		}}}
		s.stubs[decl] = true
		f.Decls = append(f.Decls, decl)
	}
}

// lost tells whether directives of a file fell into a part that could not be parsed.
func lost(f *ast.File, src []byte) bool {
	comments := 0
	for _, g := range f.Comments {
		for _, c := range g.List {
			comments += strings.Count(c.Text, "//cachegen:")
		}
	}
	return comments < strings.Count(string(src), "//cachegen:")
}
