package docs

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// code is the Go code of a document.
type code struct {
	w         *world
	f         *faults
	doc       *document
	fragments []*fragment
	programs  []*program
}

// fragment is a block that is no file of its own.
type fragment struct {
	*block
	imports map[string]string // that its names come from: its own and those of fragments before it
	cuts    map[int]bool      // lines of the document where … stands for something
	inside  bool              // it is lines of an interface's body
	decls   *source           // what stands outside functions; nil if nothing does
	body    *source           // of a function, likewise
	context []decl            // what fragments before it declare, and the shop
	made    []*ast.File       // what the generator made of it
}

// program is the files of a document that make up a package.
type program struct {
	name  string
	files []*source
	line  int // of the first
	names map[string]bool
	made  []*ast.File
}

// readCode takes a document's Go code apart.
func readCode(w *world, f *faults, d *document) *code {
	c := &code{w: w, f: f, doc: d}
	imports, context := map[string]string{}, w.model
	for _, b := range d.blocks {
		if b.language != "go" || b.value("of") != "" || b.value("in") != "" {
			continue
		}
		if firstToken(b.text) == token.PACKAGE {
			c.file(b)
			continue
		}
		r := c.fragment(b, imports, context)
		imports = r.imports
		if r.decls != nil && !r.inside {
			if file, err := parser.ParseFile(w.fset, "", r.decls.text.String(), parser.SkipObjectResolution); err == nil {
				context = slices.Concat(context, declarations(w.fset, file, r.decls.text.String()))
			}
		}
		c.fragments = append(c.fragments, r)
	}
	return c
}

func firstToken(text string) token.Token {
	for _, t := range lex(text) {
		if t.tok != token.COMMENT {
			return t.tok
		}
	}
	return token.EOF
}

// file adds a block that is a whole file to a program: to the last one of its package's name, if that has none of its
// names yet.
func (c *code) file(b *block) {
	s := &source{name: b.value("file")}
	s.add(b.text, b.line)
	if s.name == "" {
		s.name = "file.go"
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", b.text, parser.SkipObjectResolution)
	if err != nil {
		c.syntax(s, b, err)
		return
	}
	var into *program
	names := declared(file)
	for _, p := range c.programs {
		if p.name == file.Name.Name {
			into = p
		}
	}
	if into == nil || slices.ContainsFunc(slices.Collect(maps.Keys(names)), func(n string) bool { return into.names[n] }) {
		into = &program{name: file.Name.Name, line: b.line, names: map[string]bool{}}
		c.programs = append(c.programs, into)
	}
	maps.Copy(into.names, names)
	into.files = append(into.files, s)
}

// fragment tells apart what stands outside functions and what within one.
func (c *code) fragment(b *block, imports map[string]string, context []decl) *fragment {
	text, cuts := withoutDots(b.text)
	r := &fragment{block: b, cuts: map[int]bool{}, context: context}
	for _, at := range cuts {
		r.cuts[b.line+strings.Count(text[:at], "\n")] = true
	}
	pieces := split(text)
	imported := only(text, pieces, func(p piece) bool { return p.kind == token.IMPORT })
	r.imports = maps.Clone(imports)
	maps.Copy(r.imports, c.w.importsOf(imported))
	if strings.Contains(text, "//cachegen:") {
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p; type _ interface {\n"+text+"\n}", parser.SkipObjectResolution); err == nil && len(pieces) > 0 {
			r.inside = true
			r.decls = c.outside(r, c.interfaceAround(b.line, text))
			return r
		}
	}
	statements := slices.ContainsFunc(pieces, func(p piece) bool { return !p.declares() && p.kind != token.IMPORT })
	outside := func(p piece) bool { return p.declares() && !(p.kind == token.VAR && statements) }
	declares := func(p piece) bool { return outside(p) || p.kind == token.IMPORT }
	if slices.ContainsFunc(pieces, declares) {
		text := only(text, pieces, declares)
		r.decls = c.outside(r, c.completed(b.line, text, cuts))
	}
	if statements {
		text := only(text, pieces, func(p piece) bool { return !declares(p) })
		s := &source{}
		s.add("func _() {\n", 0)
		s.add(text, b.line)
		s.add("}\n", 0)
		r.body = c.outside(r, s)
	}
	return r
}

