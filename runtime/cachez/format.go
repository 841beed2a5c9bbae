package cachez

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// none stands where there is no number.
const none = "–"

// number groups digits by threes: 12,345,678.
func number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// orNone is number for what is remarkable only where it is not 0.
func orNone(n uint64) string {
	if n == 0 {
		return none
	}
	return number(n)
}

func rate(perSecond float64) string {
	switch {
	case perSecond == 0:
		return "0"
	case perSecond < 10:
		return fmt.Sprintf("%.1f", perSecond)
	}
	return number(uint64(perSecond + 0.5))
}

// percent says 100% only of all.
func percent(part float64) string {
	switch {
	case part < 0:
		return none
	case part == 1:
		return "100%"
	}
	return fmt.Sprintf("%.1f%%", min(part*100, 99.9))
}

func ratioOf(part, rest uint64) float64 {
	if part+rest == 0 {
		return -1
	}
	return float64(part) / float64(part+rest)
}

// took is a duration with two or three digits.
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return none
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d)/1e3)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// left is what is left of a life: "4m12s", or "ended 3s ago".
func left(d time.Duration) string {
	if d < 0 {
		return "ended " + left(-d) + " ago"
	}
	if d < 10*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func size(bytes int) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// split parts a method's name for people: where it is, and what it is called.
func split(method string) (where, name string) {
	slash := strings.LastIndexByte(method, '/') + 1
	if dot := strings.IndexByte(method[slash:], '.'); dot >= 0 && strings.Count(method[slash:], ".") > 1 {
		return method[:slash+dot], method[slash+dot+1:]
	}
	return "", method
}
