// Package typename names types in full, with the import paths that reflect.Type.String leaves out.
package typename

import (
	"reflect"
	"strconv"
	"strings"
)

// Of names t such that two types have one name only if they are identical, or are declared under one name inside
// two functions of a package.
func Of(t reflect.Type) string {
	var b strings.Builder
	spell(&b, t)
	return b.String()
}

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
