package directive

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// parse takes a directive apart whose verb and arguments have been told apart.
func parse(slash token.Pos, word, args Text, where Place) (*Directive, []*Error) {
	v := verbNamed(word.Src)
	switch {
	case v == nil:
		near := Nearest(word.Src, verbNames(where))
		return nil, []*Error{errorf(word.Pos, "no directive is called %s%s", word.Src, didYouMean(near)).mend(word, near)}
	case v.Where != where && where == OnMethod:
		return nil, []*Error{errorf(word.Pos, "%s belongs above the interface, not above one of its methods", v.Name)}
	case v.Where != where:
		return nil, []*Error{errorf(word.Pos, "%s belongs above a method; for one that is embedded from elsewhere write: for METHOD %[1]s", v.Name)}
	}
	d := &Directive{Verb: v, Slash: slash, Pos: word.Pos}
	ls, err := lex(args)
	if err != nil {
		return nil, []*Error{err}
	}
	var errs []*Error
	switch v.Form {
	case Nothing:
		if len(ls) > 0 {
			errs = append(errs, errorf(args.Pos, "%s stands alone, it takes no arguments", v.Name))
		}
	case Settings:
		d.Settings, errs = settings(v, args, ls)
	case CallList:
		errs = d.calls(args, ls)
	case CallSettings:
		errs = d.callSettings(args, ls)
	case OtherVerb:
		errs = d.other(slash, word, args, ls)
	}
	if v.Name == "wrap" && !slices.ContainsFunc(errs, func(e *Error) bool { return !e.mild }) {
		return d, errs // so that one run tells what is wrong below, too
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return d, nil
}

// other parses METHOD VERB ….
func (d *Directive) other(slash token.Pos, word, args Text, ls []lexeme) []*Error {
	if len(ls) < 2 || ls[0].tok != token.IDENT || !ls[1].word() || ls[0].to == ls[1].from {
		return []*Error{errorf(word.Pos, "for names a method and says what to do with it: for GetUser cache ttl=1m")}
	}
	d.Method = args.Slice(ls[0].from, ls[0].to)
	end := len(args.Src)
	if i := strings.IndexAny(args.Src[ls[1].from:], " \t"); i >= 0 {
		end = ls[1].from + i
	}
	var errs []*Error
	d.Inner, errs = parse(slash, args.Slice(ls[1].from, end), args.Slice(end, len(args.Src)).Trim(), OnMethod)
	return errs
}

// calls parses CALL, CALL … [for …] [if …].
func (d *Directive) calls(args Text, ls []lexeme) []*Error {
	if args, ls = d.around(args, ls); len(ls) == 0 && d.Around.IsValid() {
		return []*Error{errorf(d.Pos, "%s around says which entries, as a call: %[1]s around GetUser(u.ID)", d.Verb.Name)}
	}
	if len(ls) > 1 && d.Verb.Option("old") != nil && args.Src[ls[0].from:ls[0].to] == "old" && ls[1].tok == token.ASSIGN {
		rest, err := d.old(args, ls)
		if err != nil {
			return []*Error{err}
		}
		if rest.Src == "" {
			return nil // another line says what to evict
		}
		args = rest
		if ls, err = lex(args); err != nil {
			return []*Error{err}
		}
		args, ls = d.around(args, ls)
	}
	depth := depths(ls)
	end, loop, cond, assign := len(args.Src), -1, -1, -1
	for i, l := range ls {
		if depth[i] != 0 {
			continue
		}
		switch {
		case d.Verb.Name == "put" && l.tok == token.ASSIGN && assign < 0:
			assign = i
		case d.Verb.Name == "put" && i+1 < len(ls) && ls[i+1].tok == token.ASSIGN:
		case l.tok == token.IDENT && i+1 < len(ls) && ls[i+1].tok == token.ASSIGN && args.Src[l.from:l.to] == "old" && d.Verb.Option("old") != nil:
			return []*Error{errorf(args.At(l.from), "old= stands once, before the entries: %s old=GetUser(u.ID) FindByEmail(old.Email)", d.Verb.Name)}
		case l.tok == token.IDENT && i+1 < len(ls) && ls[i+1].tok == token.ASSIGN && loop < 0:
			return []*Error{d.Verb.unknown(args.Slice(l.from, l.to))}
		case l.tok == token.FOR && loop < 0 && cond < 0:
			loop = i
		case l.tok == token.IF && cond < 0:
			cond = i
		}
	}
	if cond >= 0 {
		text := args.Slice(ls[cond].to, end).Trim()
		if _, err := expression(text, "a condition"); err != nil {
			return []*Error{err}
		}
		d.If, end = &text, ls[cond].from
	}
	if loop >= 0 {
		var err *Error
		if d.For, err = rangeClause(args.Slice(ls[loop].to, end).Trim(), args.At(ls[loop].from)); err != nil {
			return []*Error{err}
		}
		end = ls[loop].from
	}
	if d.Verb.Name == "put" {
		if assign < 0 || ls[assign].to > end {
			return []*Error{errorf(d.Pos, "put says which entry and what it is to be: put GetUser(result.ID) = result")}
		}
		values, err := expressions(args.Slice(ls[assign].to, end).Trim())
		if err != nil {
			return []*Error{err}
		}
		if len(values) == 0 {
			return []*Error{errorf(args.At(ls[assign].from), "nothing stands behind the =: put GetUser(result.ID) = result")}
		}
		for _, v := range values {
			d.Values = append(d.Values, v.Text)
		}
		end = ls[assign].from
	}
	list := args.Slice(0, end).Trim()
	if list.Src == "" {
		if d.Verb.Name == "tag" {
			return []*Error{errorf(d.Pos, "tag says by what the entries are marked: tag member(id) for id := range result")}
		}
		return []*Error{errorf(d.Pos, "%s says which entries, as a call: %[1]s GetUser(u.ID)", d.Verb.Name)}
	}
	exprs, err := expressions(list)
	if err != nil {
		return []*Error{err}
	}
	var errs []*Error
	for _, e := range exprs {
		c, err := d.call(e)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.Calls = append(d.Calls, c)
	}
	if len(d.Values) > 0 && len(d.Calls) > 1 {
		errs = append(errs, errorf(d.Pos, "put keeps one entry: write a line for each"))
	}
	return errs
}

// around cuts the word around, which stands first: as a word by itself, since a method might be called so too.
func (d *Directive) around(args Text, ls []lexeme) (Text, []lexeme) {
	if d.Verb.Option("around") == nil || d.Around.IsValid() || len(ls) == 0 || args.Src[ls[0].from:ls[0].to] != "around" {
		return args, ls
	}
	if len(ls) > 1 && !ls[1].word() {
		return args, ls
	}
	d.Around = args.At(ls[0].from)
	args = args.Slice(ls[0].to, len(args.Src)).Trim()
	ls, err := lex(args)
	if err != nil {
		return args, nil // which the whole would have been refused for
	}
	return args, ls
}

// old parses old=CALL, which stands first, and gives what follows it.
func (d *Directive) old(args Text, ls []lexeme) (Text, *Error) {
	bad := errorf(args.Pos, "old= names the method that reads the state before the write, with its arguments: old=GetUser(u.ID)")
	if len(ls) < 4 || ls[2].tok != token.IDENT || ls[3].tok != token.LPAREN {
		return Text{}, bad
	}
	depth := depths(ls)
	last := 4
	for last < len(ls) && (ls[last].tok != token.RPAREN || depth[last] > 0) {
		last++
	}
	if last == len(ls) {
		return Text{}, errorf(args.At(ls[3].from), "a bracket is not closed")
	}
	e, err := expression(args.Slice(ls[2].from, ls[last].to), "a call")
	if err != nil {
		return Text{}, err
	}
	call, err := d.call(e)
	if err != nil {
		return Text{}, bad
	}
	d.Old = &call
	rest := args.Slice(ls[last].to, len(args.Src)).Trim()
	if after, ok := strings.CutPrefix(rest.Src, ","); ok {
		rest = rest.Slice(len(rest.Src)-len(after), len(rest.Src)).Trim()
	}
	return rest, nil
}

// callSettings parses CALL and options. A line that begins with an option goes on with an earlier one.
func (d *Directive) callSettings(args Text, ls []lexeme) []*Error {
	if len(ls) == 0 {
		example := "GetUser(ids)"
		if d.Verb.Name == "index" {
			example = "GetUser(result.ID)"
		}
		return []*Error{errorf(d.Pos, "%s says for which method, as a call: %[1]s %s", d.Verb.Name, example)}
	}
	end := 0
	if len(ls) < 2 || ls[1].tok != token.ASSIGN {
		depth := depths(ls)
		for end = 1; end < len(ls) && (depth[end] > 0 || ls[end].from == ls[end-1].to && ls[end].tok != token.COMMA); end++ {
		}
		e, err := expression(args.Slice(0, ls[end-1].to).Trim(), "a call")
		if err != nil {
			return []*Error{err}
		}
		c, err := d.call(e)
		if err != nil {
			return []*Error{err}
		}
		d.Calls = []Call{c}
		if end < len(ls) && !ls[end].word() {
			return []*Error{errorf(args.At(ls[end].from), "%s is about one method", d.Verb.Name)}
		}
	}
	var errs []*Error
	d.Settings, errs = settings(d.Verb, args, ls[end:])
	return errs
}

func (d *Directive) call(e piece) (Call, *Error) {
	at := func(n ast.Node) Text { return e.Slice(int(n.Pos())-1, int(n.End())-1) }
	switch x := e.node.(type) {
	case *ast.Ident:
		return Call{Text: e.Text, Name: e.Text, Bare: true}, nil
	case *ast.SelectorExpr:
		if pkg, ok := x.X.(*ast.Ident); ok && pkg.Name == "tag" && d.Verb.Name == "evict" {
			return Call{}, errorf(e.Pos, "a mark is known by its arguments: tag.%s(id)", x.Sel.Name)
		}
	case *ast.CallExpr:
		switch f := x.Fun.(type) {
		case *ast.Ident:
			c := Call{Text: e.Text, Name: at(f), Ellipsis: x.Ellipsis.IsValid()}
			for _, a := range x.Args {
				c.Args = append(c.Args, at(a))
			}
			return c, nil
		case *ast.SelectorExpr:
			if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "tag" {
				switch d.Verb.Name {
				case "evict":
				case "tag":
					return Call{}, errorf(e.Pos, "tag. stands before a mark where it is evicted; here it goes without")
				default:
					return Call{}, errorf(e.Pos, "%s is a mark, which can only be evicted: %s names one of the interface's methods", e.Src, d.Verb.Name)
				}
				c := Call{Text: e.Text, Name: at(f.Sel), Ellipsis: x.Ellipsis.IsValid(), Tag: true}
				for _, a := range x.Args {
					c.Args = append(c.Args, at(a))
				}
				return c, nil
			}
		}
	}
	return Call{}, errorf(e.Pos, "%s is not a call of one of the interface's methods, such as GetUser(u.ID)", e.Src)
}

// piece is an expression: its text, and its syntax, whose positions count from 1 along the text.
type piece struct {
	Text
	node ast.Expr
}
