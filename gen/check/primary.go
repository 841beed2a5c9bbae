package check

import (
	"go/token"
	"go/types"
	"strings"
)

// primary writes the probe for primary= of a wrapper: a function that makes a context for loads that must not read from
// a replica.
func (c *checker) primary(w *wrapper) {
	set, ok := w.settings["primary"]
	if !ok {
		return
	}
	var ctx types.Type
	for _, m := range w.methods {
		if (m.cache != nil || m.batch != nil) && m.Ctx >= 0 {
			ctx = m.Params[m.Ctx].Type
			break
		}
	}
	if ctx == nil {
		c.errorf(set.Pos, "no cached method of %s takes a context, through which primary= would tell its store to read the primary", w.Interface.Name())
		return
	}
	v := types.NewTuple(types.NewVar(token.NoPos, nil, "", ctx))
	p := c.in(w.file, w)
	p.open(nil, false)
	p.body.WriteString("var _ " + p.typ(types.NewSignatureType(nil, nil, nil, v, v, false)) + " = ")
	w.primarySpot = p.put(set.Value)
	w.primarySpot.reword = func(msg string) string {
		if strings.HasPrefix(msg, "undefined: ") {
			return msg
		}
		return cutTail(msg, " in variable declaration") + ": primary= names a func(context.Context) context.Context"
	}
	p.body.WriteString("\n")
	p.close()
}

// finishPrimary makes the plan from what the probe told.
func (c *checker) finishPrimary(w *wrapper) {
	w.Primary = c.model(w.primarySpot)
	if w.Primary != nil && w.primarySpot.value.IsNil() {
		c.errorf(w.primarySpot.text.Pos, "primary= names a func(context.Context) context.Context")
	}
}
