package directive

import (
	"go/token"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text is a piece of a directive together with its place in the source file.
type Text struct {
	Src string    // as it reads once unquoted
	Pos token.Pos // where it begins

	// away[i] is how far byte i of Src stands from Pos; nil where Src is the source, byte for byte.
	away []int
}

// At gives the place of byte i of the text; i may be len(t.Src).
func (t Text) At(i int) token.Pos {
	i = max(0, min(i, len(t.Src)))
	if t.away != nil {
		return t.Pos + token.Pos(t.away[i])
	}
	return t.Pos + token.Pos(i)
}

// Slice gives a part of the text.
func (t Text) Slice(from, to int) Text {
	s := Text{Src: t.Src[from:to], Pos: t.At(from)}
	if t.away != nil {
		s.away = make([]int, to-from+1)
		for i := range s.away {
			s.away[i] = t.away[from+i] - t.away[from]
		}
	}
	return s
}

// Trim drops the space around the text.
func (t Text) Trim() Text {
	from := len(t.Src) - len(strings.TrimLeft(t.Src, " \t\r\n"))
	return t.Slice(from, max(from, len(strings.TrimRight(t.Src, " \t\r\n"))))
}

// unquote reads a Go string literal and remembers where each of its bytes stands.
func unquote(lit Text) (Text, error) {
	src, err := strconv.Unquote(lit.Src)
	if err != nil {
		return Text{}, err
	}
	t := Text{Src: src, Pos: lit.Pos + 1}
	body := lit.Src[1 : len(lit.Src)-1]
	if body == src {
		return t, nil
	}
	for rest := body; rest != ""; {
		at := len(body) - len(rest)
		r, multibyte, tail, err := strconv.UnquoteChar(rest, lit.Src[0])
		if err != nil {
			return Text{}, err
		}
		n := 1
		if multibyte {
			n = utf8.RuneLen(r)
		}
		for range n {
			t.away = append(t.away, at)
		}
		rest = tail
	}
	t.away = append(t.away, len(body))
	if len(t.away) != len(src)+1 { // a raw literal that lost carriage returns
		t.away = nil
	}
	return t, nil
}
