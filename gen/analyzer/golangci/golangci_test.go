package golangci

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"

	"github.com/cachegen-go/cachegen/gen/analyzer"
)

func TestThePluginIsRegistered(t *testing.T) {
	make, err := register.GetPlugin("cachegen")
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := make(nil)
	if err != nil {
		t.Fatal(err)
	}
	analyzers, err := plugin.BuildAnalyzers()
	if err != nil || len(analyzers) != 1 || analyzers[0] != analyzer.Analyzer {
		t.Errorf("analyzers: %v, %v", analyzers, err)
	}
	if mode := plugin.GetLoadMode(); mode != register.LoadModeTypesInfo {
		t.Errorf("load mode %q: the analyzer needs types", mode)
	}
}
