package directive

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// faults gives the faults of a source file as "line:column: message".
func faults(t *testing.T, src string) []string {
	t.Helper()
	_, errs, fset := find(t, src)
	var out []string
	for _, e := range errs {
		p := fset.Position(e.Pos)
		out = append(out, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, e.Msg))
	}
	return out
}

func find(t *testing.T, src string) ([]*Interface, []*Error, *token.FileSet) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "f.go", src, parser.ParseComments)
	if err != nil {
		t.Fatalf("the test's source does not parse: %v", err)
	}
	is, errs := Find(f)
	return is, errs, fset
}

// onMethod puts a comment above a method, at line 5, column 2.
func onMethod(comment string) string {
	return "package p\n\n//cachegen:wrap\ntype I interface {\n\t" + comment + "\n\tGet(id int) int\n}\n"
}

func TestFaultsOfAMethodsDirective(t *testing.T) {
	for _, c := range []struct{ comment, want string }{
		{"//cachegen:cache ttl=5m", ""},
		{"//cachegen:cache", ""},
		{"//cachegen:evict Get(id)", ""},
		{"//cachegen:pass", ""},
		{"// cachegen writes wrappers: see its documentation", ""},
		{"// cachegen: a generator", ""},
		{"// cachegen: cache what you like", ""},
		{"// cachegen: evict GetUser(id)", "5:2: // cachegen: evict is no directive, it would be ignored: write //cachegen:evict"},
		{"//go:fix inline", ""},

		// The form.
		{"// cachegen:cache ttl=1m", "5:2: // cachegen:cache is no directive, it would be ignored: write //cachegen:cache"},
		{"//cachegen:Cache", "5:2: //cachegen:Cache is no directive, it would be ignored: write //cachegen:cache"},
		{"//+cachegen:cache", "5:2: //+cachegen:cache is no directive, it would be ignored: write //cachegen:cache"},
		{"//Cachegen:cahce", "5:2: //Cachegen:cahce is no directive, it would be ignored: write //cachegen:cache"},
		{"//cachegen: cache", "5:2: //cachegen: cache is no directive, it would be ignored: write //cachegen:cache"},
		{"//cachegen cache", "5:2: //cachegen cache is no directive, it would be ignored: write //cachegen:cache"},
		{"//cachgen:cache", "5:2: //cachgen:cache is no directive, it would be ignored: write //cachegen:cache"},
		{"//+cachegen", "5:2: //+cachegen is no directive, it would be ignored: write //cachegen:wrap above an interface, //cachegen:cache above a method"},
		{"//cachegen:", "5:2: //cachegen: is no directive, it would be ignored: write //cachegen:wrap above an interface, //cachegen:cache above a method"},
		{"//go:cachegen cache", "5:2: //go:cachegen cache is no directive, it would be ignored: write //cachegen:cache"},
		{"/*cachegen:cache*/", "5:2: /*cachegen:cache is no directive, it would be ignored: write //cachegen:cache"},

		// Verbs.
		{"//cachegen:cahce", "5:13: no directive is called cahce; did you mean cache?"},
		{"//cachegen:memoize", "5:13: no directive is called memoize"},
		{"//cachegen:wrap", "5:13: wrap belongs above the interface, not above one of its methods"},
		{"//cachegen:pass on", "5:18: pass stands alone, it takes no arguments"},
		{"//cachegen:batch", "5:13: batch says for which method, as a call: batch GetUser(ids)"},
		{"//cachegen:batch Get(ids), List(ids)", "5:27: batch is about one method"},
		{"//cachegen:batch Get(ids) bi=it.ID", "5:28: batch has no option bi"},

		// Options.
		{"//cachegen:cache tll=5m", "5:19: cache has no option tll; did you mean ttl?"},
		{"//cachegen:cache stirct", "5:19: cache has no option stirct"},
		{"//cachegen:cache refresh=200%", "5:27: refresh= takes a percentage from 1% to 99%, or a duration, not 200%"},
		{"//cachegen:cache ttl", "5:19: ttl needs a value: ttl=DURATION"},
		{"//cachegen:cache ttl= 5m", "5:22: no space stands around the = of ttl"},
		{"//cachegen:cache ttl =5m", "5:23: no space stands around the = of ttl"},
		{"//cachegen:cache ttl=", "5:19: ttl= has no value"},
		{"//cachegen:cache ttl=5m ttl=6m", "5:26: ttl is set twice"},
		{"//cachegen:cache ttl=5m\n\t//cachegen:cache ttl=6m", "6:19: ttl is set twice"},
		{"//cachegen:cache ttl=5m // short", "5:26: a directive takes no comment: put it on a line of its own"},
		{"//cachegen:cache ttl=5", "5:23: a duration has a unit: write 5s for 5 seconds"},
		{"//cachegen:cache ttl=2d", "5:23: a duration has no days: write 48h for 2d"},
		{"//cachegen:cache ttl=-5m", "5:23: ttl= takes a duration above zero, not -5m"},
		{"//cachegen:cache ttl=shrot", "5:23: no duration is called shrot; did you mean short?"},
		{"//cachegen:cache ttl=soon", "5:23: soon is no duration: write 90s, 10m, 1h30m or one of realtime, short, medium, long"},
		{`//cachegen:cache ttl=1m negative="result.TTL()"`, "5:36: negative= takes a fixed duration such as 10m, not the expression result.TTL()"},
		{"//cachegen:cache jitter=120", "5:26: jitter= takes a percentage from 0 to 99, not 120"},
		{"//cachegen:cache key=a, b", `5:23: a value that holds spaces is quoted: key="a, b"`},
		{"//cachegen:cache key=f(a, b) ttl=5m", `5:23: a value that holds spaces is quoted: key="f(a, b)"`},
		{"//cachegen:cache if=a && b", `5:22: a value that holds spaces is quoted: if="a && b"`},
		{`//cachegen:cache if=s == "x y"`, "5:22: a value that holds spaces is quoted: if=`s == \"x y\"`"},
		{`//cachegen:cache key="a, b`, `5:23: cannot read "a,: a value with other characters is quoted, and a quoted one ends with its quote`},
		{`//cachegen:cache key="a, ,b"`, "5:27: expected operand, found ','"},
		{`//cachegen:cache key="\"x\", +"`, "5:32: expected operand before the end"},
		{"//cachegen:cache key=a)", "5:24: a bracket is closed that was not opened"},
		{"//cachegen:evict Get(a", "5:24: a bracket is not closed"},
		{"//cachegen:evict Get(a),", "5:25: nothing follows the last comma"},
		{"//cachegen:cache hash=a.b", `5:24: hash= takes names of parameters, with commas between them, not "a.b"`},
		{"//cachegen:cache if=a+", "5:24: expected operand before the end"},

		// Calls.
		{"//cachegen:evict", "5:13: evict says which entries, as a call: evict GetUser(u.ID)"},
		{"//cachegen:evict 42", "5:19: 42 is not a call of one of the interface's methods, such as GetUser(u.ID)"},
		{"//cachegen:evict tag.member", "5:19: a mark is known by its arguments: tag.member(id)"},
		{"//cachegen:evict Get(id), old=Get(id)", "5:28: old= stands once, before the entries: evict old=GetUser(u.ID) FindByEmail(old.Email)"},
		{"//cachegen:evict around", "5:13: evict around says which entries, as a call: evict around GetUser(u.ID)"},
		{"//cachegen:evict ttl=5m", "5:19: evict has no option ttl"},
		{"//cachegen:evict Get(id for x", "5:26: missing ',' in argument list"},
		{"//cachegen:evict Get(id) for ids", "5:27: after for comes a range clause: for _, id := range ids"},
		{"//cachegen:evict Get(id) for i = range ids", "5:27: after for comes a range clause: for _, id := range ids"},
		{"//cachegen:evict Get(id) for", "5:27: after for comes a range clause: for _, id := range ids"},
		{"//cachegen:evict Get(id) if", "5:29: a condition is missing here"},
		{"//cachegen:evict Get(id) if a, Get(b)", "5:31: expected 'EOF', found ','"},
	} {
		got := strings.Join(faults(t, onMethod(c.comment)), "\n")
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.comment, got, c.want)
		}
	}
}

