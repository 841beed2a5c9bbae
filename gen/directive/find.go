package directive

import (
	"go/ast"
	"go/token"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Interface is a type declaration that bears directives, itself or on its methods.
type Interface struct {
	Spec       *ast.TypeSpec
	Syntax     *ast.InterfaceType // nil where the declaration names another type: type A = B
	Directives []*Directive       // wrap and for
	Methods    []*Method          // those with directives
	Faulty     bool               // a directive of it could not be read, so that some may be missing
}

// Method is a method with directives.
type Method struct {
	Name       *ast.Ident
	Directives []*Directive
	Faulty     bool // a directive of it could not be read, and is missing
}

// Wraps reports whether a wrapper is asked for.
func (i *Interface) Wraps() bool {
	return slices.ContainsFunc(i.Directives, func(d *Directive) bool { return d.Verb.Name == "wrap" })
}

// WrapperName gives the name of the interface's wrapper, "" if none is asked for.
func (i *Interface) WrapperName() string {
	if !i.Wraps() {
		return ""
	}
	for _, d := range i.Directives {
		for _, s := range d.Settings {
			if s.Option.Name == "name" {
				return s.Value.Src
			}
		}
	}
	name := i.Spec.Name.Name
	if ast.IsExported(name) {
		return "Cached" + name
	}
	r, n := utf8.DecodeRuneInString(name)
	return "cached" + string(unicode.ToUpper(r)) + name[n:]
}

// Find gives the annotated declarations of a file, and every fault in its directives. The file must have been parsed
// with comments. What looks like a directive and is none, or stands where none can, is a fault.
func Find(file *ast.File) ([]*Interface, []*Error) {
	f := finder{taken: map[*ast.CommentGroup]bool{}}
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.TYPE {
			continue
		}
		for _, spec := range d.Specs {
			ts := spec.(*ast.TypeSpec)
			doc := ts.Doc
			if doc == nil && !d.Lparen.IsValid() {
				doc = d.Doc
			}
			f.typeSpec(ts, doc)
		}
	}
	places := newPlaces(file)
	for _, group := range file.Comments {
		if f.taken[group] {
			continue
		}
		for _, c := range group.List {
			if _, _, meant := read(c); meant {
				f.errs = append(f.errs, places.complaint(c))
			}
		}
	}
	slices.SortStableFunc(f.errs, func(a, b *Error) int { return int(a.Pos - b.Pos) })
	return f.found, f.errs
}

type finder struct {
	found []*Interface
	errs  []*Error
	taken map[*ast.CommentGroup]bool
}

func (f *finder) typeSpec(ts *ast.TypeSpec, doc *ast.CommentGroup) {
	typ := ast.Unparen(ts.Type)
	it, isInterface := typ.(*ast.InterfaceType)
	switch typ.(type) {
	case *ast.InterfaceType, *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
	default:
		return // what stands above it is misplaced
	}
	faults := len(f.errs)
	i := &Interface{Spec: ts, Directives: f.doc(doc, OnInterface)}
	if isInterface {
		i.Syntax = it
		for _, field := range it.Methods.List {
			if len(field.Names) == 0 {
				continue
			}
			before := len(f.errs)
			ds := f.doc(field.Doc, OnMethod)
			if faulty := len(f.errs) > before; faulty || len(ds) > 0 {
				i.Methods = append(i.Methods, &Method{field.Names[0], ds, faulty})
			}
		}
	}
	i.Faulty = len(f.errs) > faults
	if len(i.Directives) > 0 || len(i.Methods) > 0 {
		f.found = append(f.found, i)
	}
}

// doc parses the directives of a doc comment.
func (f *finder) doc(group *ast.CommentGroup, where Place) []*Directive {
	if group == nil {
		return nil
	}
	f.taken[group] = true
	var out []*Directive
	for _, c := range group.List {
		d, wrong, meant := read(c)
		switch {
		case !meant:
		case wrong != nil:
			f.errs = append(f.errs, wrong)
		default:
			word := Text{Src: d.Name, Pos: c.Slash + token.Pos(len("//")+len(d.Tool)+len(":"))}
			parsed, errs := parse(c.Slash, word, Text{Src: d.Args, Pos: d.ArgsPos}, where)
			f.errs = append(f.errs, errs...)
			if parsed != nil {
				out = append(out, parsed)
			}
		}
	}
	f.repeated(out)
	return out
}

// repeated reports options that are set twice for one verb.
func (f *finder) repeated(ds []*Directive) {
	type key struct{ method, verb, option string }
	seen := map[key]bool{}
	for _, d := range ds {
		var k key
		if d.Inner != nil {
			k.method, d = d.Method.Src, d.Inner
		}
		k.verb = d.Verb.Name
		for _, s := range d.Settings {
			if k.option = s.Option.Name; seen[k] {
				f.errs = append(f.errs, errorf(s.Pos, "%s is set twice", s.Option.Name))
			}
			seen[k] = true
		}
	}
}
