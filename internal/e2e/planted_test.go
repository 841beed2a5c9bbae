package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWhatAnExampleForgetsToEvictIsFound takes evictions out of the example service, or changes them, one at a time, and runs
// the example's own test, in a module that requires this tree as a user's does. The test must fail, and its report name the
// write, its arguments, and the read that is stale.
func TestWhatAnExampleForgetsToEvictIsFound(t *testing.T) {
	const example = "../../examples/service/"
	source := read(t, example+"catalogue.go")
	plants := []struct{ name, old, new, report string }{
		{"nothing", "", "", ""},
		{"the list that a product leaves", "old=Product(p.ID) Product(p.ID), List(p.Category, _), List(old.Category, _)", "Product(p.ID), List(p.Category, _)",
			`after UpdateProduct\(Product{.*}\), List\(.*\) is stale: UpdateProduct's evict List\(p.Category, _\) does not reach it`},
		{"another product", "old=Product(p.ID) Product(p.ID)", "old=Product(p.ID) Product(p.Cents)",
			`after UpdateProduct\(Product{.*}\), Product\(\d+\) is stale: UpdateProduct's evict Product\(p.Cents\) does not reach it`},
		{"what hangs on a product", "Reviews(id), ", "",
			`after DeleteProduct\(\d+\), Reviews\(\d+\) is stale: DeleteProduct has no evict for Reviews`},
		{"a method altogether", "evict Reviews(r.ProductID)", "pass",
			`after AddReview\(Review{.*}\), Reviews\(\d+\) is stale: AddReview has no evict for Reviews`},
		{"that there was none", "put Product(result.ID) = result", "evict Product(p.ID)",
			`after AddProduct\(Product{.*}\), Product\(\d+\) is stale: AddProduct's evict Product\(p.ID\) does not reach it`},
	}

	dir := t.TempDir()
	install(t, dir)
	for i, plant := range plants {
		changed := strings.Replace(source, plant.old, plant.new, 1)
		if changed == source && plant.old != "" {
			t.Fatalf("%s: the example has no %q", plant.name, plant.old)
		}
		write(t, filepath.Join(dir, number(i), "catalogue.go"), asLibrary(changed))
		for _, file := range []string{"sqlite.go", "evicts_test.go"} {
			write(t, filepath.Join(dir, number(i), file), asLibrary(read(t, example+file)))
		}
	}
	run(t, dir, "go", "tool", "cachegen", "-tests", "./...")
	run(t, dir, "go", "mod", "tidy")
	reports := test(t, dir, "-rapid.shrinktime=300ms", "-rapid.nofailfile")
	for i, plant := range plants {
		t.Run(plant.name, func(t *testing.T) {
			report := reports["example.com/outside/"+number(i)]
			switch {
			case plant.report == "" && !strings.Contains(report, "\nok "):
				t.Errorf("the example itself fails:\n%s", report)
			case plant.report != "" && !regexp.MustCompile(plant.report).MatchString(report):
				t.Errorf("want %s, got\n%s", plant.report, report)
			}
		})
	}
}

func number(i int) string { return fmt.Sprint("planted", i) }

// asLibrary makes a file of package main one of a package without a main function.
func asLibrary(source string) string {
	return strings.Replace(source, "package main\n", "package catalogue\n", 1)
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// test tests all packages of the module in dir and returns what each printed.
func test(t *testing.T, dir string, flags ...string) map[string]string {
	t.Helper()
	out, err := command(dir, "go", append([]string{"test", "-json", "./..."}, flags...)...).Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	printed := make(map[string]string)
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var line struct{ Package, Output string }
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return printed
		} else if err != nil {
			t.Fatalf("%v in:\n%s", err, out)
		}
		printed[line.Package] += line.Output
	}
}
