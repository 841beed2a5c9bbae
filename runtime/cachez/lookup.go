package cachez

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegen-go/cachegen/runtime"
)

// lookup is a key with what stands under it.
type lookup struct {
	Key, Method  string
	Error        string // nothing was looked up
	Done, Failed string // of an eviction
	Notes        []string
	IsGroup      bool
	Tiers        []holding
	Groups       []group
	Values       []value
}

// holding is what one tier holds.
type holding struct {
	Tier, Kind, Verdict, Class   string
	Fresh, Gone, TTL, Size, More string
}

type group struct {
	Key, Generation, Now string
	Current              bool
	Evictable            bool
}

// value is a payload, with the tiers that hold it.
type value struct{ Tiers, Text string }

// maxValue bounds how much of a value is shown.
const maxValue = 64 << 10

func (p *Page) lookup(ctx context.Context, w *watched, key string) *lookup {
	l := &lookup{Key: key}
	i, err := w.cache.Inspect(ctx, key)
	if err != nil {
		l.Error = err.Error()
		return l
	}
	l.Method = i.Method
	if i.Loading {
		l.Notes = append(l.Notes, "A load of it is under way in this process.")
	}
	if i.Pending {
		l.Notes = append(l.Notes, "An eviction of it has not reached the shared tier yet. It is retried, and this process reads past that tier meanwhile.")
	}
	tiers := i.Tiers
	if i.Near.Kind != runtime.KindNone {
		tiers = append([]runtime.Held{i.Near}, tiers...)
	}
	for _, h := range tiers {
		l.Tiers = append(l.Tiers, holdingOf(h))
		l.IsGroup = l.IsGroup || h.Kind == runtime.KindGroup
		for _, g := range h.Groups {
			l.addGroup(g)
		}
		l.addValue(h)
	}
	return l
}

func holdingOf(h runtime.Held) holding {
	v := holding{Tier: h.Tier, Kind: kinds[h.Kind], Verdict: "yes", Class: "ok", Fresh: none, Gone: none, TTL: none, Size: none}
	if h.Tier == "near" {
		v.Tier = "kept decoded"
	}
	switch {
	case h.Err != nil:
		v.Kind, v.Verdict, v.Class = "not known", h.Err.Error(), "bad"
		return v
	case h.Kind == runtime.KindNone:
		v.Verdict, v.Class = "", ""
		return v
	case h.Unfit != "":
		v.Verdict, v.Class = "no: "+h.Unfit, "warn"
	}
	v.Size = size(h.Bytes)
	if h.TTL > 0 {
		v.TTL = left(h.TTL)
	}
	switch h.Kind {
	case runtime.KindValue, runtime.KindNotFound:
		v.Fresh, v.Gone = left(h.Fresh), left(h.Gone)
		v.More = h.Sentinel
	case runtime.KindGroup:
		v.Gone, v.More = left(h.Gone), fmt.Sprintf("generation %d", h.Generation)
	}
	return v
}

var kinds = map[runtime.HeldKind]string{
	runtime.KindNone: "nothing", runtime.KindValue: "a value", runtime.KindNotFound: "not found", runtime.KindLease: "a lease",
	runtime.KindTombstone: "a tombstone", runtime.KindGroup: "a group", runtime.KindCorrupt: "no entry",
}

// addGroup adds one that another tier has not shown already.
func (l *lookup) addGroup(g runtime.HeldGroup) {
	shown := group{Key: g.Key, Generation: fmt.Sprint(g.Generation), Now: none, Current: g.Current(), Evictable: g.Key != ""}
	if g.Now != 0 {
		shown.Now = fmt.Sprint(g.Now)
	}
	if g.Key == "" {
		shown.Key = "one that was evicted, or of a tag that is not known here"
	}
	if !slices.Contains(l.Groups, shown) {
		l.Groups = append(l.Groups, shown)
	}
}

// addValue adds one, or the tier to those that hold the same.
func (l *lookup) addValue(h runtime.Held) {
	if len(h.Value) == 0 {
		return
	}
	text := pretty(h.Value)
	for i := range l.Values {
		if l.Values[i].Text == text {
			l.Values[i].Tiers += ", " + h.Tier
			return
		}
	}
	l.Values = append(l.Values, value{h.Tier, text})
}

func pretty(v runtime.Value) string {
	var b bytes.Buffer
	text := string(v)
	if json.Indent(&b, v, "", "  ") == nil {
		text = b.String()
	}
	if len(text) > maxValue {
		text = text[:maxValue] + fmt.Sprintf("\n… %s more", size(len(text)-maxValue))
	}
	return strings.ToValidUTF8(text, "�")
}
