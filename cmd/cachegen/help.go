package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/cachegen-go/cachegen/gen/directive"
)

const usage = "usage: cachegen [flags] [packages]\n"

const flagHelp = `
  -check	write nothing; print a diff of what is stale, missing or orphaned, exit 1 if there is any
  -n	write nothing; print what would be written
  -o FILE|DIR/|-	where to write: a file name, another package's folder, or standard output
  -explain	print the cache plan instead of generating
  -tests	write also a test file beside each wrapper's, for package runtime/cachetest; kept up to date without the flag
  -json	diagnostics as JSON lines, with suggested fixes; with -explain also the plan
  -tags LIST	build tags
  -v	what was loaded, what was skipped, how long it took
  -version	version, Go version, module checksum if known
  -h	this text
`

// help writes the usage text, with the directive language as its one table has it.
func help(out io.Writer) error {
	var text bytes.Buffer
	text.WriteString(usage + `
Cachegen writes a caching wrapper for each interface that bears //cachegen:wrap. Packages are named as for
go build; without any it is the one in the working directory.
`)
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(columns, flagHelp)
	if err := columns.Flush(); err != nil {
		return err
	}
	for _, section := range []struct {
		title string
		place directive.Place
	}{{"above an interface type", directive.OnInterface}, {"above a method", directive.OnMethod}} {
		fmt.Fprintf(&text, "\nDirectives %s, //cachegen:VERB …\n\n", section.title)
		for _, v := range directive.Verbs() {
			if v.Where == section.place {
				fmt.Fprintf(columns, "  %s\t%s\n", strings.TrimSpace(v.Name+" "+v.Args), v.Help)
			}
		}
		if err := columns.Flush(); err != nil {
			return err
		}
	}
	shown := map[*directive.Option]bool{}
	for _, name := range []string{"cache", "wrap"} {
		v := verb(name)
		if name == "wrap" {
			text.WriteString("\nOptions of wrap, beside those of cache\n\n")
		} else {
			text.WriteString("\nOptions of cache\n\n")
		}
		for _, o := range v.Options {
			if shown[o] {
				continue
			}
			shown[o] = true
			form := o.Name
			if o.Value != "" {
				form += "=" + o.Value
			}
			explanation := o.Help
			if o.Default != "" {
				explanation += " (default: " + o.Default + ")"
			}
			fmt.Fprintf(columns, "  %s\t%s\n", form, explanation)
		}
		if err := columns.Flush(); err != nil {
			return err
		}
	}
	_, err := text.WriteTo(out)
	return err
}

func verb(name string) *directive.Verb {
	for _, v := range directive.Verbs() {
		if v.Name == name {
			return v
		}
	}
	return &directive.Verb{}
}
