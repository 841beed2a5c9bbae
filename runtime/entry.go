package runtime

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// An entry is what a Cache stores under a key: a JSON document whose fields stand in exactly this order, with no
// space between them, so that the reader needs no general parse to reach the payload.
//
//	{"kind":"value","fill":"9f86d081884c7d65","fresh":1730000000000,"gone":1730000300000,
//	 "schema":"…","groups":[],"value":…}
//	{"kind":"value",…,"groups":[],"tags":{"…":5577006791947779},"value":…}
//	{"kind":"notfound",…,"groups":[],"error":"ErrNotFound","value":…}
//
// fill is a random number that tells this fill from every other; fresh and gone are unix milliseconds: until
// when the value may be served, and when it has no further use; groups are generations, see groups; tags, where there
// are any, are those of marks, by their keys, see Tag; error is the name of a Sentinel.
type entry struct {
	life
	schema  []byte
	groups  []byte // the numbers between the brackets
	tags    []byte // what stands between the braces, if there are any
	err     []byte // kindNotFound: the sentinel's name
	payload []byte
}

// life is what tells how long an entry is good for.
type life struct {
	fresh, gone int64
	kind        entryKind
}

type entryKind uint8

const (
	kindValue entryKind = iota + 1
	kindNotFound
)

const (
	entryValue    = `{"kind":"value","fill":"`
	entryNotFound = `{"kind":"notfound","fill":"`
	entryFresh    = `","fresh":`
	entryGone     = `,"gone":`
	entrySchema   = `,"schema":"`
	entryGroups   = `","groups":[`
	entryError    = `,"error":"`
	entryPayload  = `"value":`
	fillLen       = 16
)

// appendEntryHead appends all of an entry up to its payload, which the caller appends, and then '}'.
// schema and sentinel must be plain: see plainText. g may be nil.
func appendEntryHead(dst []byte, fill uint64, fresh, gone time.Time, schema, sentinel string, g, tags *groups) []byte {
	if sentinel == "" {
		dst = append(dst, entryValue...)
	} else {
		dst = append(dst, entryNotFound...)
	}
	dst = append(appendFill(dst, fill), entryFresh...)
	dst = strconv.AppendInt(dst, fresh.UnixMilli(), 10)
	dst = append(dst, entryGone...)
	dst = strconv.AppendInt(dst, gone.UnixMilli(), 10)
	dst = append(dst, entrySchema...)
	dst = append(dst, schema...)
	dst = append(dst, entryGroups...)
	dst = g.append(dst)
	if tags != nil {
		dst = appendTags(dst, tags)
	} else {
		dst = append(dst, ']')
	}
	if sentinel != "" {
		dst = append(dst, entryError...)
		dst = append(dst, sentinel...)
		dst = append(dst, '"')
	}
	dst = append(dst, ',')
	return append(dst, entryPayload...)
}

func appendFill(dst []byte, fill uint64) []byte {
	return hex.AppendEncode(dst, []byte{
		byte(fill >> 56), byte(fill >> 48), byte(fill >> 40), byte(fill >> 32),
		byte(fill >> 24), byte(fill >> 16), byte(fill >> 8), byte(fill),
	})
}

// parseEntry reads an entry without copying. It reports false for anything that is not exactly the form above;
// the payload itself is for the codec to judge. It neither allocates nor panics, whatever data is.
func parseEntry(data []byte) (e entry, ok bool) {
	rest := data
	switch {
	case hasPrefix(rest, entryValue):
		e.kind, rest = kindValue, rest[len(entryValue):]
	case hasPrefix(rest, entryNotFound):
		e.kind, rest = kindNotFound, rest[len(entryNotFound):]
	default:
		return entry{}, false
	}
	if len(rest) < fillLen || !isHex(rest[:fillLen]) {
		return entry{}, false
	}
	rest = rest[fillLen:]
	if rest, ok = cut(rest, entryFresh); !ok {
		return entry{}, false
	}
	if e.fresh, rest, ok = cutInt(rest); !ok {
		return entry{}, false
	}
	if rest, ok = cut(rest, entryGone); !ok {
		return entry{}, false
	}
	if e.gone, rest, ok = cutInt(rest); !ok || e.gone < e.fresh {
		return entry{}, false
	}
	if rest, ok = cut(rest, entrySchema); !ok {
		return entry{}, false
	}
	if e.schema, rest, ok = cutPlain(rest); !ok {
		return entry{}, false
	}
	if rest, ok = cut(rest, entryGroups); !ok {
		return entry{}, false
	}
	if e.groups, rest, ok = cutGroups(rest); !ok {
		return entry{}, false
	}
	if tagged := hasPrefix(rest, entryTags); tagged {
		if e.tags, rest, ok = cutTags(rest[len(entryTags):]); !ok {
			return entry{}, false
		}
	}
	rest = rest[1:] // the bracket or brace
	if e.kind == kindNotFound {
		if rest, ok = cut(rest, entryError); !ok {
			return entry{}, false
		}
		if e.err, rest, ok = cutPlain(rest); !ok || len(e.err) == 0 {
			return entry{}, false
		}
		if rest, ok = cut(rest, `",`); !ok {
			return entry{}, false
		}
	} else if rest, ok = cut(rest, `,`); !ok {
		return entry{}, false
	}
	if rest, ok = cut(rest, entryPayload); !ok {
		return entry{}, false
	}
	if len(rest) < 2 || rest[len(rest)-1] != '}' {
		return entry{}, false
	}
	e.payload = rest[: len(rest)-1 : len(rest)-1]
	return e, true
}

