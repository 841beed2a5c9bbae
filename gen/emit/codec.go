package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen-go/cachegen/gen/shape"
)

// codecs collects what the wrappers of a package need of its codec file: codecs, and key functions. Each
// function stands there once, whoever asks for it.
type codecs struct {
	n          *names // of the codec file
	outName    string
	constraint string

	bases typeutil.Map                       // types.Type → string: what types are called in names
	taken map[string]bool                    // the values of bases
	made  [numRoles]map[string]*typeutil.Map // by variant: types.Type → *helper
	order []*helper                          // as they were asked for; asking for one may ask for others
}

// role is what a helper does.
type role int

const (
	codecRole role = iota // a variable: the codec itself
	encodeRole
	decodeRole
	cloneRole
	keyRole
	numRoles
)

var rolePrefix = [numRoles]string{"codec", "encode", "decode", "clone", "key"}

// helper is a function or variable of the codec file.
type helper struct {
	role  role
	base  string // what its type is called in names: User, UserPtr
	name  string
	shape *shape.Shape
}

func newCodecs(n *names, outName, constraint string) *codecs {
	return &codecs{n: n, outName: outName, constraint: constraint, taken: map[string]bool{}}
}

// helper returns the name of the helper that plays a role for values of a shape, and sees to it that it will be
// written. n is of the file that mentions it.
func (c *codecs) helper(n *names, r role, s *shape.Shape) *jen.Statement {
	made := c.made[r][s.Variant]
	if made == nil {
		made = new(typeutil.Map)
		if c.made[r] == nil {
			c.made[r] = map[string]*typeutil.Map{}
		}
		c.made[r][s.Variant] = made
	}
	h, ok := made.At(s.Type).(*helper)
	if !ok {
		h = &helper{role: r, base: c.base(s.Type), shape: s}
		h.name = c.n.helper(rolePrefix[r] + h.base)
		made.Set(s.Type, h)
		c.order = append(c.order, h)
	}
	n.mention(h.name)
	return jen.Id(h.name)
}

// base returns what a type is called in the names of its helpers, and no other type is.
func (c *codecs) base(t types.Type) string {
	if base, ok := c.bases.At(t).(string); ok {
		return base
	}
	base := disambiguate(baseName(t), func(s string) bool { return c.taken[s] })
	c.taken[base] = true
	c.bases.Set(t, base)
	return base
}

// codec returns an expression of type codec.Codec[T] for values of a shape.
func (c *codecs) codec(n *names, s *shape.Shape) *jen.Statement {
	if s.Kind == shape.Reflect {
		return n.qual(codecPath, "Reflect").Types(n.typ(s.Type)).Call()
	}
	if s.Kind == shape.JSON && s.Generic {
		return n.qual(jsonCodecPath, "Of").Types(n.typ(s.Type)).Call(jen.Lit(s.Fingerprint()))
	}
	return c.helper(n, codecRole, s)
}

// file returns the codec file, nil if nothing is needed.
func (c *codecs) file() *jen.File {
	if len(c.order) == 0 {
		return nil
	}
	written := map[*helper]*jen.Statement{}
	for i := 0; i < len(c.order); i++ { // writing one may add others
		h := c.order[i]
		written[h] = c.n.function(func(l *locals) *jen.Statement { return c.write(h, l) })
	}
	slices.SortStableFunc(c.order, func(a, b *helper) int {
		if d := strings.Compare(a.base, b.base); d != 0 {
			return d
		}
		return int(a.role) - int(b.role)
	})
	f := c.n.file(c.outName, c.constraint)
	for _, h := range c.order {
		f.Add(written[h])
		f.Line()
	}
	c.n.finish(f)
	return f
}

func (c *codecs) write(h *helper, l *locals) *jen.Statement {
	switch h.role {
	case codecRole:
		return c.writeCodec(h, l)
	case encodeRole:
		return c.writeEncode(h, l)
	case decodeRole:
		return c.writeDecode(h, l)
	case cloneRole:
		return c.writeClone(h, l)
	}
	return c.writeKey(h, l)
}

// writeCodec writes the variable that holds a type's codec.
func (c *codecs) writeCodec(h *helper, l *locals) *jen.Statement {
	s, t := h.shape, c.n.typ(h.shape.Type)
	e, d, v := l.add("e", "enc"), l.add("d", "dec"), l.add("v", "value")
	fields := []jen.Code{
		jen.Id("Encode").Op(":").Func().Params(c.param(e, "Encoder"), jen.Id(v).Add(t.Clone())).Block(
			c.encode(s, jen.Id(e), variableOperand(v)),
		),
		jen.Id("Decode").Op(":").Func().Params(c.param(d, "Decoder")).Params(jen.Id(v).Add(t.Clone())).Block(
			c.decode(s, jen.Id(d), variableOperand(v)),
			jen.Return(jen.Id(v)),
		),
	}
	if !s.Immutable() {
		fields = append(fields, jen.Id("Clone").Op(":").Func().Params(jen.Id(v).Add(t.Clone())).Add(t.Clone()).Block(
			c.clone(s, jen.Lit(0), variableOperand(v)),
			jen.Return(jen.Id(v)),
		))
	}
	fields = append(fields, jen.Id("Schema").Op(":").Lit(s.Fingerprint()))
	return jen.Var().Id(h.name).Op("=").Add(c.n.qual(codecPath, "Codec")).Types(t).Custom(
		jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, fields...)
}

// param declares a parameter of type *codec.Encoder or *codec.Decoder.
func (c *codecs) param(name, typ string) *jen.Statement {
	return jen.Id(name).Op("*").Add(c.n.qual(codecPath, typ))
}

// operand is a variable in the ways in which it is used, each of them once.
type operand struct {
	value    *jen.Statement // v.ID     *v
	addr     *jen.Statement // &v.ID    v
	slice    *jen.Statement // v.ID[:]  v[:]
	receiver *jen.Statement // v.ID     v
}

func variableOperand(name string) operand {
	return operand{jen.Id(name), jen.Op("&").Id(name), jen.Id(name).Index(jen.Op(":")), jen.Id(name)}
}

func pointerOperand(name string) operand {
	return operand{jen.Op("*").Id(name), jen.Id(name), jen.Id(name).Index(jen.Op(":")), jen.Id(name)}
}

func fieldOperand(name, field string) operand {
	f := jen.Id(name).Dot(field)
	return operand{f, jen.Op("&").Add(f.Clone()), f.Clone().Index(jen.Op(":")), f.Clone()}
}

// baseName is what a type is called within the names of its helpers: *[]User gives UserSlicePtr.
func baseName(t types.Type) string {
	switch t := t.(type) {
	case *types.Alias:
		return exported(t.Obj().Name()) + argNames(t.TypeArgs())
	case *types.Named:
		return exported(t.Obj().Name()) + argNames(t.TypeArgs())
	case *types.Basic:
		return exported(t.Name())
	case *types.Pointer:
		return baseName(t.Elem()) + "Ptr"
	case *types.Slice:
		return baseName(t.Elem()) + "Slice"
	case *types.Array:
		return fmt.Sprintf("%sArray%d", baseName(t.Elem()), t.Len())
	case *types.Map:
		return baseName(t.Key()) + baseName(t.Elem()) + "Map"
	case *types.Interface:
		return "Interface"
	}
	return "Struct"
}

func argNames(args *types.TypeList) string {
	var b strings.Builder
	for t := range args.Types() {
		b.WriteString(baseName(t))
	}
	return b.String()
}
