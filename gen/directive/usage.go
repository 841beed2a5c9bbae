package directive

import (
	"fmt"
	"io"
)

// Usage writes the language on one screen: every verb and option of this version.
func Usage(w io.Writer) {
	for _, where := range []Place{OnInterface, OnMethod} {
		if where == OnInterface {
			fmt.Fprintln(w, "Directives above an interface:")
		} else {
			fmt.Fprintln(w, "\nDirectives above a method:")
		}
		for _, v := range verbs {
			if v.Where != where || v.Later != "" {
				continue
			}
			line(w, 2, "//"+tool+":"+v.Name+space(v.Args), v.Help, "")
		}
	}
	fmt.Fprintln(w, "\nOptions of wrap:")
	for _, o := range wrapOptions[:len(wrapOptions)-len(cacheOptions)] {
		o.usage(w)
	}
	fmt.Fprintln(w, "\nOptions of cache (above the interface, on wrap: defaults for all methods):")
	for _, o := range cacheOptions {
		o.usage(w)
	}
}

func (o *Option) usage(w io.Writer) {
	if o.Later != "" {
		return
	}
	name := o.Name
	if o.Kind != Flag {
		name += "=" + o.Value
	}
	line(w, 2, name, o.Help, o.Default)
}

func line(w io.Writer, indent int, left, help, def string) {
	const column = 22
	if def != "" {
		def = " (default: " + def + ")"
	}
	if indent+len(left) >= column {
		fmt.Fprintf(w, "%*s%s\n%*s%s%s\n", indent, "", left, column+indent, "", help, def)
		return
	}
	fmt.Fprintf(w, "%*s%-*s%s%s\n", indent, "", column, left, help, def)
}

func space(args string) string {
	if args == "" {
		return ""
	}
	return " " + args
}
