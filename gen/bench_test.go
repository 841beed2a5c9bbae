package gen_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen-go/cachegen/gen"
)

// module lays out a module that uses this checkout, with the given files.
func module(tb testing.TB, files map[string]string) string {
	tb.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		tb.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			tb.Fatal(err)
		}
		return string(text)
	}
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	_, requirements, _ := strings.Cut(read("go.mod"), "require (")
	const mod = "module example.com/m\n\ngo 1.26.0\n\nrequire github.com/cachegen-go/cachegen v0.0.0\n\nreplace github.com/cachegen-go/cachegen => %s\n\nrequire (%s"
	write(tb, filepath.Join(dir, "go.mod"), fmt.Sprintf(mod, root, requirements))
	write(tb, filepath.Join(dir, "go.sum"), read("go.sum"))
	for name, text := range files {
		write(tb, filepath.Join(dir, name), text)
	}
	return dir
}

func write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		tb.Fatal(err)
	}
}

// wide is a package with interfaces of n methods, every second of which evicts what the one before caches.
func wide(interfaces, n int) string {
	var b strings.Builder
	b.WriteString("package store\n\nimport (\n\t\"context\"\n\t\"database/sql\"\n\t\"net/http\"\n\t\"strings\"\n\t\"time\"\n)\n\n")
	b.WriteString("type User struct {\n\tID int64\n\tName, Email string\n\tTags []string\n\tAttributes map[string]string\n\tCreated time.Time\n}\n\n")
	b.WriteString("type server struct {\n\tdb *sql.DB\n\tclient *http.Client\n}\n\nfunc (s *server) close(name string) (string, error) { return strings.ToLower(name), s.db.Close() }\n\n")
	for i := range interfaces {
		fmt.Fprintf(&b, "//cachegen:wrap ttl=10m\ntype Store%d interface {\n", i)
		for m := 0; m < n; m += 2 {
			fmt.Fprintf(&b, "\t//cachegen:cache key=\"id, strings.ToLower(name)\"\n\tGet%d(ctx context.Context, id int64, name string) (*User, error)\n", m)
			fmt.Fprintf(&b, "\t//cachegen:evict Get%d(u.ID, u.Name) if u != nil\n\tSet%d(ctx context.Context, u *User) error\n", m, m)
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

// Generating for an interface of 100 methods is to cost no more than 1.2 of the load that any generator needs, in
// time and memory. Compare with -benchmem.
func BenchmarkHundredMethods(b *testing.B) {
	dir := module(b, map[string]string{"store/store.go": wide(1, 100)})
	b.Run("load", func(b *testing.B) { benchmarkLoad(b, dir, "./store") })
	b.Run("generate", func(b *testing.B) { benchmarkGenerate(b, dir, "./store") })
}

// The same for a package of 100 interfaces, and for 100 packages.
func BenchmarkHundredInterfaces(b *testing.B) {
	dir := module(b, map[string]string{"store/store.go": wide(100, 4)})
	b.Run("load", func(b *testing.B) { benchmarkLoad(b, dir, "./store") })
	b.Run("generate", func(b *testing.B) { benchmarkGenerate(b, dir, "./store") })
}

func BenchmarkHundredPackages(b *testing.B) {
	files := map[string]string{}
	for i := range 100 {
		files[fmt.Sprintf("s%d/store.go", i)] = wide(1, 4)
	}
	dir := module(b, files)
	b.Run("load", func(b *testing.B) { benchmarkLoad(b, dir, "./...") })
	b.Run("generate", func(b *testing.B) { benchmarkGenerate(b, dir, "./...") })
}

func benchmarkLoad(b *testing.B, dir, pattern string) {
	b.ReportAllocs()
	for b.Loop() {
		const mode = packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo
		pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: mode}, pattern)
		if err != nil || len(pkgs) == 0 || len(pkgs[0].Errors) > 0 {
			b.Fatal(err, pkgs)
		}
	}
}

func benchmarkGenerate(b *testing.B, dir, pattern string) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := gen.Generate(context.Background(), gen.Config{Dir: dir, Patterns: []string{pattern}})
		if err != nil || len(r.Diagnostics) > 0 || len(r.Files) == 0 {
			b.Fatal(err, r.Diagnostics)
		}
	}
}
