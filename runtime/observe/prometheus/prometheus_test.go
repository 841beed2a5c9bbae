//go:build unix

package prometheus

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/observe/internal/observetest"
)

// everything is the registry of a cache that has done everything.
func everything(t *testing.T, opts ...Option) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	m := New(opts...)
	registry.MustRegister(m) // before there is a cache
	if _, err := registry.Gather(); err != nil {
		t.Errorf("without a cache: %v", err)
	}
	observetest.Run(t.Context(), t, m)
	return registry
}

func gather(t *testing.T, g prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]*dto.MetricFamily)
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// find returns the metric of a family whose labels have these values, in the order of their names.
func find(f *dto.MetricFamily, values ...string) *dto.Metric {
	for _, m := range f.GetMetric() {
		var got []string
		for _, l := range m.GetLabel() {
			got = append(got, l.GetValue())
		}
		if slices.Equal(got, values) {
			return m
		}
	}
	return nil
}

func TestACacheThatDidEverything(t *testing.T) {
	registry := everything(t)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("promlint: %s: %s", p.Metric, p.Text)
	}

	families := gather(t, registry)
	for _, want := range []struct {
		name   string
		least  float64
		labels []string
	}{
		{"cachegen_method_requests_total", 7, []string{observetest.Method}},
		{"cachegen_method_hits_total", 2, []string{observetest.Method}},
		{"cachegen_method_not_found_hits_total", 1, []string{observetest.Method}},
		{"cachegen_method_misses_total", 5, []string{observetest.Method}},
		{"cachegen_method_loads_total", 5, []string{observetest.Method}},
		{"cachegen_method_load_errors_total", 2, []string{observetest.Method}},
		{"cachegen_method_evictions_total", 1, []string{observetest.Method}},
		{"cachegen_method_corrupt_total", 1, []string{observetest.Method}},
		{"cachegen_tier_hits_total", 2, []string{"memory"}},
		{"cachegen_tier_gets_total", 3, []string{"redis"}},
		{"cachegen_tier_errors_total", 2, []string{"redis"}},
		{"cachegen_evictions_received_total", 1, nil},
		{"cachegen_evictions_failed_total", 1, nil},
		{"cachegen_evictions_pending", 1, nil},
		{"cachegen_tier_breaker_state", 1, []string{"open", "redis"}},
		{"cachegen_lost_panics_total", 1, nil},
	} {
		m := find(families[want.name], want.labels...)
		if got := m.GetCounter().GetValue() + m.GetGauge().GetValue(); m == nil || got < want.least {
			t.Errorf("%s%q is %v, want %v or more", want.name, want.labels, got, want.least)
		}
	}
	for _, want := range []struct {
		name   string
		labels []string
	}{{"cachegen_tier_breaker_state", []string{"closed", "redis"}}, {"cachegen_link_up", []string{"redis"}}} {
		if m := find(families[want.name], want.labels...); m == nil || m.GetGauge().GetValue() != 0 {
			t.Errorf("%s%q is %v, want 0", want.name, want.labels, m)
		}
	}
	for _, want := range []struct {
		name   string
		labels []string
	}{
		{"cachegen_method_load_duration_seconds", []string{observetest.Method}},
		{"cachegen_tier_operation_duration_seconds", []string{"get", "redis"}},
		{"cachegen_tier_operation_duration_seconds", []string{"evict", "redis"}},
		{"cachegen_invalidation_lag_seconds", []string{"redis"}},
	} {
		h := find(families[want.name], want.labels...).GetHistogram()
		if h.GetSampleCount() == 0 || h.Schema == nil || len(h.GetPositiveSpan()) == 0 {
			t.Errorf("%s%q is no native histogram that has something: %v", want.name, want.labels, h)
		}
		if len(h.GetBucket()) > 0 {
			t.Errorf("%s has classic buckets that nobody asked for", want.name)
		}
	}
	// Each load that was counted has its duration.
	loads := find(families["cachegen_method_loads_total"], observetest.Method).GetCounter().GetValue()
	if n := find(families["cachegen_method_load_duration_seconds"], observetest.Method).GetHistogram().GetSampleCount(); float64(n) != loads {
		t.Errorf("%v loads, and durations of %d", loads, n)
	}
}

// TestPrometheusReadsThem writes all metrics as text and has Prometheus' own parser read them back.
func TestPrometheusReadsThem(t *testing.T) {
	registry := everything(t, WithBuckets(0.001, 0.01, 0.1, 1))
	families := gather(t, registry)
	var text bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	read, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != len(families) {
		t.Errorf("%d families were written, %d read", len(families), len(read))
	}
	for name, f := range families {
		got := read[name]
		if got.GetType() != f.GetType() || got.GetHelp() != f.GetHelp() || len(got.GetMetric()) != len(f.GetMetric()) {
			t.Errorf("%s was read as %v", name, got)
		}
		if f.GetType() == dto.MetricType_HISTOGRAM && len(got.GetMetric()[0].GetHistogram().GetBucket()) != 5 {
			t.Errorf("%s has not the buckets that were asked for, and one for the rest: %v", name, got)
		}
	}
}

func TestSeveralCachesInOneRegistry(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for _, name := range []string{"users", "orders"} {
		m := New()
		var tiers []runtime.Tier
		for range 2 { // of one name
			local, err := memory.New(memory.Config{MaxEntries: 1})
			if err != nil {
				t.Fatal(err)
			}
			tiers = append(tiers, runtime.Tier{Backend: local})
		}
		backend, err := runtime.NewTiered(tiers...)
		if err != nil {
			t.Fatal(err)
		}
		cache, err := runtime.New(backend, runtime.WithObserver(m))
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		prometheus.WrapRegistererWith(prometheus.Labels{"cache": name}, registry).MustRegister(m)
	}
	if n := len(gather(t, registry)["cachegen_tier_hits_total"].GetMetric()); n != 4 {
		t.Errorf("%d tiers, want 4", n)
	}
}

func TestMetricsAreCollectedWhileTheyChange(t *testing.T) {
	m := New()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(m)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				_, end := m.Begin(t.Context(), runtime.Operation{Name: "get", Tier: "redis"})
				end(runtime.Result{Took: 1})
				m.Notice(runtime.Event{Kind: runtime.EvictionReceived, Tier: "redis", Lag: 1})
				if _, err := registry.Gather(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// TestWhatARefusalLeaves: an operation that the breaker refused took no time that says anything of the tier.
func TestWhatARefusalLeaves(t *testing.T) {
	m := New()
	_, end := m.Begin(t.Context(), runtime.Operation{Name: "get", Tier: "redis"})
	end(runtime.Result{Err: runtime.ErrUnavailable})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(m)
	h := find(gather(t, registry)["cachegen_tier_operation_duration_seconds"], "get", "redis").GetHistogram()
	if h.GetSampleCount() != 0 {
		t.Errorf("it has a duration: %v", h)
	}
}
