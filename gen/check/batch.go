package check

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// batchLine takes in one batch directive of a method.
func (c *checker) batchLine(m *method, d *directive.Directive) {
	if m.batch == nil {
		m.batch = d
	}
	switch {
	case len(d.Calls) == 0:
	case m.call != nil:
		m.failed = true
		c.errorf(d.Calls[0].Text.Pos, "%s is a batch of %s already", m.Name, m.call.Text.Src)
	default:
		m.call = &d.Calls[0]
	}
}

// cached gives the methods whose entries the wrapper has, those made up for batches among them.
func (w *wrapper) cached() []*method {
	var list []*method
	for _, m := range w.methods {
		if m.cache != nil {
			list = append(list, m)
		}
		if m.single != nil {
			list = append(list, m.single)
		}
	}
	return list
}

// batch reads what a batch directive says of its method, and writes the probes for its conditions.
func (c *checker) batch(m *method) {
	if m.failed {
		return
	}
	m.Batch = &model.Batch{Keys: -1}
	if m.call == nil {
		c.fail(m, m.batch.Pos, "batch says for which method, as a call: batch GetUser(ids)")
		return
	}
	condition := func(option string, results bool) *spot {
		set, ok := m.settings[option]
		if !ok {
			return nil
		}
		return c.expr(c.fileOf(m, option), m, results, set.Value)
	}
	m.ifs, m.reload, m.unless = condition("if", false), condition("reload", false), condition("unless", true)
	name := m.call.Name
	i := slices.Index(m.params, name.Src)
	if !m.call.Bare || i < 0 && m.w.method(name.Src) != nil {
		c.foreignSettings(m)
		return
	}
	m.Batch.Own = true
	for option, why := range map[string]string{
		"timeout": "it waits for what it lacks", "refresh": "it loads nothing in the background", "near": "it reads the tiers",
	} {
		if set, own := m.own(option); own {
			c.fail(m, set.Pos, "a batch has no %s: %s; leave it out", option, why)
		}
		delete(m.settings, option)
	}
	switch {
	case i < 0:
		near := nearest(name.Src, m.params)
		c.fail(m, name.Pos, "%s has no parameter %s%s", m.Name, name.Src, didYouMean(near))
		c.mendText(name, near)
	case sliceOf(m.Params[i].Type) == nil:
		c.fail(m, name.Pos, "%s is of type %s: batch takes a slice of keys", name.Src, c.typeString(m.Params[i].Type))
	default:
		m.Batch.Keys = i
		if v := c.batchForm(m, sliceOf(m.Params[i].Type)); v != nil {
			c.makeSingle(m, v)
		}
	}
}

// foreignSettings refuses options that are for the single-key method to say.
func (c *checker) foreignSettings(m *method) {
	for name := range m.settings {
		set, own := m.own(name)
		if own && !slices.Contains([]string{"by", "if", "reload", "unless"}, name) {
			c.fail(m, set.Pos, "%s= belongs above %s, whose entries these are", name, m.call.Name.Src)
		}
	}
}

// batchConditions finishes the conditions of a batch, which say which parameters are no part of a key.
func (c *checker) batchConditions(m *method) {
	for what, s := range map[string]*spot{"if=": m.ifs, "reload=": m.reload, "unless=": m.unless} {
		if s != nil && !c.boolean(s, what) {
			m.failed = true
		}
	}
	b := m.Batch
	b.If, b.Reload, b.Unless = c.model(m.ifs), c.model(m.reload), c.model(m.unless)
	if s := m.single; s != nil {
		s.ifs, s.reload = m.ifs, m.reload
	}
}

// batches writes the probes for the CALLs of batch directives, whose targets' keys are known by now.
func (c *checker) batches(w *wrapper) {
	for _, m := range w.methods {
		if m.Batch != nil && !m.failed && !m.Batch.Own {
			c.batchCall(m)
		}
	}
}

func (c *checker) batchCall(m *method) {
	call := *m.call
	t := m.w.method(call.Name.Src)
	switch {
	case t == m:
		c.fail(m, call.Name.Pos, "%s cannot be a batch of itself: name its slice of keys, batch ids", m.Name)
		return
	case t != nil && t.cache == nil:
		c.fail(m, call.Name.Pos, "%s is not cached, it has no entries: put //cachegen:cache above it", t.Name)
		return
	case t != nil && t.failed:
		m.failed = true
		return
	case t != nil && call.Bare:
		c.fail(m, call.Name.Pos, "name the keys too: batch %s(ids)", t.Name)
		return
	case t != nil:
		if !c.single(m, t, call.Name.Pos) || !c.varying(m, t, call) {
			m.failed = true
			return
		}
	}
	p := c.in(m.file, m.w)
	p.open(m, false)
	if t != nil {
		fmt.Fprintf(&p.body, "for _, %s := range %[1]s { _ = %[1]s\n", m.Batch.Element)
	}
	if m.calls = c.call(p, m, call); m.calls == nil {
		m.failed = true
	}
	if t != nil {
		p.body.WriteString("}\n")
	}
	p.close()
	if m.failed {
		return
	}
	v := c.batchForm(m, sliceOf(m.Params[m.Batch.Keys].Type))
	if want := t.Results[t.answer()].Type; v != nil && !types.Identical(v, want) {
		c.fail(m, m.batch.Pos, "%s answers with %s, %s with %s: they must be one type", m.Name, c.typeString(v), t.Name, c.typeString(want))
	}
}

