//go:build unix

package servertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The ports of servers are below those that systems give to clients' connections: a server that was killed finds its port
// free when it comes back, unless another server has it.
const firstPort, ports = 10_000, 20_000

// port returns a port of 127.0.0.1 that is the test's until it ends, also while nothing listens there: a client that waits
// for a server to come back must not meet the server of another test. A locked file says that it is taken, to other
// processes too.
func port(t testing.TB) (int, error) {
	for range portTries {
		n := firstPort + rand.IntN(ports)
		name := filepath.Join(os.TempDir(), fmt.Sprintf("cachegen-test-port-%d", n))
		file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return 0, err
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil || !free(n) {
			file.Close()
			continue
		}
		t.Cleanup(func() {
			os.Remove(name)
			file.Close()
		})
		return n, nil
	}
	return 0, errors.New("no free port")
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
