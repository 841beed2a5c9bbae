package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cachegen-go/cachegen/internal/checkout"
)

// tool is a generator.
type tool struct {
	name     string
	module   string // where it comes from; "" is this checkout
	outputs  []string
	source   func(layout) string
	config   func(layout) string // of a file .mockery.yml, where it has one
	commands func(layout) [][]string
}

var tools = []tool{
	{
		name: "load", source: interfaces,
		commands: func(layout) [][]string { return [][]string{{"load"}} },
	},
	{
		name: "cachegen", outputs: []string{"*cachegen*.go"}, source: interfaces,
		commands: func(layout) [][]string { return [][]string{{"cachegen", "./..."}} },
	},
	{
		name: "moq 0.8.1", module: "github.com/matryer/moq@v0.8.1", outputs: []string{"mocks.go"}, source: interfaces,
		commands: func(l layout) [][]string { // one process per package is all that it can
			var all [][]string
			for p := range l.packages {
				args := []string{"moq", "-out", fmt.Sprintf("s%d/mocks.go", p), fmt.Sprintf("./s%d", p)}
				for i := range l.interfaces {
					args = append(args, fmt.Sprintf("Store%d", i))
				}
				all = append(all, args)
			}
			return all
		},
	},
	{
		name: "mockery 3.9.0", module: "github.com/vektra/mockery/v3@v3.9.0", outputs: []string{"mocks_test.go"}, source: interfaces,
		config: func(l layout) string {
			config := "all: true\nlog-level: error\npackages:\n"
			for p := range l.packages {
				config += fmt.Sprintf("  example.com/m/s%d:\n", p)
			}
			return config
		},
		commands: func(layout) [][]string { return [][]string{{"mockery"}} },
	},
	{
		name: "goverter 1.11.1", module: "github.com/jmattheis/goverter/cmd/goverter@v1.11.1", outputs: []string{"generated"}, source: converters,
		commands: func(layout) [][]string { return [][]string{{"goverter", "gen", "./..."}} },
	},
}

// install builds the generators.
func install(ctx context.Context, bin string) error {
	for _, t := range tools {
		args := []string{"install", t.module}
		switch t.name {
		case "cachegen":
			args = []string{"build", "-o", bin + "/", "github.com/cachegen-go/cachegen/cmd/cachegen"}
		case "load":
			args = []string{"build", "-o", bin + "/", "./generators/load"}
		}
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "GOBIN="+bin)
		if t.module == "" {
			root, err := checkout.Root()
			if err != nil {
				return err
			}
			cmd.Dir = filepath.Join(root, "bench")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", t.name, err, out)
		}
	}
	return nil
}

// layout is how much there is to generate.
type layout struct {
	name, folder         string
	packages, interfaces int
	fours                int // of methods, in each interface
}

var layouts = []layout{
	{"1 interface", "one", 1, 1, 1},
	{"1 interface of 100 methods", "methods", 1, 1, 25},
	{"100 interfaces in a package", "interfaces", 1, 100, 1},
	{"100 packages", "packages", 100, 1, 1},
}

// layOut writes a module for the candidate.
func (c *candidate) layOut(ctx context.Context) error {
	write := func(name, text string) error {
		path := filepath.Join(c.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(text), 0o666)
	}
	if err := write("go.mod", "module example.com/m\n\ngo 1.26.0\n"); err != nil {
		return err
	}
	if err := checkout.Require(c.dir); err != nil {
		return err
	}
	if c.tool.config != nil {
		if err := write(".mockery.yml", c.tool.config(c.layout)); err != nil {
			return err
		}
	}
	for p := range c.layout.packages {
		name := fmt.Sprintf("s%d", p)
		if err := write(name+"/store.go", "package "+name+"\n"+c.tool.source(c.layout)); err != nil {
			return err
		}
	}
	return nil
}

const imports = `
import (
	"context"
	"database/sql"
	"net/http"
	"time"
)

type User struct {
	ID          int64
	Name, Email string
	Tags        []string
	Attributes  map[string]string
	Created     time.Time
}

type server struct {
	db     *sql.DB
	client *http.Client
}
`

// interfaces are what cachegen, moq and mockery generate for.
func interfaces(l layout) string {
	var b strings.Builder
	b.WriteString(imports)
	for i := range l.interfaces {
		fmt.Fprintf(&b, "\n//cachegen:wrap ttl=10m\ntype Store%d interface {", i)
		for n := range l.fours {
			fmt.Fprintf(&b, `
	//cachegen:cache
	Get%[1]d(ctx context.Context, id int64, name string) (*User, error)
	//cachegen:cache
	List%[1]d(ctx context.Context, tag string) ([]*User, error)
	//cachegen:evict Get%[1]d(u.ID, u.Name), List%[1]d
	Update%[1]d(ctx context.Context, u *User) error
	//cachegen:evict Get%[1]d(id, _), List%[1]d
	Delete%[1]d(ctx context.Context, id int64) error
`, n)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// converters are what goverter generates for, of the same number of methods.
func converters(l layout) string {
	var b strings.Builder
	b.WriteString(strings.Replace(imports, "\t\"context\"\n", "", 1))
	for n := range l.fours {
		fmt.Fprintf(&b, "\ntype Row%d struct {\n\tID          int64\n\tName, Email string\n\tTags        []string\n\tAttributes  map[string]string\n\tCreated     time.Time\n}\n", n)
	}
	for i := range l.interfaces {
		fmt.Fprintf(&b, "\n// goverter:converter\n// goverter:skipCopySameType\ntype Store%d interface {", i)
		for n := range l.fours {
			fmt.Fprintf(&b, `
	Get%[1]d(source Row%[1]d) User
	List%[1]d(source []Row%[1]d) []User
	Update%[1]d(source User) Row%[1]d
	Delete%[1]d(source map[string]User) map[string]Row%[1]d
`, n)
		}
		b.WriteString("}\n")
	}
	return b.String()
}
