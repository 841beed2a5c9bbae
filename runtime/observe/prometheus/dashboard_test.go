//go:build unix

package prometheus

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

// dashboard is what of Grafana's format matters here.
type dashboard struct {
	Title  string
	Panels []struct {
		ID      int
		Title   string
		Type    string
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct {
			Name, Type, Definition string
		}
	}
}

var (
	metricName = regexp.MustCompile(`\bcachegen_\w+`)
	selector   = regexp.MustCompile(`(cachegen_\w+)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`(\w+)=~?"`)
	grouping   = regexp.MustCompile(`by \(([^)]*)\)`)
	variable   = regexp.MustCompile(`\$(\w+)`)
)

// TestTheDashboardAsksForWhatThereIs compares the queries of the Grafana dashboard with the metrics of a real cache.
func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../../docs/grafana/cachegen.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	families := gather(t, everything(t))
	variables := []string{"__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	check := func(where, query string) {
		t.Helper()
		names := metricName.FindAllString(query, -1)
		if len(names) == 0 {
			t.Errorf("%s asks for none of our metrics: %s", where, query)
		}
		for _, name := range names {
			if families[name] == nil {
				t.Errorf("%s asks for %s, which there is not", where, name)
			}
		}
		for _, s := range selector.FindAllStringSubmatch(query, -1) {
			for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
				if !has(families[s[1]], m[1]) {
					t.Errorf("%s: %s has no label %s", where, s[1], m[1])
				}
			}
			for _, g := range grouping.FindAllStringSubmatch(query, -1) {
				for _, label := range strings.Split(g[1], ", ") {
					if !has(families[s[1]], label) {
						t.Errorf("%s: %s has no label %s", where, s[1], label)
					}
				}
			}
		}
		for _, v := range variable.FindAllStringSubmatch(query, -1) {
			if !slices.Contains(variables, v[1]) {
				t.Errorf("%s uses $%s, which there is not", where, v[1])
			}
		}
	}
	ids := make(map[int]bool)
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the number %d", p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			check(p.Title, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		if v.Type == "query" {
			check("$"+v.Name, v.Definition)
		}
	}
}

// has reports whether a family has a label, of its own or given to each by Prometheus.
func has(f *dto.MetricFamily, label string) bool {
	if label == "job" || label == "instance" {
		return true
	}
	return slices.ContainsFunc(f.GetMetric(), func(m *dto.Metric) bool {
		return slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == label })
	})
}
