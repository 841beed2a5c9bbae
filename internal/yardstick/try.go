package yardstick

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/gen"
)

// Try wraps each interface in a package of its own below the folder tried of the module at dir, and fills in what was
// refused. The error says what no interface may bring about: a package that cannot be read, code that does not compile.
func Try(ctx context.Context, dir string, all []*Interface) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	folders := make(map[string]*Interface)
	for n, i := range all {
		i.folder = filepath.Join(dir, "tried", fmt.Sprintf("i%d", n))
		folders[i.folder] = i
		if err := os.MkdirAll(i.folder, 0o777); err != nil {
			return err
		}
	}
	for again := true; again; {
		left := 0
		for _, i := range all {
			if err := i.write(); err != nil {
				return err
			}
			if i.Cached() > 0 {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		result, err := gen.Generate(ctx, gen.Config{Dir: dir, Patterns: []string{"./tried/..."}})
		if err != nil {
			return err
		}
		if again, err = refusals(result, folders); err != nil {
			return err
		}
		if !again {
			if _, err := result.Write(); err != nil {
				return err
			}
		}
	}
	return build(ctx, dir)
}

// refusals notes what result says against the interfaces, and tells whether that was new.
func refusals(result *gen.Result, folders map[string]*Interface) (news bool, err error) {
	for _, d := range result.Diagnostics {
		i := folders[filepath.Dir(d.Pos.Filename)]
		if i == nil {
			return false, fmt.Errorf("%v", d)
		}
		if d.Warning {
			continue
		}
		r := Refusal{Method: i.methodAt(d.Pos.Line), Reason: d.Message}
		if slices.ContainsFunc(i.Refused, func(have Refusal) bool { return have.Method == r.Method }) {
			continue
		}
		i.Refused = append(i.Refused, r)
		news = true
	}
	return news, nil
}

// build compiles the generated code with an assertion that each wrapper implements its interface: a constructor's
// result is one where the type has no parameters, and for one with parameters the compiler has checked the same.
func build(ctx context.Context, dir string) error {
	// An interface has a Seek of its own, or passes a mutex, and so does its wrapper.
	cmd := exec.CommandContext(ctx, "go", "vet", "-stdmethods=false", "-copylocks=false", "./tried/...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the generated code is faulty: %w\n%s", err, out)
	}
	return nil
}

const above = "package tried\n\n"

// write writes i's package, with directives for what was not refused. One that is refused as a whole is taken away.
func (i *Interface) write() error {
	if i.Cached() == 0 {
		return os.RemoveAll(i.folder)
	}
	var list strings.Builder
	for _, m := range i.asked() {
		fmt.Fprintf(&list, "//cachegen:for %s cache\n", m)
	}
	src := above + strings.Replace(i.decl, "DIRECTIVES", list.String(), 1)
	return os.WriteFile(filepath.Join(i.folder, "tried.go"), []byte(src), 0o666)
}

// asked are the methods that are still asked to be cached.
func (i *Interface) asked() []string {
	var names []string
	for _, m := range i.Reads {
		if !slices.ContainsFunc(i.Refused, func(r Refusal) bool { return r.Method == m }) {
			names = append(names, m)
		}
	}
	return names
}

// methodAt is the method whose directive stands in a line of the package.
func (i *Interface) methodAt(line int) string {
	src, err := os.ReadFile(filepath.Join(i.folder, "tried.go"))
	if err != nil {
		return ""
	}
	lines := strings.Split(string(src), "\n")
	name, ok := strings.CutPrefix(lines[min(line, len(lines))-1], "//cachegen:for ")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, " ")
	return name
}
