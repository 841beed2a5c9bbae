package consistency

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/checkout"
)

const module = "github.com/cachegen-go/cachegen"

// A safeguard is a piece of the protocol: where it stands, and how the source reads without it.
type safeguard struct {
	name     string
	scenario string // in which the checker must notice that it is gone
	edits    []edit
}

// edit has a file of package runtime read without instead of with, which stands there once.
type edit struct{ file, with, without string }

// Each of these looks as if it could be left out.
var safeguards = []safeguard{
	{"the fill asks whether its lease still stands", "evicting", []edit{{"backends/redis/script.go",
		"if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\nredis.call('SET'", "redis.call('SET'"}}},
	{"an eviction tells the other processes", "evicting", []edit{{"backends/redis/evict.go",
		"redis.call('DEL', KEYS[1])\nif ARGV[1] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end", "redis.call('DEL', KEYS[1])"}}},
	{"a promotion asks whether its key was invalidated meanwhile", "evicting", []edit{{"tiered_read.go",
		"if s.gen != gen || s.writers[key] > 0 {", "if s.writers[key] > 0 {"}}},
	// The shared tier has taken the value; a message that comes only then needs luck, or a pause.
	{"a load that was detached stores nothing in process", "seldom", []edit{{"tiered_write.go",
		"	s.mu.Lock()\n	defer s.mu.Unlock()\n	if f.flight != nil && (s.flights[key] != f.flight || !t.gate.same(f.state)) {",
		"	if time.Now().UnixNano()%8 == 0 {\n		time.Sleep(100 * time.Millisecond)\n	}\n	s.mu.Lock()\n	defer s.mu.Unlock()\n	if false {"}}},
	// Two that stand for each other: a load that nobody joins, and who has joined one whose value was refused asks again.
	{"an eviction parts callers from loads before it", "evicting", []edit{
		{"stripes.go", "	s.mu.Lock()\n	delete(s.flights, key)\n", "	s.mu.Lock()\n"},
		{"tiered.go", "		delete(s.flights, key)\n		near.remove", "		near.remove"},
		{"load.go", "case f.unanswered, stage > f.sure:", "case f.unanswered, stage < 0:"}}},
	{"an eviction removes what is in process", "evicting", []edit{{"tiered.go",
		"errs = append(errs, t.tiers[i].remove(ctx, key))", "_ = key"}}},
	{"tiers in process are emptied when the subscription was lost", "cut off", []edit{{"link.go",
		"			tier.flush(ctx)\n", ""}}},
	{"tiers in process are off while there is no subscription", "deaf", []edit{{"tiered_read.go",
		"return tier.local && (!t.gate.live() || !tier.usable())", "return false"}}},
	{"an eviction that did not get through is tried again", "paused", []edit{{"evict.go",
		"			c.overdue.add(keys...)\n", ""}}},
	{"a put asks whether another write came between", "putting", []edit{{"backends/redis/evict.go",
		"if (redis.call('GET', KEYS[2]) or '') ~= ARGV[5] then return 0 end\n", ""}}},
	{"evictions leave marks", "putting", []edit{{"backends/redis/evict.go",
		"if KEYS[2] then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end\n", ""}}},
	{"a write around an entry lays a tombstone", "around", []edit{{"evict.go",
		"		err = errors.Join(err, w.bar(ctx, kept))\n", "		err = errors.Join(err, c.tiers.removeShared(ctx, kept))\n"}}},
	{"a tombstone lists its writers", "around", []edit{{"writer.go",
		"return tombstone(append(append(bytes.Clone(list), ','), id...))", "return tombstone(id)"}}},
	{"a write around an entry begins before it", "around", []edit{{"around.go",
		"	began := c.beginning()\n	first :=",
		"	if true {\n		return func(after func(*Eviction)) { c.Evict(ctx, after) }\n	}\n	began := c.beginning()\n	first :="}}},
}

