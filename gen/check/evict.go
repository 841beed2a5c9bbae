package check

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// clause is one CALL of an evict directive with what the probe tells of it.
type clause struct {
	target *method
	call   directive.Call
	args   map[int][]*spot // by the target's parameter; several for a variadic one
	spread bool            // the variadic argument is given whole
	shared bool            // it is not the only CALL of its directive
	around bool            // its directive says so
	group  []int           // the parts of the key that the call fixes, nil if these are all: it is one entry then
	loop   *loop
	cond   *spot
	source string  // the call with its loop and its condition
	values []*spot // of put
}

// loop is a range clause, which the CALLs of a directive share.
type loop struct {
	clause     *directive.Range
	key, value *spot
	x          *spot
}

// evicts reads the evict directives of a wrapper and writes the probes for their expressions.
func (c *checker) evicts(w *wrapper) {
	for _, m := range w.methods {
		for _, d := range m.evicts {
			c.reads(m, d)
		}
		for _, d := range m.evicts {
			c.evict(m, d)
		}
	}
}

func (c *checker) evict(m *method, d *directive.Directive) {
	if m.old == nil || !m.old.failed {
		c.clausesOf(m, d, m.old != nil, func(cl *clause) { m.clauses = append(m.clauses, cl) })
	}
}

// clausesOf writes the probe for the CALLs of a directive and gives what it will tell of each.
func (c *checker) clausesOf(m *method, d *directive.Directive, old bool, add func(*clause)) {
	if len(d.Calls) == 0 {
		return
	}
	p := c.in(m.file, m.w)
	p.begin(&probeFunc{m: m, results: true, old: old})
	l, cond := c.head(p, d)
	broken := false
	for _, call := range d.Calls {
		call.Tag = call.Tag || d.Verb.Name == "tag"
		cl := c.call(p, m, call)
		if cl == nil || !c.puts(p, cl, d) {
			broken = true
			continue
		}
		cl.loop, cl.cond, cl.shared, cl.around = l, cond, len(d.Calls) > 1, d.Around.IsValid()
		cl.source = written(d, call)
		add(cl)
	}
	p.tail(d, l, broken)
}

// written is a CALL of a directive with the loop and the condition that are about it.
func written(d *directive.Directive, call directive.Call) string {
	s := call.Text.Src
	if d.For != nil {
		s += " for " + d.For.Text.Src
	}
	if d.If != nil {
		s += " if " + d.If.Src
	}
	return s
}

// head writes the loop and the condition of a directive.
func (c *checker) head(p *probe, d *directive.Directive) (l *loop, cond *spot) {
	if d.For != nil {
		l = &loop{clause: d.For}
		p.body.WriteString("for ")
		if d.For.Key.Src != "" {
			l.key = p.put(d.For.Key)
			if d.For.Value.Src != "" {
				p.body.WriteString(", ")
				l.value = p.put(d.For.Value)
			}
			p.body.WriteString(" := ")
		}
		p.body.WriteString("range ")
		l.x = p.put(d.For.X)
		l.x.fn.loop = l.x
		p.body.WriteString(" {\n")
	}
	if d.If != nil {
		p.body.WriteString("_ = ")
		cond = p.put(*d.If)
		p.body.WriteString("\n")
	}
	return l, cond
}

// tail ends what head began. Where a call is at fault, its variables would seem unused.
func (p *probe) tail(d *directive.Directive, l *loop, broken bool) {
	if l != nil && broken {
		for _, s := range []*spot{l.key, l.value} {
			if s != nil && s.text.Src != "_" {
				fmt.Fprintf(&p.body, "_ = %s\n", s.text.Src)
			}
		}
	}
	if d.For != nil {
		p.body.WriteString("}\n")
	}
	p.close()
}

// finishEvicts makes the plans of evict clauses from what the probes told.
func (c *checker) finishEvicts(w *wrapper) {
	for _, m := range w.methods {
		for _, cl := range m.clauses {
			if e := c.finishClause(m, cl); e != nil {
				m.Evicts = append(m.Evicts, e)
			}
		}
		c.finishOld(m)
	}
	c.finishTags(w)
	for _, m := range w.methods {
		if m.Cache != nil {
			m.sortGroups()
		}
		for _, cl := range m.clauses {
			if len(cl.values) > 0 && cl.target.dynamic() {
				c.errorf(cl.call.Name.Pos, "entries of %s are marked by their results, which put cannot do: evict %[1]s instead", cl.target.Name)
			}
		}
	}
}

