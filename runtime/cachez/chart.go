package cachez

import (
	"fmt"
	"math"
	"strings"
)

// A chart is drawn in a box of these units: one to the right for each sample.
const (
	chartWidth  = shown
	chartHeight = 40
)

type chart struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Value string   `json:"value"` // now
	Top   string   `json:"top"`   // what the upper edge stands for
	Line  string   `json:"line"`  // paths of SVG
	Area  string   `json:"area"`
	Label string   `json:"label"` // for who does not see it
	Texts []string `json:"texts"` // of each point, the newest last
}

func charts(points []point, now point) []chart {
	return []chart{
		draw("ratio", "Hit ratio", points, func(p point) float64 { return p.ratio }, percent, now, 1),
		draw("requests", "Calls a second", points, func(p point) float64 { return p.requests }, rate, now, 0),
		draw("loads", "Loads a second", points, func(p point) float64 { return p.loads }, rate, now, 0),
	}
}

// draw makes a chart of one number of each point, whose upper edge is top, or for 0 whatever fits. Negative is none.
func draw(id, title string, points []point, of func(point) float64, write func(float64) string, now point, top float64) chart {
	c := chart{ID: id, Title: title, Value: write(of(now)), Texts: []string{}}
	most, least := 0.0, math.Inf(1)
	for _, p := range points {
		if v := of(p); v >= 0 {
			most, least = max(most, v), min(least, v)
		}
		c.Texts = append(c.Texts, write(of(p)))
	}
	if top == 0 {
		top = roundUp(most)
	}
	c.Top = write(top)
	c.Label = title + " in the last two minutes: now " + c.Value
	if least <= most {
		c.Label += fmt.Sprintf(", at least %s, at most %s", write(least), write(most))
	}
	var line, area strings.Builder
	first := -1.0 // x of the first point of the part that is being drawn
	var x float64
	end := func() {
		if first >= 0 {
			fmt.Fprintf(&area, "L%g %dL%g %dZ", x, chartHeight, first, chartHeight)
		}
		first = -1
	}
	for i, p := range points {
		v := of(p)
		if v < 0 {
			end()
			continue
		}
		x = float64(chartWidth - (len(points) - 1 - i))
		letter := "L"
		if first < 0 {
			letter, first = "M", x
		}
		y := 1 + (chartHeight-1)*(1-min(1, v/top))
		at := fmt.Sprintf("%s%g %.2f", letter, x, y)
		line.WriteString(at)
		area.WriteString(at)
	}
	end()
	c.Line, c.Area = line.String(), area.String()
	return c
}

// roundUp is the next of 1, 2, 3, 4, 6, 8, 10, 20, …
func roundUp(v float64) float64 {
	if v <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 3, 4, 6, 8} {
		if v <= step*power {
			return step * power
		}
	}
	return 10 * power
}
