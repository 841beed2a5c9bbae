//go:build unix

package slogs

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/cachegen-go/cachegen/runtime/observe/internal/observetest"
)

func TestWhatARealCacheLogs(t *testing.T) {
	var b book
	observetest.Run(t.Context(), t, New(b.logger(slog.LevelDebug)))
	b.mu.Lock()
	text := b.text.String()
	b.mu.Unlock()
	for _, leak := range []string{"Ann", ":1", ":none", ":corrupt"} {
		if i := strings.Index(text, leak+`"`); i >= 0 {
			t.Errorf("%q stands in the log: …%s", leak, text[max(0, i-200):i])
		}
	}
	warned := make(map[string]int)
	levels := make(map[string]string)
	for _, l := range b.lines(t) {
		what := strings.TrimPrefix(l.Msg, "cachegen: ") + l.State
		if l.Level != "DEBUG" {
			levels[what] = l.Level
		}
		if l.Level == "WARN" {
			warned[what+" "+l.Method+l.Tier+l.Operation]++
		}
	}
	for what, level := range map[string]string{
		"link up": "INFO", "link down": "WARN", "breaker changedopen": "WARN", "eviction failed": "WARN", "entry corrupt": "WARN",
		"panic lost": "ERROR", "load failed": "WARN", "tier operation failed": "WARN",
	} {
		if levels[what] != level {
			t.Errorf("%s stands at %q, want %q", what, levels[what], level)
		}
	}
	for what, n := range warned {
		if n > 1 {
			t.Errorf("%d warnings of %s", n, what)
		}
	}
}
