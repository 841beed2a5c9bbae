package shape

import "go/types"

// ownMethod returns the method that t or *t itself declares under a name. One that an embedded field has lent it does
// not count: such a method knows nothing of the other fields.
func ownMethod(t *types.Named, name string) *types.Signature {
	obj, index, _ := types.LookupFieldOrMethod(t, true, t.Obj().Pkg(), name)
	f, ok := obj.(*types.Func)
	if !ok || len(index) != 1 || types.IsInterface(t) {
		return nil
	}
	return f.Signature()
}

// pairOf finds the pair of methods by which values of t are stored and come back.
func pairOf(t *types.Named) Form {
	for _, p := range []struct {
		form Form
		name string
	}{{JSONForm, "JSON"}, {TextForm, "Text"}, {BinaryForm, "Binary"}} {
		if isMarshal(ownMethod(t, "Marshal"+p.name)) && isUnmarshal(ownMethod(t, "Unmarshal"+p.name)) {
			return p.form
		}
	}
	return NoForm
}

// isMarshal reports whether f is func() ([]byte, error).
func isMarshal(f *types.Signature) bool {
	return f != nil && f.Params().Len() == 0 && f.Results().Len() == 2 &&
		isByteSlice(f.Results().At(0).Type()) && isError(f.Results().At(1).Type())
}

// isUnmarshal reports whether f is func([]byte) error on a pointer, so that it can change its receiver.
func isUnmarshal(f *types.Signature) bool {
	return f != nil && f.Params().Len() == 1 && !f.Variadic() && f.Results().Len() == 1 &&
		isByteSlice(f.Params().At(0).Type()) && isError(f.Results().At(0).Type()) && onPointer(f)
}

// copyMethod finds a method Clone or DeepCopy, func() T on T or *T, or func() *T on either.
func copyMethod(t *types.Named) CopyMethod {
	for _, name := range []string{"DeepCopy", "Clone"} {
		f := ownMethod(t, name)
		if f == nil || f.Params().Len() != 0 || f.Results().Len() != 1 {
			continue
		}
		switch result := f.Results().At(0).Type(); {
		case types.Identical(result, t):
			return CopyMethod{Name: name}
		case types.Identical(result, types.NewPointer(t)):
			return CopyMethod{Name: name, Pointer: true}
		}
	}
	return CopyMethod{}
}

// isMessage reports whether *t is a generated protobuf message.
func isMessage(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	f := ownMethod(n, "ProtoReflect")
	if f == nil || f.Params().Len() != 0 || f.Results().Len() != 1 {
		return false
	}
	r, ok := types.Unalias(f.Results().At(0).Type()).(*types.Named)
	return ok && r.Obj().Name() == "Message" && r.Obj().Pkg() != nil &&
		r.Obj().Pkg().Path() == "google.golang.org/protobuf/reflect/protoreflect"
}

func onPointer(f *types.Signature) bool {
	_, ok := types.Unalias(f.Recv().Type()).(*types.Pointer)
	return ok
}

func isByteSlice(t types.Type) bool {
	s, ok := types.Unalias(t).(*types.Slice)
	return ok && isByte(s.Elem())
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// isPlain reports whether values of t are memory without references, so that an assignment copies them, whether
// their fields can be seen or not.
func isPlain(t types.Type) bool {
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		switch n.Obj().Pkg().Path() + "." + n.Obj().Name() {
		case "time.Time", "unique.Handle": // what they refer to never changes
			return true
		}
		if path := n.Obj().Pkg().Path(); path == "sync" || path == "sync/atomic" {
			return false
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() != types.UnsafePointer
	case *types.Array:
		return isPlain(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !isPlain(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}
