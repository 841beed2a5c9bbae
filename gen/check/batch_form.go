package check

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
)

// batchForm finds out what a batch method returns for keys of a type, and gives the type of one answer.
func (c *checker) batchForm(m *method, key types.Type) types.Type {
	var results []types.Type
	for i, r := range m.Results {
		if i != m.Err {
			results = append(results, r.Type)
		}
	}
	by, hasBy := m.settings["by"]
	form := "a map by key, or a slice with by="
	if len(results) == 0 || len(results) > 2 || m.Err >= 0 && m.Err != len(m.Results)-1 {
		c.fail(m, m.batch.Pos, "%s cannot be a batch: one returns %s, then an error or nothing", m.Name, form)
		return nil
	}
	t := results[0]
	if mp, ok := t.Underlying().(*types.Map); ok {
		switch {
		case !types.Identical(mp.Key(), key):
			c.fail(m, m.batch.Pos, "%s takes keys of type %s and returns a map by %s: they must be one type", m.Name, c.typeString(key), c.typeString(mp.Key()))
			return nil
		case hasBy:
			c.fail(m, by.Pos, "%s returns a map, which says itself what belongs to which key: leave by= out", m.Name)
			return nil
		case len(results) == 2 && !types.Identical(results[1], m.Params[m.Batch.Keys].Type):
			c.fail(m, m.batch.Pos, "%s cannot be a batch: beside the map it may return the keys that were not found, as %s, and nothing else", m.Name, c.typeString(m.Params[m.Batch.Keys].Type))
			return nil
		case len(results) == 2:
			m.Batch.Form = model.BatchHits
		}
		return mp.Elem()
	}
	elem := sliceOf(t)
	switch {
	case elem == nil || len(results) > 1:
		c.fail(m, m.batch.Pos, "%s cannot be a batch: one returns %s, not %s", m.Name, form, c.typeString(t))
		return nil
	case !hasBy:
		c.fail(m, m.batch.Pos, "%s returns a slice: say which key an element belongs to, by=it.ID, or by=index where result i answers key i", m.Name)
		return nil
	case by.Value.Src == "index":
		m.Batch.Form = model.BatchIndex
		return elem
	}
	m.Batch.Form = model.BatchSlice
	p := c.in(m.file, m.w)
	p.open(m, true)
	fmt.Fprintf(&p.body, "for _, it := range %s { _ = it\nvar _ %s = ", m.Results[0].Name, p.typ(key))
	m.by = p.put(by.Value)
	m.by.reword = func(msg string) string { return cutTail(msg, " in variable declaration") }
	p.body.WriteString("\n}\n")
	p.close()
	return elem
}

// makeSingle makes up the method for one key that the interface does not have, whose answers are of type v.
func (c *checker) makeSingle(m *method, v types.Type) {
	s := &method{w: m.w, file: m.file, pos: m.pos, params: m.params, cache: m.batch, settings: map[string]directive.Setting{}}
	s.Method = &model.Method{Name: m.Name, Sig: m.Sig, Params: slices.Clone(m.Params), Ctx: m.Ctx, Err: -1, Pos: m.Pos}
	p := &s.Params[m.Batch.Keys]
	p.Type, p.Variadic = sliceOf(p.Type), false
	s.Results = []model.Result{{Name: m.Results[0].Name, Type: v}}
	if m.Err >= 0 {
		s.Results = append(s.Results, m.Results[m.Err])
		s.Err = 1
	}
	for name, set := range m.settings {
		_, own := m.own(name)
		switch {
		case slices.Contains([]string{"if", "reload", "unless", "by", "negative"}, name):
		case name == "notfound" || name == "key":
			if own {
				c.fail(m, set.Pos, "%s= is for a method that takes one key; %s", name, map[string]string{
					"notfound": "a batch leaves out what there is not: say with negative= how long that is kept",
					"key":      "leave it out, or annotate such a method and write batch GetUser(ids)",
				}[name])
			}
		case name == "ttl" && set.Duration == 0 && set.Option != nil:
			c.fail(m, set.Pos, "a batch has no TTL for each of its answers: ttl= takes a duration here")
		default:
			s.settings[name] = set
		}
	}
	m.single = s
}

func sliceOf(t types.Type) types.Type {
	if s, ok := t.Underlying().(*types.Slice); ok {
		return s.Elem()
	}
	return nil
}