func TestFaultsOfPlace(t *testing.T) {
	const where = "; directives stand above an interface or one of its methods"
	for _, c := range []struct{ name, src, want string }{
		{"struct", "package p\n\n//cachegen:wrap\ntype T struct{}", "3:1: this directive stands on T, which is no interface" + where},
		{"func", "package p\n\n//cachegen:cache\nfunc F() {}\ntype I interface{}", "3:1: this directive stands on F, a function" + where},
		{"field", "package p\n\ntype T struct {\n\t//cachegen:cache\n\tX int\n}", "4:2: this directive stands on a struct's field" + where},
		{"body", "package p\n\nfunc F() {\n\t//cachegen:wrap\n\ttype I interface{ M() }\n}", "4:2: this directive stands in the body of F" + where},
		{"no interface", "package p\n\n//cachegen:wrap\n", "3:1: this directive stands in a file without an interface" + where},
		{"apart", "package p\n\n//cachegen:wrap\n\ntype I interface{ M() }", "3:1: this directive belongs to no declaration: no blank line may stand between it and the interface or method"},
		{"embedded", "package p\n\ntype I interface {\n\t//cachegen:cache\n\tJ\n}\ntype J interface{}",
			"4:2: this directive stands on an embedded interface: write //cachegen:for METHOD VERB above the interface that embeds it" + where},
		{"end of line", "package p\n\ntype I interface {\n\tM() int //cachegen:cache\n}", "4:10: this directive stands on the end of a line: put it above the method" + where},
		{"group", "package p\n\n//cachegen:wrap\ntype (\n\tI interface{ M() }\n)", "3:1: this directive stands on a group of types: put it above the type itself" + where},
		{"package clause", "//cachegen:wrap\npackage p", "1:1: this directive stands on the package clause" + where},
		{"variable", "package p\n\n//cachegen:wrap\nvar X interface{ M() }", "3:1: this directive stands on a declaration that is no interface" + where},
		{"cache on an interface", "package p\n\n//cachegen:cache ttl=1m\ntype I interface{ M() }",
			"3:12: cache belongs above a method; for one that is embedded from elsewhere write: for METHOD cache"},
		{"for without verb", "package p\n\n//cachegen:for Get\ntype I interface{ M() }",
			"3:12: for names a method and says what to do with it: for GetUser cache ttl=1m"},
		{"fault within for", "package p\n\n//cachegen:for Get cache ttl=x\ntype I interface{ M() }",
			"3:30: x is no duration: write 90s, 10m, 1h30m or one of realtime, short, medium, long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(faults(t, c.src), "\n"); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFindAssignsDirectivesToTheirDeclarations(t *testing.T) {
	is, errs, _ := find(t, `package p

type (
	// A is first.
	//
	//cachegen:wrap name=Wrapped strict
	A interface {
		//cachegen:cache
		Get() int
		Plain()
	}
	B = A
)

//cachegen:wrap
//cachegen:for Get cache ttl=short
type C A
`)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if len(is) != 2 {
		t.Fatalf("found %d declarations, want 2", len(is))
	}
	a, c := is[0], is[1]
	if a.Spec.Name.Name != "A" || a.Syntax == nil || len(a.Directives) != 1 || len(a.Methods) != 1 || a.Methods[0].Name.Name != "Get" {
		t.Errorf("A is read as %+v", a)
	}
	if c.Spec.Name.Name != "C" || c.Syntax != nil || len(c.Directives) != 2 {
		t.Fatalf("C is read as %+v", c)
	}
	if inner := c.Directives[1].Inner; c.Directives[1].Method.Src != "Get" || inner.Verb.Name != "cache" || inner.Settings[0].Duration.String() != "5m0s" {
		t.Errorf("the for directive is read as %+v", c.Directives[1])
	}
}

// Each part of a directive must know where it stands, also behind an escape in a quoted value.
func TestPartsKnowTheirPlace(t *testing.T) {
	const line = `//cachegen:evict A(u.ID, "é\u00e9", _), B(xs...) for i, x := range f("a b") if x != nil && i > 0`
	const quoted = `//cachegen:cache key="a, \"é\", bc" if='x'==y`
	is, errs, fset := find(t, onMethod(line+"\n\t"+quoted))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	ds := is[0].Methods[0].Directives
	ev, ca := ds[0], ds[1]
	check := func(what string, text Text, want, in string, lineNo int) {
		t.Helper()
		p := fset.Position(text.Pos)
		if at := strings.Index(in, want) + 2; text.Src != want || p.Line != lineNo || p.Column != at {
			t.Errorf("%s is %q at %d:%d, want %q at %d:%d", what, text.Src, p.Line, p.Column, want, lineNo, at)
		}
	}
	check("call", ev.Calls[0].Text, `A(u.ID, "é\u00e9", _)`, line, 5)
	check("name", ev.Calls[0].Name, `A`, line, 5)
	check("argument", ev.Calls[0].Args[0], `u.ID`, line, 5)
	check("argument", ev.Calls[0].Args[2], `_`, line, 5)
	check("argument", ev.Calls[1].Args[0], `xs`, line, 5)
	check("range", ev.For.X, `f("a b")`, line, 5)
	check("value", ev.For.Value, `x `[:1], strings.Replace(line, "xs", "__", 1), 5)
	check("if", *ev.If, `x != nil && i > 0`, line, 5)
	if !ev.Calls[1].Ellipsis || ev.Calls[0].Ellipsis {
		t.Error("the ellipsis is lost")
	}
	list := ca.Settings[0].List
	if len(list) != 3 || list[1].Src != `"é"` || list[2].Src != "bc" {
		t.Fatalf("key= is read as %+v", list)
	}
	if got, want := fset.Position(list[2].At(1)).Column, strings.Index(quoted, "bc")+3; got != want {
		t.Errorf("c stands in column %d, want %d", got, want)
	}
}

func TestTableExplainsItself(t *testing.T) {
	for _, v := range Verbs() {
		if v.Help == "" {
			t.Errorf("%s has no help", v.Name)
		}
		for _, o := range v.Options {
			if o.Help == "" || o.Kind != Flag && o.Value == "" {
				t.Errorf("%s %s has no help", v.Name, o.Name)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"cache", "evict", "pass", "ttl", "notfound"}
	for word, want := range map[string]string{
		"cahce": "cache", "Cache": "cache", "evit": "evict", "tll": "ttl", "not_found": "notfound", "x": "", "": "", "memoize": "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// Whatever stands in a comment, the parser neither panics nor points outside the file.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"//cachegen:cache ttl=5m key=\"a, b\" if=`x`", "//cachegen:evict A(u.ID, _), B() for _, x := range xs if x != nil",
		"//cachegen:for M evict A(1)", "//cachegen:cache key=\"\\u00e9\\xff\\\"\", hash=a,b", "//cachegen:evict A(func() { for { } })",
		"// cachegen:cache", "//+cachegen:x", "//cachegen:evict A( for", "//cachegen:cache key='", "//cachegen:evict A() for x := range y {}; for range z",
		"//cachegen:wrap name=X prefix=a/b.c strict", "//cachegen:cache key=\")(\"", "//cachegen:evict ) ,(", "//cachegen:cache hash=a,,b",
		"//cachegen:cahce ttl=1", "// Cachegen:evict A()", "//cachegen:cache ttl = 90 if=a && b", "//cachegen:cache ttl=\"3d\" TTL=lnog",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		if strings.ContainsAny(comment, "\n\r") || !strings.HasPrefix(comment, "//") {
			return
		}
		src := onMethod(comment)
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "f.go", src, parser.ParseComments)
		if err != nil {
			return
		}
		is, errs := Find(file)
		inside := func(what string, p token.Pos) {
			if p < file.FileStart || p > file.FileEnd {
				t.Errorf("%s of %q is outside the file", what, comment)
			}
		}
		for _, e := range errs {
			inside("the error "+e.Msg, e.Pos)
			if e.Fix == nil {
				continue
			}
			inside("the beginning of a fix", e.Fix.Pos)
			inside("the end of a fix", e.Fix.End)
			if e.Fix.End < e.Fix.Pos {
				t.Errorf("the fix of %q in %q ends before it begins", e.Msg, comment)
				continue
			}
			fixed := mended(src, e.Fix)
			file, err := parser.ParseFile(token.NewFileSet(), "f.go", fixed, parser.ParseComments)
			if err != nil {
				t.Errorf("the fix of %q in %q gives %s", e.Msg, comment, fixed)
				continue
			}
			_, left := Find(file)
			for _, again := range left {
				if again.Msg == e.Msg && again.Pos == e.Pos {
					t.Errorf("the fix of %q in %q does not mend it: %s", e.Msg, comment, fixed)
				}
			}
		}
		for _, i := range is {
			for _, m := range i.Methods {
				for _, d := range m.Directives {
					for _, s := range d.Settings {
						inside(s.Option.Name, s.Value.At(len(s.Value.Src)))
					}
					for _, c := range d.Calls {
						inside("call", c.Text.At(len(c.Text.Src)))
						for _, a := range c.Args {
							inside("argument", a.At(len(a.Src)))
						}
					}
				}
			}
		}
	})
}
