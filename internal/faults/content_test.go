package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// again does something to the key of one entry after the other for as long as a fault lasts.
func again(t *testing.T, tr *trial, pause time.Duration, one func(ctx context.Context, key string) error) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 1500*time.Millisecond; time.Sleep(pause) {
		if err := one(context.Background(), tr.members[0].key(tr.args[rand.N(len(tr.args))])); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAServerThatIsEmptiedAgainAndAgain(t *testing.T) {
	t.Parallel()
	tr, conn := intact(t)
	if got := tr.withstand(func() {
		again(t, tr, 50*time.Millisecond, func(ctx context.Context, _ string) error { return conn.FlushAll(ctx).Err() })
	}); got.loads == 0 {
		t.Error("nothing was loaded anew")
	}
}

// intact makes a trial in which all the while the caches hear of each other's writes.
func intact(t *testing.T) (*trial, *goredis.Conn) {
	t.Helper()
	addr := servertest.Redis(t).Addr()
	tr := newTrial(t, one(addr))
	tr.bound = delivery
	return tr, operator(t, addr)
}

// entry is what a program of ours might have stored, up to its value.
const entry = `{"kind":"value","fill":"9f86d081884c7d65","fresh":9730000000000,"gone":9730000300000,"schema":"x","groups":[],"value":`

func TestKeysThatAreOverwritten(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string][]string{
		"with garbage": {
			"", "\x00", "\xff\xfe\xfd", "{", `"`, "null", "-", strings.Repeat("[", 10_000), strings.Repeat("x", 1<<20),
			entry, entry + "}", entry[:50], `{"kind":"lease"`, `{"kind":"tombstone","writers":[`,
		},
		"with the JSON of another program": {
			`{"Key":"1","Version":99,"Pad":""}`, `{"id":7,"name":"Ann","tags":["a","b"]}`, `[1,2,3]`, `"text"`, `7`, `true`, `{}`,
			`{"kind":"value","value":{"Key":"1","Version":99,"Pad":""}}`, `{"kind":"lease","owner":"somebody"}`,
			`{ "kind": "value", "fill": "9f86d081884c7d65", "fresh": 9730000000000, "gone": 9730000300000 }`,
		},
		"with entries of another schema": {
			entry + `{"Key":"1","Version":99,"Pad":""}}`, entry + `7}`, entry + `null}`,
			strings.Replace(entry, `"value":`, `"error":"ErrGone","value":`, 1) + `null}`,
		},
		"with entries of a later form": {
			strings.Replace(entry, `"groups":[]`, `"groups":[],"zone":"eu"`, 1) + `7}`,
			strings.Replace(entry, `"kind":"value"`, `"kind":"promise"`, 1) + `7}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, conn := intact(t)
			got := tr.withstand(func() {
				again(t, tr, 2*time.Millisecond, func(ctx context.Context, key string) error {
					return conn.Set(ctx, key, texts[rand.N(len(texts))], time.Duration(rand.N(2))*time.Hour).Err()
				})
			})
			if got.corrupt+got.schema == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}

// A key that holds no text makes every command for it fail, until an eviction removes it.
func TestKeysThatHoldNoText(t *testing.T) {
	t.Parallel()
	tr, conn := intact(t)
	wantNoticed(t, tr.withstand(func() {
		again(t, tr, 2*time.Millisecond, func(ctx context.Context, key string) error {
			_, err := conn.TxPipelined(ctx, func(p goredis.Pipeliner) error {
				p.Del(ctx, key)
				p.RPush(ctx, key, "a", "b")
				return nil
			})
			return err
		})
		for _, arg := range tr.args {
			tr.members[0].evict(context.Background(), arg)
		}
	}))
}

// revised is what a later version of the program makes of a row.
type revised struct {
	Name     string
	Revision uint64
	Notes    map[string]bool
}

func newRevised(key string, version int64) revised {
	return revised{Name: "row " + key, Revision: uint64(version), Notes: map[string]bool{"later": true}}
}

func (r revised) of(key string) (int64, error) {
	if want := newRevised(key, int64(r.Revision)); r.Name != want.Name || !r.Notes["later"] || len(r.Notes) != 1 {
		return 0, fmt.Errorf("a wrong value for %s: %+v", key, r)
	}
	return int64(r.Revision), nil
}

// In a rolling deploy, programs whose results have other shapes share the keys: each stores what it needs in the place of
// what the other has stored, and hears of the other's writes.
func TestAProgramThatStoresAnotherShapeUnderTheSameKeys(t *testing.T) {
	t.Parallel()
	addr := servertest.Redis(t).Addr()
	tr := newTrial(t, one(addr))
	tr.bound = delivery
	tiers, local := over(t, redisBackend(t, one(addr)(2, true)))
	later := newMember(t, "C", tr.database, tiers, local, newRevised)
	got := tr.withstand(func() {
		tr.members = append(tr.members, later)
		reads := tr.begin(tr.members[2:], 3, false, 6*time.Millisecond)
		writes := tr.begin(tr.members[2:], 1, true, 40*time.Millisecond)
		time.Sleep(1500 * time.Millisecond)
		writes()
		reads()
	})
	if got.schema == 0 {
		t.Error("nobody found what the other has stored")
	}
}
