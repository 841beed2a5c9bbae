package model

import (
	"flag"
	"maps"
	"reflect"
	"slices"
	"testing"
)

var larger = flag.Bool("larger", false, "explore larger configurations too, for a minute or more")

var (
	one   = []Reader{{In: 0}}
	two   = []Reader{{In: 0}, {In: 0}}
	three = []Reader{{In: 0}, {In: 0}, {In: 0}}
	both  = []Reader{{In: 0}, {In: 0}, {In: 1}}

	stated = []Property{OwnWrites, Heard, Quiet}
	strict = []Property{Linear, Quiet}
)

// setting is a configuration, with the properties that it has.
type setting struct {
	config     Config
	properties []Property
}

var settings = map[string]setting{
	"a writer here":      {Config{Readers: two, Writers: []Writer{{In: 0}}, Upper: Local, Expire: true}, stated},
	"a writer elsewhere": {Config{Readers: two, Writers: []Writer{{In: 1}}, Upper: Local, Expire: true}, stated},
	"two writers":        {Config{Readers: one, Writers: []Writer{{In: 0}, {In: 1}}, Upper: Local, Expire: true}, stated},
	"a reload":           {Config{Readers: []Reader{{In: 0}, {In: 0, Reload: true}}, Writers: []Writer{{In: 1}}, Upper: Local}, stated},
	"no upper tier":      {Config{Readers: two, Writers: []Writer{{In: 0}, {In: 1}}, Expire: true}, stated},
	"the decoded tier":   {Config{Readers: two, Writers: []Writer{{In: 1}}, Upper: Near, Losses: 1}, stated},
	"no leases":          {Config{Readers: two, Writers: []Writer{{In: 0}}, Upper: Local, Plain: true}, []Property{OwnWrites, Quiet}},

	"lost messages":             {Config{Readers: two, Writers: []Writer{{In: 1}}, Upper: Local, Losses: 1}, stated},
	"lost messages, one reader": {Config{Readers: one, Writers: []Writer{{In: 1}}, Upper: Local, Losses: 1}, stated},
	"a failover":                {Config{Readers: one, Writers: []Writer{{In: 1}}, Upper: Local, Replica: true}, []Property{Quiet}},
	"failures":                  {Config{Readers: two, Writers: []Writer{{In: 0}}, Upper: Local, Fails: 1}, stated},
	"failures elsewhere":        {Config{Readers: two, Writers: []Writer{{In: 1}}, Upper: Local, Fails: 1}, stated},
	"failures again":            {Config{Readers: one, Writers: []Writer{{In: 0}, {In: 0}}, Fails: 2}, stated},
	"death after the removal":   {Config{Readers: one, Writers: []Writer{{In: 1, Crashes: AfterRemoval}}, Upper: Local}, stated},

	"around":                {Config{Readers: both, Writers: []Writer{{In: 1, Around: true}}, Expire: true}, strict},
	"around twice":          {Config{Readers: two, Writers: []Writer{{In: 0, Around: true}, {In: 1, Around: true}}, Expire: true}, strict},
	"around without leases": {Config{Readers: three, Writers: []Writer{{In: 0, Around: true}}, Plain: true}, strict},
	"death around":          {Config{Readers: two, Writers: []Writer{{In: 1, Around: true, Crashes: Anywhere}}, Upper: Local}, stated},

	"puts":                  {Config{Readers: one, Writers: []Writer{{In: 0, Puts: true}, {In: 1, Puts: true}}, Upper: Local}, stated},
	"puts in one process":   {Config{Readers: one, Writers: []Writer{{In: 0, Puts: true}, {In: 0, Puts: true}}, Upper: Local}, stated},
	"puts in one tier":      {Config{Readers: two, Writers: []Writer{{In: 0, Puts: true}, {In: 0, Puts: true}}, Upper: Local, Plain: true, Alone: true}, []Property{OwnWrites, Quiet}},
	"a put and an eviction": {Config{Readers: one, Writers: []Writer{{In: 0, Puts: true}, {In: 1}}, Upper: Local}, stated},
	"a put around":          {Config{Readers: one, Writers: []Writer{{In: 0, Around: true, Puts: true}, {In: 1, Puts: true}}, Upper: Local}, stated},
	"puts around":           {Config{Readers: two, Writers: []Writer{{In: 0, Around: true, Puts: true}, {In: 1, Around: true, Puts: true}}}, strict},
}

var largerSettings = map[string]setting{
	"readers and writers here and there": {Config{Readers: []Reader{{In: 0}, {In: 1}}, Writers: []Writer{{In: 0}, {In: 1}}, Upper: Local, Expire: true}, stated},
	"lost messages and two writers":      {Config{Readers: two, Writers: []Writer{{In: 0}, {In: 1}}, Upper: Local, Losses: 1}, stated},
	"two readers and two writers":        {Config{Readers: two, Writers: []Writer{{In: 0}, {In: 1}}, Upper: Local, Expire: true}, stated},
	"messages lost twice":                {Config{Readers: two, Writers: []Writer{{In: 1}}, Upper: Local, Losses: 2}, stated},
	"failures, and two writers":          {Config{Readers: two, Writers: []Writer{{In: 0}, {In: 0}}, Upper: Local, Fails: 2}, stated},
	"around twice elsewhere":             {Config{Readers: both, Writers: []Writer{{In: 1, Around: true}, {In: 1, Around: true}}, Expire: true}, strict},
	"around here and there":              {Config{Readers: both, Writers: []Writer{{In: 0, Around: true}, {In: 1, Around: true}}, Expire: true}, strict},
}

