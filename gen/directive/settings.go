package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings parses options with spaces between them.
func settings(v *Verb, args Text, ls []lexeme) ([]Setting, []*Error) {
	var (
		out  []Setting
		errs []*Error
	)
	for i := 0; i < len(ls); {
		name := args.Slice(ls[i].from, ls[i].to)
		if !ls[i].word() {
			return out, append(errs, v.nameless(args, ls[i:]))
		}
		o := v.Option(name.Src)
		next := i + 1
		assigned := next < len(ls) && ls[next].tok == token.ASSIGN
		switch {
		case assigned && ls[next].from != ls[i].to, assigned && next+1 < len(ls) && ls[next+1].from != ls[next].to:
			spaced := args.Slice(ls[i].to, len(args.Src))
			if next+1 < len(ls) {
				spaced = args.Slice(ls[i].to, ls[next+1].from)
			}
			return out, append(errs, errorf(args.At(ls[next].from), "no space stands around the = of %s", name.Src).mend(spaced, "="))
		case o == nil:
			err := v.unknown(name)
			errs = append(errs, err)
			if o := v.Option(Nearest(name.Src, v.names())); o != nil && o.mild() {
				out, err.mild = append(out, o.unread(name.Pos)...), true
			}
			if next < len(ls) && !assigned && ls[next].from == ls[i].to {
				return out, errs
			}
		case !assigned && o.Kind != Flag && !o.Bare:
			errs = append(errs, errorf(name.Pos, "%s needs a value: %s=%s", o.Name, o.Name, o.Value))
			if next < len(ls) && ls[next].from == ls[i].to {
				return out, errs
			}
		case assigned && o.Kind == Flag:
			errs = append(errs, errorf(name.Pos, "%s takes no value", o.Name))
		}
		if !assigned {
			if o != nil && (o.Kind == Flag || o.Bare) {
				out = append(out, Setting{Option: o, Pos: name.Pos})
			}
			i = next
			continue
		}
		value, after, err := bareOrQuoted(name, args, ls, next+1)
		if err != nil {
			return out, append(errs, err)
		}
		i = after
		if o == nil || o.Kind == Flag {
			continue
		}
		s, err := set(o, name.Pos, value)
		if err != nil {
			errs = append(errs, err)
			if o.mild() {
				out, err.mild = append(out, o.unread(name.Pos)...), true
			}
			continue
		}
		out = append(out, s)
	}
	return out, errs
}

// mild tells whether nothing else seems to be at fault where the option is missing because its value could not be read.
func (o *Option) mild() bool {
	return slices.Contains([]string{"ttl", "jitter", "negative", "timeout", "refresh"}, o.Name)
}

// unread is what stands for an option whose value could not be read: a TTL that everything else is shorter than, otherwise
// nothing.
func (o *Option) unread(pos token.Pos) []Setting {
	if o.Name != "ttl" {
		return nil
	}
	return []Setting{{Option: o, Pos: pos, Value: Text{Src: "?", Pos: pos}, Duration: 100 * 365 * 24 * time.Hour}}
}

func (v *Verb) unknown(name Text) *Error {
	near := Nearest(name.Src, v.names())
	for _, p := range Presets {
		if p.Name == name.Src && v.Option("ttl") != nil {
			near = "ttl=" + p.Name
		}
	}
	return errorf(name.Pos, "%s has no option %s%s", v.Name, name.Src, didYouMean(near)).mend(name, near)
}

// nameless says of what stands where an option should that it is none. A length of time alone is meant as the TTL.
func (v *Verb) nameless(args Text, ls []lexeme) *Error {
	end := 1
	for end < len(ls) && ls[end].from == ls[end-1].to {
		end++
	}
	value := args.Slice(ls[0].from, ls[end-1].to)
	if d, err := time.ParseDuration(value.Src); err == nil && d > 0 && v.Option("ttl") != nil {
		return errorf(value.Pos, "%s is no option; did you mean ttl=%[1]s?", value.Src).mend(value, "ttl="+value.Src)
	}
	return errorf(value.Pos, "%s is no option; a value that holds spaces is quoted", value.Src)
}

// bareOrQuoted gives the value that begins with lexeme i, and the lexeme after it.
func bareOrQuoted(name, args Text, ls []lexeme, i int) (Text, int, *Error) {
	if i == len(ls) {
		return Text{}, i, errorf(name.Pos, "%s= has no value", name.Src)
	}
	end := i + 1
	for end < len(ls) && ls[end].from == ls[end-1].to {
		end++
	}
	if value := args.Slice(ls[i].from, ls[end-1].to); end == i+1 && ls[i].tok == token.STRING {
		t, err := unquote(value)
		if err != nil {
			return t, end, errorf(value.Pos, "cannot read %s: %v", value.Src, err)
		}
		return t, end, nil
	}
	// A value without quotes that goes on after a space is the commonest slip: show how it is meant.
	last := ls[end-1].tok
	open := depths(ls[i:end])[end-i] > 0 || last.IsOperator() && !closes(last)
	if end < len(ls) && (open || !ls[end].word()) || open && last == token.COMMA {
		stop := end
		for stop < len(ls) && (!ls[stop].word() || stop+1 == len(ls) || ls[stop+1].tok != token.ASSIGN) {
			stop++
		}
		all := args.Slice(ls[i].from, ls[max(stop, end)-1].to)
		quoted := quote(all.Src)
		return Text{}, end, errorf(all.Pos, "a value that holds spaces is quoted: %s=%s", name.Src, quoted).mend(all, quoted)
	}
	return args.Slice(ls[i].from, ls[end-1].to), end, nil
}

