package check

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
)

// probe is a Go file that uses the expressions of directives as generated code will. It is type-checked as one more
// file of the package, with the imports of the file that the directives stand in. The types that it needs come from a
// package made up for it, since some cannot be written: unexported ones of other packages, and type parameters.
type probe struct {
	file  *File
	owner *wrapper
	body  bytes.Buffer
	types []types.Type
	funcs []*probeFunc
	spots []*spot

	declared bool // sorted is something of the user's own
}

// probeFunc is a function of a probe: what an expression sees.
type probeFunc struct {
	m       *method
	results bool // whether it sees results
	old     bool // whether it sees the state before the write
	objects map[types.Object]variable
	loop    *spot // what it ranges over
}

func (f *probeFunc) failed() bool { return f.loop != nil && f.loop.failed }

// variable is a parameter or a result.
type variable struct {
	param, result int // -1 where it is the other, or
	old           bool
}

// spot is a place of the probe that holds text of a directive.
type spot struct {
	probe    *probe
	fn       *probeFunc
	text     directive.Text
	from, to int                 // in the probe's source
	reword   func(string) string // makes the type checker's message one about the directive
	node     ast.Expr            // once checked
	value    types.TypeAndValue  // likewise
	info     *types.Info         // likewise
	failed   bool                // an error was told, of this or of what it depends on
}

const (
	typesPath  = "cachegen/types" // no import path of a user's: its first element has no dot and no such module exists
	paramsPath = "cachegen/typeparams"
	typesName  = "cachegenTypes"
)

// in gives the probe for expressions of a wrapper that stand in a file.
func (c *checker) in(f *File, w *wrapper) *probe {
	for _, p := range c.probes {
		if p.file == f && p.owner == w {
			return p
		}
	}
	p := &probe{file: f, owner: w, declared: c.p.Types.Scope().Lookup(sortedName) != nil}
	c.probes = append(c.probes, p)
	return p
}

// typ gives a name for a type.
func (p *probe) typ(t types.Type) string {
	for i, u := range p.types {
		if u == t {
			return fmt.Sprintf("%s.T%d", typesName, i)
		}
	}
	p.types = append(p.types, t)
	return fmt.Sprintf("%s.T%d", typesName, len(p.types)-1)
}

// open begins a function whose parameters are the method's, and its results where they are to be seen; without a
// method it sees the package alone.
func (p *probe) open(m *method, results bool) { p.begin(&probeFunc{m: m, results: results}) }

// begin begins the function fn.
func (p *probe) begin(fn *probeFunc) {
	m, results := fn.m, fn.results
	p.funcs = append(p.funcs, fn)
	p.body.WriteString("func _(")
	if m != nil {
		for i, name := range m.params {
			fmt.Fprintf(&p.body, "%s %s, ", name, p.typ(m.Params[i].Type))
		}
		for i, r := range m.Results {
			if results && i != m.Err && !isError(r.Type) {
				fmt.Fprintf(&p.body, "%s %s, ", r.Name, p.typ(r.Type))
			}
		}
	}
	if fn.old {
		fmt.Fprintf(&p.body, "old %s, ", p.typ(m.old.typ()))
	}
	p.body.WriteString(") {\n")
}

func (p *probe) close() { p.body.WriteString("}\n") }

// put writes text of a directive.
func (p *probe) put(text directive.Text) *spot {
	s := &spot{probe: p, fn: p.funcs[len(p.funcs)-1], text: text, from: p.body.Len()}
	p.body.WriteString(p.builtIns(text.Src))
	s.to = p.body.Len()
	p.spots = append(p.spots, s)
	return s
}

// expr writes a function that evaluates an expression.
func (c *checker) expr(f *File, m *method, results bool, text directive.Text) *spot {
	p := c.in(f, m.w)
	p.open(m, results)
	p.body.WriteString("_ = ")
	s := p.put(text)
	p.body.WriteString("\n")
	p.close()
	return s
}