// most is how many states may be looked at: more, and the configuration is too large.
const most = 1_000_000

func TestTheProtocolHasItsProperties(t *testing.T) {
	all, most := settings, most
	if *larger {
		all, most = maps.Clone(settings), 10*most
		maps.Copy(all, largerSettings)
	}
	steps := make(chan map[string]bool, len(all))
	t.Run("with", func(t *testing.T) {
		for name, s := range all {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := Explore(s.config, All(), most, s.properties...)
				if r.Broken != "" || r.Bounded {
					t.Error(r)
				}
				t.Log(r.States, "states")
				steps <- r.Steps
			})
		}
	})
	close(steps)
	if len(steps) < len(all) {
		return // not all were run
	}
	taken := make(map[string]bool)
	for some := range steps {
		maps.Copy(taken, some)
	}
	for name := range stepsOfModel(t) {
		if !taken[name] {
			t.Errorf("step %s was never taken", name)
		}
	}
}

// wants is, for each safeguard, where the protocol goes wrong without it, and how.
var wants = map[string]struct {
	in     string
	breaks Property
}{
	"Lease":          {"a writer elsewhere", Quiet},
	"WaitsForFill":   {"no leases", Quiet},
	"DetachFirst":    {"no leases", Quiet},
	"DetachAgain":    {"puts in one tier", OwnWrites},
	"EvictAtOnce":    {"death after the removal", Quiet},
	"FlightAtFill":   {"no leases", Quiet},
	"FlightAtUpper":  {"death after the removal", Quiet},
	"Generation":     {"a writer elsewhere", Quiet},
	"GateAtUpper":    {"lost messages, one reader", Quiet},
	"Gate":           {"lost messages, one reader", Quiet},
	"RaiseOnReturn":  {"lost messages", Quiet},
	"Flush":          {"lost messages, one reader", Quiet},
	"Replay":         {"a failover", Quiet},
	"Heartbeat":      {"lost messages, one reader", Quiet},
	"DetachOnHeard":  {"a writer elsewhere", Heard},
	"RaiseOnHeard":   {"a writer elsewhere", Quiet},
	"LateForFound":   {"around", Linear},
	"LateForLoaded":  {"no upper tier", Heard},
	"LateForStored":  {"no upper tier", Heard},
	"DetachUnstored": {"around", Linear},
	"ReadPast":       {"failures", OwnWrites},
	"OverdueLast":    {"failures", Quiet},
	"Again":          {"failures again", Quiet},
	"Numbers":        {"failures again", Quiet},
	"Tombstone":      {"death around", Quiet},
	"WriterSet":      {"puts around", Linear},
	"Hold":           {"around without leases", Linear},
	"Claim":          {"puts in one tier", OwnWrites},
	"Mark":           {"puts", OwnWrites},
	"MarkOnEvict":    {"a put and an eviction", Quiet},
	"PutOwnOnly":     {"a put around", Heard},
}

// redundant are safeguards without which nothing goes wrong, and why.
var redundant = map[string]string{
	"RaiseOnLoss": "nothing reads the upper tiers until the gate opens again, and just before it does, generations are raised " +
		"once more; that they are raised here too is because one function closes the gate and opens it",
}

func TestWithoutAnyOneSafeguardTheProtocolGoesWrong(t *testing.T) {
	for i := range reflect.TypeFor[Safeguards]().NumField() {
		name := reflect.TypeFor[Safeguards]().Field(i).Name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			safe := All()
			reflect.ValueOf(&safe).Elem().Field(i).SetBool(false)
			if why, ok := redundant[name]; ok {
				for _, in := range []string{"lost messages", "lost messages, one reader"} {
					if r := Explore(settings[in].config, safe, most, settings[in].properties...); r.Broken != "" {
						t.Errorf("it matters, although %s: %v", why, r)
					}
				}
				return
			}
			want, known := wants[name]
			s := settings[want.in]
			if !known || !slices.Contains(s.properties, want.breaks) {
				t.Fatal("the table says nothing of it that could hold")
			}
			r := Explore(s.config, safe, most, want.breaks)
			if r.Broken != want.breaks || len(r.Trace) == 0 {
				t.Errorf("%s: want broken: %s; got %v", want.in, want.breaks, r)
			}
			t.Log(r.States, "states")
		})
	}
}

func TestAWriterThatDiesBeforeItsEvictionLeavesTheOldStateUnlessItIsAround(t *testing.T) {
	c := Config{Readers: one, Writers: []Writer{{In: 1, Crashes: Anywhere}}, Upper: Local}
	if r := Explore(c, All(), most, Quiet); r.Broken != Quiet {
		t.Errorf("without around: %v", r)
	}
	c.Writers[0].Around = true
	if r := Explore(c, All(), most, Quiet); r.Broken != "" || r.Bounded {
		t.Errorf("with around: %v", r)
	}
}

// A process that cannot ask the shared tier for a lease lets callers join its loads all the same, since it has nothing else
// to keep them from its store.
func TestAroundPromisesNothingToAProcessThatCannotReachTheSharedTier(t *testing.T) {
	c := Config{Readers: two, Writers: []Writer{{In: 1, Around: true}}, Fails: 1}
	if r := Explore(c, All(), most, Linear); r.Broken != Linear {
		t.Errorf("got %v", r)
	}
	if r := Explore(c, All(), most, OwnWrites, Quiet); r.Broken != "" || r.Bounded {
		t.Errorf("what is promised all the same: %v", r)
	}
}
