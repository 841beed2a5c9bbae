package codec

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Str reads a string.
func (d *Decoder) Str() string {
	data, i := d.data, d.pos+1
	if d.peek() == '"' { // most strings are plain, and end well before the entry does
		for from := i; i+8 <= len(data); i += 8 {
			if found := special8(binary.LittleEndian.Uint64(data[i:])); found != 0 {
				if i += bits.TrailingZeros64(found) / 8; data[i] == '"' {
					d.pos = i + 1
					return d.cut(from, i)
				}
				break
			}
		}
	}
	return d.str()
}

// str reads any string.
func (d *Decoder) str() string {
	if d.peek() == '{' && d.skip(`{"bytes":`) {
		v := string(d.Base64())
		d.take('}')
		if d.err == nil && utf8.ValidString(v) {
			d.fail("bytes where a string would do")
		}
		return v
	}
	from, to, escaped := d.scan()
	if escaped {
		return d.unescape(from-1, to+1)
	}
	return d.cut(from, to)
}

// quoted reads a string that has no escapes in it. What it returns is part of the input.
func (d *Decoder) quoted() []byte {
	from, to, escaped := d.scan()
	if escaped {
		d.fail("an escape where none is needed")
		return nil
	}
	return d.data[from:to]
}

// scan reads a JSON string and says where its inside is. After a failure it is nowhere: from equals to.
func (d *Decoder) scan() (from, to int, escaped bool) {
	if !d.take('"') {
		return 0, 0, false
	}
	data, i := d.data, d.pos
	from = i
	ascii := true
	for {
		if i+8 <= len(data) {
			n := bits.TrailingZeros64(special8(binary.LittleEndian.Uint64(data[i:]))) / 8
			i += n
			if n == 8 {
				continue
			}
		}
		if i >= len(data) {
			d.fail("a string without end")
			return 0, 0, false
		}
		switch c := data[i]; {
		case c == '"':
			if !ascii && !utf8.Valid(data[from:i]) {
				d.fail("a string that is not UTF-8")
				return 0, 0, false
			}
			d.pos = i + 1
			return from, i, escaped
		case c == '\\':
			escaped = true
			i += 2
		case c < ' ':
			d.fail("a control character in a string")
			return 0, 0, false
		default:
			ascii = ascii && c < utf8.RuneSelf
			i++
		}
	}
}

// special8 finds among eight bytes those that need care within a JSON string, all but plain ASCII: it sets the high bit
// of the lowest one, and maybe of higher ones. A byte is zero if and only if subtracting 1 borrows from its high bit;
// borrows reach only higher bytes, so the lowest byte that is found is the right one
// (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord).
func special8(x uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x - ones*' ') | x) & highs
}

// plain reports whether a string stands in JSON as it is, being ASCII without what is escaped.
func plain(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if special8(x) != 0 {
			return false
		}
	}
	for _, c := range []byte(s) {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Strings up to maxCut bytes are cut from a copy of the input that serves many of them, window bytes at a time: fewer
// allocations, and no string keeps more than a window alive. Longer ones have memory of their own, and escaped ones.
const (
	maxCut = 256
	window = 1024
)

// cut returns data[from:to] as a string.
func (d *Decoder) cut(from, to int) string {
	if from == to {
		return ""
	}
	if to-from > maxCut {
		return string(d.data[from:to])
	}
	if to > d.textAt+len(d.text) {
		d.text = string(d.data[from:min(from+window, len(d.data))])
		d.textAt = from
	}
	return d.text[from-d.textAt : to-d.textAt]
}

// unescape returns what the JSON string in data[from:to] stands for.
func (d *Decoder) unescape(from, to int) string {
	d.jx.ResetBytes(d.data[from:to])
	s, err := d.jx.Str()
	d.jx.ResetBytes(nil)
	if err != nil {
		d.Fail(err)
		return ""
	}
	return s
}
