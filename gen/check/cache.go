package check

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cachegen-go/cachegen/gen/directive"
	"github.com/cachegen-go/cachegen/gen/model"
	"github.com/cachegen-go/cachegen/gen/shape"
)

// caches reads what the cache directives of a wrapper say, and writes the probes for their expressions.
func (c *checker) caches(w *wrapper) {
	for _, m := range w.methods {
		if m.batch != nil {
			c.batch(m)
		}
	}
	for _, m := range w.cached() {
		m.Cache = &model.Cache{}
		if m.indexes != nil {
			c.indexValue(m)
		} else if c.typeNames(m); m.typeSpots == nil {
			c.value(m)
		}
		c.cache(m)
	}
}

// fail reports a fault of a method's cache directive.
func (c *checker) fail(m *method, pos token.Pos, format string, args ...any) {
	m.failed = true
	c.errorf(pos, format, args...)
}

// value says what is stored.
func (c *checker) value(m *method) {
	var fields []*types.Var
	count := 0
	for _, r := range m.Results {
		if isError(r.Type) {
			count++
			continue
		}
		fields = append(fields, types.NewField(token.NoPos, c.out, r.Name, r.Type, false))
	}
	switch {
	case count > 1:
		c.fail(m, m.cache.Pos, "%s returns %d errors, which of them tells success is anybody's guess: it cannot be cached", m.Name, count)
		return
	case len(fields) == 0 && count == 1:
		c.fail(m, m.cache.Pos, "%s returns nothing but an error: there is no answer to keep", m.Name)
		return
	case len(fields) == 0:
		c.fail(m, m.cache.Pos, "%s returns nothing: there is no answer to keep", m.Name)
		return
	}
	t := fields[0].Type()
	bad := false
	cfg := c.shapes(m)
	one, several := shape.Of, shape.Of
	if m.json {
		one, several = shape.OfJSON, shape.OfJSONs
	}
	for _, f := range fields {
		if _, err := one(f.Type(), cfg); err != nil {
			bad = true
			c.refused(m, m.cache.Pos, fmt.Sprintf("the result of %s cannot be cached", m.Name), err)
		}
	}
	if bad {
		return
	}
	if len(fields) > 1 {
		one = several
		m.Cache.Bundle = types.NewNamed(types.NewTypeName(token.NoPos, c.out, c.bundleName(m), nil), types.NewStruct(fields, nil), nil)
		t = m.Cache.Bundle
	}
	s, err := one(t, cfg)
	if err != nil {
		c.refused(m, m.cache.Pos, fmt.Sprintf("the results of %s cannot be cached", m.Name), err)
		return
	}
	m.Cache.Value = s
	c.idle(m, cfg.Used)
}

func (c *checker) bundleName(m *method) string {
	wrapper, n := utf8.DecodeRuneInString(m.w.Name)
	name, k := utf8.DecodeRuneInString(m.Name)
	return string(unicode.ToLower(wrapper)) + m.w.Name[n:] + string(unicode.ToUpper(name)) + m.Name[k:]
}

// refused reports what a shape could not be made of.
func (c *checker) refused(m *method, pos token.Pos, what string, err error) {
	if e := (*shape.Error)(nil); errors.As(err, &e) && types.Unalias(e.Type) == types.Typ[types.Invalid] && c.everyLoadError() {
		m.failed = true
		return
	}
	c.fail(m, pos, "%s: %v", what, err)
}

// cache reads the settings.
func (c *checker) cache(m *method) {
	s := m.settings
	m.Cache.Negative = c.atLeast(s["negative"])
	if j, ok := s["jitter"]; ok {
		if m.Cache.Jitter = j.Percent; j.Percent == 0 {
			m.Cache.Jitter = -1
		}
	}
	one := func(option string, results bool) *spot {
		set, ok := s[option]
		if !ok {
			return nil
		}
		return c.expr(c.fileOf(m, option), m, results, set.Value)
	}
	if ttl := s["ttl"]; ttl.Option != nil && ttl.Duration == 0 {
		m.lifetime = one("ttl", true)
	} else {
		m.Cache.TTL = c.atLeast(ttl)
	}
	c.freshness(m)
	m.ifs, m.reload, m.unless = one("if", false), one("reload", false), one("unless", true)
	if set, ok := s["key"]; ok {
		m.keySettings = &set
		for _, e := range set.List {
			m.key = append(m.key, c.expr(c.fileOf(m, "key"), m, false, e))
		}
	}
	c.sentinels(m)
}

// freshness reads stale=, timeout=, refresh= and near.
func (c *checker) freshness(m *method) {
	s := m.settings
	if near, ok := s["near"]; ok {
		m.Cache.Near = model.NearCopy
		if near.Value.Src == "share" {
			m.Cache.Near = model.NearShare
		}
	}
	m.Cache.Stale = c.atLeast(s["stale"])
	if set, ok := s["timeout"]; ok {
		switch _, own := m.own("timeout"); {
		case m.Cache.Stale > 0:
			m.Cache.Timeout = c.atLeast(set)
		case own || m.w.defaults["stale"].Option == nil:
			c.fail(m, set.Pos, "timeout= says when a stale answer is served, and there is no stale=")
		}
	}
	set, ok := s["refresh"]
	switch ttl := s["ttl"]; {
	case !ok:
	case set.Percent > 0 && m.lifetime != nil:
		c.fail(m, set.Value.Pos, "refresh=%s is a part of ttl=, which only the program knows here: give a duration, such as refresh=30s", set.Value.Src)
	case set.Percent > 0:
		m.Cache.RefreshPercent = set.Percent
	case ttl.Duration > 0 && set.Duration >= ttl.Duration:
		c.fail(m, set.Value.Pos, "refresh=%s is not shorter than ttl=%s: every call would load anew", set.Value.Src, ttl.Value.Src)
	default:
		m.Cache.Refresh = c.atLeast(set)
	}
}