// answer is the index of the result that is no error.
func (m *method) answer() int {
	if m.Err == 0 {
		return 1
	}
	return 0
}

// single tells whether entries of t can be made by a batch.
func (c *checker) single(m, t *method, pos token.Pos) bool {
	switch {
	case t.indexes != nil:
		c.errorf(pos, "%s is an index, whose entries are those of %s: batch %[2]s, or cache %[1]s by itself", t.Name, t.indexes.Name.Src)
	case t.Cache.Bundle != nil:
		c.errorf(pos, "%s has several results beside its error, which a batch cannot give: batch names a method with one", t.Name)
	case t.Cache.Unless != nil:
		c.errorf(pos, "%s says unless=%s of each answer, which a batch cannot ask: leave %s without batch", t.Name, t.Cache.Unless.Source, m.Name)
	case t.Cache.Lifetime != nil:
		c.errorf(pos, "%s works its TTL out from each answer, which a batch cannot do: leave %s without batch", t.Name, m.Name)
	case slices.ContainsFunc(params(t.Cache.If), func(i int) bool { return slices.Contains(t.Cache.KeyParams, i) }):
		c.errorf(pos, "%s is cached only if %s, which a batch cannot ask of each key: leave %s without batch", t.Name, t.Cache.If.Source, m.Name)
	default:
		return true
	}
	return false
}

// varying finds the argument that stands for many: a slice, given for a parameter that takes one of its elements.
func (c *checker) varying(m, t *method, call directive.Call) bool {
	given, ok := c.arrange(t, call)
	if !ok {
		return false
	}
	var found []string
	var slicesGiven string
	for _, j := range t.plain() {
		for _, text := range given[j] {
			i := slices.Index(m.params, text.Src)
			if i < 0 || sliceOf(m.Params[i].Type) == nil || types.AssignableTo(m.Params[i].Type, t.Params[j].Type) {
				continue
			}
			slicesGiven = text.Src
			if !types.AssignableTo(sliceOf(m.Params[i].Type), t.Params[j].Type) {
				c.errorf(text.Pos, "%s holds keys of type %s, and %s of %s is of type %s", text.Src,
					c.typeString(sliceOf(m.Params[i].Type)), t.params[j], t.Name, c.typeString(t.Params[j].Type))
				return false
			}
			if !slices.Contains(t.Cache.KeyParams, j) {
				c.errorf(text.Pos, "%s is no part of the key of %s", t.params[j], t.Name)
				return false
			}
			found = append(found, text.Src)
			m.Batch.Keys, m.Batch.Element = i, text.Src
		}
	}
	switch {
	case len(found) == 1:
		return true
	case len(found) > 1:
		c.errorf(call.Text.Pos, "several arguments are slices of keys (%s and %s): a batch varies in one", found[0], found[1])
	case slicesGiven == "":
		c.errorf(call.Text.Pos, "no argument is a slice of keys: give one of %s's slices where %s takes one element, as it is", m.Name, t.Name)
	}
	return false
}

// finishBatches makes the plans of batch methods from what the probes told.
func (c *checker) finishBatches(w *wrapper) {
	for _, m := range w.methods {
		if m.Batch == nil || m.failed {
			m.Batch = nil
			continue
		}
		b := m.Batch
		if m.by != nil {
			if b.By = c.model(m.by); b.By == nil {
				continue
			}
		}
		if b.Own {
			c.ownBatch(m)
			continue
		}
		b.Target = m.calls.target.Method
		if m.calls.target.dynamic() {
			c.errorf(m.call.Name.Pos, "entries of %s are marked by their results, which a batch cannot do: leave %s without batch", b.Target.Name, m.Name)
		}
		if e := c.finishClause(m, m.calls); e != nil {
			b.Args = e.Args
		}
	}
}

// ownBatch has a batch keep entries of its own.
func (c *checker) ownBatch(m *method) {
	b, s := m.Batch, m.single
	b.Target, b.Element = s.Method, m.params[b.Keys]
	s.Cache.If, s.Cache.Reload = nil, nil
	for _, i := range s.Cache.KeyParams {
		e := m.param(i)
		if i == b.Keys {
			e = &model.Expr{Type: s.Params[i].Type, Parts: []model.Part{{Local: b.Element}}, Source: b.Element}
		}
		b.Args = append(b.Args, e)
	}
	if !slices.Contains(s.Cache.KeyParams, b.Keys) {
		c.errorf(m.call.Name.Pos, "%s is no part of the key", b.Element)
	}
	set, own := m.own("negative")
	if !own {
		return
	}
	s.Cache.Negative = c.atLeast(set)
	s.Cache.NotFound = []model.Sentinel{{Name: "absent", Expr: &model.Expr{Parts: []model.Part{{Object: errAbsent}}, Source: "absent"}}}
}

// errAbsent is what stands for the answer "nothing" of a batch that has no method for one key.
var errAbsent = types.NewVar(token.NoPos, types.NewPackage("github.com/cachegen-go/cachegen/runtime", "runtime"), "ErrAbsent",
	types.Universe.Lookup("error").Type())
