package check

import (
	"go/types"
	"strings"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// typeNames writes the probes for types= of a method. What is stored can be told only when these are known.
func (c *checker) typeNames(m *method) {
	m.lossy = m.settings["lossy"].Option != nil
	m.json = m.settings["codec"].Value.Src == "json"
	set, ok := m.settings["types"]
	if _, own := m.own("types"); m.json && own {
		c.fail(m, set.Pos, "types= is for codec=fields: JSON does not say of what type the value of an interface is")
	}
	if m.json && m.w.TypeParams.Len() > 0 && values(m) > 1 {
		c.fail(m, m.settings["codec"].Pos, "several results of a generic interface cannot be kept by codec=json: leave it out")
	}
	if m.json {
		return
	}
	if !ok {
		return
	}
	p := c.in(c.fileOf(m, "types"), m.w)
	for _, text := range set.List {
		p.open(nil, false)
		p.body.WriteString("_ = (*(")
		s := p.put(text)
		s.reword = func(msg string) string {
			if strings.HasPrefix(msg, "invalid operation") {
				msg = text.Src + " is no type"
			}
			return msg + ": types= names types, such as Circle, *Square"
		}
		p.body.WriteString("))(nil)\n")
		p.close()
		m.typeSpots = append(m.typeSpots, s)
	}
}

// values counts a method's results that are no errors.
func values(m *method) (n int) {
	for _, r := range m.Results {
		if !isError(r.Type) {
			n++
		}
	}
	return n
}

// resolveTypes makes types of what the probes told.
func (c *checker) resolveTypes(m *method) {
	for _, s := range m.typeSpots {
		switch {
		case s.failed || s.node == nil || s.value.Type == nil:
			m.failed = true
		case !s.value.IsType():
			c.fail(m, s.text.Pos, "%s is no type: types= names those that an interface in the result may hold", s.text.Src)
		case types.IsInterface(s.value.Type):
			c.fail(m, s.text.Pos, "%s is an interface itself: types= names the types that one may hold", s.text.Src)
		default:
			for _, t := range m.types {
				if types.Identical(t, s.value.Type) {
					c.fail(m, s.text.Pos, "%s stands in types= twice", s.text.Src)
				}
			}
			m.types = append(m.types, s.value.Type)
		}
	}
}

// shapes is how the results of a method are looked at.
func (c *checker) shapes(m *method) shape.Config {
	return shape.Config{Pkg: c.out, Types: m.types, Used: map[int]bool{}, Lossy: m.lossy}
}

// idle reports types that no interface in the results can hold, and lossy where nothing would come back changed. Defaults
// of the wrapper are for whom they concern.
func (c *checker) idle(m *method, used map[int]bool) {
	if _, own := m.own("types"); own {
		for i, s := range m.typeSpots {
			if !used[i] {
				c.fail(m, s.text.Pos, "no interface in the result of %s can hold %s: remove it from types=", m.Name, s.text.Src)
			}
		}
	}
	if set, own := m.own("lossy"); own && m.Cache.Value != nil && !m.Cache.Value.Loose() {
		c.fail(m, set.Pos, "nothing in the result of %s would come back changed: remove lossy", m.Name)
	}
}
