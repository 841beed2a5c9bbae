package cachetest

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/cachetest/internal/users"
)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("rapid.nofailfile", "true") // what fails here is meant to
	os.Exit(m.Run())
}

// long leaves a test to the run without the race detector, with which it would take minutes: a sequence is all calls and
// panics, and made in one goroutine. make test has both.
func long(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("the run without the race detector has it")
	}
}

func openMap(*rapid.T) users.Repository { return new(users.Map) }

// one ends a check with the first fault, so that no sequences are made in vain.
func one(o *options) { o.faults = 1 }

// try checks an interface of package users.
func try[N, X users.Repository](t testing.TB, wrap func(N, *runtime.Cache) X, opts ...Option) *testTB {
	t.Helper()
	i := interfaceOf(t, wrap)
	return run(t, func(tb rapid.TB) { check(tb, i, openMap, opts...) })
}

func TestRightEvictionsPass(t *testing.T) {
	for name, tb := range map[string]*testTB{
		"Right":   try(t, users.NewCachedRight),
		"Indexed": try(t, users.NewCachedIndexed),
	} {
		if tb.Failed() {
			t.Errorf("%s:\n%s", name, tb.text())
		}
		if log := strings.Join(tb.logs, "\n"); !strings.Contains(log, "Close was not called: it would end the store") {
			t.Errorf("%s does not say that Close is not called:\n%s", name, log)
		}
	}
}

func TestEachFaultIsFoundAndBlamed(t *testing.T) {
	long(t)
	many(t)
	for _, c := range []struct {
		name string
		try  func() *testTB
		want []string // each in one report, "…" stands for anything in a line

		reports int
	}{
		{"no directive", func() *testTB { return try(t, users.NewCachedNoDirective) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is stale: UpdateUser has no evict for GetUser",
			"after UpdateUser(&User{ID: …}), FindByEmail(…) is stale: UpdateUser has no evict for FindByEmail",
			"after UpdateUser(&User{ID: …}), ListByTeam(…) is stale: UpdateUser has no evict for ListByTeam",
		}, 3},
		{"wrong argument", func() *testTB { return try(t, users.NewCachedWrongArgument, one) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is stale: UpdateUser's evict GetUser(u.TeamID) does not reach it",
		}, 1},
		{"forgotten list", func() *testTB { return try(t, users.NewCachedForgottenList, one) }, []string{
			"after CreateUser(NewUser{…}), ListByTeam(…) is stale: CreateUser has no evict for ListByTeam",
			"//cachegen:evict ListByTeam(u.TeamID, _)",
		}, 1},
		{"old team", func() *testTB { return try(t, users.NewCachedOldTeam, one) }, []string{
			"after UpdateUser(&User{ID: …}), ListByTeam(…) is stale: UpdateUser's evict ListByTeam(u.TeamID, _) does not reach it",
			"//cachegen:evict old=GetUser(u.ID) ListByTeam(old.TeamID, _)",
		}, 1},
		{"negative entry", func() *testTB { return try(t, users.NewCachedNegative, one) }, []string{
			"after CreateUser(NewUser{…}), GetUser… is stale: CreateUser has no evict for GetUser",
			"//cachegen:evict GetUser(result.ID)",
		}, 1},
		{"key lacks a parameter", func() *testTB { return try(t, users.NewCachedKeyLacks, one) }, []string{
			"ListByTeam(…, …) answers what ListByTeam(…, …) did: does its key lack page?",
			"See key=, ignore= and if= of ListByTeam",
		}, 1},
		{"batch", func() *testTB { return try(t, users.NewCachedBatchBy, one) }, []string{"GetUsers([]int64{…}) ", "See by= of batch"}, 1},
		{"put of an argument", func() *testTB { return try(t, users.NewCachedPutArgument, one) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is wrong: UpdateUser's put GetUser(u.ID) stores something else than the store has",
		}, 1},
		{"put elsewhere", func() *testTB { return try(t, users.NewCachedPutElsewhere, one) }, []string{
			"after CreateUser(NewUser{…}), GetUser… is wrong: CreateUser's put GetUser(result.TeamID) stores something else than the store has",
		}, 1},
		{"index", func() *testTB { return try(t, users.NewCachedIndexElsewhere, one) }, []string{"FindByEmail", "the call that index names"}, 1},
		{"index forgotten", func() *testTB { return try(t, users.NewCachedIndexForgotten, one) }, []string{
			"after UpdateUser(&User{ID: …}), FindByEmail(…) is stale: UpdateUser has no evict for FindByEmail",
		}, 1},
		{"several", func() *testTB { return try(t, users.NewCachedSeveral) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is stale: UpdateUser has no evict for GetUser",
			"after CreateUser(NewUser{…}), ListByTeam(…) is stale: CreateUser has no evict for ListByTeam",
			"after RenameUser(…, …), FindByEmail(…) is stale: RenameUser has no evict for FindByEmail",
			"//cachegen:evict old=GetUser(id) FindByEmail(old.Email)",
		}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := c.try()
			for _, want := range c.want {
				if !tb.says(want) {
					t.Errorf("nothing says %q", want)
				}
			}
			if n := len(tb.errors); n != c.reports {
				t.Errorf("there are %d reports", n)
			}
			if t.Failed() || testing.Verbose() {
				t.Log(tb.text())
			}
		})
	}
}

// many has rapid try enough sequences to find each fault of several, whatever it begins with.
func many(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if n, err := strconv.Atoi(checks.Value.String()); err != nil || n > 100 {
		return
	}
	old := checks.Value.String()
	_ = checks.Value.Set("200")
	t.Cleanup(func() { _ = checks.Value.Set(old) })
}

// BenchmarkSequence makes sequences on a map, with right evictions.
func BenchmarkSequence(b *testing.B) {
	i := interfaceOf(b, users.NewCachedRight)
	checks := flag.Lookup("rapid.checks")
	old := checks.Value.String()
	_ = checks.Value.Set(strconv.Itoa(b.N))
	defer func() { _ = checks.Value.Set(old) }()
	if tb := run(b, func(tb rapid.TB) { check(tb, i, openMap) }); tb.Failed() {
		b.Error(tb.text())
	}
}
