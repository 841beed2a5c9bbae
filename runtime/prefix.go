package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"

	"github.com/cachegen-go/cachegen/internal/typename"
)

// TypedPrefix returns the key prefix of a generic wrapper's instance: prefix and the type arguments in brackets, so
// that a Store[*User] and a Store[*Order] share no entries. Type arguments whose names are long, or hold what a key
// cannot, appear as a digest. Types that are declared inside functions are told apart from others of their package by
// name alone.
func TypedPrefix(prefix string, types ...reflect.Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = typename.Of(t)
	}
	args := strings.Join(names, ",")
	if len(args) > 100 || checkKeyPart("type", args) != nil {
		sum := sha256.Sum256([]byte(args))
		args = hex.EncodeToString(sum[:16])
	}
	return prefix + "[" + args + "]"
}
