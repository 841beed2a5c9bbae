package slogs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// book is a log that is read line by line.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: level}))
}

type line struct {
	Level, Msg, Method, Tier, Operation, State string
	Count, Hits                                int
	LeftOut                                    int `json:"left_out"`
	Keys                                       []string
	Error                                      string
}

func (b *book) lines(t *testing.T) (lines []line) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for text := range strings.Lines(b.text.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	b.text.Reset()
	return lines
}

// end tells o of an operation.
func end(o runtime.Observer, op runtime.Operation, r runtime.Result) {
	_, f := o.Begin(context.Background(), op)
	f(r)
}

var (
	get  = runtime.Operation{Name: "get", Tier: "redis", Keys: []string{"shop:1", "shop:2"}}
	load = runtime.Operation{Name: "load", Method: "shop.Users.Get", Keys: []string{"shop:1"}}
)

func TestLevels(t *testing.T) {
	broken := errors.New("broken")
	for what, test := range map[string]struct {
		tell func(runtime.Observer)
		want line
	}{
		"a hit": {func(o runtime.Observer) { end(o, get, runtime.Result{Hits: 1}) },
			line{Level: "DEBUG", Msg: "cachegen: tier operation", Tier: "redis", Operation: "get", Count: 2, Hits: 1}},
		"a failure": {func(o runtime.Observer) { end(o, get, runtime.Result{Err: broken}) },
			line{Level: "WARN", Msg: "cachegen: tier operation failed", Tier: "redis", Operation: "get", Count: 2, Error: "broken"}},
		"a slow one": {func(o runtime.Observer) { end(o, get, runtime.Result{Took: time.Second}) },
			line{Level: "WARN", Msg: "cachegen: tier operation was slow", Tier: "redis", Operation: "get", Count: 2}},
		"a refused one": {func(o runtime.Observer) { end(o, get, runtime.Result{Err: runtime.ErrUnavailable}) },
			line{Level: "DEBUG", Msg: "cachegen: tier operation failed", Tier: "redis", Operation: "get", Count: 2, Error: runtime.ErrUnavailable.Error()}},
		"a load": {func(o runtime.Observer) { end(o, load, runtime.Result{Took: time.Hour}) },
			line{Level: "DEBUG", Msg: "cachegen: load", Method: "shop.Users.Get", Count: 1}},
		"a failed load": {func(o runtime.Observer) { end(o, load, runtime.Result{Err: broken}) },
			line{Level: "WARN", Msg: "cachegen: load failed", Method: "shop.Users.Get", Count: 1, Error: "broken"}},
		"a load whose callers left": {func(o runtime.Observer) { end(o, load, runtime.Result{Err: context.Canceled}) },
			line{Level: "DEBUG", Msg: "cachegen: load failed", Method: "shop.Users.Get", Count: 1, Error: "context canceled"}},
		"an eviction elsewhere": {func(o runtime.Observer) {
			o.Notice(runtime.Event{Kind: runtime.EvictionReceived, Tier: "redis", Keys: 3, Lag: 1})
		},
			line{Level: "DEBUG", Msg: "cachegen: eviction received", Tier: "redis", Count: 3}},
		"an eviction that failed": {func(o runtime.Observer) {
			o.Notice(runtime.Event{Kind: runtime.EvictionFailed, Tier: "redis", Keys: 3, Err: broken})
		},
			line{Level: "WARN", Msg: "cachegen: eviction failed", Tier: "redis", Count: 3, Error: "broken"}},
		"a corrupt entry": {func(o runtime.Observer) {
			o.Notice(runtime.Event{Kind: runtime.EntryCorrupt, Method: "m", Key: "shop:1"})
		},
			line{Level: "WARN", Msg: "cachegen: entry corrupt", Method: "m"}},
		"a lost panic": {func(o runtime.Observer) { o.Notice(runtime.Event{Kind: runtime.PanicLost, Key: "shop:1", Err: broken}) },
			line{Level: "ERROR", Msg: "cachegen: panic lost", Error: "broken"}},
	} {
		t.Run(what, func(t *testing.T) {
			var b book
			test.tell(New(b.logger(slog.LevelDebug)))
			if lines := b.lines(t); len(lines) != 1 || !equal(lines[0], test.want) {
				t.Errorf("got %+v, want %+v", lines, test.want)
			}
		})
	}
}

func equal(a, b line) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func TestKeysAreLoggedOnlyWhereAskedFor(t *testing.T) {
	tell := func(o runtime.Observer) {
		end(o, get, runtime.Result{})
		end(o, load, runtime.Result{Err: errors.New("broken")})
		o.Notice(runtime.Event{Kind: runtime.EntryCorrupt, Method: "m", Key: "shop:1"})
	}
	var without, with book
	tell(New(without.logger(slog.LevelDebug)))
	if text := without.text.String(); strings.Contains(text, "shop:") {
		t.Errorf("keys are logged:\n%s", text)
	}
	tell(New(with.logger(slog.LevelDebug), WithKeys()))
	for _, l := range with.lines(t) {
		if len(l.Keys) == 0 || l.Keys[0] != "shop:1" {
			t.Errorf("no keys in %+v", l)
		}
	}
}

func TestADeadTierDoesNotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b book
		o := New(b.logger(slog.LevelInfo))
		failures := func() {
			for range 1000 {
				end(o, get, runtime.Result{Err: runtime.ErrTimeout})
			}
		}
		failures()
		if lines := b.lines(t); len(lines) != 1 || lines[0].LeftOut != 0 {
			t.Errorf("at first: %+v", lines)
		}
		set := get
		set.Name = "set"
		end(o, set, runtime.Result{Err: runtime.ErrTimeout})
		if lines := b.lines(t); len(lines) != 1 || lines[0].Operation != "set" {
			t.Errorf("of another operation: %+v", lines)
		}
		time.Sleep(time.Minute)
		failures()
		if lines := b.lines(t); len(lines) != 1 || lines[0].LeftOut != 999 {
			t.Errorf("a minute later: %+v", lines)
		}
	})
}

func TestOnlyNewsOfBreakerAndLinkStandOut(t *testing.T) {
	var b book
	o := New(b.logger(slog.LevelInfo))
	breaker := func(state string) runtime.Event {
		return runtime.Event{Kind: runtime.BreakerChanged, Tier: "redis", State: state}
	}
	link := func(kind runtime.EventKind) runtime.Event { return runtime.Event{Kind: kind, Tier: "redis"} }
	for _, step := range []struct {
		event runtime.Event
		level string
	}{
		{link(runtime.LinkUp), "INFO"},
		{breaker("open"), "WARN"}, {breaker("half-open"), ""}, {breaker("open"), ""}, {breaker("half-open"), ""}, {breaker("closed"), "INFO"},
		{breaker("open"), "WARN"},
		{link(runtime.LinkDown), "WARN"}, {link(runtime.LinkDown), ""}, {link(runtime.LinkUp), "INFO"},
	} {
		o.Notice(step.event)
		got := ""
		if lines := b.lines(t); len(lines) > 0 {
			got = lines[0].Level
		}
		if got != step.level {
			t.Errorf("%v %s stands at %q, want %q", step.event.Kind, step.event.State, got, step.level)
		}
	}
}
