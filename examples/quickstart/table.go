package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// table is printed with its first column to the left and the others to the right.
type table struct{ rows [][]string }

func newTable(title string, columns ...string) *table {
	return &table{rows: [][]string{append([]string{title}, columns...)}}
}

func (t *table) row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	t.rows = append(t.rows, row)
}

func (t *table) print() error {
	width := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	width[0] = max(width[0], 34)
	var b strings.Builder
	for n, row := range t.rows {
		b.WriteString("\n  ")
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("   " + pad + cell)
			}
		}
		if n == 0 {
			total := 0
			for _, w := range width {
				total += w + 3
			}
			b.WriteString("\n  " + strings.Repeat("─", total-3))
		}
	}
	_, err := fmt.Println(b.String())
	return err
}

// short prints a duration with three digits at the most.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d >= 10*time.Microsecond:
		return d.Round(time.Microsecond).String()
	default:
		return d.Round(10 * time.Nanosecond).String()
	}
}

func money(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

func thousands[N int | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
