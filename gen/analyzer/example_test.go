package analyzer_test

import (
	"golang.org/x/tools/go/analysis/multichecker"
	"golang.org/x/tools/go/analysis/passes/nilness"

	"github.com/cachegen-go/cachegen/gen/analyzer"
)

// A checker of one's own, with cachegen's diagnostics among others.
func Example() {
	multichecker.Main(analyzer.Analyzer, nilness.Analyzer)
}
