// Package golangci makes cachegen's diagnostics a linter of golangci-lint, as a module plugin: "golangci-lint custom" builds
// a golangci-lint that has it, where .custom-gcl.yml names this package. It is imported for that alone.
package golangci

import (
	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/cachegen-go/cachegen/gen/analyzer"
)

func init() {
	register.Plugin(analyzer.Analyzer.Name, func(any) (register.LinterPlugin, error) { return plugin{}, nil })
}

type plugin struct{}

func (plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return []*analysis.Analyzer{analyzer.Analyzer}, nil
}

func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
