package runtime

import (
	"context"
	"runtime"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// answer is what is known of one key of a batch.
type answer[T any] struct {
	state answerState
	value T
}

type answerState uint8

const (
	unknown answerState = iota
	present             // value is the single-key method's answer
	absent              // the single-key method would have nothing
	unsure              // part of the result, but not the single-key method's answer beyond doubt: never stored
)

// batch is one call of a batch method. Positions are those of the keys that the caller asked for.
type batch[T any] struct {
	m       *Method[T]
	reload  bool
	keys    []string
	groups  [][]string     // by position; nil where there are none
	first   map[string]int // each key's first position
	answers []answer[T]    // by first position
	asked   []bool         // by position: asked of the wrapped method in this call
}

// loadFunc calls the wrapped method for the keys at some positions. It returns an answer for each, or none.
type loadFunc[R, T any] func(ctx context.Context, fill *Fill, at []int) (R, []answer[T], error)

// newBatch returns nil where the call must go straight through.
func newBatch[S ~[]K, K, T any](ctx context.Context, m *Method[T], ids S, key func(K) string, options []BatchOption) *batch[T] {
	n := len(ids)
	if ctx == nil || n == 0 || !m.serves(ctx) {
		return nil
	}
	var o batchOptions
	for _, option := range options {
		option(&o)
	}
	b := &batch[T]{
		m: m, reload: o.reload, keys: make([]string, n), first: make(map[string]int, n),
		answers: make([]answer[T], n), asked: make([]bool, n),
	}
	groups, _ := o.groups.(func(K) []string)
	if m.groups > 0 {
		b.groups = make([][]string, n)
	}
	for i := range b.keys {
		k := key(ids[i])
		if b.groups != nil && groups != nil {
			b.groups[i] = groups(ids[i])
		}
		if k == "" || !keyed(b.groupsAt(i), m.groups) {
			m.counters.unkeyed.Add(1)
			return nil
		}
		b.keys[i] = k
		if _, known := b.first[k]; !known {
			b.first[k] = i
		}
	}
	return b
}

// groupsAt lists the groups of the key at a position.
func (b *batch[T]) groupsAt(at int) []string {
	if b.groups == nil {
		return nil
	}
	return b.groups[at]
}

// of returns what is known of the key at a position.
func (b *batch[T]) of(at int) *answer[T] { return &b.answers[b.first[b.keys[at]]] }

// missing lists the first positions of the keys of which nothing is known.
func (b *batch[T]) missing() []int {
	var list []int
	for i, k := range b.keys {
		if b.first[k] == i && b.answers[i].state == unknown {
			list = append(list, i)
		}
	}
	return list
}

// lookup takes from the cache what is there, in one round trip a tier.
func (b *batch[T]) lookup(ctx context.Context) {
	at := b.missing()
	b.find(ctx, at, due, b.settle)
	for _, p := range at {
		if b.answers[p].state == unknown {
			b.m.counters.misses.Add(1)
			continue
		}
		b.m.counters.hits.inc()
		b.m.cache.hot.hit(&b.m.method, b.keys[p], b.groupsAt(p))
		if b.answers[p].state == absent {
			b.m.counters.notFound.Add(1)
		}
	}
}

// find reads the entries of the keys at some positions, with the generations of their groups, and tells found of each what
// it is, if it is good for least or more.
func (b *batch[T]) find(ctx context.Context, at []int, least freshness, found func(p int, v T, ok bool, err error)) {
	keys := make([]string, len(at))
	for i, p := range at {
		keys[i] = b.keys[p]
	}
	groups, place := b.groupsOf(at)
	c := b.m.cache
	values, _ := c.tiers.readMany(ctx, append(keys, groups...), c.overdue.has) // a tier that fails is one that has nothing
	for i, p := range at {
		g := groupsOf(b.groupsAt(p))
		if g != nil {
			var own []Value
			for _, key := range g.keys {
				own = append(own, values[place[key]])
			}
			g.see(own)
		}
		if len(values[i]) > 0 {
			v, how, err := b.m.read(ctx, keys[i], values[i], g, least, nil)
			found(p, v, how != useless, err)
		}
	}
}

// groupsOf lists the groups of the keys at some positions, each once, and where each stands behind those keys.
func (b *batch[T]) groupsOf(at []int) (groups []string, place map[string]int) {
	if b.groups == nil {
		return nil, nil
	}
	place = make(map[string]int)
	for _, p := range at {
		for _, key := range b.groups[p] {
			if _, known := place[key]; !known {
				place[key] = len(at) + len(groups)
				groups = append(groups, key)
			}
		}
	}
	return groups, place
}

// fallBack serves, in place of a load that failed, what is past its TTL: if it is there for every key of that load.
func (b *batch[T]) fallBack(ctx context.Context, at []int, err error) bool {
	if b.m.stale <= 0 || b.reload || b.m.nameOf(err) != "" {
		return false
	}
	answers := make(map[int]answer[T], len(at))
	b.find(ctx, at, stale, func(p int, v T, ok bool, err error) {
		if ok && err == nil {
			answers[p] = answer[T]{present, v}
		}
	})
	if len(answers) < len(at) {
		return false
	}
	for p, a := range answers {
		b.answers[p], b.asked[p] = a, false
	}
	b.m.counters.stale.Add(uint64(len(at)))
	return true
}

// settle notes an answer of the single-key method. Of its sentinels only the first means that there is nothing: what a
// batch does with another one is the wrapped method's to say.
func (b *batch[T]) settle(at int, v T, ok bool, err error) {
	switch {
	case !ok:
	case err == nil:
		b.answers[at] = answer[T]{present, v}
	case b.m.nameOf(err) != "" && b.m.nameOf(err) == b.m.notFound[0].Name:
		b.answers[at].state = absent
	}
}

// run answers all keys, from the cache and by load. It returns the results of load, of which there is more than one
// only where a load that was waited for brought no answer. With an error of load, the last of the results belongs to it;
// with any other there are none.
func run[R, T any](ctx context.Context, b *batch[T], load loadFunc[R, T]) (results []R, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !b.reload {
		b.lookup(ctx)
	}
	for {
		at := b.missing()
		if len(at) == 0 {
			return results, nil
		}
		before := len(results)
		if results, err = round(ctx, b, at, load, results); err != nil {
			if ctx.Err() == nil && b.fallBack(ctx, at, err) {
				return results[:before], nil
			}
			return results, err
		}
	}
}

// round loads the keys at some positions, but for those whose load is under way: these it waits for.
func round[R, T any](ctx context.Context, b *batch[T], at []int, load loadFunc[R, T], results []R) ([]R, error) {
	// Model: steps follow, loadAlone.
	c := b.m.cache
	var led, joined []*call[T]
	var ledAt, joinedAt, stages, alone []int
	if c.work.begin() {
		g := newCompany(ctx, c)
		for _, p := range at {
			switch f, stage, leads := join(ctx, b.m, b.keys[p], b.groupsAt(p), b.reload, g); {
			case f == nil:
				alone = append(alone, p)
			case leads:
				led, ledAt = append(led, f), append(ledAt, p)
			default:
				b.m.counters.coalesced.Add(1)
				joined, joinedAt, stages = append(joined, f), append(joinedAt, p), append(stages, stage)
			}
		}
		if len(led) == 0 {
			g.cancel()
			c.work.end()
		} else {
			t := &trip[R, T]{company: g, m: b.m, flights: led}
			go func() {
				defer c.work.end()
				t.run(func(ctx context.Context, fill *Fill) (R, []answer[T], error) { return load(ctx, fill, ledAt) })
			}()
			rest := joined
			defer func() {
				for _, f := range rest {
					f.leave()
				}
			}()
			if err := waitAll(ctx, led); err != nil {
				return nil, err
			}
			switch {
			case t.panicked != nil:
				panic(t.panicked)
			case t.exited:
				runtime.Goexit()
			}
			results = append(results, t.result)
			b.note(ledAt, t.answers)
			if t.err != nil {
				return results, t.err
			}
			rest = nil
		}
	} else {
		alone = at
	}
	if err := waitAll(ctx, joined); err != nil {
		return nil, err
	}
	for i, f := range joined {
		if f.unanswered || stages[i] > f.sure || f.panicked != nil || f.exited || f.single {
			continue // asked for in the next round
		}
		if v, err := codec.Copy(b.m.codec, f.copies); err == nil {
			b.settle(joinedAt[i], v, true, f.err)
		}
	}
	if len(alone) == 0 {
		return results, nil
	}
	result, answers, err := load(ctx, new(Fill), alone)
	b.note(alone, answers)
	return append(results, result), err
}

// note takes in what a load said of the keys at some positions.
func (b *batch[T]) note(at []int, answers []answer[T]) {
	for i, p := range at {
		b.asked[p] = true
		b.answers[p].state = unsure
		if i < len(answers) {
			b.answers[p] = answers[i]
		}
	}
}

// waitAll waits for all flights. Where ctx ends first it leaves each of them.
func waitAll[T any](ctx context.Context, flights []*call[T]) (err error) {
	for _, f := range flights {
		if failed := f.wait(ctx); failed != nil {
			err = failed
		}
	}
	return err
}
