package runtime_test

import (
	htmltemplate "html/template"
	"reflect"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/cachegen-go/cachegen/runtime"
)

func TestTypedPrefixTellsTypesApart(t *testing.T) {
	type pair[K comparable, V any] struct{}
	types := []reflect.Type{
		reflect.TypeFor[int](), reflect.TypeFor[*int](), reflect.TypeFor[[]int](), reflect.TypeFor[[2]int](), reflect.TypeFor[[3]int](),
		reflect.TypeFor[htmltemplate.Template](), reflect.TypeFor[texttemplate.Template](),
		reflect.TypeFor[map[string]htmltemplate.Template](), reflect.TypeFor[map[string]texttemplate.Template](),
		reflect.TypeFor[chan int](), reflect.TypeFor[<-chan int](), reflect.TypeFor[chan (<-chan int)](), reflect.TypeFor[chan<- chan int](),
		reflect.TypeFor[func(int) string](), reflect.TypeFor[func(int, string)](), reflect.TypeFor[func([]int)](), reflect.TypeFor[func(...int)](),
		reflect.TypeFor[struct{ A int }](), reflect.TypeFor[struct{ a int }](), reflect.TypeFor[struct {
			A int `json:"a"`
		}](), reflect.TypeFor[struct{ A, B int }](),
		reflect.TypeFor[any](), reflect.TypeFor[error](), reflect.TypeFor[interface{ M() }](), reflect.TypeFor[interface{ M(int) }](),
		reflect.TypeFor[pair[int, string]](), reflect.TypeFor[pair[int, *string]](),
		reflect.TypeFor[pair[int, htmltemplate.Template]](), reflect.TypeFor[pair[int, texttemplate.Template]](),
	}
	seen := map[string]reflect.Type{}
	for _, typ := range types {
		prefix := runtime.TypedPrefix("p.Store", typ)
		if other, ok := seen[prefix]; ok {
			t.Errorf("%v and %v share the prefix %s", typ, other, prefix)
		}
		seen[prefix] = typ
		if strings.ContainsAny(prefix, " :{}\"\\") || len(prefix) > 120 {
			t.Errorf("the prefix for %v is no part of a key: %s", typ, prefix)
		}
	}
	if got, want := runtime.TypedPrefix("p.Store", reflect.TypeFor[string](), reflect.TypeFor[*strings.Builder]()), "p.Store[string,*strings.Builder]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
