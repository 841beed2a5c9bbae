package slogs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// Option configures an observer; see the functions that return one.
type Option func(*observer)

// WithKeys has keys logged, as "keys". They may hold what identifies people.
func WithKeys() Option {
	return func(o *observer) { o.keys = true }
}

// WithSlow sets from which duration on an operation of a tier is slow; the default is 100 milliseconds. With 0 none is.
func WithSlow(d time.Duration) Option {
	return func(o *observer) { o.slow = d }
}

// WithPause sets for how long, after a warning of a kind that may come at every call, no other of that kind is logged for the
// same method, or the same operation of the same tier; the default is a minute. With 0 all are logged.
func WithPause(d time.Duration) Option {
	return func(o *observer) { o.often.pause = d }
}

type observer struct {
	logger *slog.Logger
	keys   bool
	slow   time.Duration
	often  often
	down   switches
}

// New returns an Observer that logs to logger; nil is slog.Default, as it is now. Messages begin with "cachegen: "; attributes
// are "method", "tier", "operation", "took", "count" (of keys), "hits", "state", "lag", "error" and "left_out".
func New(logger *slog.Logger, opts ...Option) runtime.Observer {
	if logger == nil {
		logger = slog.Default()
	}
	o := &observer{logger: logger, slow: 100 * time.Millisecond, often: often{pause: time.Minute}}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

func (o *observer) Begin(ctx context.Context, op runtime.Operation) (context.Context, func(runtime.Result)) {
	return ctx, func(r runtime.Result) { o.ended(ctx, op, r) }
}

func (o *observer) ended(ctx context.Context, op runtime.Operation, r runtime.Result) {
	level, message := slog.LevelDebug, "cachegen: load"
	if op.Tier != "" {
		message = "cachegen: tier operation"
	}
	switch {
	case r.Err != nil:
		message += " failed"
		if !errors.Is(r.Err, context.Canceled) && !errors.Is(r.Err, runtime.ErrUnavailable) {
			level = slog.LevelWarn
		}
	case op.Tier != "" && o.slow > 0 && r.Took >= o.slow:
		message += " was slow"
		level = slog.LevelWarn
	}
	o.log(ctx, level, message, subject{message, op.Method, op.Tier, op.Name}, op.Keys, func(attrs []slog.Attr) []slog.Attr {
		if op.Tier != "" {
			attrs = append(attrs, slog.String("tier", op.Tier), slog.String("operation", op.Name))
		} else {
			attrs = append(attrs, slog.String("method", op.Method))
		}
		attrs = append(attrs, slog.Duration("took", r.Took), slog.Int("count", len(op.Keys)))
		if op.Name == "get" && r.Err == nil {
			attrs = append(attrs, slog.Int("hits", r.Hits))
		}
		return withError(attrs, r.Err)
	})
}

func (o *observer) Notice(e runtime.Event) {
	level := slog.LevelDebug
	sub := subject{message: "cachegen: " + e.Kind.String(), method: e.Method, tier: e.Tier}
	often := false
	switch e.Kind {
	case runtime.BreakerChanged:
		// An open breaker is half-open now and then, and open again: that is no news.
		if e.State != "half-open" && o.down.set(sub, e.State == "open") {
			level = newsLevel(e.State == "open")
		}
	case runtime.LinkUp, runtime.LinkDown:
		link := subject{message: "link", tier: e.Tier}
		if o.down.set(link, e.Kind == runtime.LinkDown) || e.Kind == runtime.LinkUp {
			level = newsLevel(e.Kind == runtime.LinkDown)
		}
	case runtime.EvictionFailed, runtime.EntryCorrupt:
		level, often = slog.LevelWarn, true
	case runtime.PanicLost:
		level = slog.LevelError
	}
	if !often {
		sub = subject{}
	}
	var keys []string
	if e.Key != "" {
		keys = []string{e.Key}
	}
	o.log(context.Background(), level, "cachegen: "+e.Kind.String(), sub, keys, func(attrs []slog.Attr) []slog.Attr {
		for _, a := range []struct{ name, value string }{{"method", e.Method}, {"tier", e.Tier}, {"state", e.State}} {
			if a.value != "" {
				attrs = append(attrs, slog.String(a.name, a.value))
			}
		}
		if e.Keys > 0 {
			attrs = append(attrs, slog.Int("count", e.Keys))
		}
		if e.Lag > 0 {
			attrs = append(attrs, slog.Duration("lag", e.Lag))
		}
		return withError(attrs, e.Err)
	})
}

func newsLevel(bad bool) slog.Level {
	if bad {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// log logs at level what describe says. A warning about the same subject as one a moment ago is counted instead; the zero
// subject is like no other.
func (o *observer) log(ctx context.Context, level slog.Level, message string, about subject, keys []string,
	describe func([]slog.Attr) []slog.Attr) {
	if !o.logger.Enabled(ctx, level) {
		return
	}
	leftOut := 0
	if level == slog.LevelWarn && about != (subject{}) {
		var now bool
		if now, leftOut = o.often.may(about); !now {
			return
		}
	}
	attrs := describe(make([]slog.Attr, 0, 8))
	if o.keys && len(keys) > 0 {
		attrs = append(attrs, slog.Any("keys", slices.Clone(keys)))
	}
	if leftOut > 0 {
		attrs = append(attrs, slog.Int("left_out", leftOut))
	}
	o.logger.LogAttrs(ctx, level, message, attrs...)
}

func withError(attrs []slog.Attr, err error) []slog.Attr {
	if err == nil {
		return attrs
	}
	return append(attrs, slog.Any("error", err))
}
