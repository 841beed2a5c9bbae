package codec

import (
	"bytes"
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
	var digits [9]byte
	for i := range digits {
		digits[8-i] = byte('0' + ns%10)
		ns /= 10
	}
	return append(append(b, '.'), bytes.TrimRight(digits[:], "0")...)
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
	p := timeParser{text: d.data[d.pos:]}
	p.bad = !p.next(`"`)
	t := p.time()
	if p.bad || !p.next(`"`) {
		d.fail("expected a time")
		return time.Time{}
	}
	d.pos = len(d.data) - len(p.text)
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
	const layout = "2006-01-02T15:04:05"
	if len(p.text) < len(layout) {
		p.bad = true
		return 0
	}
	t := (*[len(layout)]byte)(p.text)
	year := 100*two(t[0], t[1]) + two(t[2], t[3])
	month, day := two(t[5], t[6]), two(t[8], t[9])
	hour, minute, second := two(t[11], t[12]), two(t[14], t[15]), two(t[17], t[18])
	if t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' || t[16] != ':' ||
		year >= noNumber || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		p.bad = true
		return 0
	}
	p.text = p.text[len(layout):]
	return daysSince1970(year, month, day)*86400 + int64(hour*3600+minute*60+second)
}

// noNumber is more than any number in a date.
const noNumber = 100_000

// two is the number of two digits, noNumber where they are none.
func two(a, b byte) int {
	a, b = a-'0', b-'0'
	if a > 9 || b > 9 {
		return noNumber
	}
	return 10*int(a) + int(b)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts days in the Gregorian calendar of years that begin in March, so that the leap day is the last
// (http://howardhinnant.github.io/date_algorithms.html#days_from_civil). The year is not negative.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	year += 400 // never negative
	era, yearOfEra := year/400, year%400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return int64((era-1)*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468)
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
	if !p.next(word) || len(p.text) < 2 || two(p.text[0], p.text[1]) > max {
		p.bad = true
		p.text = nil
		return 0
	}
	n := two(p.text[0], p.text[1])
	p.text = p.text[2:]
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
	for n < len(p.text) && p.text[n]-'0' <= 9 {
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
