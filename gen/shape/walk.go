package shape

import (
	"go/types"
	"strconv"

	"golang.org/x/tools/go/types/typeutil"
)

// purpose is what a type is looked at for.
type purpose int

const (
	results purpose = iota // to be stored, and read back as it was
	keys                   // to tell one argument from another
	copies                 // to be copied, inside a type that marshals itself
)

// walker describes the types of one walk.
type walker struct {
	cfg     Config
	purpose purpose
	seen    typeutil.Map // types.Type → *Shape, finished or under way
	order   []types.Type // the keys of seen, oldest first
	generic bool         // whether a type parameter was met
}

// root describes a whole type. One that mentions a type parameter is handled at run time, but what is known of it
// must do already.
func (w *walker) root(t types.Type) (*Shape, error) {
	s, err := w.walk(t, "")
	if err != nil {
		return nil, err
	}
	markRecursive(s)
	w.markVariants(s)
	if w.generic {
		if s.depends() {
			return nil, w.refuse("", t, "a result that mentions a type parameter is stored by what it is at run time, which types= and lossy cannot say")
		}
		if w.purpose == keys {
			return &Shape{Kind: Any, Type: t}, nil
		}
		return &Shape{Kind: Reflect, Type: t}, nil
	}
	return s, nil
}

// walk describes t. path is the way from the root to it, "" until the first type that has a name.
func (w *walker) walk(t types.Type, path string) (*Shape, error) {
	if s, ok := w.seen.At(t).(*Shape); ok {
		return s, nil
	}
	if err := w.nameable(t, path); err != nil {
		return nil, err
	}
	w.generic = w.generic || mentionsTypeParam(t)
	s := &Shape{Type: t}
	began := len(w.order)
	w.seen.Set(t, s)
	w.order = append(w.order, t)
	err := w.describe(s, t, path)
	if err == nil {
		return s, nil
	}
	// What was described on the way may refer to what failed.
	for _, t := range w.order[began:] {
		w.seen.Delete(t)
	}
	w.order = w.order[:began]
	if s := w.whole(t); s != nil {
		w.seen.Set(t, s)
		w.order = append(w.order, t)
		return s, nil
	}
	return nil, err
}

// whole describes a type whose structure cannot be seen by what it says of itself.
func (w *walker) whole(t types.Type) *Shape {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil
	}
	if w.purpose == keys && isMarshal(ownMethod(n, "MarshalText")) {
		return &Shape{Kind: Text, Type: t}
	}
	if form := pairOf(n); w.purpose == copies && form != NoForm {
		return &Shape{Kind: Pair, Type: t, Form: form}
	}
	return nil
}

