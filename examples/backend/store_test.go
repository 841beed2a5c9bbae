package backend

import (
	"os"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/backendtest"
)

func TestConformance(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) runtime.CacheBackend { return new(Store) }, backendtest.Config{})
}

func TestTheDocsShowThisBackend(t *testing.T) {
	readme, err := os.ReadFile("../../docs/runtime.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("store.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), ")\n\n") // the imports
	if !strings.Contains(string(readme), code) {
		t.Error("docs/runtime.md shows another backend than this one")
	}
}
