package otel

import (
	"context"
	"errors"
	"slices"
	"sync"

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
	kinds       sync.Map // of *kind
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
	tracer := o.traces.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
	return &Observer{options: o, tracer: tracer, instruments: instruments}, nil
}

// Watch has the cache's counts collected, as long as the meter provider lives. runtime.New calls it.
func (o *Observer) Watch(c *runtime.Cache) {
	if err := o.instruments.watch(c, o.attributes); err != nil {
		otel.Handle(err)
	}
}

// kind is what operations of a kind have in common. There are few kinds, and they are made once, since that takes longer than
// to record a duration.
type kind struct {
	name       string
	attributes []attribute.KeyValue
	start      []trace.SpanStartOption
	durations  metric.Float64Histogram
	succeeded  []metric.RecordOption
}

func (o *Observer) kindOf(op runtime.Operation) *kind {
	key := [...]string{op.Name, op.Tier, op.Method}
	if k, ok := o.kinds.Load(key); ok {
		return k.(*kind)
	}
	k := &kind{name: op.Name, attributes: slices.Clone(o.attributes), durations: o.instruments.operations}
	of := trace.SpanKindClient
	if op.Tier == "" {
		k.name, k.durations, of = "load "+op.Method, o.instruments.loads, trace.SpanKindInternal
		k.attributes = append(k.attributes, semconv.CodeFunctionName(op.Method))
	} else {
		k.attributes = append(k.attributes, semconv.DBSystemNameKey.String(op.Tier), semconv.DBOperationName(op.Name))
	}
	k.attributes = slices.Clip(k.attributes)
	k.start = []trace.SpanStartOption{trace.WithSpanKind(of), trace.WithAttributes(k.attributes...)}
	k.succeeded = []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(slices.Clone(k.attributes)...))}
	known, _ := o.kinds.LoadOrStore(key, k)
	return known.(*kind)
}

// Begin implements runtime.Observer.
func (o *Observer) Begin(ctx context.Context, op runtime.Operation) (context.Context, func(runtime.Result)) {
	k := o.kindOf(op)
	ctx, span := o.tracer.Start(ctx, k.name, k.start...)
	if span.IsRecording() {
		if len(op.Keys) > 1 {
			span.SetAttributes(semconv.DBOperationBatchSize(len(op.Keys)))
		}
		if o.keys {
			span.SetAttributes(attribute.StringSlice("cachegen.keys", op.Keys))
		}
	}
	get := op.Name == "get"
	return ctx, func(r runtime.Result) {
		measured := k.succeeded
		switch {
		case r.Err != nil:
			failed := semconv.ErrorTypeKey.String(errorType(r.Err))
			span.SetAttributes(failed)
			span.SetStatus(codes.Error, r.Err.Error())
			measured = []metric.RecordOption{metric.WithAttributes(append(k.attributes, failed)...)}
		case get && span.IsRecording():
			span.SetAttributes(attribute.Int("cachegen.hits", r.Hits))
		}
		span.End()
		if !errors.Is(r.Err, runtime.ErrUnavailable) { // else there was no operation
			k.durations.Record(ctx, r.Took.Seconds(), measured...)
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
