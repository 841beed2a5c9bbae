package otel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/observe/internal/counted"
)

// instruments are all that there is to measure with.
type instruments struct {
	meter metric.Meter

	loads, operations, lag metric.Float64Histogram
	link                   metric.Int64Gauge
	panics                 metric.Int64Counter

	methods, tiers, evictions []metric.Int64ObservableCounter
	breaker, pending          metric.Int64ObservableUpDownCounter
}

// bounds are those that the semantic conventions want for db.client.operation.duration.
var bounds = metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)

func newInstruments(m metric.Meter) (instruments, error) {
	in := instruments{meter: m}
	var errs [10]error
	in.loads, errs[0] = m.Float64Histogram("cachegen.method.load.duration", metric.WithUnit("s"), bounds,
		metric.WithDescription("How long calls of the wrapped method took that were to be stored."))
	in.operations, errs[1] = m.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"), bounds,
		metric.WithDescription("Duration of database client operations."))
	in.lag, errs[2] = m.Float64Histogram("cachegen.invalidation.lag", metric.WithUnit("s"), bounds,
		metric.WithDescription("How long messages of other processes' evictions were on their way, by the clocks of both."))
	in.link, errs[3] = m.Int64Gauge("cachegen.link.up",
		metric.WithDescription("Whether messages of other processes' evictions arrive, so that tiers in process are in use."))
	in.panics, errs[4] = m.Int64Counter("cachegen.lost_panics", metric.WithUnit("{load}"),
		metric.WithDescription("Loads that panicked when all their callers had left."))
	in.methods, errs[5] = countersOf(m, "method", counted.Methods)
	in.tiers, errs[6] = countersOf(m, "tier", counted.Tiers)
	in.evictions, errs[7] = countersOf(m, "evictions", counted.Evictions)
	in.breaker, errs[8] = m.Int64ObservableUpDownCounter("cachegen.tier.breaker.state",
		metric.WithDescription("1 for the state that the tier's circuit breaker is in, 0 for the others."))
	in.pending, errs[9] = m.Int64ObservableUpDownCounter("cachegen.evictions.pending", metric.WithUnit("{key}"),
		metric.WithDescription("Keys that wait for their eviction to be retried."))
	return in, errors.Join(errs[:]...)
}

func countersOf[S any](m metric.Meter, of string, counters []counted.Counter[S]) ([]metric.Int64ObservableCounter, error) {
	all := make([]metric.Int64ObservableCounter, len(counters))
	for i, c := range counters {
		var err error
		all[i], err = m.Int64ObservableCounter("cachegen."+of+"."+c.Name, metric.WithUnit("{"+c.Unit+"}"), metric.WithDescription(c.Help))
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// watch has c's counts collected from now on, with these attributes.
func (in *instruments) watch(c *runtime.Cache, attributes []attribute.KeyValue) error {
	all := []metric.Observable{in.breaker, in.pending}
	for _, some := range [][]metric.Int64ObservableCounter{in.methods, in.tiers, in.evictions} {
		for _, one := range some {
			all = append(all, one)
		}
	}
	_, err := in.meter.RegisterCallback(func(_ context.Context, to metric.Observer) error {
		in.collect(c.Stats(), to, attributes)
		return nil
	}, all...)
	return err
}

func (in *instruments) collect(stats runtime.Stats, to metric.Observer, attributes []attribute.KeyValue) {
	with := func(more ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(more, attributes...)...))
	}
	for name, s := range stats.Methods {
		observe(to, in.methods, counted.Methods, &s, with(semconv.CodeFunctionName(name)))
	}
	names := counted.TierNames(stats.Tiers)
	for i, s := range stats.Tiers {
		tier := attribute.String("cachegen.tier", names[i])
		observe(to, in.tiers, counted.Tiers, &s, with(tier))
		if s.Breaker == "" {
			continue
		}
		for _, state := range counted.BreakerStates {
			var is int64
			if s.Breaker == state {
				is = 1
			}
			to.ObserveInt64(in.breaker, is, with(tier, attribute.String("cachegen.breaker.state", state)))
		}
	}
	observe(to, in.evictions, counted.Evictions, &stats, with())
	to.ObserveInt64(in.pending, int64(stats.PendingEvictions), with())
}

func observe[S any](to metric.Observer, instruments []metric.Int64ObservableCounter, counters []counted.Counter[S], s *S, with metric.MeasurementOption) {
	for i, c := range counters {
		to.ObserveInt64(instruments[i], int64(c.Of(s)), with)
	}
}
