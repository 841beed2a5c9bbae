package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/cachegen-go/cachegen/internal/schema"
)

// plan makes the plan of t, in the same order of cases as the generator's walker.
func (b *planner) plan(t reflect.Type) (*typePlan, error) {
	if p, ok := b.done[t]; ok {
		return p, nil
	}
	p := &typePlan{node: &schema.Node{}}
	b.done[t] = p
	b.order = append(b.order, p)
	if err := b.fill(p, t); err != nil {
		return nil, err
	}
	if t.Name() != "" && len(p.parts) > 0 {
		p.recursive()
	}
	for _, part := range p.parts {
		p.node.Parts = append(p.node.Parts, part.node)
	}
	return p, nil
}

var timeType = reflect.TypeFor[time.Time]()

func (b *planner) fill(p *typePlan, t reflect.Type) error {
	switch {
	case t == timeType:
		p.node.Label = "time"
		p.encode = func(e *Encoder, v reflect.Value) { e.Time(*v.Addr().Interface().(*time.Time)) }
		p.decode = func(d *Decoder, v reflect.Value) { *v.Addr().Interface().(*time.Time) = d.Time() }
		return nil
	case t.PkgPath() == "sync" || t.PkgPath() == "sync/atomic":
		return fmt.Errorf("%s is for sharing memory between goroutines", t)
	case isMessage(t):
		return fmt.Errorf("%s is a protobuf message: give the method its type, not a type parameter", t)
	}
	if form := pairOf(t); form != "" && t != rawMessage {
		return b.pair(p, t, form)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.pointer(p, t)
	case reflect.Slice:
		if t.Elem() == byteType {
			bytesPlan(p)
			return nil
		}
		return b.slice(p, t)
	case reflect.Array:
		if t.Elem() == byteType {
			byteArrayPlan(p, t)
			return nil
		}
		return b.array(p, t)
	case reflect.Map:
		return b.mapping(p, t)
	case reflect.Struct:
		return b.structure(p, t)
	}
	return basic(p, t)
}

func (b *planner) structure(p *typePlan, t reflect.Type) error {
	p.node.Label = "struct"
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			continue
		}
		if !f.IsExported() && !b.own[f.PkgPath] {
			return fmt.Errorf("%s has the unexported field %s of another package", t, f.Name)
		}
		part, err := b.plan(f.Type)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		p.node.Label += " " + f.Name
		p.fields = append(p.fields, field{fieldText(len(p.fields), f.Name), i, part})
		p.parts = append(p.parts, part)
	}
	if len(p.fields) == 0 {
		p.encode = func(e *Encoder, _ reflect.Value) { e.w.RawStr("{}") }
		p.decode = func(d *Decoder, _ reflect.Value) {
			d.ObjStart()
			d.ObjEnd()
		}
		return nil
	}
	p.encode = func(e *Encoder, v reflect.Value) {
		for _, f := range p.fields {
			f.plan.encode(e.Field(f.text), fieldOf(v, f.index))
		}
		e.ObjEnd()
	}
	p.decode = func(d *Decoder, v reflect.Value) {
		for _, f := range p.fields {
			f.plan.decode(d.Field(f.text), fieldOf(v, f.index))
		}
		d.ObjEnd()
	}
	p.clone = func(depth Depth, v reflect.Value) {
		for _, f := range p.fields {
			if f.plan.clone != nil {
				f.plan.clone(depth, fieldOf(v, f.index))
			}
		}
	}
	return nil
}

// fieldText is what stands before the value of the i-th field.
func fieldText(i int, name string) string {
	if i == 0 {
		return `{"` + name + `":`
	}
	return `,"` + name + `":`
}

// fieldOf returns a field that can be read and set, exported or not.
func fieldOf(v reflect.Value, i int) reflect.Value {
	f := v.Field(i)
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}

// standard holds the first path elements of the standard library, whose types hold more than their fields say.
var standard = func() map[string]bool {
	const list = "archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag " +
		"fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort " +
		"strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak"
	set := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		set[name] = true
	}
	return set
}()

// packagesOf returns the packages that the name of t mentions: its own, those of its type arguments, and of what it
// is a pointer, slice, array or map of. The standard library's are not among them.
func packagesOf(t reflect.Type) map[string]bool {
	own := mentioned(t)
	for path := range own {
		if first, _, _ := strings.Cut(path, "/"); standard[first] {
			delete(own, path)
		}
	}
	return own
}

func mentioned(t reflect.Type) map[string]bool {
	own := map[string]bool{}
	for t.Name() == "" {
		switch t.Kind() {
		case reflect.Map:
			for path := range mentioned(t.Key()) {
				own[path] = true
			}
			t = t.Elem()
			continue
		case reflect.Pointer, reflect.Slice, reflect.Array:
			t = t.Elem()
			continue
		case reflect.Struct: // unexported fields of an unnamed struct have their package each
			for f := range t.Fields() {
				own[f.PkgPath] = true
			}
		}
		return own
	}
	own[t.PkgPath()] = true
	if _, args, ok := strings.Cut(t.Name(), "["); ok {
		for _, name := range strings.FieldsFunc(args, func(r rune) bool { return strings.ContainsRune("[]*,;{} ()\"", r) }) {
			if i := strings.LastIndexByte(name, '.'); i > 0 {
				own[name[:i]] = true
			}
		}
	}
	return own
}

// holdsPointer reports whether a comparable value of type t holds a pointer.
func holdsPointer(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer:
		return true
	case reflect.Array:
		return holdsPointer(t.Elem())
	case reflect.Struct:
		if t == timeType || pairOf(t) != "" {
			return false
		}
		for f := range t.Fields() {
			if f.Name != "_" && holdsPointer(f.Type) {
				return true
			}
		}
	}
	return false
}

func isMessage(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	m, ok := reflect.PointerTo(t).MethodByName("ProtoReflect")
	return ok && m.Type.NumOut() == 1 && m.Type.Out(0).PkgPath() == "google.golang.org/protobuf/reflect/protoreflect"
}

var errPointerKey = errors.New("a map key that holds a pointer is another one when it comes back")
