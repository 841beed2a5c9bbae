package codec

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/cachegen-go/cachegen/internal/schema"
)

// Reflect is the Codec of T by reflection, in the same format as generated code has. It serves types that mention a
// type parameter. Err is set where T cannot be stored, for the reasons for which the generator refuses a type: of
// unexported fields it stores those of the packages that T's own name mentions.
func Reflect[T any]() Codec[T] {
	t := reflect.TypeFor[T]()
	p := planOf(t)
	if p.err != nil {
		return Codec[T]{Err: p.err}
	}
	c := Codec[T]{
		Encode: func(e *Encoder, v T) { p.root.encode(e, reflect.ValueOf(&v).Elem()) },
		Decode: func(d *Decoder) (v T) {
			p.root.decode(d, reflect.ValueOf(&v).Elem())
			return v
		},
		Schema: p.schema,
	}
	if p.root.clone != nil {
		c.Clone = func(v T) T {
			p.root.clone(0, reflect.ValueOf(&v).Elem())
			return v
		}
	}
	return c
}

// plan is what is known of a type that Reflect was asked for.
type plan struct {
	root   *typePlan
	schema string
	err    error
}

// typePlan says how values of one type are handled. The values that its functions get are addressable and settable.
type typePlan struct {
	encode func(*Encoder, reflect.Value)
	decode func(*Decoder, reflect.Value)
	clone  func(Depth, reflect.Value) // nil where an assignment copies
	nilly  bool                       // its form may be null
	node   *schema.Node
	fields []field
	parts  []*typePlan // what it is made of
}

type field struct {
	text  string // see Decoder.Field
	index int
	plan  *typePlan
}

var plans sync.Map // reflect.Type → *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	b := planner{own: packagesOf(t), done: map[reflect.Type]*typePlan{}}
	p := &plan{}
	if p.root, p.err = b.plan(t); p.err != nil {
		p.err = fmt.Errorf("%s cannot be stored: %w", t, p.err)
	} else {
		b.finishClones()
		p.schema = schema.Fingerprint(p.root.node)
	}
	plans.Store(t, p)
	return p
}

// planner makes the plans of the types within one type.
type planner struct {
	own   map[string]bool // the packages whose unexported fields may be stored
	done  map[reflect.Type]*typePlan
	order []*typePlan
}

// finishClones finds out which types are immutable, now that cycles are closed: those that no part of which needs
// more than an assignment.
func (b *planner) finishClones() {
	mutable := map[*typePlan]bool{}
	for changed := true; changed; {
		changed = false
		for _, p := range b.order {
			if mutable[p] || p.clone == nil {
				continue
			}
			needs := len(p.parts) == 0 || p.nilly // a reference, or a value that copies itself
			for _, part := range p.parts {
				needs = needs || mutable[part]
			}
			if needs {
				mutable[p] = true
				changed = true
			}
		}
	}
	for _, p := range b.order {
		if !mutable[p] {
			p.clone = nil
		}
	}
}

// recursive guards the functions of a named type that is made of other types against values that contain themselves.
func (p *typePlan) recursive() {
	encode, decode, clone := p.encode, p.decode, p.clone
	p.encode = func(e *Encoder, v reflect.Value) {
		if e.Enter() {
			encode(e, v)
			e.Leave()
		}
	}
	p.decode = func(d *Decoder, v reflect.Value) {
		if d.Enter() {
			decode(d, v)
			d.Leave()
		}
	}
	if clone != nil {
		p.clone = func(depth Depth, v reflect.Value) { clone(depth.Enter(), v) }
	}
}
