package codec

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// The calendar form of a time serves from the year 1 on, where the zero time is, to 9998; a day of margin leaves
// room for zones. Other times are written as seconds.
const (
	minCalendar = -62135596800
	maxCalendar = 253370764800
	maxZone     = 24 * 60 * 60
)

// Time writes a time's instant to the nanosecond, the offset of its location to the second, and whether the location
// is time.Local:
//
//	"2024-05-01T12:00:00.5Z"                      UTC
//	"2024-05-01T12:00:00+02:00"                   a location at that offset
//	"2024-05-01T12:00:00+02:00[Local]"            time.Local
//	"@253402300800.000000001+00:00:01"            seconds since 1970, where the calendar form does not reach
//
// The name of another location and the monotonic clock reading are not kept.
func (e *Encoder) Time(t time.Time) {
	_, offset := t.Zone()
	if offset < -math.MaxInt32 || offset > math.MaxInt32 {
		e.Fail(errZone)
	}
	sec, ns := t.Unix(), t.Nanosecond()
	b := append(e.w.Buf, '"')
	if sec < minCalendar || sec >= maxCalendar || offset <= -maxZone || offset >= maxZone {
		b = strconv.AppendInt(append(b, '@'), sec, 10)
	} else {
		year, month, day := t.Date()
		hour, minute, second := t.Clock()
		b = appendPair(appendPair(b, year/100), year%100)
		b = appendPair(append(b, '-'), int(month))
		b = appendPair(append(b, '-'), day)
		b = appendPair(append(b, 'T'), hour)
		b = appendPair(append(b, ':'), minute)
		b = appendPair(append(b, ':'), second)
	}
	b = appendFraction(b, ns)
	switch t.Location() {
	case time.UTC:
		b = append(b, 'Z')
	case time.Local:
		b = append(appendZone(b, offset), "[Local]"...)
	default:
		b = appendZone(b, offset)
	}
	e.w.Buf = append(b, '"')
}

var errZone = errors.New("a time whose zone is out of all bounds")

func appendPair(b []byte, n int) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// appendFraction writes nanoseconds as a decimal fraction without trailing zeros.
func appendFraction(b []byte, ns int) []byte {
	if ns == 0 {
		return b
	}
	b = append(b, '.')
	for unit := 100_000_000; ns > 0; unit /= 10 {
		b = append(b, byte('0'+ns/unit))
		ns %= unit
	}
	return b
}

// appendZone writes +hh:mm, and :ss where there are seconds. Hours may have more digits.
func appendZone(b []byte, offset int) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = append(b, sign)
	if hours := offset / 3600; hours < 100 {
		b = appendPair(b, hours)
	} else {
		b = strconv.AppendInt(b, int64(hours), 10)
	}
	b = appendPair(append(b, ':'), offset/60%60)
	if s := offset % 60; s != 0 {
		b = appendPair(append(b, ':'), s)
	}
	return b
}

// Time reads a time. The location is time.UTC, time.Local where it was that and has the same offset here, or else a
// fixed zone without a name.
func (d *Decoder) Time() time.Time {
	text := d.quoted()
	if d.err != nil {
		return time.Time{}
	}
	p := timeParser{text: text}
	t := p.time()
	if p.bad || len(p.text) > 0 {
		d.fail("expected a time")
		return time.Time{}
	}
	return t
}

// timeParser takes a time apart from the left.
type timeParser struct {
	text []byte
	bad  bool
}

func (p *timeParser) time() time.Time {
	var sec int64
	seconds := p.next("@")
	if seconds {
		sec = p.integer()
	} else {
		sec = p.calendar()
	}
	ns := p.fraction()
	if p.next("Z") {
		return time.Unix(sec, int64(ns)).UTC()
	}
	offset := p.zone()
	if !seconds {
		sec -= int64(offset)
	}
	t := time.Unix(sec, int64(ns))
	if p.next("[Local]") {
		if _, here := t.Zone(); here == offset {
			return t
		}
	}
	return t.In(time.FixedZone("", offset))
}

// calendar reads a date and a time of day, and returns them as seconds since 1970 as if they were in UTC.
func (p *timeParser) calendar() int64 {
	year := 100*p.pair("", 99) + p.pair("", 99)
	month := p.pair("-", 12)
	day := p.pair("-", 31)
	hour := p.pair("T", 23)
	minute := p.pair(":", 59)
	second := p.pair(":", 59)
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if month == 0 || t.Day() != day {
		p.bad = true // the 30th of February
	}
	return t.Unix()
}

// next reads a word if it is what comes next.
func (p *timeParser) next(word string) bool {
	if len(p.text) < len(word) || string(p.text[:len(word)]) != word {
		return false
	}
	p.text = p.text[len(word):]
	return true
}

// pair reads a word and two digits up to a maximum.
func (p *timeParser) pair(word string, max int) int {
	if !p.next(word) || len(p.text) < 2 || p.text[0]-'0' > 9 || p.text[1]-'0' > 9 {
		p.bad = true
		p.text = nil
		return 0
	}
	n := 10*int(p.text[0]-'0') + int(p.text[1]-'0')
	p.text = p.text[2:]
	p.bad = p.bad || n > max
	return n
}

func (p *timeParser) fraction() int {
	if !p.next(".") {
		return 0
	}
	ns, n := 0, 0
	for unit := 100_000_000; n < len(p.text) && n < 9 && p.text[n]-'0' <= 9; unit /= 10 {
		ns += int(p.text[n]-'0') * unit
		n++
	}
	p.bad = p.bad || n == 0 || p.text[n-1] == '0'
	p.text = p.text[n:]
	return ns
}

func (p *timeParser) zone() int {
	sign := 1
	if p.next("-") {
		sign = -1
	} else if !p.next("+") {
		p.bad = true
	}
	n := 0
	for n < len(p.text) && p.text[n] != ':' {
		n++
	}
	hours, err := strconv.ParseUint(string(p.text[:n]), 10, 31)
	p.bad = p.bad || err != nil || n < 2 || hours > math.MaxInt32/3600
	p.text = p.text[n:]
	offset := int(hours)*3600 + 60*p.pair(":", 59)
	if len(p.text) > 0 && p.text[0] == ':' {
		offset += p.pair(":", 59)
	}
	return sign * offset
}

func (p *timeParser) integer() int64 {
	n := 0
	for n < len(p.text) && (p.text[n]-'0' <= 9 || n == 0 && p.text[n] == '-') {
		n++
	}
	v, err := strconv.ParseInt(string(p.text[:n]), 10, 64)
	p.bad = p.bad || err != nil
	p.text = p.text[n:]
	return v
}
