package gen

import (
	"path/filepath"
	"strings"
)

// The systems and architectures that go/build knows in file names (its list is internal/syslist).
var (
	systems = words(`aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9
		solaris wasip1 windows zos`)
	architectures = words(`386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32
		mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm`)
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// cutSuffix parts a file's name from the suffixes that the go command reads in it: users, _linux_test.
func cutSuffix(base string) (stem, suffix string) {
	stem = strings.TrimSuffix(base, ".go")
	if s, ok := strings.CutSuffix(stem, "_test"); ok {
		stem, suffix = s, "_test"
	}
	cut := func(known map[string]bool) bool {
		i := strings.LastIndexByte(stem, '_')
		if i < 0 || !known[stem[i+1:]] {
			return false
		}
		stem, suffix = stem[:i], stem[i:]+suffix
		return true
	}
	if cut(architectures) {
		cut(systems)
	} else {
		cut(systems)
	}
	return stem, suffix
}

// wrapperFile names the file for the wrappers of a source file: users_linux.go gives users_cachegen_linux.go.
func wrapperFile(source string) string {
	stem, suffix := cutSuffix(filepath.Base(source))
	return filepath.Join(filepath.Dir(source), stem+"_cachegen"+suffix+".go")
}

// glueFile names the file for what tests the wrappers of a source file: users_linux.go gives users_cachetest_linux_test.go,
// users_test.go gives users_test_cachetest_test.go.
func glueFile(source string) string {
	stem, suffix := cutSuffix(filepath.Base(source))
	if s, ok := strings.CutSuffix(suffix, "_test"); ok {
		stem, suffix = stem+"_test", s
	}
	return filepath.Join(filepath.Dir(source), stem+"_cachetest"+suffix+"_test.go")
}

// isGlueName tells whether glueFile may have named a file.
func isGlueName(path string) bool {
	stem, suffix := cutSuffix(filepath.Base(path))
	return strings.HasSuffix(stem, "_cachetest") && strings.HasSuffix(suffix, "_test")
}

// codecFile names the file for the codec functions of a source file's wrappers. Those of files that are always part of
// the package share one. A file under build constraints has its own: what it needs may not exist elsewhere, and the
// shared file must come out the same on every system.
func codecFile(source, constraint string) string {
	dir := filepath.Dir(source)
	stem, suffix := cutSuffix(filepath.Base(source))
	switch {
	case constraint != "", suffix != "" && suffix != "_test":
		return filepath.Join(dir, stem+"_cachegen_codec"+suffix+".go")
	}
	return filepath.Join(dir, "cachegen_codec"+suffix+".go")
}