func closes(t token.Token) bool {
	switch t {
	case token.RPAREN, token.RBRACK, token.RBRACE, token.REM, token.ELLIPSIS:
		return true
	}
	return false
}

func quote(s string) string {
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// set reads an option's value.
func set(o *Option, pos token.Pos, value Text) (Setting, *Error) {
	s := Setting{Option: o, Pos: pos, Value: value.Trim()}
	value = s.Value
	if value.Src == "" {
		return s, errorf(pos, "%s= has no value", o.Name)
	}
	var err *Error
	switch o.Kind {
	case Duration:
		s.Duration, err = duration(o, value)
	case Lifetime:
		if s.Duration, err = duration(o, value); err != nil && computed(value) {
			err = nil
		}
	case Percent:
		n, perr := strconv.Atoi(strings.TrimSuffix(value.Src, "%"))
		if perr != nil || n < 0 || n > 99 {
			err = errorf(value.Pos, "%s= takes a percentage from 0 to 99, not %s", o.Name, value.Src)
		}
		s.Percent = n
	case Portion:
		percent, ok := strings.CutSuffix(value.Src, "%")
		if !ok {
			s.Duration, err = duration(o, value)
			break
		}
		n, perr := strconv.Atoi(percent)
		if perr != nil || n < 1 || n > 99 {
			err = errorf(value.Pos, "%s= takes a percentage from 1%% to 99%%, or a duration, not %s", o.Name, value.Src)
		}
		s.Percent = n
	case Choice:
		if !slices.Contains(o.Choices, value.Src) {
			near := Nearest(value.Src, o.Choices)
			err = errorf(value.Pos, "%s= takes %s, not %s%s", o.Name, strings.Join(o.Choices, " or "), value.Src, didYouMean(near)).mend(value, near)
		}
	case Name:
		if !token.IsIdentifier(value.Src) {
			err = errorf(value.Pos, "%s is not a name that a Go type can have", value.Src)
		}
	case Names:
		for at := 0; at <= len(value.Src) && err == nil; {
			n := strings.IndexByte(value.Src[at:], ',')
			if n < 0 {
				n = len(value.Src) - at
			}
			t := value.Slice(at, at+n).Trim()
			if !token.IsIdentifier(t.Src) {
				err = errorf(t.Pos, "%s= takes names of parameters, with commas between them, not %q", o.Name, t.Src)
			}
			s.List = append(s.List, t)
			at += n + 1
		}
	case Expr:
		_, err = expression(value, "an expression")
	case Exprs:
		var list []piece
		list, err = expressions(value)
		for _, p := range list {
			s.List = append(s.List, p.Text)
		}
	}
	return s, err
}

func duration(o *Option, value Text) (time.Duration, *Error) {
	src := value.Src
	var presets []string
	for _, p := range Presets {
		presets = append(presets, p.Name)
		if p.Name == src {
			src = p.Value
		}
	}
	d, err := time.ParseDuration(src)
	switch {
	case err == nil && d <= 0:
		return 0, errorf(value.Pos, "%s= takes a duration above zero, not %s", o.Name, value.Src)
	case err == nil:
		return d, nil
	}
	if days, e := strconv.ParseUint(strings.TrimSuffix(src, "d"), 10, 16); e == nil && strings.HasSuffix(src, "d") {
		return 0, errorf(value.Pos, "a duration has no days: write %dh for %s", days*24, src).mend(value, fmt.Sprintf("%dh", days*24))
	}
	if n, e := strconv.ParseUint(src, 10, 32); e == nil {
		return 0, errorf(value.Pos, "a duration has a unit: write %ds for %d seconds", n, n).mend(value, fmt.Sprintf("%ds", n))
	}
	if near := Nearest(src, presets); near != "" && token.IsIdentifier(src) {
		return 0, errorf(value.Pos, "no duration is called %s; did you mean %s?", src, near).mend(value, near)
	}
	if computed(value) {
		return 0, errorf(value.Pos, "%s= takes a fixed duration such as 10m, not the expression %s", o.Name, src)
	}
	return 0, errorf(value.Pos, "%s is no duration: write 90s, 10m, 1h30m or one of %s", src, strings.Join(presets, ", "))
}

// computed tells whether a text is an expression that only the program can work out: not a number, nor a name alone,
// which is a misspelt preset rather.
func computed(value Text) bool {
	e, err := expression(value, "")
	if err != nil {
		return false
	}
	switch x := e.node.(type) {
	case *ast.BasicLit, *ast.Ident:
		return false
	case *ast.UnaryExpr:
		_, number := x.X.(*ast.BasicLit)
		return !number
	}
	return true
}