// scenarios run workers of a test binary for a while and report a promise that was broken, "" if none was. bound is for how
// long other processes may see what is old.
var scenarios = map[string]func(t *testing.T, binary string, bound time.Duration) string{
	"evicting": func(t *testing.T, binary string, bound time.Duration) string {
		_, s, _ := servers(t, true)
		return stale(t, crewAs(t, binary, 3, s), bound, brief(mixed), nil)
	},
	"putting": func(t *testing.T, binary string, bound time.Duration) string {
		_, s, _ := servers(t, true)
		o := brief(mixed).putting()
		o.For = 3 * time.Second
		return stale(t, crewAs(t, binary, 3, s), bound, o, nil)
	},
	"cut off": func(t *testing.T, binary string, bound time.Duration) string {
		_, s, _ := servers(t, true)
		return stale(t, crewAs(t, binary, 3, s), bound, seldom, deafness(t, s, 300*time.Millisecond))
	},
	"deaf": func(t *testing.T, binary string, bound time.Duration) string {
		_, s, _ := servers(t, true)
		return stale(t, crewAs(t, binary, 3, s), bound, seldom, deafness(t, s, 2*time.Second))
	},
	"seldom": func(t *testing.T, binary string, bound time.Duration) string {
		_, s, _ := servers(t, true)
		return stale(t, crewAs(t, binary, 3, s), bound, seldom, nil)
	},
	"paused": func(t *testing.T, binary string, bound time.Duration) string {
		store, s, _ := servers(t, true)
		s.Patience, s.Retries = 50*time.Millisecond, -1
		return stale(t, crewAs(t, binary, 3, s), bound, brief(mixed), func() {
			time.Sleep(200 * time.Millisecond)
			store.Pause()
			time.Sleep(200 * time.Millisecond)
			store.Resume()
		})
	},
	"around": func(t *testing.T, binary string, bound time.Duration) string {
		_, s, _ := servers(t, false)
		if !linearizable(mix(t, crewAs(t, binary, 4, s), 4, brief(around), nil)) {
			return "a call showed an older state than one before it"
		}
		return ""
	},
}

// deafness has nobody hear messages for a while, again and again.
func deafness(t *testing.T, s setup, lasts time.Duration) func() {
	client := goredis.NewClient(&goredis.Options{Addr: s.Store})
	t.Cleanup(func() { _ = client.Close() })
	can := func(rule string) {
		if err := client.Do(t.Context(), "acl", "setuser", "default", rule).Err(); err != nil {
			t.Error(err)
		}
	}
	return func() {
		time.Sleep(300 * time.Millisecond)
		can("-subscribe")
		_ = client.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err()
		time.Sleep(lasts)
		can("+subscribe")
	}
}

// seldom has each key written so seldom that a copy which was forgotten stays old for long.
var seldom = order{Mix: 4, Keys: 500, For: 3 * time.Second, Takes: 2 * time.Millisecond}

// brief has o take no longer than a missing safeguard needs to show, as a rule.
func brief(o order) order { o.For = 1500 * time.Millisecond; return o }

func stale(t *testing.T, all []*worker, bound time.Duration, o order, meanwhile func()) string {
	t.Helper()
	if faults := floors(mix(t, all, 2, o, meanwhile), bound); len(faults) > 0 {
		return faults[0]
	}
	return ""
}

func TestWithoutAnyOneSafeguardTheCheckersNotice(t *testing.T) {
	for _, s := range safeguards {
		t.Run(s.name, func(t *testing.T) {
			binary := s.remove(t)
			for range 60 { // most are noticed at once, but not all always
				if broken := scenarios[s.scenario](t, binary, time.Second); broken != "" {
					t.Log(broken)
					return
				}
			}
			t.Error("nobody notices")
		})
	}
}

func TestWithAllSafeguardsTheCheckersNoticeNothing(t *testing.T) {
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			if broken := scenario(t, os.Args[0], onABusyMachine); broken != "" {
				t.Error(broken)
			}
		})
	}
}

// remove builds a worker without the safeguard.
func (s *safeguard) remove(t *testing.T) (binary string) {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := make(map[string]string)
	for _, e := range s.edits {
		source := filepath.Join(root, "runtime", filepath.FromSlash(e.file))
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), e.with); n != 1 {
			t.Fatalf("%s has this %d times, want once:\n%s", e.file, n, e.with)
		}
		replace[source] = filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		changed := strings.Replace(string(text), e.with, e.without, 1)
		if err := os.WriteFile(replace[source], []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "worker")
	// To optimise what runs for seconds takes longer than it saves.
	build := exec.Command("go", "test", "-c", "-vet=off", "-gcflags="+module+"/...=-N -l", "-ldflags=-s -w",
		"-overlay", overlayFile, "-o", binary, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return binary
}
