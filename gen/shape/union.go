package shape

import (
	"go/types"
	"strings"
)

// Member is a type that a Union may hold.
type Member struct {
	Name  string // by which it is stored: *Square, example.com/geo.Circle
	Shape *Shape
}

// union describes an interface by the types that it may hold, those of the configuration that implement it. It reports
// false where there are none.
func (w *walker) union(s *Shape, u *types.Interface, path string) (bool, error) {
	for i, t := range w.cfg.Types {
		if !types.Implements(t, u) {
			continue
		}
		if w.cfg.Used != nil {
			w.cfg.Used[i] = true
		}
		m, err := w.walk(t, within(path, ".("+types.TypeString(t, types.RelativeTo(w.cfg.Pkg))+")"))
		if err != nil {
			return true, err
		}
		s.Kind = Union
		s.Members = append(s.Members, Member{types.TypeString(types.Unalias(t), types.RelativeTo(w.cfg.Pkg)), m})
	}
	return s.Kind == Union, nil
}

// Loose reports whether something in the values may come back changed.
func (s *Shape) Loose() bool {
	found := false
	s.each(func(s *Shape) { found = found || s.Kind == Loose })
	return found
}

// depends reports whether a shape is what it is because of Types or Lossy.
func (s *Shape) depends() bool {
	found := false
	s.each(func(s *Shape) { found = found || s.Kind == Union || s.Kind == Loose })
	return found
}

// markVariants notes of each shape that would be another with other Types, which these are: its type alone does not
// tell its functions from others.
func (w *walker) markVariants(root *Shape) {
	if len(w.cfg.Types) == 0 && !w.cfg.Lossy {
		return
	}
	var names []string
	for _, t := range w.cfg.Types {
		names = append(names, types.TypeString(types.Unalias(t), (*types.Package).Path))
	}
	variant := strings.Join(names, ",")
	if w.cfg.Lossy {
		variant += ",lossy"
	}
	root.each(func(s *Shape) {
		if s.depends() {
			s.Variant = variant
		}
	})
}
