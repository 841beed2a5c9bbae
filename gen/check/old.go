package check

import (
	"go/types"
	"slices"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// old is the call that reads the state before a write, with what the probe tells of it.
type old struct {
	call   directive.Call
	target *method
	result int // which of its results
	args   map[int][]*spot
	failed bool
}

func (o *old) typ() types.Type {
	if o.failed {
		return types.Typ[types.Invalid]
	}
	return o.target.Results[o.result].Type
}

// reads writes the probe for the old= of an evict directive, if it has one.
func (c *checker) reads(m *method, d *directive.Directive) {
	if d.Old == nil {
		return
	}
	call := *d.Old
	if m.old != nil {
		c.errorf(call.Text.Pos, "old is read already: %s evicts by one state before the write", m.Name)
		return
	}
	m.old = &old{call: call, target: m.w.method(call.Name.Src), result: -1, args: map[int][]*spot{}, failed: true}
	t := m.old.target
	switch {
	case t == nil:
		var all []string
		for _, o := range m.w.methods {
			all = append(all, o.Name)
		}
		near := nearest(call.Name.Src, all)
		c.errorf(call.Name.Pos, "%s has no method %s%s", m.w.Interface.Name(), call.Name.Src, didYouMean(near))
		c.mendText(call.Name, near)
		return
	case slices.Contains(m.params, "old") || slices.ContainsFunc(m.Results, func(r model.Result) bool { return r.Name == "old" }):
		c.errorf(call.Text.Pos, "old is a parameter or result of %s: call that otherwise, and old= can be used", m.Name)
		return
	}
	m.old.result = slices.IndexFunc(t.Results, func(r model.Result) bool { return !isError(r.Type) })
	if m.old.result < 0 {
		c.errorf(call.Name.Pos, "%s returns no state that old could be", t.Name)
		return
	}
	given, ok := c.givenToOld(t, call)
	if !ok {
		return
	}
	m.old.failed = false
	p := c.in(m.file, m.w)
	p.open(m, false)
	for _, i := range t.plain() {
		for _, text := range given[i] {
			typ := t.Params[i].Type
			if t.Params[i].Variadic && !call.Ellipsis {
				typ = typ.Underlying().(*types.Slice).Elem()
			}
			m.old.args[i] = append(m.old.args[i], p.argument(t, i, typ, text))
		}
	}
	p.close()
}

// givenToOld says which arguments stand for which parameter: all are needed, contexts apart, since the method is called.
func (c *checker) givenToOld(t *method, call directive.Call) (map[int][]directive.Text, bool) {
	params, n := t.plain(), len(call.Args)
	last := len(params) - 1
	variadic := last >= 0 && t.Params[params[last]].Variadic
	if n != len(params) && (!variadic || n < last || call.Ellipsis) || call.Ellipsis && !variadic {
		c.errorf(call.Text.Pos, "old= calls %s(%s), contexts left out, not with %s", t.Name, t.list(params), counted(n, "argument"))
		return nil, false
	}
	given := map[int][]directive.Text{}
	for at, i := range params {
		given[i] = call.Args[at:min(at+1, n)]
		if at == last && variadic {
			given[i] = call.Args[at:]
		}
		for _, text := range given[i] {
			if text.Src == "_" {
				c.errorf(text.Pos, "old= reads one state: name every argument, %s(%s)", t.Name, t.list(params))
				return nil, false
			}
		}
	}
	return given, true
}

// finishOld makes the plan of what is read before the call.
func (c *checker) finishOld(m *method) {
	o := m.old
	if o == nil || o.failed {
		return
	}
	plan := &model.Old{Target: o.target.Method, Result: o.result}
	s, err := shape.Of(o.typ(), c.shapes(o.target))
	if err != nil {
		c.errorf(o.call.Text.Pos, "the result of %s cannot be kept until after the write: %v", o.target.Name, err)
		return
	}
	plan.Value = s
	for i, p := range o.target.Params {
		var arg *model.Expr
		switch {
		case p.Context:
		case p.Variadic && !o.call.Ellipsis:
			arg = c.variadic(p.Type, o.args[i])
		default:
			arg = c.model(o.args[i][0])
		}
		if arg == nil && !p.Context {
			return
		}
		plan.Args = append(plan.Args, arg)
	}
	used := len(m.Evicts) < len(m.clauses) // what is at fault may have used it
	for _, e := range m.Evicts {
		used = used || e.UsesOld
	}
	if !used && !c.faulty(m) {
		c.errorf(o.call.Text.Pos, "old is read and not used: name an entry by it, or remove old=")
		return
	}
	m.Old = plan
}

// faulty tells whether a clause of a method was dropped since it is at fault.
func (c *checker) faulty(m *method) bool {
	n := 0
	for _, d := range m.evicts {
		n += len(d.Calls)
	}
	return n > len(m.clauses)
}

func usesOld(list ...*model.Expr) bool {
	for _, e := range list {
		if e != nil && slices.ContainsFunc(e.Parts, func(p model.Part) bool { return p.Old }) {
			return true
		}
	}
	return false
}
