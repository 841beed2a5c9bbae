package memcached

import (
	"math"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

func TestDeadlinesAreExactAcrossTheTurnOfTheFlags(t *testing.T) {
	turn := time.UnixMilli(1<<32*400 + 5_000) // the flags begin anew shortly before
	for _, now := range []time.Time{turn, turn.Add(-5 * time.Second), turn.Add(-10 * time.Second), time.Now()} {
		for _, ttl := range []time.Duration{time.Millisecond, 5 * time.Second, time.Hour, maxExact} {
			var item memcache.Item
			expire(&item, now, ttl)
			if item.Flags == 0 {
				t.Fatalf("%v at %v has no deadline", ttl, now)
			}
			if !live(&item, now.Add(ttl-2*time.Millisecond)) && ttl > 2*time.Millisecond {
				t.Errorf("%v at %v is gone early", ttl, now)
			}
			if live(&item, now.Add(ttl)) {
				t.Errorf("%v at %v is there late", ttl, now)
			}
			if served := time.Duration(item.Expiration) * time.Second; served < ttl+time.Second {
				t.Errorf("%v: memcached may drop it after %v", ttl, served-time.Second)
			}
		}
	}
	var item memcache.Item
	expire(&item, time.Now(), math.MaxInt64)
	if item.Flags != 0 || item.Expiration != math.MaxInt32 {
		t.Errorf("for ever is %+v", item)
	}
}
