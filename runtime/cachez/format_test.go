package cachez

import (
	"testing"
	"time"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for got, want := range map[string]string{
		number(0): "0", number(999): "999", number(1000): "1,000", number(12345678): "12,345,678",
		percent(-1): "–", percent(1): "100%", percent(0.9999): "99.9%", percent(0.5): "50.0%",
		rate(0): "0", rate(0.25): "0.2", rate(1234.6): "1,235",
		took(0): "–", took(850 * time.Microsecond): "850 µs", took(4200 * time.Microsecond): "4.2 ms", took(1500 * time.Millisecond): "1.5 s",
		left(4*time.Minute + 12*time.Second): "4m12s", left(10 * time.Minute): "10m", left(2 * time.Hour): "2h",
		left(-3 * time.Second): "ended 3.0s ago", left(1500 * time.Millisecond): "1.5s",
		size(12): "12 B", size(2048): "2.0 KiB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for method, want := range map[string][2]string{
		"examples/quickstart.BookRepository.GetBook": {"examples/quickstart", "BookRepository.GetBook"},
		"shop.Catalog.Product":                       {"shop", "Catalog.Product"},
		"p.Get":                                      {"", "p.Get"},
	} {
		if where, name := split(method); where != want[0] || name != want[1] {
			t.Errorf("%s is split into %q and %q", method, where, name)
		}
	}
}

func TestAChartHasGapsWhereThereIsNothing(t *testing.T) {
	points := []point{{ratio: 0.5}, {ratio: 1}, {ratio: -1}, {ratio: 0}}
	c := draw("ratio", "Hit ratio", points, func(p point) float64 { return p.ratio }, percent, points[3], 1)
	if want := "M117 20.50L118 1.00M120 40.00"; c.Line != want {
		t.Errorf("the line is %q, want %q", c.Line, want)
	}
	if want := "M117 20.50L118 1.00L118 40L117 40ZM120 40.00L120 40L120 40Z"; c.Area != want {
		t.Errorf("the area is %q, want %q", c.Area, want)
	}
	if want := "Hit ratio in the last two minutes: now 0.0%, at least 0.0%, at most 100%"; c.Label != want {
		t.Errorf("it is described as %q", c.Label)
	}
	for v, want := range map[float64]float64{0: 1, 1: 1, 1.5: 2, 3: 3, 5: 6, 7: 8, 9: 10, 120: 200, 999: 1000} {
		if got := roundUp(v); got != want {
			t.Errorf("%v is rounded up to %v, want %v", v, got, want)
		}
	}
}
