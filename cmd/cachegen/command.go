package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is what the command line asks for.
type command struct {
	mode     mode
	output   string // -o
	tags     string
	tests    bool
	verbose  bool
	json     bool
	packages []string
}

// mode is what is done with the result; one at a time.
type mode int

const (
	generate mode = iota
	check
	dryRun
	explain
	printVersion
	printHelp
)

// usageError is a fault of the command line itself.
type usageError struct{ error }

// parse reads the arguments that follow the program's name.
func parse(args []string) (command, error) {
	c := command{mode: generate}
	var asked []string
	flags := flag.NewFlagSet("cachegen", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	for _, m := range []struct {
		name string
		mode mode
	}{{"check", check}, {"n", dryRun}, {"explain", explain}, {"version", printVersion}} {
		flags.BoolFunc(m.name, "", func(value string) error {
			if value != "true" {
				return errors.New("it takes no value")
			}
			if c.mode != m.mode {
				asked = append(asked, "-"+m.name)
			}
			c.mode = m.mode
			return nil
		})
	}
	flags.StringVar(&c.output, "o", "", "")
	flags.StringVar(&c.tags, "tags", "", "")
	flags.BoolVar(&c.tests, "tests", false, "")
	flags.BoolVar(&c.verbose, "v", false, "")
	flags.BoolVar(&c.json, "json", false, "")

	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return command{mode: printHelp}, nil
	case err != nil:
		return command{}, usageError{err}
	case len(asked) > 1:
		return command{}, usageError{fmt.Errorf("%s do not go together", strings.Join(asked, " and "))}
	case c.output != "" && c.mode == explain:
		return command{}, usageError{errors.New("-explain writes no file, so that -o means nothing")}
	case c.tests && c.mode == explain:
		return command{}, usageError{errors.New("-explain writes no file, so that -tests means nothing")}
	case c.output == "-" && c.mode == check:
		return command{}, usageError{errors.New("-check compares files, and -o - names none")}
	}
	c.packages = flags.Args()
	for _, p := range c.packages {
		if strings.HasPrefix(p, "-") {
			return command{}, usageError{fmt.Errorf("flags come before packages: %s", p)}
		}
	}
	if len(c.packages) == 0 {
		c.packages = []string{"."}
	}
	return c, nil
}

// String is the command line that generates what c is about.
func (c command) String() string {
	words := []string{"cachegen"}
	if c.tags != "" {
		words = append(words, "-tags", c.tags)
	}
	if c.tests {
		words = append(words, "-tests")
	}
	if c.output != "" {
		words = append(words, "-o", c.output)
	}
	return strings.Join(append(words, c.packages...), " ")
}
