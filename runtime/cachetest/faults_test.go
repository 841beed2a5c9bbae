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

func openMap(*rapid.T) users.Repository { return new(users.Map) }

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
	many(t)
	for _, c := range []struct {
		name string
		try  func() *testTB
		want []string // each in one report, "…" stands for anything in a line
	}{
		{"no directive", func() *testTB { return try(t, users.NewCachedNoDirective) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is stale: UpdateUser has no evict for GetUser",
			"after UpdateUser(&User{ID: …}), FindByEmail(…) is stale: UpdateUser has no evict for FindByEmail",
			"after UpdateUser(&User{ID: …}), ListByTeam(…, 0) is stale: UpdateUser has no evict for ListByTeam",
		}},
		{"wrong argument", func() *testTB { return try(t, users.NewCachedWrongArgument) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is stale: UpdateUser's evict GetUser(u.TeamID) does not reach it",
		}},
		{"forgotten list", func() *testTB { return try(t, users.NewCachedForgottenList) }, []string{
			"after CreateUser(NewUser{…}), ListByTeam(…) is stale: CreateUser has no evict for ListByTeam",
			"//cachegen:evict ListByTeam(u.TeamID, _)",
		}},
		{"old team", func() *testTB { return try(t, users.NewCachedOldTeam) }, []string{
			"after UpdateUser(&User{ID: …}), ListByTeam(…) is stale: UpdateUser's evict ListByTeam(u.TeamID, _) does not reach it",
			"//cachegen:evict old=GetUser(u.ID) ListByTeam(old.TeamID, _)",
		}},
		{"negative entry", func() *testTB { return try(t, users.NewCachedNegative) }, []string{
			"after CreateUser(NewUser{…}), GetUser… is stale: CreateUser has no evict for GetUser",
			"//cachegen:evict GetUser(result.ID)",
		}},
		{"key lacks a parameter", func() *testTB { return try(t, users.NewCachedKeyLacks) }, []string{
			"ListByTeam(…, …) answers what ListByTeam(…, …) did: does its key lack page?",
			"See key=, ignore= and if= of ListByTeam",
		}},
		{"batch", func() *testTB { return try(t, users.NewCachedBatchBy) }, []string{"GetUsers([]int64{…}) ", "See by= of batch"}},
		{"put of an argument", func() *testTB { return try(t, users.NewCachedPutArgument) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is wrong: UpdateUser's put GetUser(u.ID) stores something else than the store has",
		}},
		{"put elsewhere", func() *testTB { return try(t, users.NewCachedPutElsewhere) }, []string{
			"after CreateUser(NewUser{…}), GetUser… is wrong: CreateUser's put GetUser(result.TeamID) stores something else than the store has",
		}},
		{"index", func() *testTB { return try(t, users.NewCachedIndexElsewhere) }, []string{"FindByEmail", "the call that index names"}},
		{"index forgotten", func() *testTB { return try(t, users.NewCachedIndexForgotten) }, []string{
			"after UpdateUser(&User{ID: …}), FindByEmail(…) is stale: UpdateUser has no evict for FindByEmail",
		}},
		{"several", func() *testTB { return try(t, users.NewCachedSeveral) }, []string{
			"after UpdateUser(&User{ID: …}), GetUser… is stale: UpdateUser has no evict for GetUser",
			"after CreateUser(NewUser{…}), ListByTeam(…) is stale: CreateUser has no evict for ListByTeam",
			"after RenameUser(…, …), FindByEmail(…) is stale: RenameUser has no evict for FindByEmail",
			"//cachegen:evict old=GetUser(id) FindByEmail(old.Email)",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := c.try()
			for _, want := range c.want {
				if !tb.says(want) {
					t.Errorf("nothing says %q", want)
				}
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
	_ = checks.Value.Set("300")
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
