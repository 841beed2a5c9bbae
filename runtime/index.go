package runtime

import (
	"context"
	"reflect"
	"slices"
	"sync"
)

// An index finds the entries of a method by other arguments: a user by an email instead of an id. What it keeps under
// its own key is where the entry is: the entry's key, and those of its groups. So there is one entry, however it is
// found, and what evicts that entry needs to know of no other way to it.

// GetBy returns the fresh result that index finds under key, as Method.Get does. groups are those of the index's entry.
func GetBy[T any](ctx context.Context, index *Method[[]string], m *Method[T], key string, groups ...string) (result T, ok bool, err error) {
	entry, ok, err := index.Get(ctx, key, groups...)
	if !ok || err != nil {
		return result, ok, err
	}
	result, ok = m.at(ctx, entry)
	return result, ok, nil
}

// at returns the result at an entry. A not-found answer there is none: by the other arguments there may be something.
func (m *Method[T]) at(ctx context.Context, entry []string) (result T, ok bool) {
	if len(entry) == 0 {
		return result, false
	}
	result, ok, err := m.Get(ctx, entry[0], entry[1:]...)
	return result, ok && err == nil
}

// LoadBy returns what load returns, as Method.Load does, and stores it as m's result under the entry that load names by
// Fill.Entry. The index keeps where that is; where load returns a sentinel of the index, beside nothing else, the index
// keeps that. A result whose entry was evicted during the load is not stored.
func LoadBy[T any](ctx context.Context, index *Method[[]string], m *Method[T], key string,
	load func(context.Context, *Fill) (T, error), groups ...string) (T, error) {
	return loadBy(ctx, index, m, key, load, false, groups)
}

// ReloadBy is LoadBy for a caller who wants nothing that was cached or began to load before.
func ReloadBy[T any](ctx context.Context, index *Method[[]string], m *Method[T], key string,
	load func(context.Context, *Fill) (T, error), groups ...string) (T, error) {
	return loadBy(ctx, index, m, key, load, true, groups)
}

func loadBy[T any](ctx context.Context, index *Method[[]string], m *Method[T], key string,
	load func(context.Context, *Fill) (T, error), reload bool, groups []string) (T, error) {
	if !m.on() {
		return load(ctx, new(Fill))
	}
	var own parcel[T]
	entry, err := index.load(ctx, key, func(ctx context.Context, fill *Fill) ([]string, error) {
		return m.loadEntry(ctx, fill, index, key, load, reload, groups, &own)
	}, reload, never, groups)
	if v, ok := own.get(); ok {
		return v, err
	}
	if err != nil {
		var zero T
		return zero, err
	}
	if v, ok := m.at(ctx, entry); ok {
		return v, nil
	}
	return load(ctx, new(Fill))
}

// loadEntry is what an index's flight does: look again, load, store the result under its entry. It returns where that is.
func (m *Method[T]) loadEntry(ctx context.Context, fill *Fill, index *Method[[]string], key string,
	load func(context.Context, *Fill) (T, error), reload bool, groups []string, own *parcel[T]) ([]string, error) {
	var known []string
	if ctx != nil && key != "" && keyed(groups, index.groups) && index.serves(ctx) && !reload {
		entry, how, err := index.lookup(ctx, key, groupsOf(groups), due)
		if how != useless && err != nil {
			fill.found = true
			return nil, err
		}
		if v, ok := m.at(ctx, entry); ok {
			fill.found = true
			own.put(v)
			return entry, nil
		}
		known = entry
	}
	began := m.cache.beginning()
	if len(known) > 0 && m.serves(ctx) {
		began.keys = known[:1]
		began.marks = m.cache.marked(ctx, began.keys)
	}
	g, standing := m.standing(ctx, known)
	v, err := load(m.readingAt(ctx, known), fill)
	own.put(v)
	if err != nil {
		fill.skip = fill.skip || !reflect.ValueOf(&v).Elem().IsZero()
		return nil, err
	}
	entry := fill.entry
	if len(entry) == 0 || entry[0] == "" || !keyed(entry[1:], m.groups) {
		fill.skip = true
		return nil, nil
	}
	if m.groups == 0 || slices.Equal(entry, known) && standing() {
		if mark, alone := m.cache.tiers.stripes.claim(entry[0], began.clock); alone && ctx != nil && m.serves(ctx) {
			m.put(ctx, entry[0], v, mark, g, began)
		}
	}
	return entry, nil
}

// standing returns the generations of an entry's groups, and what tells whether they are so still. An entry in groups can
// be stored only where it was known before the load which they are.
func (m *method) standing(ctx context.Context, entry []string) (g *groups, standing func() bool) {
	if m.groups == 0 || len(entry) != m.groups+1 {
		return nil, func() bool { return false }
	}
	f := flight{method: m}
	f.in(entry[1:])
	g = groupsOf(entry[1:])
	if !g.take(ctx, m.cache, max(m.ttl+m.stale, m.negative), false) {
		return nil, func() bool { return false }
	}
	return g, f.current
}

// parcel holds what a load returned for the caller who began it, who may be gone.
type parcel[T any] struct {
	mu sync.Mutex
	v  T
	ok bool
}

func (p *parcel[T]) put(v T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.v, p.ok = v, true
}

func (p *parcel[T]) get() (T, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.v, p.ok
}
