package codec

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// EncodeJSON writes the JSON that a value marshals itself as.
func EncodeJSON[T any, P interface {
	*T
	json.Marshaler
}](e *Encoder, v *T) {
	e.json(P(v))
}

func (e *Encoder) json(v json.Marshaler) {
	if e.err != nil {
		return
	}
	data, err := v.MarshalJSON()
	if err != nil {
		e.Fail(err)
		return
	}
	data = bytes.Trim(data, " \t\r\n")
	if !utf8.Valid(data) || !jx.Valid(data) {
		e.Fail(errNotJSON)
		return
	}
	e.w.Raw(data)
}

var errNotJSON = errors.New("MarshalJSON returned something that is not JSON")

// DecodeJSON has a value unmarshal itself from the JSON that comes next.
func DecodeJSON[T any, P interface {
	*T
	json.Unmarshaler
}](d *Decoder, v *T) {
	d.json(P(v))
}

func (d *Decoder) json(v json.Unmarshaler) {
	if d.err != nil {
		return
	}
	raw := d.Raw()
	if d.err != nil {
		return
	}
	if err := v.UnmarshalJSON(bytes.Clone(raw)); err != nil {
		d.Fail(err)
	}
}

// Raw reads a JSON value as it stands. It is part of the input: copy what is kept.
func (d *Decoder) Raw() []byte {
	rest := d.data[d.pos:]
	d.jx.ResetBytes(rest)
	if len(rest) > 0 && rest[0] <= ' ' {
		d.fail("white space")
		return nil
	}
	raw, err := d.jx.Raw()
	d.jx.ResetBytes(nil)
	if err != nil || !utf8.Valid(raw) {
		d.fail("expected a JSON value")
		return nil
	}
	d.pos += len(raw)
	return raw
}

// Raw writes data, which is a JSON value.
func (e *Encoder) Raw(data []byte) { e.w.Raw(data) }

// CloneJSON copies a value by its JSON. It panics where that fails.
func CloneJSON[T any, P interface {
	*T
	json.Marshaler
	json.Unmarshaler
}](_ Depth, v *T) {
	copyBy(v, EncodeJSON[T, P], DecodeJSON[T, P])
}

// EncodeText writes the text that a value marshals itself as.
func EncodeText[T any, P interface {
	*T
	encoding.TextMarshaler
}](e *Encoder, v *T) {
	e.text(P(v))
}

func (e *Encoder) text(v encoding.TextMarshaler) {
	if e.err != nil {
		return
	}
	text, err := v.MarshalText()
	if err != nil {
		e.Fail(err)
		return
	}
	e.Str(string(text))
}

// DecodeText has a value unmarshal itself from the text that comes next.
func DecodeText[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](d *Decoder, v *T) {
	d.textInto(P(v))
}

func (d *Decoder) textInto(v encoding.TextUnmarshaler) {
	text := d.Str()
	if d.err != nil {
		return
	}
	if err := v.UnmarshalText([]byte(text)); err != nil {
		d.Fail(err)
	}
}

// CloneText copies a value by its text. It panics where that fails.
func CloneText[T any, P interface {
	*T
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}](_ Depth, v *T) {
	copyBy(v, EncodeText[T, P], DecodeText[T, P])
}

// EncodeBinary writes the bytes that a value marshals itself as.
func EncodeBinary[T any, P interface {
	*T
	encoding.BinaryMarshaler
}](e *Encoder, v *T) {
	e.binary(P(v))
}

func (e *Encoder) binary(v encoding.BinaryMarshaler) {
	if e.err != nil {
		return
	}
	data, err := v.MarshalBinary()
	if err != nil {
		e.Fail(err)
		return
	}
	e.Base64(append([]byte{}, data...)) // never null
}

// DecodeBinary has a value unmarshal itself from the bytes that come next.
func DecodeBinary[T any, P interface {
	*T
	encoding.BinaryUnmarshaler
}](d *Decoder, v *T) {
	d.binaryInto(P(v))
}

func (d *Decoder) binaryInto(v encoding.BinaryUnmarshaler) {
	data := d.Base64()
	if d.err == nil && data == nil {
		d.fail("expected bytes")
	}
	if d.err != nil {
		return
	}
	if err := v.UnmarshalBinary(data); err != nil {
		d.Fail(err)
	}
}

// CloneBinary copies a value by its bytes. It panics where that fails.
func CloneBinary[T any, P interface {
	*T
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}](_ Depth, v *T) {
	copyBy(v, EncodeBinary[T, P], DecodeBinary[T, P])
}