// goneAt is when an entry or a group has no further use; it reports false for anything else.
func goneAt(v Value) (time.Time, bool) {
	if e, ok := parseEntry(v); ok {
		return time.UnixMilli(e.gone), true
	}
	generation, gone := parseGroup(v)
	return time.UnixMilli(gone), generation != 0
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

func cut(b []byte, prefix string) ([]byte, bool) {
	if !hasPrefix(b, prefix) {
		return nil, false
	}
	return b[len(prefix):], true
}

// cutInt reads a positive decimal number as strconv.AppendInt writes it, of at most 16 digits, which is beyond
// any time that time.UnixMilli and time.Time.Sub handle sensibly and far below an overflow.
func cutInt(b []byte) (n int64, rest []byte, ok bool) {
	i := 0
	if eight, ok := eightDigits(b); ok {
		n, i = eight, 8
	}
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		if i == 16 {
			return 0, nil, false
		}
		n = n*10 + int64(d)
	}
	if i == 0 || b[0] == '0' {
		return 0, nil, false
	}
	return n, b[i:], true
}

// eightDigits reads the eight digits that b begins with all at once: neighbours are added up, at first single digits, then
// pairs, then fours.
func eightDigits(b []byte) (n int64, ok bool) {
	if len(b) < 8 {
		return 0, false
	}
	x := binary.LittleEndian.Uint64(b)
	const upper, zeros = 0xf0f0f0f0f0f0f0f0, 0x3030303030303030
	if x&upper != zeros || (x+0x0606060606060606)&upper != zeros {
		return 0, false
	}
	x -= zeros
	x = x*10 + x>>8
	x = (x&0x000000ff000000ff*(100+1_000_000<<32) + x>>16&0x000000ff000000ff*(1+10_000<<32)) >> 32
	return int64(x), true
}

// cutPlain reads up to the closing quote, which it leaves.
func cutPlain(b []byte) (text, rest []byte, ok bool) {
	for i, c := range b {
		if c == '"' {
			return b[:i], b[i:], true
		}
		if !plainByte(c) {
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// cutGroups reads comma-separated generations up to the closing bracket, which it leaves.
func cutGroups(b []byte) (groups, rest []byte, ok bool) {
	if hasPrefix(b, "]") {
		return b[:0], b, true
	}
	for rest = b; ; {
		if _, rest, ok = cutInt(rest); !ok {
			return nil, nil, false
		}
		if hasPrefix(rest, "]") {
			return b[:len(b)-len(rest)], rest, true
		}
		if rest, ok = cut(rest, ","); !ok {
			return nil, nil, false
		}
	}
}

func isHex(b []byte) bool {
	all := charHex
	for _, c := range b {
		all &= chars[c]
	}
	return all != 0
}

// plainText reports whether s can stand in an entry between quotes as it is.
func plainText(s string) bool {
	for i := range len(s) {
		if !plainByte(s[i]) {
			return false
		}
	}
	return true
}

func plainByte(c byte) bool { return chars[c]&charPlain != 0 }

// chars says what may stand where in an entry.
var chars = func() (chars [256]uint8) {
	for c := byte(0x20); c <= 0x7e; c++ {
		if c != '"' && c != '\\' {
			chars[c] |= charPlain
		}
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'f' {
			chars[c] |= charHex
		}
	}
	return chars
}()

const (
	charPlain uint8 = 1 << iota
	charHex
)
