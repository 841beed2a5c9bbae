package check

import (
	"go/types"
	"slices"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// indexLine takes in one index directive of a method. Its options are those of a cache directive, about another value.
func (c *checker) indexLine(m *method, d *directive.Directive) {
	switch {
	case m.cache != nil && m.cache.Verb.Name == "cache":
		m.failed = true
		c.errorf(d.Pos, "%s cannot be both cached and an index: the options of its own key stand behind index; remove cache", m.Name)
		return
	case m.cache == nil:
		m.cache = d
	}
	switch {
	case len(d.Calls) == 0:
	case m.indexes != nil:
		m.failed = true
		c.errorf(d.Calls[0].Text.Pos, "%s is an index of %s already", m.Name, m.indexes.Text.Src)
	default:
		m.indexes = &d.Calls[0]
	}
}

// indexValue says what an index keeps: keys. Options of its wrapper that are about results are its target's alone.
func (c *checker) indexValue(m *method) {
	for name := range m.settings {
		if m.cache.Verb.Option(name) == nil {
			delete(m.settings, name)
		}
	}
	s, err := shape.Of(types.NewSlice(types.Typ[types.String]), shape.Config{Pkg: c.out})
	if err != nil {
		panic(err) // a slice of strings can be stored
	}
	m.Cache.Value = s
}

// indexes writes the probes for the calls of a wrapper's index directives.
func (c *checker) indexes(w *wrapper) {
	for _, m := range w.methods {
		switch {
		case m.cache == nil || m.failed || m.cache.Verb.Name != "index":
		case m.indexes == nil:
			c.fail(m, m.cache.Pos, "index says where the result belongs, as a call: index GetUser(result.ID)")
		case c.indexTarget(m, w.method(m.indexes.Name.Src)):
			p := c.in(m.file, w)
			p.begin(&probeFunc{m: m, results: true})
			m.index = c.call(p, m, *m.indexes)
			p.close()
			m.failed = m.index == nil
		}
	}
}

// indexTarget checks that the entries of t can be found by m. It leaves a method that is not there to the check of the call.
func (c *checker) indexTarget(m, t *method) bool {
	call := m.indexes
	switch {
	case t == nil || t.failed || t.faulty:
		return true
	case t == m:
		c.fail(m, call.Name.Pos, "%s cannot find its own entries: index names the method that they are of", m.Name)
	case t.indexes != nil:
		c.fail(m, call.Name.Pos, "%s is an index itself: name the method whose entries it finds, %s", t.Name, t.indexes.Name.Src)
	case t.Cache == nil:
		c.fail(m, call.Name.Pos, "%s is not cached, there is nothing to find: put //cachegen:cache above it", t.Name)
	case call.Bare:
		c.fail(m, call.Text.Pos, "index says where the result belongs, with arguments: index %s(%s)", t.Name, t.list(t.keyed()))
	case !sameResults(m, t):
		c.fail(m, call.Name.Pos, "%s and %s return different things: an index returns what the method does whose entries it finds", m.Name, t.Name)
	case t.unless != nil:
		c.fail(m, call.Name.Pos, "%s keeps answers by unless=, which an index cannot work out: cache %s by itself", t.Name, m.Name)
	case t.lifetime != nil:
		c.fail(m, call.Name.Pos, "%s works out its ttl= from each answer, which an index cannot: cache %s by itself", t.Name, m.Name)
	default:
		return true
	}
	return false
}

func sameResults(m, t *method) bool {
	return slices.EqualFunc(m.Results, t.Results, func(a, b model.Result) bool { return types.Identical(a.Type, b.Type) })
}

// finishIndexes makes the plans of index methods from what the probes told.
func (c *checker) finishIndexes(w *wrapper) {
	for _, m := range w.methods {
		if m.index == nil {
			continue
		}
		e := c.finishClause(m, m.index)
		switch {
		case e == nil:
		case m.index.target.dynamic():
			c.errorf(m.indexes.Name.Pos, "entries of %s are marked by their results, which an index cannot do: cache %s by itself", e.Target.Name, m.Name)
		case e.Group != nil:
			c.errorf(m.indexes.Text.Pos, "index says where the result belongs: name every argument, %s(%s)", m.index.target.Name, m.index.target.list(m.index.target.keyed()))
		default:
			m.Index = &model.Index{Target: e.Target, Args: e.Args}
			m.Cache.Bundle = e.Target.Cache.Bundle
		}
	}
}
