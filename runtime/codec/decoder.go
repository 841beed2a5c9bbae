package codec

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/go-faster/jx"
)

// Decoder reads what an Encoder wrote. The first failure is kept, Err returns it, and whatever is read after it is
// zero. A Decoder is not safe for concurrent use.
//
// It reads the strict form by itself, and leaves to jx what needs a parser: escaped strings and the JSON of types
// that marshal themselves. jx' own numbers will not do: 300 becomes a uint8 of 44 there, and the last digits of a
// float64 may change.
type Decoder struct {
	data  []byte
	pos   int
	depth int
	err   error

	strayed int // 1 + where a field was looked for that is not there
	jx      jx.Decoder

	spare  any    // see borrow
	text   string // a copy of data[textAt:][:len(text)], which strings are cut from
	textAt int
}

// NewDecoder returns a Decoder that reads data, which must not change until it is done. What it returns does not
// refer to data.
func NewDecoder(data []byte) *Decoder { return &Decoder{data: data} }

// reset lets go of what was read. Writing d as a whole would cost more.
func (d *Decoder) reset() {
	d.data, d.pos, d.depth = nil, 0, 0
	d.err, d.strayed = nil, 0
	d.text, d.textAt = "", 0
}

// Err returns the first failure.
func (d *Decoder) Err() error { return d.err }

// Fail notes a failure. Nothing can be read after it.
func (d *Decoder) Fail(err error) {
	switch {
	case d.err != nil:
	case d.strayed > 0:
		d.err = fmt.Errorf("byte %d: expected another field", d.strayed-1)
	default:
		d.err = fmt.Errorf("byte %d: %w", d.pos, err)
	}
	d.pos = len(d.data)
}

func (d *Decoder) fail(reason string) { d.Fail(fmt.Errorf("%s", reason)) }

// Enter begins a value of a recursive type. Where it returns false, something has failed. Leave ends what Enter began.
func (d *Decoder) Enter() bool {
	if d.depth >= maxDepth {
		d.Fail(errDepth)
	}
	if d.err != nil {
		return false
	}
	d.depth++
	return true
}

// Leave ends a value of a recursive type.
func (d *Decoder) Leave() { d.depth-- }

// peek returns the next byte, 0 at the end.
func (d *Decoder) peek() byte {
	if d.pos < len(d.data) {
		return d.data[d.pos]
	}
	return 0
}

// take reads a byte that must be there.
func (d *Decoder) take(c byte) bool {
	if d.pos < len(d.data) && d.data[d.pos] == c {
		d.pos++
		return true
	}
	d.fail("expected " + string(rune(c)))
	return false
}

// skip reads a word if it is what comes next.
func (d *Decoder) skip(word string) bool {
	if end := d.pos + len(word); end <= len(d.data) && string(d.data[d.pos:end]) == word {
		d.pos = end
		return true
	}
	return false
}

// Null reads null if that is what comes next.
func (d *Decoder) Null() bool { return d.peek() == 'n' && d.skip("null") }

// ObjStart begins an object.
func (d *Decoder) ObjStart() { d.take('{') }

// ObjEnd ends an object.
func (d *Decoder) ObjEnd() { d.take('}') }

// Field reads the name of an object's next field with all that stands around it: {"Name": or ,"Name":
//
// It is small enough for the compiler to put it in its caller's place and to compare with a constant there. So it
// calls nothing: where the text is another, nothing is left to read, and reading the value fails.
func (d *Decoder) Field(text string) *Decoder {
	if end := d.pos + len(text); end <= len(d.data) && string(d.data[d.pos:end]) == text {
		d.pos = end
	} else {
		d.strayed, d.pos = d.pos+1, len(d.data)
	}
	return d
}

// more comes before each element of an array or entry of a map, and reads what separates or ends them.
func (d *Decoder) more(first bool, end byte) bool {
	switch {
	case d.err != nil:
		return false
	case d.peek() == end:
		d.pos++
		return false
	case first:
		return true
	}
	return d.take(',')
}

// Bool reads true or false.
func (d *Decoder) Bool() bool {
	switch {
	case d.skip("true"):
		return true
	case d.skip("false"):
		return false
	}
	d.fail("expected a bool")
	return false
}

// Base64 reads bytes in base64; null is nil.
func (d *Decoder) Base64() []byte {
	if d.Null() {
		return nil
	}
	text := d.quoted()
	if d.err != nil {
		return nil
	}
	v := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(v, text)
	if err != nil {
		d.Fail(err)
		return nil
	}
	return v[:n]
}

// Hex reads the bytes of an array in hexadecimal, exactly as many as v holds.
func (d *Decoder) Hex(v []byte) {
	text := d.quoted()
	if d.err != nil {
		return
	}
	if len(text) != hex.EncodedLen(len(v)) {
		d.fail(fmt.Sprintf("expected %d bytes in hexadecimal", len(v)))
		return
	}
	if _, err := hex.Decode(v, text); err != nil {
		d.Fail(err)
	}
}
