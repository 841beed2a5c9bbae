package check

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// A tag is checked as if it were a cached method whose parameters have the types of the arguments that it is first used
// with: what marks an entry, and what evicts a mark, are calls of it.

// tagTypes writes the probes that tell of what types the arguments of tags are.
func (c *checker) tagTypes(w *wrapper) {
	for _, m := range w.methods {
		for _, d := range m.tags {
			if m.cache == nil || m.indexes != nil || m.failed {
				if !m.faulty && !m.failed {
					c.errorf(d.Pos, "%s keeps no answers of its own that could be marked: tag stands beside cache", m.Name)
				}
				continue
			}
			p := c.in(m.file, w)
			p.begin(&probeFunc{m: m, results: true})
			l, _ := c.head(p, d)
			for _, call := range d.Calls {
				if call.Bare {
					c.errorf(call.Text.Pos, "a mark has something to tell it from others of its name: tag %s(id)", call.Name.Src)
					continue
				}
				t := &tagUse{m: m, call: call, d: d}
				for _, arg := range call.Args {
					p.body.WriteString("_ = ")
					s := p.put(arg)
					s.reword = func(msg string) string {
						if strings.HasPrefix(msg, "use of untyped nil") {
							return "nil has no type, so that no mark can be made of it"
						}
						return msg
					}
					t.args = append(t.args, s)
					p.body.WriteString("\n")
				}
				w.tagUses = append(w.tagUses, t)
			}
			p.tail(d, l, true)
		}
	}
}

// tagUse is a directive's mark, with what the probe tells of its arguments.
type tagUse struct {
	m    *method
	d    *directive.Directive
	call directive.Call
	args []*spot
}

// makeTags makes up a method for each tag.
func (c *checker) makeTags(w *wrapper) {
	for _, u := range w.tagUses {
		name := u.call.Name.Src
		if w.tags[name] != nil {
			continue
		}
		t := &method{w: w, file: u.m.file, pos: u.call.Name.Pos, cache: u.d, settings: map[string]directive.Setting{}}
		var vars []*types.Var
		broken := false
		for i, s := range u.args {
			if s.failed || s.node == nil || s.value.Type == nil {
				broken = true
				break
			}
			typ := types.Default(s.value.Type)
			param := fmt.Sprintf("p%d", i)
			if token.IsIdentifier(s.text.Src) && !slices.Contains(t.params, s.text.Src) {
				param = s.text.Src
			}
			t.params = append(t.params, param)
			vars = append(vars, types.NewVar(token.NoPos, c.out, param, typ))
		}
		if broken {
			t.failed = true
		}
		sig := types.NewSignatureType(nil, nil, nil, types.NewTuple(vars...), nil, false)
		t.Method = &model.Method{Name: "tag." + name, Sig: sig, Ctx: -1, Err: -1, Tag: &model.Tag{Name: name}, Pos: c.p.Fset.Position(t.pos)}
		for _, v := range vars {
			t.Params = append(t.Params, model.Param{Name: v.Name(), Type: v.Type()})
		}
		t.Cache = &model.Cache{}
		if !broken {
			c.finishKey(t)
		}
		if w.tags == nil {
			w.tags = map[string]*method{}
		}
		w.tags[name] = t
		w.Tags = append(w.Tags, t.Method)
	}
	slices.SortFunc(w.Tags, func(a, b *model.Method) int { return cmp.Compare(a.Name, b.Name) })
}

// marks writes the probes for the marks of a wrapper's methods.
func (c *checker) marks(w *wrapper) {
	for _, m := range w.methods {
		if m.cache == nil || m.indexes != nil || m.failed {
			continue
		}
		for _, d := range m.tags {
			c.clausesOf(m, d, false, func(cl *clause) { m.marks = append(m.marks, cl) })
		}
	}
}

// tag finds the tag that a call means; nil where it is at fault.
func (c *checker) tag(w *wrapper, call directive.Call) *method {
	if t := w.tags[call.Name.Src]; t != nil {
		return t
	}
	if w.decl.Faulty || slices.ContainsFunc(w.methods, func(m *method) bool { return m.faulty }) {
		return nil // it may be set by what could not be read
	}
	near := nearest(call.Name.Src, slices.Sorted(maps.Keys(w.tags)))
	c.errorf(call.Name.Pos, "no method of %s is marked %s%s: tag %[2]s(…) beside cache marks its entries", w.Interface.Name(), call.Name.Src, didYouMean(near))
	c.mendText(call.Name, near)
	return nil
}

// finishTags makes the plans of marks from what the probes told.
func (c *checker) finishTags(w *wrapper) {
	for _, m := range w.methods {
		for _, cl := range m.marks {
			e := c.finishClause(m, cl)
			switch {
			case e == nil:
			case e.For != nil || e.If != nil || e.UsesResults:
				cl.target.Tag.Dynamic = true
				m.Cache.Marks = append(m.Cache.Marks, e)
			case c.inKey(m, cl, e):
				m.Cache.Marks = append(m.Cache.Marks, e)
			}
		}
		if m.Cache != nil {
			slices.SortStableFunc(m.Cache.Marks, func(a, b *model.Evict) int { return cmp.Compare(a.Target.Name, b.Target.Name) })
		}
	}
	for _, u := range w.tagUses {
		name := u.call.Name.Src
		if w.evictsTag(name) || w.warned[name] {
			continue
		}
		if w.warned == nil {
			w.warned = map[string]bool{}
		}
		w.warned[name] = true
		c.warnf(u.call.Name.Pos, "no method of %s evicts tag.%s: entries so marked end by the wrapper's EvictTag method alone", w.Interface.Name(), name)
	}
}

// inKey reports whether what marks an entry is part of its key: an entry that calls with other values share would bear the
// mark of one of them.
func (c *checker) inKey(m *method, cl *clause, e *model.Evict) bool {
	for _, arg := range e.Args {
		for _, i := range params(arg) {
			if !slices.Contains(m.Cache.KeyParams, i) {
				c.errorf(cl.call.Text.Pos, "%s is no part of the key of %s, so that entries are shared by calls which %s tells apart", m.params[i], m.Name, cl.call.Text.Src)
				return false
			}
		}
	}
	return true
}

// evictsTag reports whether some method evicts by a tag.
func (w *wrapper) evictsTag(name string) bool {
	for _, m := range w.methods {
		for _, d := range m.evicts {
			for _, call := range d.Calls {
				if call.Tag && call.Name.Src == name {
					return true
				}
			}
		}
	}
	return false
}

// dynamic reports whether entries of m bear marks that are known only after the load.
func (m *method) dynamic() bool {
	return m.Cache != nil && slices.ContainsFunc(m.Cache.Marks, (*model.Evict).AfterLoad)
}
