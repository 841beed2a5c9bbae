package shape

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen-go/cachegen/internal/schema"
)

// OfJSON describes t as part of a result that is stored in the JSON form of its type. Its fingerprint covers the fields'
// names, tags and types. The error is an *Error.
func OfJSON(t types.Type, cfg Config) (*Shape, error) {
	w := jsonWalker{walker: walker{cfg: cfg, purpose: results}}
	root, err := w.node(t, typeString(t))
	if err != nil {
		return nil, err
	}
	if err := w.nameable(t, ""); err != nil {
		return nil, err
	}
	s := &Shape{Kind: JSON, Type: t, Variant: "json", Generic: mentionsTypeParam(t)}
	s.schema = schema.Fingerprint(&schema.Node{Label: "json", Parts: []*schema.Node{root}})
	return s, nil
}

// OfJSONs describes a struct of several results each of which is stored in the JSON form of its type.
func OfJSONs(bundle types.Type, cfg Config) (*Shape, error) {
	s := &Shape{Kind: Struct, Type: bundle}
	for f := range bundle.Underlying().(*types.Struct).Fields() {
		part, err := OfJSON(f.Type(), cfg)
		if err != nil {
			return nil, err
		}
		s.Fields = append(s.Fields, Field{Name: f.Name(), Shape: part})
	}
	return s, nil
}

// jsonWalker looks at types as package json does.
type jsonWalker struct {
	walker
	nodes typeutil.Map // types.Type → *schema.Node
}

func (w *jsonWalker) node(t types.Type, path string) (*schema.Node, error) {
	if n, ok := w.nodes.At(t).(*schema.Node); ok {
		return n, nil
	}
	n := &schema.Node{}
	w.nodes.Set(t, n)
	var err error
	n.Label, n.Parts, err = w.describe(t, path)
	return n, err
}

func (w *jsonWalker) describe(t types.Type, path string) (label string, parts []*schema.Node, err error) {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if form := pairOf(named); form == JSONForm || form == TextForm {
			return form.String() + " " + types.TypeString(named, (*types.Package).Path), nil, nil
		}
		if obj := named.Obj(); obj.Pkg() != nil && obj.Pkg().Path() == "time" && obj.Name() == "Time" {
			return "time", nil, nil
		}
	}
	inside := func(label string, within ...types.Type) (string, []*schema.Node, error) {
		for _, t := range within {
			n, err := w.node(t, path)
			if err != nil {
				return "", nil, err
			}
			parts = append(parts, n)
		}
		return label, parts, nil
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return "parameter", nil, nil
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&(types.IsBoolean|types.IsInteger|types.IsFloat|types.IsString) != 0 && u.Kind() != types.UnsafePointer {
			return u.Name(), nil, nil
		}
	case *types.Pointer:
		return inside("pointer", u.Elem())
	case *types.Slice:
		return inside("slice", u.Elem())
	case *types.Array:
		return inside(fmt.Sprintf("array[%d]", u.Len()), u.Elem())
	case *types.Map:
		return inside("map", u.Key(), u.Elem())
	case *types.Interface:
		if u.NumMethods() == 0 {
			return "any", nil, nil
		}
		if reason := open(t); reason != "" {
			return "", nil, w.refuse(path, t, reason)
		}
		return "", nil, w.refuseWith(path, t, "JSON does not say of what type the value of an interface is", "leave codec=json out and name the types in types=, or use pass")
	case *types.Struct:
		return w.structure(t, u, path)
	}
	return "", nil, w.refuseWith(path, t, "it has no JSON form", `leave it out of the form by json:"-", or use pass`)
}

func (w *jsonWalker) structure(t types.Type, u *types.Struct, path string) (label string, parts []*schema.Node, err error) {
	label = "struct"
	seen := false
	for i := range u.NumFields() {
		f := u.Field(i)
		tag := reflect.StructTag(u.Tag(i)).Get("json")
		if tag == "-" || !f.Exported() && !f.Embedded() {
			continue
		}
		seen = true
		n, err := w.node(f.Type(), within(path, "."+f.Name()))
		if err != nil {
			return "", nil, err
		}
		label += " " + f.Name() + "`" + strings.ReplaceAll(tag, "`", "") + "`"
		parts = append(parts, n)
	}
	if !seen && u.NumFields() > 0 {
		return "", nil, w.refuseWith(path, t, "JSON sees none of its fields, and would store {}", "leave codec=json out: every field is stored then")
	}
	return label, parts, nil
}
