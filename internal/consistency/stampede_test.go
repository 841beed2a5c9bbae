package consistency

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

const (
	processes = 8
	callers   = 250
)

// servers starts the shared tier and the database.
func servers(t *testing.T, local bool) (store *servertest.Server, s setup, database *goredis.Client) {
	store = servertest.Redis(t)
	s = setup{Store: store.Addr(), Database: servertest.Redis(t).Addr(), Local: local, Patience: 10 * time.Second}
	database = goredis.NewClient(&goredis.Options{Addr: s.Database})
	t.Cleanup(func() { _ = database.Close() })
	return store, s, database
}

func loads(t *testing.T, database *goredis.Client, key string) int64 {
	t.Helper()
	n, err := database.Get(t.Context(), "loads:"+key).Int64()
	if err != nil && err != goredis.Nil {
		t.Fatal(err)
	}
	return n
}

func TestAStampedeOfAllProcessesLoadsOnce(t *testing.T) {
	for name, local := range map[string]bool{"one tier": false, "two tiers": true} {
		t.Run(name, func(t *testing.T) {
			_, s, database := servers(t, local)
			if err := database.Set(t.Context(), "row:k", 7, 0).Err(); err != nil {
				t.Fatal(err)
			}
			all := crew(t, processes, s)
			for _, w := range all {
				w.order(order{Read: callers, Key: "k", Takes: 300 * time.Millisecond})
			}
			for _, w := range all {
				wantAll(t, w.answer(), callers, 7)
			}
			if n := loads(t, database, "k"); n != 1 {
				t.Errorf("%d loads, want 1", n)
			}
		})
	}
}

func TestTheLoadOfAProcessThatIsKilledIsMadeUpForOnce(t *testing.T) {
	_, s, database := servers(t, true)
	if err := database.Set(t.Context(), "row:k", 7, 0).Err(); err != nil {
		t.Fatal(err)
	}
	holder := start(t, s)
	rest := crew(t, processes-1, s)
	holder.order(order{Read: callers, Key: "k", Takes: time.Minute})
	for loads(t, database, "k") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	for _, w := range rest {
		w.order(order{Read: callers, Key: "k", Takes: 10 * time.Millisecond})
	}
	time.Sleep(200 * time.Millisecond)
	if err := holder.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, w := range rest {
		a := w.answer()
		wantAll(t, a, callers, 7)
		// A lease stands for three seconds.
		if a.Took > 6*time.Second {
			t.Errorf("it took %v", a.Took)
		}
	}
	if n := loads(t, database, "k"); n != 2 {
		t.Errorf("%d loads, want 2: that of the process that was killed, and one more", n)
	}
}

func wantAll(t *testing.T, a answer, n int, version int64) {
	t.Helper()
	for _, err := range a.Errors {
		t.Error(err)
	}
	if len(a.Events) != n {
		t.Errorf("%d answers, want %d", len(a.Events), n)
	}
	for _, e := range a.Events {
		if e.Version != version {
			t.Fatalf("a caller got %d, want %d", e.Version, version)
		}
	}
}
