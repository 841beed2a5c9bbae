package redis

import (
	"context"
	"strings"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// scanCount is how many keys a server looks at in one SCAN, during which it serves nobody else.
const scanCount = 500

// RemovePrefix removes all keys that begin with prefix and returns how many there were. It looks at every key of every
// server, a few hundred at a time, so that others are served between. Keys that are stored meanwhile may stay. On an
// error some keys may be removed already; the number says how many.
func (b *Backend) RemovePrefix(ctx context.Context, prefix string) (int64, error) {
	var removed atomic.Int64
	_, err := call(b, ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, b.forEachServer(ctx, func(ctx context.Context, server goredis.UniversalClient) error {
			return b.removePrefix(ctx, server, prefix, &removed)
		})
	})
	return removed.Load(), wrap(ctx, err, "remove by prefix")
}

func (b *Backend) removePrefix(
	ctx context.Context, server goredis.UniversalClient, prefix string, removed *atomic.Int64,
) error {
	pattern := globEscaper.Replace(prefix) + "*"
	for cursor := uint64(0); ; {
		if err := ctx.Err(); err != nil { // go-redis may not look
			return err
		}
		keys, next, err := server.Scan(ctx, cursor, pattern, scanCount).Result()
		if err != nil {
			return err
		}
		// By the client, not the server, since a Cluster may be moving the keys elsewhere. SCAN may give a key twice;
		// the second removal counts none.
		n, err := b.removeEach(ctx, keys, goredis.Pipeliner.Unlink)
		removed.Add(n)
		if err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// globEscaper takes the meaning from what means something in a pattern of SCAN.
var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)