const shortest = time.Millisecond

func (c *checker) atLeast(s directive.Setting) time.Duration {
	if s.Option != nil && s.Duration < shortest {
		c.errorf(s.Value.Pos, "%s= is at least %v, not %s", s.Option.Name, shortest, s.Value.Src)
	}
	return s.Duration
}

// sentinels reads notfound= and negative=.
func (c *checker) sentinels(m *method) {
	set, ok := m.settings["notfound"]
	_, own := m.own("notfound")
	if neg, mine := m.own("negative"); mine && !ok {
		c.fail(m, neg.Pos, "negative= says how long the errors of notfound= are kept, and there is no notfound=")
	}
	switch {
	case !ok:
		m.Cache.Negative = 0
		return
	case m.Err < 0 && own:
		c.fail(m, set.Pos, "%s returns no error, so that notfound= says nothing", m.Name)
		return
	case m.Err < 0:
		m.Cache.Negative = 0
		return
	}
	p := c.in(c.fileOf(m, "notfound"), m.w)
	for _, e := range set.List {
		p.open(nil, false)
		p.body.WriteString("var _ " + p.typ(types.Universe.Lookup("error").Type()) + " = ")
		spot := p.put(e)
		spot.reword = func(msg string) string { return cutTail(msg, " in variable declaration") }
		p.body.WriteString("\n")
		p.close()
		m.notfound = append(m.notfound, spot)
	}
}

// own gives a setting that is not the wrapper's default.
func (m *method) own(option string) (directive.Setting, bool) {
	s, ok := m.settings[option]
	return s, ok && s.Pos != m.w.defaults[option].Pos
}

// fileOf gives the file that a setting stands in.
func (c *checker) fileOf(m *method, option string) *File {
	if _, own := m.own(option); own {
		return m.file
	}
	return m.w.file
}

// finishCaches makes the plans of cached methods from what the probes told.
func (c *checker) finishCaches(w *wrapper) {
	for _, m := range w.methods {
		if m.Batch != nil {
			c.batchConditions(m)
		}
	}
	for _, m := range w.cached() {
		if m.typeSpots != nil {
			if c.resolveTypes(m); !m.failed {
				c.value(m)
			}
		}
		for what, s := range map[string]*spot{"if=": m.ifs, "reload=": m.reload, "unless=": m.unless} {
			if s != nil && !c.boolean(s, what) {
				m.failed = true
			}
		}
		if m.lifetime != nil && !c.duration(m.lifetime, "ttl=") {
			m.failed = true
		}
		m.Cache.Lifetime = c.model(m.lifetime)
		m.Cache.If, m.Cache.Reload, m.Cache.Unless = c.model(m.ifs), c.model(m.reload), c.model(m.unless)
		c.finishSentinels(m)
		c.finishKey(m)
	}
	if set, ok := w.defaults["notfound"]; ok && !w.decl.Faulty && !slices.ContainsFunc(w.methods, func(m *method) bool {
		return m.cache != nil && m.Err >= 0 && m.settings["notfound"].Pos == set.Pos
	}) {
		c.warnf(set.Pos, "no cached method of %s returns an error that these names of notfound= could be: remove it", w.Interface.Name())
	}
	for _, option := range []string{"hash", "ignore"} {
		for _, name := range w.defaults[option].List {
			if !w.used[option+" "+name.Src] {
				c.errorf(name.Pos, "no cached method of %s has a parameter %s", w.Interface.Name(), name.Src)
			}
		}
	}
}

func (c *checker) finishSentinels(m *method) {
	for _, s := range m.notfound {
		if s.failed {
			m.failed = true
			continue
		}
		e := c.model(s)
		switch {
		case e == nil:
			m.failed = true
		case !packageLevel(e):
			c.fail(m, s.text.Pos, "%s is no sentinel: notfound= takes variables of a package, such as ErrNotFound", s.text.Src)
		case slices.ContainsFunc(m.Cache.NotFound, func(o model.Sentinel) bool { return o.Expr.Parts[0].Object == e.Parts[0].Object }):
			c.fail(m, s.text.Pos, "%s stands in notfound= twice", s.text.Src)
		default:
			m.Cache.NotFound = append(m.Cache.NotFound, model.Sentinel{Name: s.text.Src, Expr: e})
		}
	}
}

// packageLevel tells whether an expression names a variable or constant of a package.
func packageLevel(e *model.Expr) bool {
	if len(e.Parts) != 1 {
		return false
	}
	switch e.Parts[0].Object.(type) {
	case *types.Var, *types.Const:
		return true
	}
	return false
}

func cutTail(msg, tail string) string {
	for i := 0; i+len(tail) <= len(msg); i++ {
		if msg[i:i+len(tail)] == tail {
			return msg[:i] + msg[i+len(tail):]
		}
	}
	return msg
}
