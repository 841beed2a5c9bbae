package memcached

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

const (
	maxKeyBytes = 250
	hashedKey   = 1 + 2*sha256.Size

	// maxRelative is the longest expiration that memcached takes for a number of seconds from now.
	maxRelative = 30 * 24 * time.Hour
	// maxExact is the longest TTL whose deadline is known from 32 bits of unix milliseconds: well under half of the 49 days
	// after which they repeat.
	maxExact = 20 * 24 * time.Hour
)

// legal is key, or the digest of one that memcached does not take, or that looks like a digest.
func legal(key string) string {
	bad := key == "" || len(key) > maxKeyBytes || len(key) == hashedKey && key[0] == '#'
	for i := 0; i < len(key) && !bad; i++ {
		bad = key[i] <= ' ' || key[i] == 0x7f
	}
	if !bad {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "#" + hex.EncodeToString(sum[:])
}

// expire gives item its deadline: exact to the millisecond in its flags, where these can tell, and in seconds for
// memcached, which must not be the earlier one then.
func expire(item *memcache.Item, now time.Time, ttl time.Duration) {
	if ttl <= maxExact {
		item.Flags = flagsOf(now.Add(ttl))
		// It counts whole seconds, of which one is under way, and on a busy machine lags behind when it takes the item.
		item.Expiration = int32((ttl+time.Second-1)/time.Second) + 2
		return
	}
	item.Flags = 0
	item.Expiration = int32(ttl / time.Second)
	if ttl >= maxRelative {
		item.Expiration = int32(min(now.Unix()+int64(ttl/time.Second), math.MaxInt32))
	}
}

// flagsOf are the lower 32 bits of a deadline in unix milliseconds, but 0, which stands for none.
func flagsOf(deadline time.Time) uint32 {
	flags := uint32(deadline.UnixMilli())
	if flags == 0 {
		flags-- // a millisecond earlier
	}
	return flags
}

// live reports whether an item's deadline, if it has one, is yet to come.
func live(item *memcache.Item, now time.Time) bool {
	return item.Flags == 0 || int32(item.Flags-uint32(now.UnixMilli())) > 0
}
