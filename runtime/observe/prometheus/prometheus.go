package prometheus

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegen-go/cachegen/runtime"
)

// Option configures Metrics; see the functions that return one.
type Option func(*options)

type options struct{ buckets []float64 }

// WithBuckets gives the histograms classic buckets with these upper bounds in seconds, beside the native ones.
func WithBuckets(bounds ...float64) Option {
	return func(o *options) { o.buckets = bounds }
}

// Metrics collects what a Cache does. Make one with New, hand it to runtime.New by runtime.WithObserver, and register it. All
// methods are safe for concurrent use.
type Metrics struct {
	cache  atomic.Pointer[runtime.Cache]
	counts counts

	loads, operations, lag *prometheus.HistogramVec
	link                   *prometheus.GaugeVec
	panics                 prometheus.Counter
}

var (
	_ runtime.Watcher      = (*Metrics)(nil)
	_ prometheus.Collector = (*Metrics)(nil)
)

// New makes Metrics for one cache. Until that is made, they are empty.
func New(opts ...Option) *Metrics {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: o.buckets,
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  160,
			NativeHistogramMinResetDuration: time.Hour,
		}, labels)
	}
	return &Metrics{
		counts: newCounts(),
		loads: histogram("cachegen_method_load_duration_seconds",
			"How long calls of the wrapped method took that were to be stored.", "method"),
		operations: histogram("cachegen_tier_operation_duration_seconds",
			"How long operations of tiers outside this process took.", "tier", "operation"),
		lag: histogram("cachegen_invalidation_lag_seconds",
			"How long messages of other processes' evictions were on their way, by the clocks of both.", "tier"),
		link: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "cachegen_link_up",
			Help: "Whether messages of other processes' evictions arrive, so that tiers in process are in use.",
		}, []string{"tier"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cachegen_lost_panics_total", Help: "Loads that panicked when all their callers had left.",
		}),
	}
}

// Watch sets the cache whose counts are collected. runtime.New calls it.
func (m *Metrics) Watch(c *runtime.Cache) { m.cache.Store(c) }

// Begin implements runtime.Observer.
func (m *Metrics) Begin(ctx context.Context, op runtime.Operation) (context.Context, func(runtime.Result)) {
	var durations prometheus.Observer
	if op.Tier == "" {
		durations = m.loads.WithLabelValues(op.Method)
	} else {
		durations = m.operations.WithLabelValues(op.Tier, op.Name)
	}
	return ctx, func(r runtime.Result) {
		if !errors.Is(r.Err, runtime.ErrUnavailable) { // else there was no operation
			durations.Observe(r.Took.Seconds())
		}
	}
}

// Notice implements runtime.Observer.
func (m *Metrics) Notice(e runtime.Event) {
	switch e.Kind {
	case runtime.LinkUp:
		m.link.WithLabelValues(e.Tier).Set(1)
	case runtime.LinkDown:
		m.link.WithLabelValues(e.Tier).Set(0)
	case runtime.EvictionReceived:
		if e.Lag > 0 {
			m.lag.WithLabelValues(e.Tier).Observe(e.Lag.Seconds())
		}
	case runtime.PanicLost:
		m.panics.Inc()
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(descs chan<- *prometheus.Desc) {
	m.counts.describe(descs)
	for _, c := range m.told() {
		c.Describe(descs)
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(metrics chan<- prometheus.Metric) {
	if c := m.cache.Load(); c != nil {
		m.counts.collect(c.Stats(), metrics)
	}
	for _, c := range m.told() {
		c.Collect(metrics)
	}
}

// told are those that hold what the cache does not count.
func (m *Metrics) told() []prometheus.Collector {
	return []prometheus.Collector{m.loads, m.operations, m.lag, m.link, m.panics}
}
