package runtime

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"
)

// BatchOption changes one call of a batch method.
type BatchOption func(*batchOptions)

type batchOptions struct {
	reload bool
	groups any // a func(K) []string
}

// Anew says that the batch wants nothing that was cached or began to load before, where cond is true.
func Anew(cond bool) BatchOption { return func(o *batchOptions) { o.reload = o.reload || cond } }

// InGroups says in which groups an id's entry is, as for Method.Get: for a method whose entries are in groups.
func InGroups[K any](groups func(id K) []string) BatchOption {
	return func(o *batchOptions) { o.groups = groups }
}

// BatchMap is m for many ids at once, by a method that returns a map. The entries are m's own; key gives an id's. What
// the cache has is taken from it in one round trip; load is called once, for what is missing, each id once, in a slice
// of its own; what it returns is stored in one round trip. An id whose load is under way in this process is waited for
// instead, and callers of m and of other batches wait for the ids of this one.
//
// The result holds exactly the ids that were found. An id that load leaves out is one for which m has nothing: where m
// has sentinels, the first of them is stored as its answer, and that answer in the cache leaves the id out. A result of
// which nothing had to be loaded is never nil. A nil pointer is returned, but not stored.
//
// An error of load is returned with load's result, and nothing is stored; where it is one of m's sentinels and some ids
// were cached, load is called for all ids, since only it knows what they amount to together. Panics, Goexit and the end
// of ctx are dealt with as by Method.Load. A nil ctx, no ids, and an id without a key make the call go straight to load.
func BatchMap[R ~map[K]T, S ~[]K, K comparable, T any](ctx context.Context, m *Method[T], ids S, key func(K) string,
	load func(context.Context, *Fill, S) (R, error), options ...BatchOption) (R, error) {
	b := newBatch(ctx, m, ids, key, options)
	if b == nil {
		return load(ctx, new(Fill), ids)
	}
	own := slices.Clone(ids) // the load may outlive the call
	results, err := run(ctx, b, func(ctx context.Context, fill *Fill, at []int) (R, []answer[T], error) {
		result, err := load(ctx, fill, pick(own, at))
		if err != nil {
			return result, nil, err
		}
		return result, mapAnswers(m, result, own, at, key), nil
	})
	if err != nil {
		return failed(ctx, b, ids, load, results, err)
	}
	var merged R
	if len(results) > 0 {
		merged = results[0]
	}
	fresh := len(results) == 0 // the wrapped method may keep the map that it returned
	if fresh {
		merged = make(R, len(ids))
	}
	put := func(id K, v T) {
		if _, there := merged[id]; there {
			return
		}
		if !fresh {
			if merged = maps.Clone(merged); merged == nil {
				merged = make(R, len(ids))
			}
			fresh = true
		}
		merged[id] = v
	}
	for i := 1; i < len(results); i++ {
		for id, v := range results[i] {
			put(id, v)
		}
	}
	for i, id := range ids {
		if a := b.of(i); a.state == present && !b.asked[i] {
			put(id, a.value)
		}
	}
	return merged, nil
}

// mapAnswers finds the answers in a map. An id may stand there in another form that has the same key.
func mapAnswers[R ~map[K]T, S ~[]K, K comparable, T any](m *Method[T], result R, ids S, at []int, key func(K) string) []answer[T] {
	answers := make([]answer[T], len(at))
	var byKey map[string]T
	for i, p := range at {
		v, ok := result[ids[p]]
		if !ok && len(result) > 0 {
			if byKey == nil {
				byKey = make(map[string]T, len(result))
				for id, v := range result {
					byKey[key(id)] = v
				}
			}
			v, ok = byKey[key(ids[p])]
		}
		switch {
		case !ok:
			answers[i].state = absent
		case m.isNil(v):
			answers[i] = answer[T]{unsure, v}
		default:
			answers[i] = answer[T]{present, v}
		}
	}
	return answers
}

// BatchHits is BatchMap for a method that returns, beside the map, the ids that it did not find: those that the map
// lacks, in the order of ids, nil if there are none.
func BatchHits[R ~map[K]T, S ~[]K, K comparable, T any](ctx context.Context, m *Method[T], ids S, key func(K) string,
	load func(context.Context, *Fill, S) (R, S, error), options ...BatchOption) (R, S, error) {
	if b := newBatch(ctx, m, ids, key, options); b == nil {
		return load(ctx, new(Fill), ids)
	}
	var mu sync.Mutex
	var last S
	result, err := BatchMap(ctx, m, ids, key, func(ctx context.Context, fill *Fill, some S) (R, error) {
		result, misses, err := load(ctx, fill, some)
		mu.Lock()
		defer mu.Unlock()
		last = misses
		return result, err
	}, options...)
	if err != nil {
		mu.Lock()
		defer mu.Unlock()
		return result, last, err
	}
	var misses S
	for _, id := range ids {
		if _, found := result[id]; !found {
			misses = append(misses, id)
		}
	}
	return result, misses, err
}

