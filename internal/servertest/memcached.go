//go:build unix

package servertest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Memcached starts a memcached. options are more of its command-line options, such as "-I", "2m".
func Memcached(t testing.TB, options ...string) *Server {
	t.Helper()
	const install = "install memcached 1.6 or later (Debian: apt-get install memcached; macOS: brew install memcached)"
	return start(t, "memcached", install, func(s *Server) []string {
		args := []string{"-l", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", "0", "-t", "2"}
		if os.Geteuid() == 0 {
			args = append(args, "-u", "root") // it refuses to run as root unless told so
		}
		return append(args, options...)
	}, func(addr string) error {
		answer, err := ask(addr, "version")
		if err == nil && !strings.HasPrefix(answer, "ERSION ") { // ask takes the first byte for RESP's type
			err = fmt.Errorf("version answered %q", answer)
		}
		return err
	})
}
