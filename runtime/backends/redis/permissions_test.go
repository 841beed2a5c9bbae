package redis_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// TestTheDocumentedPermissionsSuffice has the conformance suite run as a user who may do what docs/operations.md lists, and
// nothing else.
func TestTheDocumentedPermissionsSuffice(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^The user needs (.*?);`).FindSubmatch(text)
	if line == nil {
		t.Fatal("docs/operations.md does not say what the user needs")
	}
	rules := []any{"acl", "setuser", "cachegen", "on", ">secret", "~*", "&*"}
	for _, command := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(line[1]), -1) {
		rules = append(rules, "+"+strings.ToLower(command[1]))
	}
	addr := servertest.Redis(t).Addr()
	if err := dial(t, addr).Do(t.Context(), rules...).Err(); err != nil {
		t.Fatal(err)
	}
	conform(t, closed(t, goredis.NewClient(&goredis.Options{
		Addr: addr, Username: "cachegen", Password: "secret", ContextTimeoutEnabled: true,
	})))
}