// BatchSlice is BatchMap for a method that returns a slice; by gives the id that an element belongs to.
//
// The elements come in the order of ids, whatever order load gives them, each id's once. Elements that belong to none
// of ids, or for which by panics, are kept, at the end. An id that several elements belong to has them all, and is not
// stored. A result of which nothing had to be loaded and nothing was found is nil.
func BatchSlice[R ~[]T, S ~[]K, K, T any](ctx context.Context, m *Method[T], ids S, key func(K) string, by func(T) K,
	load func(context.Context, *Fill, S) (R, error), options ...BatchOption) (R, error) {
	b := newBatch(ctx, m, ids, key, options)
	if b == nil {
		return load(ctx, new(Fill), ids)
	}
	keyOf := func(v T) (k string) {
		defer func() {
			if recover() != nil {
				k = ""
			}
		}()
		return key(by(v))
	}
	own := slices.Clone(ids) // the load may outlive the call
	results, err := run(ctx, b, func(ctx context.Context, fill *Fill, at []int) (R, []answer[T], error) {
		result, err := load(ctx, fill, pick(own, at))
		if err != nil {
			return result, nil, err
		}
		elements := make(map[string][]T, len(result))
		for _, v := range result {
			k := keyOf(v)
			elements[k] = append(elements[k], v)
		}
		answers := make([]answer[T], len(at))
		for i, p := range at {
			switch mine := elements[b.keys[p]]; {
			case len(mine) == 0:
				answers[i].state = absent
			case len(mine) > 1 || m.isNil(mine[0]):
				answers[i].state = unsure
			default:
				answers[i] = answer[T]{present, mine[0]}
			}
		}
		return result, answers, nil
	})
	if err != nil {
		return failed(ctx, b, ids, load, results, err)
	}
	var several map[string][]T // by key; "" for elements of none
	var merged R
	for _, result := range results {
		for _, v := range result {
			k := keyOf(v)
			if _, wanted := b.first[k]; !wanted {
				k = ""
			} else if b.of(b.first[k]).state != unsure {
				continue
			}
			if several == nil {
				several = make(map[string][]T)
			}
			several[k] = append(several[k], v)
		}
		if merged == nil && result != nil {
			merged = make(R, 0, len(ids))
		}
	}
	for i, k := range b.keys {
		if b.first[k] != i {
			continue
		}
		if a := &b.answers[i]; a.state == present {
			merged = append(merged, a.value)
		}
		merged = append(merged, several[k]...)
	}
	return append(merged, several[""]...), nil
}

// BatchIndex is BatchMap for a method that returns a slice whose element i answers ids[i]. A nil pointer says that there
// is nothing for that id; where T is no pointer, every element is an answer. An id that is not found has the zero value
// in the result. Where load does not return one element per id, it is called for all ids and its result returned as it is.
func BatchIndex[R ~[]T, S ~[]K, K, T any](ctx context.Context, m *Method[T], ids S, key func(K) string,
	load func(context.Context, *Fill, S) (R, error), options ...BatchOption) (R, error) {
	b := newBatch(ctx, m, ids, key, options)
	if b == nil {
		return load(ctx, new(Fill), ids)
	}
	own := slices.Clone(ids) // the load may outlive the call
	results, err := run(ctx, b, func(ctx context.Context, fill *Fill, at []int) (R, []answer[T], error) {
		result, err := load(ctx, fill, pick(own, at))
		if err != nil {
			return result, nil, err
		}
		if len(result) != len(at) {
			return result, nil, errCount
		}
		answers := make([]answer[T], len(at))
		for i, v := range result {
			answers[i] = answer[T]{present, v}
			if m.isNil(v) {
				answers[i].state = absent
			}
		}
		return result, answers, nil
	})
	switch {
	case err == errCount && b.all():
		return results[len(results)-1], nil
	case err == errCount:
		return load(ctx, new(Fill), ids)
	case err != nil:
		return failed(ctx, b, ids, load, results, err)
	case len(results) == 1 && b.all():
		return results[0], nil
	}
	merged := make(R, len(ids))
	for i := range ids {
		merged[i] = b.of(i).value
	}
	return merged, nil
}

var errCount = errors.New("cachegen: not one result per key")

// failed is what a batch returns whose load has failed.
func failed[R, S, T any](ctx context.Context, b *batch[T], ids S, load func(context.Context, *Fill, S) (R, error), results []R, err error) (R, error) {
	if b.m.nameOf(err) != "" && !b.all() {
		return load(ctx, new(Fill), ids)
	}
	var result R
	if len(results) > 0 {
		result = results[len(results)-1]
	}
	return result, err
}

// all reports whether every id was asked of the wrapped method, so that its answer stands for all.
func (b *batch[T]) all() bool { return !slices.Contains(b.asked, false) }

// pick makes a slice of the ids at some positions.
func pick[S ~[]K, K any](ids S, at []int) S {
	some := make(S, len(at))
	for i, p := range at {
		some[i] = ids[p]
	}
	return some
}

// isNil reports whether v is a nil pointer or interface, which a batch may mean as "nothing".
func (m *Method[T]) isNil(v T) bool {
	switch m.typ.Kind() {
	case reflect.Pointer, reflect.Interface:
		return reflect.ValueOf(&v).Elem().IsNil()
	}
	return false
}
