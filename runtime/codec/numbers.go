package codec

import (
	"math"
	"strconv"
	"strings"
)

// digits reads an unsigned decimal number without leading zeros.
func (d *Decoder) digits() uint64 {
	rest := d.data[d.pos:]
	var v uint64
	n := 0
	for n < len(rest) && rest[n]-'0' <= 9 {
		v = v*10 + uint64(rest[n]-'0')
		n++
	}
	switch {
	case n == 0:
		d.fail("expected a number")
		return 0
	case n > 1 && rest[0] == '0':
		d.fail("a leading zero")
		return 0
	case n > 20, n == 20 && (rest[0] > '1' || v < 1e19): // 1e19 has 20 digits; what is beyond 1<<64 comes out smaller
		d.fail("a number out of range")
		return 0
	}
	d.pos += n
	return v
}

// integer reads an integer of at most the given bounds.
func (d *Decoder) integer(min, max int64) int64 {
	if d.peek() != '-' {
		v := d.digits()
		if v > uint64(max) {
			d.fail("a number out of range")
			return 0
		}
		return int64(v)
	}
	d.pos++
	v := d.digits()
	if d.err == nil && (v == 0 || v-1 > uint64(-(min+1))) {
		d.fail("a number out of range")
	}
	if d.err != nil {
		return 0
	}
	return -int64(v-1) - 1
}

func (d *Decoder) natural(max uint64) uint64 {
	v := d.digits()
	if v > max {
		d.fail("a number out of range")
		return 0
	}
	return v
}

// Int reads an int.
func (d *Decoder) Int() int { return int(d.integer(math.MinInt, math.MaxInt)) }

// Int8 reads an int8.
func (d *Decoder) Int8() int8 { return int8(d.integer(math.MinInt8, math.MaxInt8)) }

// Int16 reads an int16.
func (d *Decoder) Int16() int16 { return int16(d.integer(math.MinInt16, math.MaxInt16)) }

// Int32 reads an int32.
func (d *Decoder) Int32() int32 { return int32(d.integer(math.MinInt32, math.MaxInt32)) }

// Int64 reads an int64.
func (d *Decoder) Int64() int64 { return d.integer(math.MinInt64, math.MaxInt64) }

// Uint reads a uint.
func (d *Decoder) Uint() uint { return uint(d.natural(math.MaxUint)) }

// Uint8 reads a uint8.
func (d *Decoder) Uint8() uint8 { return uint8(d.natural(math.MaxUint8)) }

// Uint16 reads a uint16.
func (d *Decoder) Uint16() uint16 { return uint16(d.natural(math.MaxUint16)) }

// Uint32 reads a uint32.
func (d *Decoder) Uint32() uint32 { return uint32(d.natural(math.MaxUint32)) }

// Uint64 reads a uint64.
func (d *Decoder) Uint64() uint64 { return d.digits() }

// Float32 reads a float32.
func (d *Decoder) Float32() float32 {
	if d.peek() == '"' {
		v, bits := d.notFinite(32)
		if bits != 0 {
			return math.Float32frombits(uint32(bits))
		}
		return float32(v)
	}
	return float32(d.float(32))
}

// Float64 reads a float64.
func (d *Decoder) Float64() float64 {
	if d.peek() == '"' {
		v, bits := d.notFinite(64)
		if bits != 0 {
			return math.Float64frombits(bits)
		}
		return v
	}
	return d.float(64)
}

// float reads a JSON number.
func (d *Decoder) float(size int) float64 {
	from := d.pos
	if d.peek() == '-' {
		d.pos++
	}
	if c := d.peek(); c == '0' {
		d.pos++
	} else {
		d.decimals()
	}
	if d.peek() == '.' {
		d.pos++
		d.decimals()
	}
	if c := d.peek(); c == 'e' || c == 'E' {
		d.pos++
		if c := d.peek(); c == '+' || c == '-' {
			d.pos++
		}
		d.decimals()
	}
	if d.err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(string(d.data[from:d.pos]), size)
	if err != nil {
		d.fail("a number out of range")
		return 0
	}
	return v
}

// decimals reads one or more digits.
func (d *Decoder) decimals() {
	from := d.pos
	for d.pos < len(d.data) && d.data[d.pos]-'0' <= 9 {
		d.pos++
	}
	if d.pos == from {
		d.fail("expected a number")
	}
}

// notFinite reads what Encoder.notFinite wrote: a value, or the bits of one.
func (d *Decoder) notFinite(size int) (v float64, bits uint64) {
	switch text := string(d.quoted()); text {
	case "NaN":
		return math.NaN(), 0
	case "Infinity":
		return math.Inf(1), 0
	case "-Infinity":
		return math.Inf(-1), 0
	default:
		if hex, ok := strings.CutPrefix(text, "NaN:"); ok {
			bits, err := strconv.ParseUint(hex, 16, size)
			isNaN := size == 64 && math.IsNaN(math.Float64frombits(bits)) || size == 32 && math.IsNaN(float64(math.Float32frombits(uint32(bits))))
			if err == nil && isNaN {
				return 0, bits
			}
		}
	}
	d.fail("expected a number")
	return 0, 0
}

// Complex64 reads a complex64.
func (d *Decoder) Complex64() complex64 {
	d.take('[')
	re := d.Float32()
	d.take(',')
	im := d.Float32()
	d.take(']')
	return complex(re, im)
}

// Complex128 reads a complex128.
func (d *Decoder) Complex128() complex128 {
	d.take('[')
	re := d.Float64()
	d.take(',')
	im := d.Float64()
	d.take(']')
	return complex(re, im)
}