func (c *checker) finishClause(m *method, cl *clause) *model.Evict {
	e := &model.Evict{
		Target: cl.target.Method, Around: cl.around || m.w.around, Source: cl.source, Pos: c.p.Fset.Position(cl.call.Text.Pos),
	}
	ok := true
	if cl.loop != nil {
		e.For = c.finishLoop(cl.loop)
		ok = e.For != nil
	}
	if cl.cond != nil {
		ok = c.boolean(cl.cond, "if") && ok
		e.If = c.model(cl.cond)
	}
	for i, spots := range cl.args {
		if slices.Contains(cl.target.Cache.KeyParams, i) {
			continue
		}
		for _, s := range spots {
			ok = ok && !s.failed
		}
	}
	e.Group = cl.target.group(cl.group)
	for _, i := range cl.target.Cache.KeyParams {
		var arg *model.Expr
		switch {
		case e.Group != nil && !slices.Contains(e.Group.Params, i):
			e.Args = append(e.Args, nil)
			continue
		case cl.target.Params[i].Context:
			arg = m.param(m.Ctx)
		case cl.target.Params[i].Variadic && !cl.spread:
			arg = c.variadic(cl.target.Params[i].Type, cl.args[i])
		default:
			arg = c.model(cl.args[i][0])
		}
		ok = ok && arg != nil
		e.Args = append(e.Args, arg)
	}
	for _, s := range cl.values {
		value := c.model(s)
		ok = ok && value != nil
		e.Put = append(e.Put, value)
	}
	if !ok {
		return nil
	}
	if cl.shared && e.For != nil && (e.For.Key != "" || e.For.Value != "") && !usesLoop(e.For, append(e.Args, e.If)...) {
		c.errorf(cl.call.Text.Pos, "%s has nothing of the loop, and would stay where %s is empty: evict it on a line of its own", cl.call.Text.Src, e.For.X.Source)
		return nil
	}
	all := append(slices.Clone(e.Args), e.If)
	if e.For != nil {
		all = append(all, e.For.X)
	}
	if e.Put != nil && !usesResults(all...) && !usesOld(all...) {
		// A write that failed may have been applied nevertheless.
		removed := *e
		removed.Put, removed.Overwritten = nil, true
		m.Evicts = append(m.Evicts, &removed)
	}
	if cl.around && usesResults(all...) {
		c.errorf(cl.call.Text.Pos, "which entry %s is, is known from the results, after the write, so that around cannot keep it out before: evict it on a line of its own", cl.call.Text.Src)
		return nil
	}
	all = append(all, e.Put...)
	e.UsesResults, e.UsesOld = usesResults(all...) || e.Put != nil, usesOld(all...)
	return e
}

// variadic makes the slice that a call would make of its last arguments: nil of none.
func (c *checker) variadic(t types.Type, spots []*spot) *model.Expr {
	e := &model.Expr{Type: t, Parts: []model.Part{{Type: t}}}
	if len(spots) == 0 {
		// A conversion, since no name for nil or false can be relied on.
		e.Parts = append(e.Parts, model.Part{Text: "("}, model.Part{Object: types.Universe.Lookup("nil")}, model.Part{Text: ")"})
		return e
	}
	open := "{"
	var sources []string
	for _, s := range spots {
		arg := c.model(s)
		if arg == nil {
			return nil
		}
		e.Parts = append(append(e.Parts, model.Part{Text: open}), arg.Parts...)
		e.MayPanic = e.MayPanic || arg.MayPanic
		sources = append(sources, arg.Source)
		open = ", "
	}
	e.Parts = append(e.Parts, model.Part{Text: "}"})
	e.Source = strings.Join(sources, ", ")
	return e
}

func (c *checker) finishLoop(l *loop) *model.Range {
	for _, s := range []*spot{l.key, l.value} {
		if s != nil && s.failed {
			return nil
		}
	}
	x := c.model(l.x)
	if x == nil {
		return nil
	}
	switch x.Type.Underlying().(type) {
	case *types.Chan:
		c.errorf(l.x.text.Pos, "ranging over a channel would take its values away from others")
		return nil
	case *types.Signature, *types.Pointer, *types.Interface:
		x.MayPanic = true // it runs code, or looks behind nil
	}
	return &model.Range{Key: l.clause.Key.Src, Value: l.clause.Value.Src, X: x}
}
