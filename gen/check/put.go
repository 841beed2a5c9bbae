package check

import "github.com/cachegen-go/cachegen/gen/directive"

// puts writes the probes for the values that a put directive keeps as its CALL's answer. It is false where they cannot be
// kept.
func (c *checker) puts(p *probe, cl *clause, d *directive.Directive) bool {
	if len(d.Values) == 0 {
		return true
	}
	t := cl.target
	switch {
	case t.indexes != nil:
		c.errorf(cl.call.Name.Pos, "%s is an index, which keeps no answers: put %s instead", t.Name, t.indexes.Name.Src)
		return false
	case cl.group != nil || cl.call.Bare:
		c.errorf(cl.call.Text.Pos, "put keeps one entry: name every argument, %s(%s)", t.Name, t.list(t.keyed()))
		return false
	case t.unless != nil:
		c.errorf(cl.call.Name.Pos, "%s keeps answers by unless=, which put cannot work out: evict %[1]s instead", t.Name)
		return false
	case t.lifetime != nil:
		c.errorf(cl.call.Name.Pos, "%s works out its ttl= from each answer, which put cannot: evict %[1]s instead", t.Name)
		return false
	}
	var results []int
	for i, r := range t.Results {
		if !isError(r.Type) {
			results = append(results, i)
		}
	}
	if len(results) != len(d.Values) {
		c.errorf(d.Values[0].Pos, "%s returns %s besides an error, not %d", t.Name, counted(len(results), "value"), len(d.Values))
		return false
	}
	for n, i := range results {
		p.body.WriteString("var _ " + p.typ(t.Results[i].Type) + " = ")
		s := p.put(d.Values[n])
		what := " for the result of " + t.Name
		s.reword = func(msg string) string { return cutTail(msg, " in variable declaration") + what }
		p.body.WriteString("\n")
		cl.values = append(cl.values, s)
	}
	return true
}
