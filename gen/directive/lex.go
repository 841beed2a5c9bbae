package directive

import (
	"go/scanner"
	"go/token"
	"strings"
)

// lexeme is a Go token and where it stands in the text.
type lexeme struct {
	tok      token.Token
	from, to int
}

func (l lexeme) word() bool { return l.tok == token.IDENT || l.tok.IsKeyword() }

// lex cuts a text into Go tokens. It is stricter than Go in one thing, a directive takes no comments, and laxer in
// another: numbers need not be well formed, since 08h is a fine duration.
func lex(t Text) ([]lexeme, *Error) {
	var (
		s      scanner.Scanner
		bad    *Error
		broken = -1
		out    []lexeme
	)
	src := []byte(t.Src)
	file := token.NewFileSet().AddFile("", 1, len(src))
	s.Init(file, src, func(pos token.Position, _ string) { broken = pos.Offset }, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		from := file.Offset(pos)
		if n := len(out); n > 0 && out[n-1].to > from && tok != token.EOF {
			out[n-1].to = from
		}
		switch {
		case tok == token.EOF:
			return out, bad
		case tok == token.SEMICOLON && lit == "\n":
			continue
		case tok == token.COMMENT:
			return nil, errorf(t.At(from), "a directive takes no comment: put it on a line of its own")
		case tok == token.ILLEGAL, broken >= 0 && (tok == token.STRING || tok == token.CHAR):
			what, _, _ := strings.Cut(t.Src[from:], " ")
			return nil, errorf(t.At(from), "cannot read %s: a value with other characters is quoted, and a quoted one ends with its quote", what)
		}
		broken = -1
		if lit == "" {
			lit = tok.String()
		}
		out = append(out, lexeme{tok, from, min(from+len(lit), len(src))})
	}
}

// depths tells for each lexeme how many brackets are open before it.
func depths(ls []lexeme) []int {
	d, open := make([]int, len(ls)+1), 0
	for i, l := range ls {
		switch l.tok {
		case token.RPAREN, token.RBRACK, token.RBRACE:
			open--
		}
		d[i] = open
		switch l.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open++
		}
	}
	d[len(ls)] = open
	return d
}
