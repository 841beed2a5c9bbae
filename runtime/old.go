package runtime

import "github.com/cachegen-go/cachegen/runtime/codec"

// Old reads the state before a write, so that the entries which the write makes stale can be named by it. It returns a
// copy, since the write may change what the store hands out. Where read fails or panics, known is false and what depends on the
// state is skipped, which is counted. On a nil or closed cache, which evicts nothing, nothing is read.
func Old[T any](c *Cache, copyable codec.Codec[T], read func() (T, error)) (old T, known bool) {
	if c == nil || c.closed.Load() {
		return old, false
	}
	defer func() {
		if !known {
			_ = recover() // the write itself may well succeed
			var zero T
			old = zero
			c.skippedEvictions.Add(1)
		}
	}()
	state, err := read()
	if err != nil {
		return old, false
	}
	old, err = codec.Copy(copyable, state)
	return old, err == nil
}