// describe fills s from t. It is the one place that looks into types: what it does not know it refuses.
func (w *walker) describe(s *Shape, t types.Type, path string) error {
	if done, err := w.special(s, t, path); done || err != nil {
		return err
	}
	if named, ok := types.Unalias(t).(*types.Named); ok && path == "" {
		path = types.TypeString(named, types.RelativeTo(w.cfg.Pkg))
		if pkg := named.Obj().Pkg(); pkg != nil && !w.own(pkg) {
			path = typeString(named)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return w.basic(s, t, u, path)
	case *types.Struct:
		return w.structure(s, t, u, path)
	case *types.Pointer:
		s.Kind = Pointer
		err := w.elem(s, u.Elem(), path)
		if e, ok := err.(*Error); ok && (e.Path == path || path == "") && types.Identical(e.Type, u.Elem()) {
			e.Type = t // *sql.DB says more than sql.DB
		}
		return err
	case *types.Slice:
		if isByte(u.Elem()) {
			s.Kind = Bytes
			return nil
		}
		s.Kind = Slice
		return w.elem(s, u.Elem(), within(path, "[]"))
	case *types.Array:
		s.Len = u.Len()
		if isByte(u.Elem()) {
			s.Kind = ByteArray
			return nil
		}
		s.Kind = Array
		return w.elem(s, u.Elem(), within(path, "[]"))
	case *types.Map:
		return w.mapping(s, t, u, path)
	case *types.Interface:
		return w.iface(s, t, u, path)
	case *types.Chan:
		return w.refuse(path, t, "a channel is not a value")
	case *types.Signature:
		if isIterator(u) {
			return w.refuse(path, t, "an iterator runs code, it is not a value")
		}
		return w.refuse(path, t, "a func is not a value")
	}
	return w.refuse(path, t, "this kind of type is not known to cachegen")
}

// special describes the types that are not handled by their structure.
func (w *walker) special(s *Shape, t types.Type, path string) (done bool, err error) {
	switch u := types.Unalias(t).(type) {
	case *types.TypeParam:
		s.Kind = Reflect
		if w.purpose == keys {
			s.Kind = Any
		}
		return true, nil
	case *types.Pointer:
		if isMessage(u.Elem()) && w.purpose != keys {
			if err := w.nameable(u.Elem(), path); err != nil {
				return true, err
			}
			s.Kind = Proto
			return true, nil
		}
	case *types.Named:
		switch pkg := u.Obj().Pkg(); {
		case pkg == nil:
		case pkg.Path() == "time" && u.Obj().Name() == "Time":
			s.Kind = Time
			return true, nil
		case pkg.Path() == "encoding/json" && u.Obj().Name() == "RawMessage":
			s.Kind = Bytes // which its own methods would not keep where it is nil or no JSON
			return true, nil
		case pkg.Path() == "sync" || pkg.Path() == "sync/atomic":
			return true, w.refuseParts(path, t, "it is for sharing memory between goroutines and must not be copied")
		}
		if w.purpose != keys {
			return w.copied(s, u), nil
		}
	}
	return false, nil
}

// copied describes a type that stores or copies itself; done is false where its structure is still wanted.
func (w *walker) copied(s *Shape, t *types.Named) (done bool) {
	s.Copy = copyMethod(t)
	form := pairOf(t)
	switch {
	case form == NoForm:
		return false
	case w.purpose == copies:
		if s.frozen = isPlain(t); s.frozen || s.Copy.Name != "" {
			s.Kind, s.Form = Pair, form
			return true
		}
		return false
	}
	s.Kind, s.Form = Pair, form
	if s.frozen = isPlain(t); !s.frozen && s.Copy.Name == "" {
		inner := walker{cfg: w.cfg, purpose: copies}
		if in, err := inner.root(t); err == nil && in.Kind != Pair && in.Kind != Reflect {
			s.Inner = in
		}
	}
	return true
}

func (w *walker) basic(s *Shape, t types.Type, u *types.Basic, path string) error {
	u, _ = types.Default(u).(*types.Basic) // of a constant in key=
	s.Basic = u.Kind()
	if t, ok := t.(*types.Basic); ok {
		s.Type = types.Default(t)
	}
	switch info := u.Info(); {
	case u.Kind() == types.Uintptr:
		return w.refuse(path, t, "an address means nothing in another process")
	case info&types.IsBoolean != 0:
		s.Kind = Bool
	case info&types.IsUnsigned != 0:
		s.Kind = Uint
	case info&types.IsInteger != 0:
		s.Kind = Int
	case info&types.IsFloat != 0:
		s.Kind = Float
	case info&types.IsComplex != 0:
		s.Kind = Complex
	case info&types.IsString != 0:
		s.Kind = String
	default:
		return w.refuse(path, t, "it is not a value")
	}
	return nil
}

func (w *walker) structure(s *Shape, t types.Type, u *types.Struct, path string) error {
	s.Kind = Struct
	for f := range u.Fields() {
		if f.Name() != "_" && !w.visible(f) {
			switch {
			case isMessage(t) && w.purpose == keys:
				return w.refuse(path, t, "a protobuf message has no form for keys")
			case isMessage(t):
				return w.refuseParts(path, t, "a protobuf message must not be copied: use a pointer to it")
			}
			if closes(t) {
				return w.refuse(path, t, toClose)
			}
			return w.refuseParts(path, t, "unexported field "+strconv.Quote(f.Name())+" of a type of another package")
		}
	}
	for f := range u.Fields() {
		if f.Name() == "_" {
			continue
		}
		fs, err := w.walk(f.Type(), within(path, "."+f.Name()))
		if err != nil {
			return err
		}
		s.Fields = append(s.Fields, Field{Name: f.Name(), Embedded: f.Embedded(), Shape: fs})
	}
	return nil
}

func (w *walker) visible(f *types.Var) bool {
	return f.Exported() || f.Pkg() != nil && w.own(f.Pkg())
}

func (w *walker) own(p *types.Package) bool {
	return w.cfg.Pkg != nil && p.Path() == w.cfg.Pkg.Path()
}

func (w *walker) elem(s *Shape, t types.Type, path string) (err error) {
	s.Elem, err = w.walk(t, path)
	return err
}

func (w *walker) mapping(s *Shape, t types.Type, u *types.Map, path string) (err error) {
	s.Kind = Map
	if s.Key, err = w.walk(u.Key(), within(path, "[key]")); err != nil {
		return err
	}
	if s.Key.depends() {
		return w.refuseParts(path, t, "a map key that holds an interface")
	}
	if w.purpose == results && holdsPointer(s.Key) {
		return w.refuseParts(path, t, "a map key that holds a pointer is a place in memory, and another one when it comes back")
	}
	return w.elem(s, u.Elem(), within(path, "[value]"))
}

func (w *walker) iface(s *Shape, t types.Type, u *types.Interface, path string) error {
	if w.purpose == keys && u.NumMethods() == 0 && u.IsMethodSet() {
		s.Kind = Any
		return nil
	}
	if w.purpose == results {
		if done, err := w.union(s, u, path); done || err != nil {
			return err
		}
		if u.NumMethods() == 0 && u.IsMethodSet() {
			if w.cfg.Lossy {
				s.Kind = Loose
				return nil
			}
			return w.refuseWith(path, t, anyType, "name the types that it holds in types=, accept with lossy that it comes back as JSON has it, or use pass")
		}
	}
	if reason := open(t); reason != "" {
		return w.refuse(path, t, reason)
	}
	if w.purpose == results {
		return w.refuseWith(path, t, anyType, "name the types that it holds in types=, or use pass")
	}
	return w.refuse(path, t, anyType)
}

// mentionsTypeParam reports whether a type parameter occurs in t as it is written.
func mentionsTypeParam(t types.Type) bool {
	switch u := t.(type) {
	case *types.TypeParam:
		return true
	case *types.Alias:
		return mentionsTypeParam(types.Unalias(u))
	case *types.Named:
		for arg := range u.TypeArgs().Types() {
			if mentionsTypeParam(arg) {
				return true
			}
		}
	case *types.Map:
		return mentionsTypeParam(u.Key()) || mentionsTypeParam(u.Elem())
	case interface{ Elem() types.Type }:
		return mentionsTypeParam(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if mentionsTypeParam(f.Type()) {
				return true
			}
		}
	}
	return false
}

// within extends a path that has begun.
func within(path, step string) string {
	if path == "" {
		return ""
	}
	return path + step
}

func isByte(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Byte
}

// isIterator reports whether a func is made to be ranged over.
func isIterator(f *types.Signature) bool {
	if f.Params().Len() != 1 || f.Results().Len() != 0 {
		return false
	}
	yield, ok := f.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Results().Len() == 1 && types.Identical(yield.Results().At(0).Type(), types.Typ[types.Bool])
}
