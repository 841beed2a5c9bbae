package cachetest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime/cachetest/internal/documents"
	"github.com/cachegen-go/cachegen/runtime/cachetest/internal/users"
)

func TestValuesAreShownShort(t *testing.T) {
	type list struct {
		Value any
		next  *list
	}
	loop := &list{Value: 1}
	loop.next = loop
	var none *users.User
	for _, c := range []struct {
		v    any
		want string
	}{
		{&users.User{ID: 1, Email: "a"}, `&User{ID: 1, Email: "a"}`},
		{none, "nil"},
		{[]*users.User{{ID: 1}, nil}, `[]*User{{ID: 1}, nil}`},
		{map[int64][]string{12: {"b"}, 3: nil}, `map[int64][]string{3: nil, 12: {"b"}}`},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "[]int{0, 1, 2, 3, 4, 5, 6, 7, … 2 more}"},
		{documents.ID{1, 2, 3, 4}, "ID(01020304)"},
		{documents.Query{Words: []string{"a"}}, `Query{Words: []string{"a"}}`},
		{[]byte("a\x00"), `[]uint8("a\x00")`},
		{time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), "2024-01-02T00:00:00Z"},
		{3 * time.Minute, "3m0s"},
		{[]error{errors.New("no"), nil}, `[]error{error "no", nil}`},
		{strings.Repeat("x", 100), `"` + strings.Repeat("x", 60) + `…"`},
		{[2]bool{true}, "[2]bool{true, false}"},
		{loop, "&list{Value: 1, next: &list{Value: 1, next: &list{Value: …, next: …}}}"},
	} {
		if got := shortList([]reflect.Value{reflect.ValueOf(c.v)}); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
