package prometheus

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/observe/internal/counted"
)

// counts describe what is read from runtime.Stats.
type counts struct {
	methods, tiers, evictions []*prometheus.Desc
	breaker, pending          *prometheus.Desc
}

func newCounts() counts {
	return counts{
		methods:   descsOf("method", counted.Methods, "method"),
		tiers:     descsOf("tier", counted.Tiers, "tier"),
		evictions: descsOf("evictions", counted.Evictions),
		breaker: prometheus.NewDesc("cachegen_tier_breaker_state",
			"1 for the state that the tier's circuit breaker is in, 0 for the others.", []string{"tier", "state"}, nil),
		pending: prometheus.NewDesc("cachegen_evictions_pending",
			"Keys that wait for their eviction to be retried.", nil, nil),
	}
}

func descsOf[S any](of string, counters []counted.Counter[S], labels ...string) []*prometheus.Desc {
	descs := make([]*prometheus.Desc, len(counters))
	for i, c := range counters {
		descs[i] = prometheus.NewDesc("cachegen_"+of+"_"+c.Name+"_total", c.Help, labels, nil)
	}
	return descs
}

func (c counts) describe(descs chan<- *prometheus.Desc) {
	for _, some := range [][]*prometheus.Desc{c.methods, c.tiers, c.evictions, {c.breaker, c.pending}} {
		for _, d := range some {
			descs <- d
		}
	}
}

func (c counts) collect(stats runtime.Stats, metrics chan<- prometheus.Metric) {
	for name, s := range stats.Methods {
		collect(metrics, c.methods, counted.Methods, &s, name)
	}
	names := counted.TierNames(stats.Tiers)
	for i, s := range stats.Tiers {
		collect(metrics, c.tiers, counted.Tiers, &s, names[i])
		if s.Breaker == "" {
			continue
		}
		for _, state := range counted.BreakerStates {
			is := 0.0
			if s.Breaker == state {
				is = 1
			}
			metrics <- prometheus.MustNewConstMetric(c.breaker, prometheus.GaugeValue, is, names[i], state)
		}
	}
	collect(metrics, c.evictions, counted.Evictions, &stats)
	metrics <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(stats.PendingEvictions))
}

func collect[S any](metrics chan<- prometheus.Metric, descs []*prometheus.Desc, counters []counted.Counter[S], s *S, labels ...string) {
	for i, c := range counters {
		metrics <- prometheus.MustNewConstMetric(descs[i], prometheus.CounterValue, float64(c.Of(s)), labels...)
	}
}
