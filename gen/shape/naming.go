package shape

import (
	"go/types"
	"strings"
)

// nameable refuses types that cannot be written in the package generated into. An alias that can be written will do
// for a type behind it that cannot.
func (w *walker) nameable(t types.Type, path string) error {
	switch u := t.(type) {
	case *types.Alias:
		if w.reachable(u.Obj()) == "" {
			return w.allNameable(u.TypeArgs(), path)
		}
		return w.nameable(u.Rhs(), path)
	case *types.Named:
		if reason := w.reachable(u.Obj()); reason != "" {
			return w.refuseParts(path, t, reason)
		}
		return w.allNameable(u.TypeArgs(), path)
	case *types.Struct:
		for f := range u.Fields() {
			if !w.visible(f) {
				return w.refuseParts(path, t, "an unnamed struct type with the unexported field "+f.Name()+" of another package cannot be written here")
			}
		}
	}
	return nil
}

// allNameable looks at type arguments, which are written with the type but not otherwise walked.
func (w *walker) allNameable(args *types.TypeList, path string) error {
	for t := range args.Types() {
		if err := w.nameableThroughout(t, path); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) nameableThroughout(t types.Type, path string) error {
	if err := w.nameable(t, path); err != nil {
		return err
	}
	switch u := t.(type) {
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels, maps
		if m, ok := u.(*types.Map); ok {
			if err := w.nameableThroughout(m.Key(), path); err != nil {
				return err
			}
		}
		return w.nameableThroughout(u.Elem(), path)
	case *types.Struct:
		for f := range u.Fields() {
			if err := w.nameableThroughout(f.Type(), path); err != nil {
				return err
			}
		}
	}
	return nil
}

// reachable says why a type's name cannot be used in the package generated into, "" if it can.
func (w *walker) reachable(o *types.TypeName) string {
	p := o.Pkg()
	switch {
	case p == nil:
		return ""
	case o.Parent() != nil && o.Parent() != p.Scope():
		return "a type declared inside a function cannot be named outside of it"
	case w.own(p):
		return ""
	case !o.Exported():
		return "an unexported type of another package cannot be named here"
	case p.Name() == "main":
		return "a type of a program cannot be imported"
	case !w.mayImport(p.Path()):
		return "a type of an internal package cannot be imported here"
	}
	return ""
}

// mayImport applies the rule of internal packages: they are for the tree that is rooted at internal's parent.
func (w *walker) mayImport(path string) bool {
	i := strings.LastIndex("/"+path+"/", "/internal/")
	if i < 0 || w.cfg.Pkg == nil {
		return true
	}
	if i == 0 {
		return false // the standard library's own
	}
	parent := path[:i-1]
	own := w.cfg.Pkg.Path()
	return own == parent || strings.HasPrefix(own, parent+"/") || own == parent+"_test"
}