// probe checks the probes that have been written.
func (c *checker) probe() {
	for i, p := range c.probes {
		c.check(p, i)
	}
	c.probes = nil
}

func (c *checker) check(p *probe, n int) {
	head, imports := c.header(p)
	src := head + p.body.String()
	for _, s := range p.spots {
		s.from, s.to = s.from+len(head), s.to+len(head)
	}
	file, err := parser.ParseFile(c.p.Fset, fmt.Sprintf("%s.probe%d", p.file.Name, n), src, parser.SkipObjectResolution)
	if err != nil {
		// Each expression parses by itself; what only together is no Go has one that is to blame.
		c.unparsable(p, err)
		return
	}
	c.parsed = append(c.parsed, c.p.Fset.File(file.FileStart))
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	cfg := &types.Config{
		Importer: imports, Sizes: c.p.Sizes, GoVersion: c.p.GoVersion, DisableUnusedImportCheck: true,
		Error: func(err error) { c.typeError(p, file, err.(types.Error)) },
	}
	_ = types.NewChecker(cfg, c.p.Fset, c.p.Types, info).Files([]*ast.File{file})
	c.resolve(p, file, info)
}

// typeError tells an error of a probe at its place in the directive.
func (c *checker) typeError(p *probe, file *ast.File, err types.Error) {
	at := c.p.Fset.File(file.FileStart).Offset(err.Pos)
	var best *spot
	for _, s := range p.spots {
		if s.from <= at && at <= s.to {
			best = s // the last is the innermost
		} else if best == nil && s.from >= at && c.sameFunc(file, s, err.Pos) {
			best = s
			break
		}
	}
	if best == nil || strings.HasPrefix(err.Msg, "\t") {
		return
	}
	best.failed = true
	msg := strings.ReplaceAll(strings.ReplaceAll(err.Msg, "\n\t", " "), typesName+".", "")
	msg = rewordBuiltIn(msg)
	if best.reword != nil {
		msg = best.reword(msg)
	}
	msg, name, near := best.explain(msg)
	begin := max(0, at-best.from)
	c.errorf(best.text.At(begin), "%s", msg)
	c.mend(best.text.At(begin), best.text.At(begin+len(name)), near)
}

func (c *checker) sameFunc(file *ast.File, s *spot, pos token.Pos) bool {
	start := token.Pos(c.p.Fset.File(file.FileStart).Base() + s.from)
	for _, d := range file.Decls {
		if d.Pos() <= pos && pos < d.End() {
			return d.Pos() <= start && start < d.End()
		}
	}
	return false
}

// explain adds to a message about an unknown name what was probably meant, near.
func (s *spot) explain(msg string) (explained, name, near string) {
	name, ok := strings.CutPrefix(msg, "undefined: ")
	if !ok || s.fn.m == nil || !token.IsIdentifier(name) {
		return msg, "", ""
	}
	m := s.fn.m
	names := append([]string(nil), m.params...)
	for i, r := range m.Results {
		switch {
		case r.Name != name:
		case i == m.Err || isError(r.Type):
			return fmt.Sprintf("%s cannot be used here: what uses results is evaluated only where there is no error", name), "", ""
		case !s.fn.results:
			return fmt.Sprintf("%s is a result of %s, which is not known before the call", name, m.Name), "", ""
		}
		if s.fn.results && !isError(r.Type) {
			names = append(names, r.Name)
		}
	}
	if name == "old" && len(m.evicts) > 0 && m.old == nil {
		return "nothing says what old is: evict old=GetUser(u.ID) reads it before the write", "", ""
	}
	near = nearest(name, names)
	return msg + didYouMean(near), name, near
}

func (c *checker) unparsable(p *probe, err error) {
	for _, s := range p.spots {
		s.failed = true
	}
	if len(p.spots) > 0 {
		c.errorf(p.spots[0].text.Pos, "these directives do not make Go together: %v", err)
	}
}
