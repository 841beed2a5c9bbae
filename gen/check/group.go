package check

import (
	"slices"

	"github.com/cachegen-go/cachegen/gen/model"
)

// fix notes which entries a call means where the arguments in wild may have any value; nil stands for all arguments and
// whatever else the key needs.
func (cl *clause) fix(wild map[int]bool) {
	key := cl.target.Cache.Key
	fixed := []int{}
	for n, part := range key {
		any := wild == nil && len(params(part.Expr)) > 0
		for _, i := range params(part.Expr) {
			any = any || wild[i]
		}
		if !any {
			fixed = append(fixed, n)
		}
	}
	if len(fixed) < len(key) {
		cl.group = fixed
	}
}

// wildcards is fix for a call with arguments. A part of the key that is made of several must not have some of them
// given and others not, since the entries that it means could not be told apart from the rest.
func (c *checker) wildcards(cl *clause, wild map[int]bool) bool {
	t := cl.target
	for _, part := range t.Cache.Key {
		var any, given string
		for _, i := range params(part.Expr) {
			switch {
			case wild[i]:
				any = t.params[i]
			case !t.Params[i].Context:
				given = t.params[i]
			}
		}
		if any != "" && given != "" {
			c.errorf(cl.call.Text.Pos, "%s is one part of the key of %s: give %s and %s, or _ for both", part.Expr.Source, t.Name, given, any)
			return false
		}
	}
	cl.fix(wild)
	return true
}

// group gives the group of the method's entries that have the same values in some parts of the key, nil for nil.
func (m *method) group(parts []int) *model.Group {
	if parts == nil {
		return nil
	}
	for _, g := range m.Cache.Groups {
		if slices.Equal(g.Parts, parts) {
			return g
		}
	}
	g := &model.Group{Parts: parts}
	for _, n := range parts {
		for _, i := range params(m.Cache.Key[n].Expr) {
			if !slices.Contains(g.Params, i) {
				g.Params = append(g.Params, i)
			}
		}
	}
	slices.Sort(g.Params)
	m.Cache.Groups = append(m.Cache.Groups, g)
	return g
}

// sortGroups gives the groups an order that does not depend on where the directives stand that use them: entries bear
// their generations in this order, and should survive a deploy that moves a directive.
func (m *method) sortGroups() {
	slices.SortFunc(m.Cache.Groups, func(a, b *model.Group) int { return slices.Compare(a.Parts, b.Parts) })
}
