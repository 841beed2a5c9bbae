package check

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
)

// call finds the method that a CALL means and writes its arguments to the probe. It gives nil if the CALL is at fault.
func (c *checker) call(p *probe, m *method, call directive.Call) *clause {
	w := m.w
	t := w.method(call.Name.Src)
	if call.Tag {
		if t = c.tag(w, call); t == nil || t.failed {
			c.unkeyed(p, t, call)
			return nil
		}
	}
	if t == nil {
		var cached, all []string
		for _, o := range w.methods {
			if all = append(all, o.Name); o.Cache != nil {
				cached = append(cached, o.Name)
			}
		}
		near := cmp.Or(nearest(call.Name.Src, cached), nearest(call.Name.Src, all))
		c.errorf(call.Name.Pos, "%s has no method %s%s", w.Interface.Name(), call.Name.Src, didYouMean(near))
		c.mendText(call.Name, near)
		return nil
	}
	if t.single != nil {
		t = t.single
	}
	if t.failed || t.faulty && t.Cache == nil {
		c.unkeyed(p, t, call)
		return nil
	}
	if t.Cache == nil {
		c.errorf(call.Name.Pos, "%s is not cached, there is nothing to evict: put //cachegen:cache above it", t.Name)
		return nil
	}
	cl := &clause{target: t, call: call, args: map[int][]*spot{}}
	if call.Bare {
		cl.fix(nil)
		return cl
	}
	given, ok := c.arrange(t, call)
	if !ok {
		return nil
	}
	wild := map[int]bool{}
	for i, texts := range given {
		param := t.Params[i]
		for _, text := range texts {
			if text.Src == "_" {
				if len(texts) > 1 {
					c.errorf(text.Pos, "_ stands for all of %s at once, not for one of them: give it alone", t.params[i])
					return nil
				}
				wild[i] = true
				continue
			}
			typ := param.Type
			if param.Variadic && !call.Ellipsis {
				typ = param.Type.Underlying().(*types.Slice).Elem()
			}
			cl.args[i] = append(cl.args[i], p.argument(t, i, typ, text))
		}
	}
	cl.spread = call.Ellipsis
	for _, i := range t.Cache.KeyParams {
		if t.Params[i].Context && m.Ctx < 0 {
			c.errorf(call.Name.Pos, "the key of %s needs a context, and %s has none: evict through the wrapper's Evict%[1]s", t.Name, m.Name)
			return nil
		}
	}
	if t.Tag != nil && len(wild) > 0 {
		c.errorf(call.Text.Pos, "a mark is known by all its arguments, none of them can be _")
		return nil
	}
	if !c.wildcards(cl, wild) {
		return nil
	}
	return cl
}

// argument writes what is given for a parameter of a CALL's target.
func (p *probe) argument(t *method, i int, typ types.Type, text directive.Text) *spot {
	p.body.WriteString("var _ " + p.typ(typ) + " = ")
	s := p.put(text)
	what := fmt.Sprintf(" for %s of %s", t.params[i], t.Name)
	s.reword = func(msg string) string { return strings.Replace(msg, " in variable declaration", what, 1) }
	p.body.WriteString("\n")
	return s
}

// unkeyed checks the arguments of a CALL whose target has no key that is known, since its own directive is at fault:
// against the parameters where there are as many, otherwise each by itself.
func (c *checker) unkeyed(p *probe, t *method, call directive.Call) {
	var all []int
	if t != nil {
		all = t.plain()
	}
	for n, text := range call.Args {
		switch {
		case text.Src == "_" || text.Src == "nil":
		case len(call.Args) == len(all) && !t.Params[all[n]].Variadic:
			p.argument(t, all[n], t.Params[all[n]].Type, text)
		default:
			p.body.WriteString("_ = ")
			p.put(text)
			p.body.WriteString("\n")
		}
	}
}

// keyed gives the parameters that the target's key needs, contexts apart.
func (m *method) keyed() []int {
	return slices.DeleteFunc(slices.Clone(m.Cache.KeyParams), func(i int) bool { return m.Params[i].Context })
}

// arrange says which arguments stand for which parameter. They are given for all parameters but contexts, or only
// for those that the key needs.
func (c *checker) arrange(t *method, call directive.Call) (map[int][]directive.Text, bool) {
	all, key := t.plain(), t.keyed()
	fits := func(params []int) bool {
		n := len(params)
		if n > 0 && t.Params[params[n-1]].Variadic {
			return len(call.Args) >= n-1 && !call.Ellipsis || len(call.Args) == n
		}
		return len(call.Args) == n && !call.Ellipsis
	}
	params := all
	switch {
	case len(call.Args) == len(all) && fits(all):
	case len(call.Args) == len(key) && fits(key):
		params = key
	case fits(all):
	case fits(key):
		params = key
	default:
		want := t.list(all)
		if len(key) < len(all) {
			want = t.list(key) + ") or (" + want
		}
		hint := ""
		if len(t.plain()) < len(t.Params) {
			hint = " (a context is left out)"
		}
		c.errorf(call.Text.Pos, "%s takes (%s)%s, not %s", t.Name, want, hint, counted(len(call.Args), "argument"))
		return nil, false
	}
	given := map[int][]directive.Text{}
	for n, i := range params {
		if t.Params[i].Variadic {
			given[i] = call.Args[n:]
			break
		}
		given[i] = call.Args[n : n+1]
	}
	return given, true
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
