package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strconv"
	"strings"
)

// TypedPrefix returns the key prefix of a generic wrapper's instance: prefix and the type arguments in brackets, so
// that a Store[*User] and a Store[*Order] share no entries. Type arguments whose names are long, or hold what a key
// cannot, appear as a digest. Types that are declared inside functions are told apart from others of their package by
// name alone.
func TypedPrefix(prefix string, types ...reflect.Type) string {
	var b strings.Builder
	for i, t := range types {
		if i > 0 {
			b.WriteByte(',')
		}
		spell(&b, t)
	}
	args := b.String()
	if len(args) > 100 || checkKeyPart("type", args) != nil {
		sum := sha256.Sum256([]byte(args))
		args = hex.EncodeToString(sum[:16])
	}
	return prefix + "[" + args + "]"
}

// spell writes a type such that two types are spelt alike only if they are identical: reflect.Type.String leaves
// import paths out.
func spell(b *strings.Builder, t reflect.Type) {
	if t.Name() != "" {
		if t.PkgPath() != "" {
			b.WriteString(t.PkgPath() + ".")
		}
		b.WriteString(t.Name())
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		b.WriteByte('*')
		spell(b, t.Elem())
	case reflect.Slice:
		b.WriteString("[]")
		spell(b, t.Elem())
	case reflect.Array:
		b.WriteString("[" + strconv.Itoa(t.Len()) + "]")
		spell(b, t.Elem())
	case reflect.Map:
		b.WriteString("map[")
		spell(b, t.Key())
		b.WriteByte(']')
		spell(b, t.Elem())
	case reflect.Chan:
		b.WriteString("chan " + t.ChanDir().String() + "(")
		spell(b, t.Elem())
		b.WriteByte(')')
	case reflect.Func:
		b.WriteString("func(")
		for in := range t.Ins() {
			spell(b, in)
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatBool(t.IsVariadic()) + ")(")
		for out := range t.Outs() {
			spell(b, out)
			b.WriteByte(',')
		}
		b.WriteByte(')')
	case reflect.Struct:
		b.WriteString("struct{")
		for f := range t.Fields() {
			b.WriteString(strconv.Quote(f.PkgPath) + f.Name + " " + strconv.FormatBool(f.Anonymous) + " ")
			spell(b, f.Type)
			b.WriteString(" " + strconv.Quote(string(f.Tag)) + ";")
		}
		b.WriteByte('}')
	case reflect.Interface:
		b.WriteString("interface{")
		for m := range t.Methods() {
			b.WriteString(strconv.Quote(m.PkgPath) + m.Name + " ")
			spell(b, m.Type)
			b.WriteByte(';')
		}
		b.WriteByte('}')
	default:
		b.WriteString(t.String())
	}
}
