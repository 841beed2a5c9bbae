package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/perf/benchfmt"
)

// results are the values of all rounds by unit and benchmark: "Hit/value=user/who=map/mode=single".
type results map[string]map[string][]float64

func readResults() (results, error) {
	files, err := filepath.Glob("results/raw/*.txt")
	if err != nil {
		return nil, err
	}
	all := results{}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		reader := benchfmt.NewReader(f, path)
		for reader.Scan() {
			r, ok := reader.Result().(*benchfmt.Result)
			if !ok { // a line that is no result
				continue
			}
			base, parts := r.Name.Parts()
			name := string(base)
			for _, p := range parts {
				if p[0] == '/' { // not the number of processors
					name += string(p)
				}
			}
			for _, v := range r.Values {
				if all[v.Unit] == nil {
					all[v.Unit] = map[string][]float64{}
				}
				all[v.Unit][name] = append(all[v.Unit][name], v.Value)
			}
		}
		if err := errors.Join(reader.Err(), f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return all, nil
}

// of returns the median, and whether there is any.
func (r results) of(unit, name string) (float64, bool) {
	values := r[unit][name]
	return median(values), len(values) > 0
}

// ratios are a's values over b's, round by round.
func (r results) ratios(unit, a, b string) []float64 {
	over, under := r[unit][a], r[unit][b]
	n := min(len(over), len(under))
	ratios := make([]float64, 0, n)
	for i := range n {
		if under[i] != 0 {
			ratios = append(ratios, over[i]/under[i])
		}
	}
	return ratios
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}
