package runtime

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// A tombstone stands under the key of an entry, in the shared tier, while writes are under way that it must not outlive:
//
//	{"kind":"tombstone","writers":["9f86d081884c7d65"]}
//
// Who finds it loads and stores nothing. It lists the writers, so that the end of one write does not lift what another has
// laid, and it goes by itself some time after a process that died. A writer that has left while others stay leaves a zero in
// its place, so that these know of it: what one of them puts may be older.
const tombstoneHead = `{"kind":"tombstone","writers":[`

var departed = []byte(`"0000000000000000"`)

// tombstoneTime is how long a tombstone stands where its process has died. It is renewed while the write is under way.
const tombstoneTime = 30 * time.Second

// isTombstone reports whether v is a tombstone, whole: what only begins like one would keep its key from being cached until
// somebody evicts it.
func isTombstone(v Value) bool {
	if !hasPrefix(v, tombstoneHead) {
		return false
	}
	const writer = fillLen + len(`"",`)
	rest := v[len(tombstoneHead):]
	for ; len(rest) >= writer; rest = rest[writer:] {
		if rest[0] != '"' || !isHex(rest[1:1+fillLen]) || rest[1+fillLen] != '"' {
			return false
		}
		switch end := rest[writer-1:]; {
		case string(end) == "]}":
			return true
		case end[0] != ',':
			return false
		}
	}
	return false
}

// writer is a write under way, with the keys that it keeps from being stored anywhere. A nil writer is a write that does
// not, or where the shared tier cannot.
type writer struct {
	tier *tier
	id   []byte // as it stands in a tombstone, with its quotes

	mu    sync.Mutex
	keys  map[string]bool
	renew *time.Timer
	over  bool
}

func (t *Tiered) newWriter() *writer {
	last := t.leaser()
	if last == nil || last.remover == nil {
		return nil
	}
	w := &writer{tier: last, keys: make(map[string]bool)}
	id := appendFill(nil, rand.Uint64())
	w.id = append(append([]byte{'"'}, id...), '"')
	return w
}

// bar lays tombstones, in place of what stands there.
func (w *writer) bar(ctx context.Context, keys []string) error {
	// Model: step removeShared.
	var errs []error
	for _, key := range keys {
		w.mu.Lock()
		w.keys[key] = true
		w.mu.Unlock()
		errs = append(errs, w.change(ctx, key, func(held Value) Value { return withWriter(held, w.id) }))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.renew == nil {
		w.renew = time.AfterFunc(tombstoneTime/3, func() { w.again(context.WithoutCancel(ctx)) })
	}
	return errors.Join(errs...)
}

// again renews the tombstones.
func (w *writer) again(ctx context.Context) {
	// Model: step renew.
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	for key := range w.keys {
		_ = w.change(ctx, key, func(held Value) Value {
			if !isTombstone(held) { // lost: whoever has removed it may have written
				held = tombstone(departed)
			}
			return withWriter(held, w.id)
		})
	}
	w.renew.Reset(tombstoneTime / 3)
}

// lift takes the writer out of the tombstones; the last one removes them. What stands there instead of a tombstone was
// stored since the tombstone was lost, and goes too.
func (w *writer) lift(ctx context.Context, keys []string) error {
	// Model: step removeShared.
	var errs []error
	for _, key := range keys {
		errs = append(errs, w.change(ctx, key, func(held Value) Value { return withoutWriter(held, w.id) }))
	}
	return errors.Join(errs...)
}

// keeps reports whether the writer has laid a tombstone under key.
func (w *writer) keeps(key string) bool {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys[key]
}

// stop ends the renewing: the tombstones are lifted, or go by themselves.
func (w *writer) stop() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over = true; w.renew != nil {
		w.renew.Stop()
	}
}

// barred reports whether a tombstone stands under one of keys.
func (t *Tiered) barred(ctx context.Context, keys []string) bool {
	for _, key := range keys {
		if v, err := t.last().raw(ctx, key); err == nil && isTombstone(v) {
			return true
		}
	}
	return false
}

// change puts what to makes of what stands under key in its place, and removes it where that is nil.
func (w *writer) change(ctx context.Context, key string, to func(held Value) Value) error {
	for {
		held, err := w.tier.raw(ctx, key)
		if err != nil && !errors.Is(err, ErrMiss) {
			return w.tier.failed("get", err)
		}
		next := to(held)
		var done bool
		switch {
		case held == nil && next == nil:
			return nil
		case held == nil:
			_, done, err = w.tier.lease(ctx, key, next, tombstoneTime)
		case next == nil:
			done, err = w.tier.removeIf(ctx, key, held)
		default:
			done, err = w.tier.fill(ctx, key, held, next, tombstoneTime)
		}
		if done || err != nil {
			return err
		}
	}
}

// withWriter is the tombstone that stands in place of held.
func withWriter(held Value, id []byte) Value {
	if list, ok := writers(held); ok && !bytes.Contains(list, id) {
		return tombstone(append(append(bytes.Clone(list), ','), id...))
	} else if ok {
		return held
	}
	return tombstone(id)
}

// withoutWriter is what is left of held; nil is nothing.
func withoutWriter(held Value, id []byte) Value {
	list, ok := writers(held)
	if !ok {
		return nil
	}
	left := bytes.ReplaceAll(list, id, departed)
	for _, writer := range bytes.Split(left, []byte(",")) {
		if !bytes.Equal(writer, departed) {
			return tombstone(left)
		}
	}
	return nil
}

func tombstone(list []byte) Value {
	return append(append(append(Value(nil), tombstoneHead...), list...), "]}"...)
}

// writers reads a tombstone's list. It reports false for anything else.
func writers(v Value) (list []byte, ok bool) {
	rest, ok := cut(v, tombstoneHead)
	if !ok || !bytes.HasSuffix(rest, []byte("]}")) {
		return nil, false
	}
	list = rest[:len(rest)-len("]}")]
	for _, id := range bytes.Split(list, []byte(",")) {
		if len(id) != fillLen+2 || id[0] != '"' || id[len(id)-1] != '"' || !isHex(id[1:len(id)-1]) {
			return nil, false
		}
	}
	return list, true
}
