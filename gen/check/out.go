package check

import (
	"go/types"
	"slices"
	"strings"
)

// What parameters are called that a method answers through.
var outNames = []string{"buf", "buffer", "dest", "dst", "into", "out", "target"}

// fills tells whether a method probably writes to its parameter i, as io.Reader's does: an answer from the cache would
// leave that as it was.
func fills(m *method, i int) bool {
	t := m.Params[i].Type
	bytes := types.Identical(t.Underlying(), types.NewSlice(types.Typ[types.Byte]))
	if bytes && strings.HasPrefix(m.Name, "Read") && len(m.Results) > 0 {
		n, ok := m.Results[0].Type.Underlying().(*types.Basic)
		return ok && n.Info()&types.IsInteger != 0
	}
	if !slices.Contains(outNames, strings.ToLower(m.params[i])) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return true
	case *types.Interface:
		return u.Empty() && !isTypeParam(t)
	}
	return false
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}
