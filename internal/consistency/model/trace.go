package model

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// trace tells how the exploration came to a state.
func (w *walk) trace(states []state, from []int32, at int) []string {
	var lines []string
	for ; from[at] >= 0; at = int(from[at]) {
		before := &states[from[at]]
		w.from(*before)
		for _, n := range w.next {
			if n.state == states[at] {
				lines = append(lines, n.line(before))
				break
			}
		}
	}
	slices.Reverse(lines)
	return lines
}

// line tells what step is taken, by which reader, writer or process, and what it changes.
func (n *next) line(before *state) string {
	return fmt.Sprintf("%-14s %d: %s", stepName(n.step), n.who,
		strings.Join(changes("", reflect.ValueOf(*before), reflect.ValueOf(n.state)), ", "))
}

// changes lists the fields in which two values differ, as in "reader1.waits=1".
func changes(name string, before, after reflect.Value) (list []string) {
	switch after.Kind() {
	case reflect.Struct:
		for i := range after.NumField() {
			field := after.Type().Field(i).Name
			list = append(list, changes(strings.TrimPrefix(name+"."+field, "."), before.Field(i), after.Field(i))...)
		}
	case reflect.Array:
		for i := range after.Len() {
			list = append(list, changes(fmt.Sprint(name, i), before.Index(i), after.Index(i))...)
		}
	default:
		if !before.Equal(after) && !strings.HasSuffix(name, ".at") {
			list = append(list, fmt.Sprintf("%s=%v", name, after))
		}
	}
	return list
}

// names are those of the steps that were taken.
func (w *walk) names() map[string]bool {
	names := make(map[string]bool)
	for step, taken := range w.taken {
		if taken {
			names[stepName(step)] = true
		}
	}
	return names
}

func stepName(step int) string {
	name := runtime.FuncForPC(reflect.ValueOf(steps[step]).Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}