// outside puts a package clause before a source, with what it lacks in imports.
func (c *code) outside(r *fragment, s *source) *source {
	const clause = "package shop"
	src := clause + "\n" + s.text.String()
	f, _ := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	have, own := map[string]bool{}, map[string]string{}
	if f != nil {
		have, own = c.w.declared(f), c.w.importsOf(s.text.String())
	}
	lacking := map[string]string{}
	for name := range qualifiers(src) {
		path := r.imports[name]
		if path == "" && c.w.shop.Scope().Lookup(name) == nil {
			path = known[name]
		}
		if path != "" && !have[name] && own[name] == "" {
			lacking[name] = path
		}
	}
	out := &source{lines: append([]int{0}, s.lines...)}
	out.text.WriteString(clause + importLine(lacking) + "\n" + s.text.String())
	return out
}

// interfaceAround makes lines of an interface's body a declaration, to which it adds the methods that the directives name.
func (c *code) interfaceAround(line int, text string) *source {
	s := &source{}
	s.add("//cachegen:wrap\ntype Repo interface {\n", 0)
	s.add(text, line)
	s.add(c.standard(text, false), 0)
	s.add("}\n", 0)
	return s
}

// completed replaces each … within an interface by the methods that stand for it.
func (c *code) completed(line int, text string, cuts []int) *source {
	s := &source{}
	const clause = "package p\n"
	f, err := parser.ParseFile(token.NewFileSet(), "", clause+text, parser.SkipObjectResolution)
	rest, at := text, line
	if err == nil {
		var bodies []*ast.FieldList
		ast.Inspect(f, func(n ast.Node) bool {
			if it, ok := n.(*ast.InterfaceType); ok {
				bodies = append(bodies, it.Methods)
			}
			return true
		})
		for _, body := range bodies {
			from, to := int(body.Opening)-1-len(clause), int(body.Closing)-1-len(clause)
			if i := slices.IndexFunc(cuts, func(cut int) bool { return from < cut && cut < to }); i >= 0 {
				done := len(text) - len(rest)
				before := text[done:cuts[i]] + "\n"
				s.add(before, at)
				s.add(c.standard(text[from:to], true), 0)
				at += strings.Count(before, "\n") - 1
				rest = text[cuts[i]:]
			}
		}
	}
	s.add(rest, at)
	return s
}

// standard gives methods of the shop's repository that an interface's body does not declare itself: all, or those that its
// directives name.
func (c *code) standard(body string, all bool) string {
	f, _ := parser.ParseFile(c.w.fset, "", "package p; type _ interface"+strings.TrimPrefix("{"+body, "{{")+"\n}", parser.SkipObjectResolution)
	have := map[string]bool{}
	if f != nil {
		ast.Inspect(f, func(n ast.Node) bool {
			if it, ok := n.(*ast.InterfaceType); ok {
				for _, m := range it.Methods.List {
					for _, name := range m.Names {
						have[name.Name] = true
					}
				}
			}
			return true
		})
	}
	out := ""
	for text := body; text != ""; {
		var added string
		for _, m := range c.w.standard {
			if !have[m.name] && (all || names(text, m.name)) {
				have[m.name] = true
				added += m.text + "\n"
			}
		}
		out, text = out+added, added
	}
	return out
}

// names reports whether a directive of a text names a method.
func names(text, method string) bool {
	for _, line := range directiveLine.FindAllString(text, -1) {
		if slices.Contains(identifier.FindAllString(line, -1), method) {
			return true
		}
	}
	return false
}

// syntax reports what the parser says of a source.
func (c *code) syntax(s *source, b *block, err error) {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		c.f.add(c.doc, b.line, "go: %v", err)
		return
	}
	list.RemoveMultiples()
	for _, e := range list {
		line := s.line(e.Pos.Line)
		if line == 0 {
			line = b.line + strings.Count(strings.TrimSpace(b.text), "\n")
		}
		c.f.add(c.doc, line, "go: %s", e.Msg)
	}
}
