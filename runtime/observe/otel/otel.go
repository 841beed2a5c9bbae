package otel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/cachegen-go/cachegen/runtime"
)

const scope = "github.com/cachegen-go/cachegen/runtime/observe/otel"

// Option configures an Observer; see the functions that return one.
type Option func(*options)

type options struct {
	traces     trace.TracerProvider
	metrics    metric.MeterProvider
	attributes []attribute.KeyValue
	keys       bool
}

// WithTracerProvider sets where spans go; the default is the global provider. The one of package trace/noop makes none.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(o *options) { o.traces = p }
}

// WithMeterProvider sets where metrics go; the default is the global provider. The one of package metric/noop makes none.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(o *options) { o.metrics = p }
}

// WithAttributes gives all spans and metrics these attributes too. Several caches that share a provider need some to be told
// apart.
func WithAttributes(attributes ...attribute.KeyValue) Option {
	return func(o *options) { o.attributes = append(o.attributes, attributes...) }
}

// WithKeys has keys recorded in spans, as cachegen.keys. They may hold what identifies people.
func WithKeys() Option {
	return func(o *options) { o.keys = true }
}

// Observer makes spans and metrics of what one Cache does. Make it with New and hand it to runtime.New by
// runtime.WithObserver. All methods are safe for concurrent use.
type Observer struct {
	options
	tracer      trace.Tracer
	instruments instruments
}

var _ runtime.Watcher = (*Observer)(nil)

// New returns an Observer for one cache. It fails where the meter refuses an instrument.
func New(opts ...Option) (*Observer, error) {
	o := options{traces: otel.GetTracerProvider(), metrics: otel.GetMeterProvider()}
	for _, opt := range opts {
		opt(&o)
	}
	instruments, err := newInstruments(o.metrics.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL)))
	if err != nil {
		return nil, err
	}
	return &Observer{o, o.traces.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)), instruments}, nil
}

// Watch has the cache's counts collected, as long as the meter provider lives. runtime.New calls it.
func (o *Observer) Watch(c *runtime.Cache) {
	if err := o.instruments.watch(c, o.attributes); err != nil {
		otel.Handle(err)
	}
}

// Begin implements runtime.Observer.
func (o *Observer) Begin(ctx context.Context, op runtime.Operation) (context.Context, func(runtime.Result)) {
	var (
		name      = op.Name
		kind      = trace.SpanKindClient
		durations = o.instruments.operations
		what      = make([]attribute.KeyValue, 0, 8)
	)
	what = append(what, o.attributes...)
	if op.Tier == "" {
		name, kind, durations = "load "+op.Method, trace.SpanKindInternal, o.instruments.loads
		what = append(what, semconv.CodeFunctionName(op.Method))
	} else {
		what = append(what, semconv.DBSystemNameKey.String(op.Tier), semconv.DBOperationName(op.Name))
	}
	ctx, span := o.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(what...))
	if span.IsRecording() {
		if len(op.Keys) > 1 {
			span.SetAttributes(semconv.DBOperationBatchSize(len(op.Keys)))
		}
		if o.keys {
			span.SetAttributes(attribute.StringSlice("cachegen.keys", op.Keys))
		}
	}
	return ctx, func(r runtime.Result) {
		if r.Err != nil {
			failed := semconv.ErrorTypeKey.String(errorType(r.Err))
			span.SetAttributes(failed)
			span.SetStatus(codes.Error, r.Err.Error())
			what = append(what, failed)
		} else if op.Name == "get" {
			span.SetAttributes(attribute.Int("cachegen.hits", r.Hits))
		}
		span.End()
		if !errors.Is(r.Err, runtime.ErrUnavailable) { // else there was no operation
			durations.Record(ctx, r.Took.Seconds(), metric.WithAttributes(what...))
		}
	}
}

// errorType is a name for errors like err, of which there are few.
func errorType(err error) string {
	switch {
	case errors.Is(err, runtime.ErrUnavailable):
		return "unavailable"
	case errors.Is(err, runtime.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	return semconv.ErrorType(err).Value.AsString()
}

// Notice implements runtime.Observer.
func (o *Observer) Notice(e runtime.Event) {
	ctx := context.Background()
	with := func(more ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributes(append(more, o.attributes...)...)
	}
	switch e.Kind {
	case runtime.LinkUp:
		o.instruments.link.Record(ctx, 1, with(semconv.DBSystemNameKey.String(e.Tier)))
	case runtime.LinkDown:
		o.instruments.link.Record(ctx, 0, with(semconv.DBSystemNameKey.String(e.Tier)))
	case runtime.EvictionReceived:
		if e.Lag > 0 {
			o.instruments.lag.Record(ctx, e.Lag.Seconds(), with(semconv.DBSystemNameKey.String(e.Tier)))
		}
	case runtime.PanicLost:
		o.instruments.panics.Add(ctx, 1, with())
	}
}
