package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

const (
	tool     = "cachegen"
	maxSlips = 2 // how many letters of the tool's name may be wrong
)

// The ways in which people miss the form of a directive. Prose stays prose: "// cachegen writes wrappers" and
// "// cachegen: a generator" are nobody's directives.
var (
	spaced = regexp.MustCompile(`(?i)^//[ \t]*[+@#-]?[ \t]*cache-?gen[ \t]*:(\w+)`)
	tight  = regexp.MustCompile(`(?i)^//[+@#-]?cache-?gen[ \t]*[:= ][ \t]*(\w+)`)
	// Two spaces, which prose has too: only with what a directive goes on with, "// cachegen: evict GetUser(id)".
	apart   = regexp.MustCompile(`(?i)^(//[ \t]+cache-?gen[ \t]*:[ \t]+(\w+))(?:[ \t]*$|[ \t]+(?:\w+=\S|[\w.]+\())`)
	anyTool = regexp.MustCompile(`^//(\w+):(\w+)`)
	// Without a verb, or with another tool's form.
	nameless = regexp.MustCompile(`(?i)^//[+@#]cache-?gen$|^//cachegen:?[ \t]*$|^//go:cachegen\b[ \t:]*(\w*)`)
	inBlock  = regexp.MustCompile(`(?i)^/\*[ \t]*[+@#-]?cachegen:(\w+)`)
)

// read tells whether a comment is meant to be a directive. If it is and is well formed, wrong is nil.
func read(c *ast.Comment) (d ast.Directive, wrong *Error, meant bool) {
	if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == tool {
		return d, nil, true
	}
	var m []string
	for _, form := range []*regexp.Regexp{spaced, tight, apart, inBlock, anyTool, nameless} {
		if m = form.FindStringSubmatch(c.Text); m != nil && certain(form, m) {
			break
		}
		m = nil
	}
	if m == nil {
		return d, nil, false
	}
	written, word := m[0], ""
	if strings.HasPrefix(m[1], "//") {
		written = m[1] // without what follows
	}
	for _, group := range m[1:] {
		if group != "" {
			word = group
		}
	}
	if word == "" {
		return d, errorf(c.Slash, "%s is no directive, it would be ignored: write //%s:wrap above an interface, //%[2]s:cache above a method", written, tool), true
	}
	if near := Nearest(word, append(verbNames(OnInterface), verbNames(OnMethod)...)); near != "" {
		word = near
	}
	right := fmt.Sprintf("//%s:%s", tool, strings.ToLower(word))
	wrong = errorf(c.Slash, "%s is no directive, it would be ignored: write %s", written, right)
	if known(word) && strings.HasPrefix(written, "//") {
		wrong.mend(Text{Src: written, Pos: c.Slash}, right)
	}
	return d, wrong, true
}

// certain tells whether a match of one of the forms can be no prose and no other tool's directive.
func certain(form *regexp.Regexp, m []string) bool {
	switch form {
	case tight:
		return known(m[1]) || strings.Contains(m[0], ":")
	case apart:
		return known(m[2])
	case anyTool:
		return known(m[2]) && distance(m[1], tool) <= maxSlips
	}
	return true
}

func known(word string) bool { return verbNamed(strings.ToLower(word)) != nil }

// places knows what stands where in a file, to say why a directive is out of place.
type places struct {
	file       *ast.File
	docs       map[*ast.Comment]string
	interfaces bool
}

func newPlaces(file *ast.File) *places {
	p := &places{file: file, docs: map[*ast.Comment]string{}}
	note := func(g *ast.CommentGroup, format string, args ...any) {
		if g == nil {
			return
		}
		for _, c := range g.List {
			if _, ok := p.docs[c]; !ok {
				p.docs[c] = fmt.Sprintf(format, args...)
			}
		}
	}
	note(file.Doc, "the package clause")
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			note(n.Doc, "%s, a function", n.Name.Name)
		case *ast.GenDecl:
			if n.Tok == token.TYPE && n.Lparen.IsValid() {
				note(n.Doc, "a group of types: put it above the type itself")
			} else if n.Tok != token.TYPE {
				note(n.Doc, "a declaration that is no interface")
			} else if ts := n.Specs[0].(*ast.TypeSpec); true {
				note(n.Doc, "%s, which is no interface", ts.Name.Name)
			}
		case *ast.TypeSpec:
			note(n.Doc, "%s, which is no interface", n.Name.Name)
			note(n.Comment, "the end of a line: put it above the declaration")
		case *ast.ValueSpec:
			note(n.Doc, "a declaration that is no interface")
		case *ast.InterfaceType:
			p.interfaces = true
			for _, f := range n.Methods.List {
				if len(f.Names) == 0 {
					note(f.Doc, "an embedded interface: write //cachegen:for METHOD VERB above the interface that embeds it")
				}
				note(f.Comment, "the end of a line: put it above the method")
			}
		case *ast.StructType:
			for _, f := range n.Fields.List {
				note(f.Doc, "a struct's field")
				note(f.Comment, "a struct's field")
			}
		}
		return true
	})
	return p
}

// complaint says what is wrong with a directive that is in no interface's doc comment.
func (p *places) complaint(c *ast.Comment) *Error {
	if _, wrong, _ := read(c); wrong != nil {
		return wrong
	}
	const where = "directives stand above an interface or one of its methods"
	for _, decl := range p.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil && f.Body.Pos() <= c.Slash && c.Slash < f.Body.End() {
			return errorf(c.Slash, "this directive stands in the body of %s; %s", f.Name.Name, where)
		}
	}
	if on, ok := p.docs[c]; ok {
		return errorf(c.Slash, "this directive stands on %s; %s", on, where)
	}
	if !p.interfaces {
		return errorf(c.Slash, "this directive stands in a file without an interface; %s", where)
	}
	return errorf(c.Slash, "this directive belongs to no declaration: no blank line may stand between it and the interface or method")
}
