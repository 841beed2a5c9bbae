package runtime

import (
	"context"
	"strings"
)

// EvictKey removes what stands under key, of an entry, a group or a mark of a tag, as EvictNow and EvictTag do: it is for
// operators, who have keys rather than methods. It returns what those return, and ErrForeignKey for a key that is not of
// the cache's namespace.
func (c *Cache) EvictKey(ctx context.Context, key string) error {
	if err := c.owns(key); err != nil {
		return err
	}
	ev := Eviction{cache: c, epochs: c.epochsOf(key)}
	if m := c.methodOf(key); m != nil {
		ev.Remove(m, key)
	} else {
		ev.Remove(nil, key)
	}
	return ev.now(ctx)
}

// epochsOf lists the epochs that end with key: that of its tag, if it is a mark of one.
func (c *Cache) epochsOf(key string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.methods {
		for _, epoch := range m.epochs {
			if strings.HasPrefix(key, epoch+":") {
				return []string{epoch}
			}
		}
	}
	return nil
}
