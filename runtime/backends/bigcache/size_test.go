package bigcache

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

var layouts = []Config{
	{MaxBytes: 1 << 20, Shards: 1},
	{MaxBytes: 1 << 20, Shards: 8},
	{MaxBytes: 1 << 20, Shards: 1 << 10},
	{MaxBytes: 3<<20 - 5, Shards: 2},
	{MaxBytes: 5 << 20, Shards: 16},
	{MaxBytes: 16 << 20},
}

// TestLargestEntryFits checks the bound against bigcache itself: an entry of the largest size that we let through is
// stored, in an empty shard, in a full one, and at each place that the ring's end may have.
func TestLargestEntryFits(t *testing.T) {
	for _, config := range layouts {
		t.Run(fmt.Sprintf("%+v", config), func(t *testing.T) {
			b := newForTest(t, config)
			key := "largest"
			largest := []byte(strings.Repeat("1", b.maxEntry-len(key)))
			for round := range 20 {
				if err := b.SetWithTTL(t.Context(), key, largest, time.Minute); err != nil {
					t.Fatalf("round %d: the largest entry: %v", round, err)
				}
				if got, err := b.Get(t.Context(), key); err != nil || len(got) != len(largest) {
					t.Fatalf("round %d: Get of the largest entry: %d bytes, %v", round, len(got), err)
				}
				for i := range 37 * round {
					size := min(b.maxEntry/3, 1+i*i%997)
					fill := []byte(strings.Repeat("2", size))
					if err := b.SetWithTTL(t.Context(), fmt.Sprint(i), fill, time.Minute); err != nil {
						t.Fatalf("round %d: %v", round, err)
					}
				}
			}
		})
	}
}

// TestTooLargeEntryCostsNoOther is about what bigcache does by itself: it empties the shard, and then fails.
func TestTooLargeEntryCostsNoOther(t *testing.T) {
	huge := make([]byte, 32<<20)
	for _, config := range layouts {
		t.Run(fmt.Sprintf("%+v", config), func(t *testing.T) {
			for _, beyond := range []int{1, 2, 100, 1 << 20, 8 << 20} {
				b := newForTest(t, config)
				const others = 300
				for i := range others {
					if err := b.SetWithTTL(t.Context(), fmt.Sprint(i), []byte(`1`), time.Minute); err != nil {
						t.Fatal(err)
					}
				}
				there := func() (n int) {
					for i := range others {
						if _, err := b.Get(t.Context(), fmt.Sprint(i)); err == nil {
							n++
						}
					}
					return n
				}
				before := there() // in tiny shards chance may have cost some
				for i := range others {
					key := fmt.Sprint(i) // each of them in the way of its own shard
					value := huge[:b.maxEntry-len(key)+beyond]
					if err := b.SetWithTTL(t.Context(), key, value, time.Minute); !errors.Is(err, runtime.ErrTooLarge) {
						t.Fatalf("%d bytes beyond the largest: %v", beyond, err)
					}
				}
				if after := there(); after != before || before < others/2 {
					t.Fatalf("of %d others, %d were left by entries %d bytes too large", before, after, beyond)
				}
			}
		})
	}
}

// sameHash makes all keys collide.
type sameHash struct{}

func (sameHash) Sum64(string) uint64 { return 42 }

func TestCollidingKeysAreNeverMistaken(t *testing.T) {
	b, err := newBackend(Config{MaxBytes: 1 << 20}, maphash.MakeSeed(), sameHash{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, key := range []string{"a", "b", "a"} {
		if err := b.SetWithTTL(ctx, key, []byte(`"`+key+`"`), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := b.Get(ctx, "a"); string(got) != `"a"` || err != nil {
		t.Errorf("Get(a) = %s, %v", got, err)
	}
	if got, err := b.Get(ctx, "b"); !errors.Is(err, runtime.ErrMiss) {
		t.Errorf("Get(b) = %s, %v; want ErrMiss, since a took its place", got, err)
	}
	if removed, err := b.RemoveIf(ctx, "b", []byte(`"a"`)); removed || err != nil {
		t.Errorf("RemoveIf(b) = %v, %v", removed, err)
	}
	if got, err := b.Get(ctx, "a"); string(got) != `"a"` || err != nil {
		t.Errorf("Get(a) = %s, %v", got, err)
	}
}

func newForTest(t *testing.T, config Config) *Backend {
	t.Helper()
	b, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
