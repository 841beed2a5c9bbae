//go:build unix

package otel

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/redis"
	"github.com/cachegen-go/cachegen/runtime/codec"
	"github.com/cachegen-go/cachegen/runtime/observe/internal/observetest"
)

// spied is an Observer whose spans and metrics can be seen.
type spied struct {
	*Observer
	tracer oteltrace.Tracer
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
}

func spy(t *testing.T, opts ...Option) spied {
	t.Helper()
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	traces := trace.NewTracerProvider(trace.WithSyncer(spans))
	o, err := New(append(opts, WithTracerProvider(traces), WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))...)
	if err != nil {
		t.Fatal(err)
	}
	return spied{o, traces.Tracer("the program"), spans, reader}
}

// named are the spans of a name.
func (s spied) named(name string) (spans []tracetest.SpanStub) {
	for _, span := range s.spans.GetSpans() {
		if span.Name == name {
			spans = append(spans, span)
		}
	}
	return spans
}

// text is an attribute of a span, or "" where it has none.
func text(attributes []attribute.KeyValue, key attribute.Key) string {
	for _, a := range attributes {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

func usersOver(t *testing.T, addr string, o runtime.Observer) (*runtime.Cache, *runtime.Method[string]) {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	shared, err := redis.New(client)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(shared, runtime.WithObserver(o), runtime.WithBackendTimeout(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cache.Close() })
	return cache, runtime.NewMethod(cache, runtime.MethodConfig[string]{
		Prefix: "shop.Users", Name: "Get", Codec: codec.Reflect[string](),
	})
}

func TestSpansAreChildrenOfTheCallsThatBeganThem(t *testing.T) {
	s := spy(t)
	cache, users := usersOver(t, servertest.Redis(t).Addr(), s)
	ctx, call := s.tracer.Start(t.Context(), "call")
	key := observetest.Key(users, "1")
	if _, ok, _ := users.Get(ctx, key); ok {
		t.Fatal("a hit in an empty store")
	}
	var query oteltrace.Span
	_, err := users.Load(ctx, key, func(ctx context.Context, _ *runtime.Fill) (string, error) {
		_, query = s.tracer.Start(ctx, "query")
		query.End()
		// A cached method that is called by a load.
		_, _, _ = users.Get(ctx, observetest.Key(users, "2"))
		return "Ann", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cache.Evict(ctx, func(ev *runtime.Eviction) { ev.Remove(users, key) })
	call.End()

	loads := s.named("load shop.Users.Get")
	if len(loads) != 1 {
		t.Fatalf("%d spans of loads", len(loads))
	}
	load := loads[0]
	if load.SpanKind != oteltrace.SpanKindInternal || text(load.Attributes, semconv.CodeFunctionNameKey) != "shop.Users.Get" {
		t.Errorf("the load's span is %+v", load)
	}
	if load.Parent.SpanID() != call.SpanContext().SpanID() {
		t.Error("a load is not the child of the call that began it")
	}
	if q := s.named("query"); len(q) != 1 || q[0].Parent.SpanID() != load.SpanContext.SpanID() {
		t.Error("what a load does is not its child")
	}
	within := 0
	for _, span := range s.spans.GetSpans() {
		if span.SpanContext.TraceID() != call.SpanContext().TraceID() {
			t.Errorf("%s is in a trace of its own", span.Name)
		}
		if span.SpanKind != oteltrace.SpanKindClient {
			continue
		}
		if text(span.Attributes, semconv.DBSystemNameKey) != "redis" || text(span.Attributes, semconv.DBOperationNameKey) != span.Name {
			t.Errorf("%s has %v", span.Name, span.Attributes)
		}
		switch span.Parent.SpanID() {
		case load.SpanContext.SpanID():
			within++
		case call.SpanContext().SpanID():
		default:
			t.Errorf("%s is the child of neither the call nor the load", span.Name)
		}
	}
	if within != 1 {
		t.Errorf("%d operations of tiers are the load's children, want the one that it made", within)
	}
	for _, name := range []string{"get", "lease", "fill", "evict"} {
		if len(s.named(name)) == 0 {
			t.Errorf("no span %q", name)
		}
	}
}

func TestKeysAreRecordedOnlyWhereAskedFor(t *testing.T) {
	for _, opts := range [][]Option{nil, {WithKeys()}} {
		s := spy(t, opts...)
		_, end := s.Begin(t.Context(), runtime.Operation{Name: "get", Tier: "redis", Keys: []string{"shop:1", "shop:2"}})
		end(runtime.Result{Hits: 1})
		span := s.named("get")[0]
		if text(span.Attributes, semconv.DBOperationBatchSizeKey) != "2" || text(span.Attributes, "cachegen.hits") != "1" {
			t.Errorf("the span has %v", span.Attributes)
		}
		if got := text(span.Attributes, "cachegen.keys"); (got != "") != (opts != nil) {
			t.Errorf("with %d options the keys are %q", len(opts), got)
		}
	}
}

func TestErrorsHaveATypeAndAStatus(t *testing.T) {
	for want, err := range map[string]error{
		"timeout": runtime.ErrTimeout, "unavailable": runtime.ErrUnavailable, "canceled": context.Canceled,
		"*errors.errorString": errors.New("broken"),
	} {
		s := spy(t)
		_, end := s.Begin(t.Context(), runtime.Operation{Name: "set", Tier: "redis"})
		end(runtime.Result{Err: err})
		span := s.named("set")[0]
		if got := text(span.Attributes, semconv.ErrorTypeKey); got != want || span.Status.Code != codes.Error {
			t.Errorf("%v has the type %q, want %q, and the status %v", err, got, want, span.Status)
		}
		_, measured := s.collect(t)["db.client.operation.duration"]
		if measured != (want != "unavailable") {
			t.Errorf("%v has a duration: %v", err, measured)
		}
	}
}

// collect returns the metrics by their names.
func (s spied) collect(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := s.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]metricdata.Metrics)
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

func TestMetricsOfACacheThatDidEverything(t *testing.T) {
	s := spy(t, WithAttributes(attribute.String("shop.cache", "users")))
	observetest.Run(t.Context(), t, s)
	metrics := s.collect(t)

	method, memory := semconv.CodeFunctionName(observetest.Method), attribute.String("cachegen.tier", "memory")
	shared, system := attribute.String("cachegen.tier", "redis"), semconv.DBSystemNameRedis
	for _, want := range []struct {
		name  string
		least int64
		attrs []attribute.KeyValue
	}{
		{"cachegen.method.requests", 7, []attribute.KeyValue{method}},
		{"cachegen.method.hits", 2, []attribute.KeyValue{method}},
		{"cachegen.method.loads", 5, []attribute.KeyValue{method}},
		{"cachegen.method.load_errors", 2, []attribute.KeyValue{method}},
		{"cachegen.tier.hits", 2, []attribute.KeyValue{memory}},
		{"cachegen.tier.errors", 2, []attribute.KeyValue{shared}},
		{"cachegen.tier.breaker.state", 1, []attribute.KeyValue{shared, attribute.String("cachegen.breaker.state", "open")}},
		{"cachegen.evictions.received", 1, nil},
		{"cachegen.evictions.pending", 1, nil},
		{"cachegen.lost_panics", 1, nil},
	} {
		attrs := attribute.NewSet(append(want.attrs, attribute.String("shop.cache", "users"))...)
		sum, _ := metrics[want.name].Data.(metricdata.Sum[int64])
		i := slices.IndexFunc(sum.DataPoints, func(p metricdata.DataPoint[int64]) bool { return p.Attributes.Equals(&attrs) })
		if i < 0 || sum.DataPoints[i].Value < want.least {
			t.Errorf("%s is %+v, want %d or more of %v", want.name, sum.DataPoints, want.least, attrs.Encoded(attribute.DefaultEncoder()))
		}
	}
	for name, attr := range map[string]attribute.KeyValue{
		"cachegen.method.load.duration": method, "db.client.operation.duration": system, "cachegen.invalidation.lag": system,
	} {
		h, _ := metrics[name].Data.(metricdata.Histogram[float64])
		if len(h.DataPoints) == 0 || metrics[name].Unit != "s" {
			t.Errorf("%s in %q is %+v", name, metrics[name].Unit, h)
			continue
		}
		if got := text(h.DataPoints[0].Attributes.ToSlice(), attr.Key); got != attr.Value.String() {
			t.Errorf("%s is of %q, want %q", name, got, attr.Value.String())
		}
	}
	if g, _ := metrics["cachegen.link.up"].Data.(metricdata.Gauge[int64]); len(g.DataPoints) != 1 || g.DataPoints[0].Value != 0 {
		t.Errorf("the link is %+v, want 0", g)
	}

	failed := 0
	for _, span := range s.spans.GetSpans() {
		if span.Status.Code == codes.Error && strings.HasPrefix(span.Name, "load ") {
			failed++
		}
		for _, a := range span.Attributes {
			if strings.Contains(a.Value.String(), "Users.Get:") {
				t.Errorf("a key is recorded: %v", a)
			}
		}
	}
	if failed != 2 {
		t.Errorf("%d spans of failed loads, want 2: one that failed and one that panicked", failed)
	}
}

func TestMetricsCanBeLeftOut(t *testing.T) {
	s := spy(t)
	o, err := New(WithTracerProvider(trace.NewTracerProvider(trace.WithSyncer(s.spans))), WithMeterProvider(metricnoop.NewMeterProvider()))
	if err != nil {
		t.Fatal(err)
	}
	observetest.Run(t.Context(), t, o)
	if len(s.spans.GetSpans()) == 0 {
		t.Error("no spans")
	}
}
