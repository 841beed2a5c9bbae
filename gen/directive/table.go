package directive

import "slices"

// Verb is a word of the language: what stands after "//cachegen:".
type Verb struct {
	Name    string
	Form    Form
	Args    string // how its arguments look, for usage
	Help    string
	Where   Place
	Options []*Option
}

// Option is a setting of a verb, written name=value or, where it takes no value, name.
type Option struct {
	Name    string
	Kind    Kind
	Value   string // how its value looks, for usage
	Help    string
	Default string
	Choices []string // of a Choice
	Bare    bool     // the option can stand without a value
}

// Form says what follows a verb.
type Form int

// The forms of arguments.
const (
	Nothing      Form = iota // no arguments
	Settings                 // options
	CallList                 // CALL, CALL … [for …] [if …]
	CallSettings             // CALL, or a parameter's name, then options
	OtherVerb                // METHOD VERB …
)

// Place says above what a directive stands.
type Place int

// The places of directives.
const (
	OnInterface Place = iota
	OnMethod
)

// Kind says what an option's value is.
type Kind int

// The kinds of values.
const (
	Flag     Kind = iota // none
	Word                 // free text
	Name                 // a Go identifier
	Names                // parameters, by name
	Duration             // a length of time, or a preset
	Lifetime             // a Duration, or a Go expression that gives one
	Percent              // a whole number from 0 to 99
	Choice               // one of the option's Choices
	Portion              // a Duration, or with a % behind it a whole number from 1 to 99
	Expr                 // a Go expression
	Exprs                // Go expressions with commas between them
)

// Presets are the durations that have a name.
var Presets = []struct{ Name, Value string }{
	{"realtime", "10s"}, {"short", "5m"}, {"medium", "1h"}, {"long", "3h"},
}

// The options of cache, which are also those of wrap: there they are defaults for all methods.
var cacheOptions = []*Option{
	{Name: "ttl", Kind: Lifetime, Value: "DURATION", Default: "5m",
		Help: "how long an answer is kept: 90s, 10m, 1h30m, realtime (10s), short (5m), medium (1h), long (3h); or an expression: result.TTL()"},
	{Name: "jitter", Kind: Percent, Value: "PERCENT", Default: "10",
		Help: "by how much each TTL is shortened at random; 0: not at all"},
	{Name: "key", Kind: Exprs, Value: "EXPR,…", Default: "every parameter but contexts",
		Help: "expressions over the parameters that make up the key"},
	{Name: "hash", Kind: Names, Value: "PARAM,…",
		Help: "parameters that the key holds only as a digest: secrets, personal data"},
	{Name: "ignore", Kind: Names, Value: "PARAM,…",
		Help: "parameters that say nothing about the answer"},
	{Name: "if", Kind: Expr, Value: "COND", Default: "always",
		Help: "over the parameters; where false the cache is neither read nor written"},
	{Name: "reload", Kind: Expr, Value: "COND", Default: "never",
		Help: "over the parameters; where true the cache is not read, but the answer is stored"},
	{Name: "unless", Kind: Expr, Value: "COND", Default: "never",
		Help: "over parameters and results; where true the answer is not stored"},
	{Name: "notfound", Kind: Exprs, Value: "ERR,…",
		Help: "sentinel errors that are an answer: kept, and returned again as they are"},
	{Name: "negative", Kind: Duration, Value: "DURATION", Default: "1m",
		Help: "how long an answer of notfound is kept"},
	{Name: "stale", Kind: Duration, Value: "DURATION", Default: "not at all",
		Help: "how long past its TTL an answer may still be served where loading it anew fails"},
	{Name: "timeout", Kind: Duration, Value: "DURATION", Default: "none",
		Help: "with stale: how long a caller waits for a load before it gets the stale answer; the load goes on"},
	{Name: "refresh", Kind: Portion, Value: "PERCENT%|DURATION", Default: "not at all",
		Help: "load anew in the background once less than this is left of the TTL: 20%, 30s"},
	{Name: "near", Kind: Choice, Value: "share", Bare: true, Choices: []string{"share"}, Default: "not at all",
		Help: "keep answers decoded in this process too, each caller with a deep copy; near=share: all with the same, which they do not change"},
	{Name: "codec", Kind: Choice, Value: "json", Choices: []string{"fields", "json"}, Default: "fields",
		Help: "fields: every field is kept, whatever its tags say; json: the type's JSON form, tags and all, as encoding/json/v2 has it"},
	{Name: "types", Kind: Exprs, Value: "TYPE,…",
		Help: "the types that an interface inside the result may hold: Circle,*Square; an answer with another is not kept"},
	{Name: "lossy", Kind: Flag,
		Help: "keep answers with an any inside, though it comes back as JSON has it: numbers as float64"},
}

