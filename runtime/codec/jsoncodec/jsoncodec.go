// Package jsoncodec stores results in the JSON form of their types, with the types' own tags, as codec=json asks for. It
// is apart from package codec so that programs which do not ask for it do not link it.
package jsoncodec

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// options keep what encoding/json keeps: nil apart from empty, and names in any case. Maps are sorted, so that one value
// has one form.
var options = json.JoinOptions(
	json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true), json.MatchCaseInsensitiveNames(true),
	json.Deterministic(true), jsontext.AllowInvalidUTF8(true),
)

// Encode writes the JSON form of a value as github.com/go-json-experiment/json has it, which is encoding/json/v2.
func Encode[T any](e *codec.Encoder, v *T) {
	data, err := json.Marshal(v, options)
	if err != nil {
		e.Fail(err)
		return
	}
	e.Raw(data)
}

// Decode reads what Encode wrote. What the form leaves out does not come back.
func Decode[T any](d *codec.Decoder, v *T) {
	data := d.Raw()
	if d.Err() != nil {
		return
	}
	if err := json.Unmarshal(data, v, options); err != nil {
		d.Fail(err)
	}
}

// Clone replaces a value by what its JSON form gives. It panics where that fails.
func Clone[T any](_ codec.Depth, v *T) {
	var copied T
	data, err := json.Marshal(v, options)
	if err == nil {
		err = json.Unmarshal(data, &copied, options)
	}
	if err != nil {
		panic(err)
	}
	*v = copied
}

// Of returns a codec for the JSON form of T, for types that are known only when a wrapper is made. schema is a hash of the
// form.
func Of[T any](schema string) codec.Codec[T] {
	return codec.Codec[T]{
		Encode: func(e *codec.Encoder, v T) { Encode(e, &v) },
		Decode: func(d *codec.Decoder) (v T) {
			Decode(d, &v)
			return v
		},
		Clone: func(v T) T {
			Clone(0, &v)
			return v
		},
		Schema: schema,
	}
}
