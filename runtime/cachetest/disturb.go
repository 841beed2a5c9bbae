package cachetest

import "reflect"

// disturber is a read that makes the cache answer r wrongly, whatever was written before: the two use one entry. It may be
// r itself. It is found by trying, each time from an empty cache.
func (s *sequence) disturber(r *read) *read {
	if r.disturbed {
		return r.by
	}
	if r.disturbed = true; !s.disturbs(r, s.reads...) {
		return nil
	}
	for _, same := range []bool{true, false} {
		for _, other := range s.reads {
			if other != r && (other.m == r.m) == same && s.disturbs(r, other) {
				r.by = other
				return other
			}
		}
	}
	r.by = r
	return r
}

// disturbs reports whether r is answered wrongly after others were read, or before and after.
func (s *sequence) disturbs(r *read, others ...*read) bool {
	for _, before := range []bool{false, true} {
		if s.cache.Flush(s.t.Context()) != nil {
			return false
		}
		if before {
			s.fromCache(r)
		}
		for _, other := range others {
			if other != r {
				s.fromCache(other)
			}
		}
		for range 2 {
			if !s.cmp.same(s.fromCache(r), r.was) {
				return true
			}
		}
	}
	return false
}

// probe is a read of one of those that a batch, r, reads at once, which r makes the cache answer wrongly; nil if there is
// none.
func (s *sequence) probe(r *read) *read {
	batch := r.m.drawn()
	if r.m.of == "" || len(batch) != 1 || r.m.in[batch[0]].Kind() != reflect.Slice {
		return nil
	}
	for _, m := range s.methods {
		if one := m.drawn(); m.name != r.m.of || len(one) != 1 || m.in[one[0]] != r.m.in[batch[0]].Elem() {
			continue
		}
		for i := range r.args[0].Len() {
			p := &read{m: m, args: []reflect.Value{r.args[0].Index(i)}}
			p.text, p.was = m.text(p.args), s.store(&read{m: m, args: p.args})
			if s.disturbs(p, r) {
				p.got = s.fromCache(p)
				return p
			}
		}
	}
	return nil
}

// differ names the parameters in which two calls of one method differ.
func differ(a, b *read) []string {
	var all []string
	for i, p := range a.m.drawn() {
		if exact(a.args[i:i+1]) == exact(b.args[i:i+1]) {
			continue
		}
		if a.m.params[p] == "" || a.m.params[p] == "_" {
			return nil
		}
		all = append(all, a.m.params[p])
	}
	return all
}
