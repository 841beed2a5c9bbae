package key_test

import (
	"fmt"

	"github.com/cachegen-go/cachegen/runtime/key"
)

// Generated code appends one part after the other. No two lists of arguments give one key.
func Example() {
	k := []byte("shop:Users.Find")
	k = key.Int(append(k, ':'), 42)
	k = key.Str(append(k, ':'), "a:b")
	k = key.Bool(append(k, ':'), true)
	fmt.Println(string(k))
	// Output:
	// shop:Users.Find:42:'a%3Ab':true
}
