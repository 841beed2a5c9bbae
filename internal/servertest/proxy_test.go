//go:build unix

package servertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// hello asks PING through a connection of its own, and returns what comes within a moment, and how long that took.
func hello(t *testing.T, conn net.Conn) (answer string, took time.Duration, err error) {
	t.Helper()
	began := time.Now()
	conn.SetDeadline(began.Add(2 * time.Second))
	if _, err := fmt.Fprint(conn, "ECHO 0123456789\r\n"); err != nil {
		return "", 0, err
	}
	text := make([]byte, len("$10\r\n0123456789\r\n"))
	n, err := io.ReadFull(bufio.NewReader(conn), text)
	return string(text[:n]), time.Since(began), err
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestProxyMakesTheFaultsOfANetwork(t *testing.T) {
	p := NewProxy(t, Redis(t).Addr())
	const whole = "$10\r\n0123456789\r\n"
	answers := func(conn net.Conn) {
		t.Helper()
		if got, took, err := hello(t, conn); got != whole || err != nil {
			t.Fatalf("the answer is %q, %v after %v", got, err, took)
		}
	}
	conn := dial(t, p.Addr())
	answers(conn)

	p.Delay(300 * time.Millisecond)
	if got, took, err := hello(t, conn); got != whole || err != nil || took < 300*time.Millisecond {
		t.Errorf("with a delay the answer is %q, %v after %v", got, err, took)
	}

	p.CutMidReply(8)
	if got, _, err := hello(t, conn); got != whole[:8] || err != io.ErrUnexpectedEOF {
		t.Errorf("an answer that is cut is %q, %v", got, err)
	}
	p.Heal()
	conn = dial(t, p.Addr())
	answers(conn)

	p.Refuse()
	if got, _, err := hello(t, conn); got != "" || err == nil {
		t.Errorf("a refused connection answers %q, %v", got, err)
	}
	if got, _, err := hello(t, dial(t, p.Addr())); got != "" || err == nil {
		t.Errorf("a new connection that is refused answers %q, %v", got, err)
	}
	p.Heal()
	conn = dial(t, p.Addr())
	answers(conn)

	p.Blackhole()
	time.AfterFunc(300*time.Millisecond, p.Heal)
	for _, conn := range []net.Conn{conn, dial(t, p.Addr())} {
		if got, _, err := hello(t, conn); got != whole || err != nil {
			t.Errorf("what was held back did not arrive: %q, %v", got, err)
		}
	}
}

func TestProxyEndsWithItsTestWhateverHangs(t *testing.T) {
	var conn net.Conn
	server := Redis(t)
	t.Run("inner", func(inner *testing.T) {
		p := NewProxy(inner, server.Addr())
		conn = dial(t, p.Addr())
		if _, _, err := hello(t, conn); err != nil {
			t.Fatal(err)
		}
		p.Blackhole()
		if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
			t.Fatal(err)
		}
	})
	if got, _, err := hello(t, conn); err == nil {
		t.Errorf("a proxy that has ended answers %q", got)
	}
}
