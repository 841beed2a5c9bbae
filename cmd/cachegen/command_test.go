package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	here := []string{"."}
	for _, test := range []struct {
		args string
		want command
		err  string // part of the error
	}{
		{args: "", want: command{packages: here}},
		{args: "./...", want: command{packages: []string{"./..."}}},
		{args: "./a ./b", want: command{packages: []string{"./a", "./b"}}},
		{args: "-check ./...", want: command{mode: check, packages: []string{"./..."}}},
		{args: "--check", want: command{mode: check, packages: here}},
		{args: "-check -check", want: command{mode: check, packages: here}},
		{args: "-n", want: command{mode: dryRun, packages: here}},
		{args: "-n -o -", want: command{mode: dryRun, output: "-", packages: here}},
		{args: "-explain", want: command{mode: explain, packages: here}},
		{args: "-explain -json", want: command{mode: explain, json: true, packages: here}},
		{args: "-version", want: command{mode: printVersion, packages: here}},
		{args: "-o cached/ -tags a,b -v .", want: command{output: "cached/", tags: "a,b", verbose: true, packages: here}},
		{args: "-tests -check", want: command{mode: check, tests: true, packages: here}},
		{args: "-o=-", want: command{output: "-", packages: here}},
		{args: "-h", want: command{mode: printHelp}},
		{args: "-help ./...", want: command{mode: printHelp}},

		{args: "-x", err: "not defined: -x"},
		{args: "-o", err: "needs an argument"},
		{args: "-v=maybe", err: "invalid boolean"},
		{args: "-check=maybe", err: "takes no value"},
		{args: "-check -n", err: "-check and -n do not go together"},
		{args: "-explain -check", err: "-explain and -check do not go together"},
		{args: "-explain -o x.go", err: "-explain writes no file"},
		{args: "-explain -tests", err: "-explain writes no file"},
		{args: "-check -o -", err: "-o - names none"},
		{args: "./... -check", err: "flags come before packages: -check"},
	} {
		t.Run(test.args, func(t *testing.T) {
			got, err := parse(strings.Fields(test.args))
			if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error %v, want one that says %q", err, test.err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(command{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
