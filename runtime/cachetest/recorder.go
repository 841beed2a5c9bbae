package cachetest

import (
	"context"
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// recorder stands between rapid and a test: rapid's own report shows what was drawn, ours what was called.
type recorder struct {
	rapid.TB
	failed bool
	text   string   // what rapid said when it failed
	logs   []string // what was logged in the run that rapid shows
}

// foundFormat is how a sequence tells rapid of a fault that it reports itself.
const foundFormat = "found: %s"

type stopped struct{}

// run has rapid check prop.
func (r *recorder) run(prop func(*rapid.T)) {
	r.Helper()
	defer func() {
		if p := recover(); p != nil && p != any(stopped{}) {
			panic(p)
		}
	}()
	rapid.Check(r, prop)
}

// Context is the test's, where it has one.
func (r *recorder) Context() context.Context {
	if c, ok := r.TB.(interface{ Context() context.Context }); ok {
		return c.Context()
	}
	return context.Background()
}

func (r *recorder) Failed() bool { return r.failed }
func (r *recorder) Fail()        { r.failed = true }
func (r *recorder) FailNow()     { r.failed = true; panic(stopped{}) }

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	if r.text == "" {
		r.text = fmt.Sprintf(format, args...)
	}
}

func (r *recorder) Error(args ...any) { r.Errorf("%s", fmt.Sprint(args...)) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.FailNow()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

func (r *recorder) Logf(format string, args ...any) {
	r.Helper()
	switch {
	case strings.HasPrefix(format, "[rapid] OK"):
	case !r.failed:
		r.TB.Logf(format, args...) // -rapid.v
	case format != foundFormat && !strings.HasPrefix(format, "[rapid] draw"):
		r.logs = append(r.logs, fmt.Sprintf(format, args...))
	}
}

func (r *recorder) Log(args ...any) { r.Helper(); r.Logf("%s", fmt.Sprint(args...)) }

// reproduce is what rapid says about how to have the failure again.
func (r *recorder) reproduce() string {
	for line := range strings.Lines(r.text) {
		if _, how, ok := strings.Cut(strings.TrimSpace(line), "specify "); ok {
			return how
		}
	}
	return ""
}