var wrapOptions = append([]*Option{
	{Name: "name", Kind: Name, Value: "NAME", Default: "Cached + the interface's name",
		Help: "the wrapper's type"},
	{Name: "prefix", Kind: Word, Value: "TEXT", Default: "module/path/of/package.Interface",
		Help: "what the wrapper's keys begin with"},
	{Name: "strict", Kind: Flag,
		Help: "every method must bear a directive"},
	{Name: "around", Kind: Flag,
		Help: "mutators keep their entries out of the cache from before the write until after it"},
	{Name: "primary", Kind: Expr, Value: "FUNC",
		Help: "func(context.Context) context.Context, applied to the first loads of a key after its eviction: for stores with read replicas"},
}, cacheOptions...)

var batchOptions = append([]*Option{
	{Name: "by", Kind: Expr, Value: "EXPR",
		Help: "of a slice of results: over it, an element, the key that it belongs to: by=it.ID; by=index: result i answers key i"},
}, cacheOptions...)

// The options of index are those of cache that are about its own key. What is kept under the other is for that to say.
var indexOptions = only(cacheOptions, "ttl", "jitter", "key", "hash", "ignore", "if", "reload", "notfound", "negative")

func only(options []*Option, names ...string) []*Option {
	return slices.DeleteFunc(slices.Clone(options), func(o *Option) bool { return !slices.Contains(names, o.Name) })
}

var verbs = []*Verb{
	{Name: "wrap", Form: Settings, Where: OnInterface, Args: "[OPTION …]", Options: wrapOptions,
		Help: "generate a caching wrapper; options of cache given here are defaults for all methods"},
	{Name: "for", Form: OtherVerb, Where: OnInterface, Args: "METHOD VERB …",
		Help: "a directive for a method that is embedded from elsewhere; nameless parameters are p0, p1, …"},
	{Name: "cache", Form: Settings, Where: OnMethod, Args: "[OPTION …]", Options: cacheOptions,
		Help: "keep this method's answers"},
	{Name: "evict", Form: CallList, Where: OnMethod, Args: "CALL, … [for i, v := range X] [if COND]",
		Help: "when this method has returned, remove those entries: GetUser(u.ID); ListByTeam(u.TeamID, _) with any value there, ListByTeam all",
		Options: []*Option{
			{Name: "old", Kind: Expr, Value: "CALL",
				Help: "read the state before the write, past the cache, so that the entries can be named by it: old=GetUser(u.ID) FindByEmail(old.Email)"},
			{Name: "around", Kind: Flag,
				Help: "keep the entries out of the cache from before the write until after it: evict around GetUser(u.ID)"},
		}},
	{Name: "batch", Form: CallSettings, Where: OnMethod, Args: "CALL [OPTION …]", Options: batchOptions,
		Help: "CALL for many keys at once, GetUser(ids): its entries are CALL's; or batch ids, where no method takes one key"},
	{Name: "pass", Form: Nothing, Where: OnMethod,
		Help: "call straight through, and say so"},
	{Name: "put", Form: CallList, Where: OnMethod, Args: "CALL = EXPR, … [for i, v := range X] [if COND]",
		Help: "when this method has succeeded, keep EXPR as CALL's answer: GetUser(result.ID) = result"},
	{Name: "index", Form: CallSettings, Where: OnMethod, Args: "CALL [OPTION …]", Options: indexOptions,
		Help: "this method finds CALL's entry by other arguments, GetUser(result.ID): what is kept here is where that entry is"},
	{Name: "tag", Form: CallList, Where: OnMethod, Args: "NAME(EXPR, …), … [for i, v := range X] [if COND]",
		Help: "beside cache: mark the entries, by parameters and results: member(id) for id := range result; evict tag.member(id) removes all so marked"},
	{Name: "sub", Form: Nothing, Where: OnMethod,
		Help: "this method returns another interface that is wrapped: hand out its wrapper, made once, or for each call where the method takes parameters"},
}

// Verbs lists the language, in the order of its documentation; verbs of later versions are among them.
func Verbs() []*Verb { return verbs }

// Option finds a verb's option.
func (v *Verb) Option(name string) *Option {
	for _, o := range v.Options {
		if o.Name == name {
			return o
		}
	}
	return nil
}

func verbNamed(name string) *Verb {
	for _, v := range verbs {
		if v.Name == name {
			return v
		}
	}
	return nil
}

func (v *Verb) names() []string {
	var names []string
	for _, o := range v.Options {
		names = append(names, o.Name)
	}
	return names
}

func verbNames(where Place) []string {
	var names []string
	for _, v := range verbs {
		if v.Where == where {
			names = append(names, v.Name)
		}
	}
	return names
}
