package shape

import "go/types"

const (
	anyType = "the value of an interface may be of any type"
	toClose = "it is to be used and closed, not kept"
)

// refuse makes the error that says why t cannot be handled, and what the user can do: t is nothing that could be kept.
func (w *walker) refuse(path string, t types.Type, reason string) error {
	return w.refuseWith(path, t, reason, w.advice("leave it out of the result, or use pass"))
}

// refuseParts is refuse for what could be kept if only its parts could.
func (w *walker) refuseParts(path string, t types.Type, reason string) error {
	return w.refuseWith(path, t, reason,
		w.advice("leave it out of the result, keep it in a type with a marshaler pair such as MarshalText and UnmarshalText, or use pass"))
}

func (w *walker) advice(ofResults string) string {
	if w.purpose == keys {
		return "say in key= what stands for it, or name the parameter in ignore="
	}
	return ofResults
}

func (w *walker) refuseWith(path string, t types.Type, reason, advice string) error {
	if path == "" {
		path = typeString(t)
	}
	return &Error{Path: path, Type: t, Reason: reason + "; " + advice}
}

// open says of an interface that is a stream, or stands for something to be closed, why its values cannot be kept.
func open(t types.Type) string {
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "io" {
		return "a stream can be read only once"
	}
	if closes(t) {
		return toClose
	}
	return ""
}

// closes reports whether t, or a pointer to it, is an io.Closer: it stands for something that is open.
func closes(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Close")
	f, ok := obj.(*types.Func)
	if !ok || f.Signature().Params().Len() != 0 || f.Signature().Results().Len() != 1 {
		return false
	}
	return types.Identical(f.Signature().Results().At(0).Type(), types.Universe.Lookup("error").Type())
}
