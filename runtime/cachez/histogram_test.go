package cachez

import (
	"math"
	"testing"
	"time"
)

func TestAQuantileIsWithinSevenPercent(t *testing.T) {
	for d := 8 * time.Microsecond; d < 30*time.Minute; d = d*11/10 + 1 {
		var h histogram
		h.add(d)
		c := h.read()
		if got := c.quantile(0.5); math.Abs(float64(got-d)) > 0.07*float64(d) {
			t.Errorf("%v is counted as %v", d, got)
		}
	}
}

func TestBucketsFollowEachOther(t *testing.T) {
	last := -1
	for us := range 100_000 {
		b := bucketOf(time.Duration(us) * time.Microsecond)
		if b != last && b != last+1 {
			t.Fatalf("%d µs is in bucket %d, after %d", us, b, last)
		}
		last = b
	}
	if b := bucketOf(math.MaxInt64); b != buckets-1 {
		t.Errorf("the longest duration is in bucket %d", b)
	}
	if b := bucketOf(-1); b != 0 {
		t.Errorf("a negative duration is in bucket %d", b)
	}
}

func TestQuantiles(t *testing.T) {
	var h histogram
	for i := range 100 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	c := h.read()
	for q, want := range map[float64]time.Duration{0: time.Millisecond, 0.5: 50 * time.Millisecond, 0.99: 99 * time.Millisecond, 1: 100 * time.Millisecond} {
		if got := c.quantile(q); math.Abs(float64(got-want)) > 0.07*float64(want) {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	if none := (&counts{}).quantile(0.5); none != 0 {
		t.Errorf("of nothing: %v", none)
	}
}
