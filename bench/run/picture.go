package main

import (
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
)

// panel is a part of the picture: bars of one scale.
type panel struct {
	title, unit string
	per         float64 // seconds in unit
	name        func(who string) string
	bars        [][2]string // who and label
}

var panels = []panel{
	{"A hit in this process. Each caller has a value of its own", "ns", 1e-9, hit, [][2]string{
		{"otter+copy", "otter, deep copy by hand"},
		{"cachegen-near", "cachegen, near"},
		{"sturdyc+copy", "sturdyc, deep copy by hand"},
		{"cachegen-bigcache", "cachegen, bigcache"},
		{"bigcache+goccy", "bigcache + goccy/go-json by hand"},
		{"bigcache+sonic", "bigcache + sonic by hand"},
		{"bigcache+jsonv2", "bigcache + json/v2 by hand"},
		{"bigcache+json", "bigcache + encoding/json by hand"},
		{"go-redis-cache", "go-redis/cache, TinyLFU"},
		{"gocache-marshaler-bigcache", "gocache, bigcache"},
	}},
	{"A hit in this process. All callers share one value", "ns", 1e-9, hit, [][2]string{
		{"otter-string", "otter"},
		{"cachegen-near=share", "cachegen, near=share"},
		{"theine", "theine"},
		{"ristretto", "ristretto"},
		{"sturdyc", "sturdyc"},
		{"gocache-loadable-ristretto", "gocache, ristretto"},
	}},
	{"A hit in Redis, 64 goroutines", "µs", 1e-6, sixtyFour, [][2]string{
		{"rueidis-bytes", "rueidis GET, nothing decoded"},
		{"rueidis+jsonv2", "rueidis + json/v2 by hand"},
		{"cachegen-redis", "cachegen"},
		{"go-redis+jsonv2", "go-redis + json/v2 by hand"},
		{"go-redis-cache", "go-redis/cache"},
		{"gocache-marshaler-redis", "gocache"},
	}},
	{"100 users in Redis, at once", "µs", 1e-6, batch, [][2]string{
		{"MGET+generated", "MGET, generated decode by hand"},
		{"cachegen-redis", "cachegen"},
		{"pipeline+generated", "pipeline of GETs by hand"},
		{"MGET+sonic", "MGET + sonic by hand"},
		{"MGET+jsonv2", "MGET + json/v2 by hand"},
	}},
}

// The colours are seen on white and on black alike, since a picture does not know which of GitHub's themes it stands in.
const (
	width, left, right = 860, 270, 90
	row, bar, gap      = 24, 15, 26
	ink, others, ours  = "#768390", "#8b98a5", "#e3742f"
	font               = "ui-sans-serif,system-ui,-apple-system,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif"
)

// writePicture draws how long things take: short bars are good.
func writePicture(r results) error {
	var body strings.Builder
	y := 8
	for _, p := range panels {
		type measured struct {
			who, label string
			value      float64
		}
		var bars []measured
		for _, b := range p.bars {
			if v, ok := r.of("sec/op", p.name(b[0])); ok {
				bars = append(bars, measured{b[0], b[1], v / p.per})
			}
		}
		if len(bars) == 0 {
			continue
		}
		slices.SortStableFunc(bars, func(a, b measured) int {
			switch {
			case a.value < b.value:
				return -1
			case a.value > b.value:
				return 1
			}
			return 0
		})
		longest := bars[len(bars)-1].value
		y += gap - 6
		fmt.Fprintf(&body, `<text x="0" y="%d" font-size="15" font-weight="600">%s</text>`+"\n", y, html.EscapeString(p.title))
		y += 12
		for _, b := range bars {
			colour, weight := others, "400"
			if strings.HasPrefix(b.who, "cachegen") {
				colour, weight = ours, "600"
			}
			w := max(2, b.value/longest*(width-left-right))
			fmt.Fprintf(&body, `<text x="%d" y="%d" text-anchor="end" font-weight="%s">%s</text>`+"\n", left-10, y+bar-3, weight, html.EscapeString(b.label))
			fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>`+"\n", left, y, w, bar, colour)
			fmt.Fprintf(&body, `<text x="%.1f" y="%d" font-weight="%s">%s %s</text>`+"\n", left+w+7, y+bar-3, weight, digits(b.value), p.unit)
			y += row
		}
		y += 8
	}
	if body.Len() == 0 {
		return nil
	}
	note, err := footnote()
	if err != nil {
		return err
	}
	y += 8
	fmt.Fprintf(&body, `<text x="0" y="%d" font-size="12">%s</text>`+"\n", y, html.EscapeString(note))
	y += 8
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="%s" font-size="13" fill="%s" role="img" aria-label="How long cached calls take: a user of 12 fields">`+"\n",
		width, y, width, y, font, ink)
	return os.WriteFile("results/speed.svg", []byte(head+body.String()+"</svg>\n"), 0o666)
}

// footnote says what and where it was.
func footnote() (string, error) {
	head, err := readHeader("results/raw/hit.txt")
	if err != nil {
		return "", err
	}
	note := "Shorter is better. A user of 12 fields, some 430 bytes of JSON, for one caller unless it says otherwise."
	at := map[string]string{}
	for _, line := range strings.Split(head, "\n") {
		if key, value, ok := strings.Cut(line, ": "); ok {
			at[key] = value
		}
	}
	if date, _, ok := strings.Cut(at["date"], " "); ok {
		note += fmt.Sprintf(" %s, %s processors, %s.", at["go"], at["processors"], date)
	}
	return note, nil
}

// digits is a number with three digits that count, in groups of three.
func digits(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	case v < 1000:
		return fmt.Sprintf("%.0f", v)
	}
	n := int(v+5) / 10 * 10
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
