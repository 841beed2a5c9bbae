package docs

import (
	"go/scanner"
	"go/token"
	"strings"
)

// piece is a part of a block's text that stands by itself: a declaration or a statement.
type piece struct {
	from, to int
	kind     token.Token // IMPORT, TYPE, CONST, VAR, FUNC (a declaration); else a statement
}

// declares reports whether the piece can stand outside functions.
func (p piece) declares() bool {
	switch p.kind {
	case token.TYPE, token.CONST, token.VAR, token.FUNC:
		return true
	}
	return false
}

type lexeme struct {
	at  int
	tok token.Token
	lit string
}

// lex gives the tokens of a text, comments among them. What is wrong with it, the parser will say.
func lex(text string) []lexeme {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	var out []lexeme
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return out
		}
		out = append(out, lexeme{file.Offset(pos), tok, lit})
	}
}

// withoutDots takes out each … that stands for left-out code, and says where they stood. Positions stay.
func withoutDots(text string) (plain string, cuts []int) {
	out := []byte(text)
	tokens := lex(text)
	for i, t := range tokens {
		if t.tok != token.ILLEGAL || t.lit != "…" {
			continue
		}
		cuts = append(cuts, t.at)
		copy(out[t.at:], "   ")
		if i > 0 && i+1 < len(tokens) && !opens(tokens[i-1].tok) && !closes(tokens[i+1].tok) {
			out[t.at] = ';' // between two statements
		}
	}
	return string(out), cuts
}

func opens(t token.Token) bool {
	return t == token.LBRACE || t == token.LPAREN || t == token.LBRACK || t == token.COMMA || t == token.SEMICOLON || t == token.COLON
}

func closes(t token.Token) bool {
	return t == token.RBRACE || t == token.RPAREN || t == token.RBRACK || t == token.COMMA || t == token.SEMICOLON
}

// split finds the pieces of a fragment. A comment belongs to the piece that follows it.
func split(text string) []piece {
	var pieces []piece
	var tokens []lexeme // of the present piece
	depth, from := 0, 0
	end := func(to int) {
		if len(tokens) > 0 {
			pieces = append(pieces, piece{from, to, kind(tokens)})
		}
		tokens, from = nil, to
	}
	last := -1 // where the last piece ended
	for _, t := range lex(text) {
		switch t.tok {
		case token.COMMENT:
			if len(tokens) == 0 && last >= 0 && !strings.Contains(text[last:t.at], "\n") {
				from = t.at + len(t.lit) // behind what is over
			}
			continue
		case token.LBRACE, token.LPAREN, token.LBRACK:
			depth++
		case token.RBRACE, token.RPAREN, token.RBRACK:
			depth--
		case token.SEMICOLON:
			// A ; between statements may as well be within the head of one.
			if depth == 0 && (t.lit != ";" || len(tokens) == 0 || kind(tokens) != token.ILLEGAL) {
				end(t.at)
				last = t.at
				if t.lit == ";" {
					from++
				}
				continue
			}
		}
		tokens = append(tokens, t)
	}
	end(len(text))
	return pieces
}

// kind tells what a piece is from its tokens.
func kind(tokens []lexeme) token.Token {
	switch first := tokens[0].tok; first {
	case token.IMPORT, token.TYPE, token.CONST, token.VAR:
		return first
	case token.FUNC:
		rest := tokens[1:]
		if len(rest) > 0 && rest[0].tok == token.LPAREN { // a receiver, or the parameters of a literal
			rest = behind(rest)
		}
		if len(rest) > 1 && rest[0].tok == token.IDENT && (rest[1].tok == token.LPAREN || rest[1].tok == token.LBRACK) {
			return token.FUNC
		}
	}
	return token.ILLEGAL
}

// behind skips what the first token opens.
func behind(tokens []lexeme) []lexeme {
	depth := 0
	for i, t := range tokens {
		switch t.tok {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			if depth--; depth == 0 {
				return tokens[i+1:]
			}
		}
	}
	return nil
}

// only blanks all of a text but the pieces that keep wants, so that positions stay.
func only(text string, pieces []piece, keep func(piece) bool) string {
	out := []byte(text)
	for i, c := range out {
		if c != '\n' {
			out[i] = ' '
		}
	}
	for _, p := range pieces {
		if keep(p) {
			copy(out[p.from:], text[p.from:p.to])
		}
	}
	return string(out)
}
