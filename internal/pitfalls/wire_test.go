package pitfalls

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wire is what lies between a process and a server: connections through it can be cut, and fall silent.
type wire struct {
	server string
	listen net.Listener

	mu    sync.Mutex
	state wireState
	conns map[net.Conn]bool
}

type wireState uint8

const (
	whole  wireState = iota
	cut              // there are no connections
	silent           // what is sent is lost, and nobody is told
)

func newWire(t testing.TB, server string) *wire {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{server: server, listen: listen, conns: make(map[net.Conn]bool)}
	go w.serve()
	t.Cleanup(func() {
		_ = listen.Close()
		w.become(cut)
	})
	return w
}

func (w *wire) addr() string { return w.listen.Addr().String() }

// become changes what the wire does. A wire that was silent has lost what was sent meanwhile, so that its connections are of no
// use to anybody afterwards.
func (w *wire) become(state wireState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = state
	if state != cut {
		return
	}
	for c := range w.conns {
		_ = c.Close()
	}
	clear(w.conns)
}

func (w *wire) serve() {
	for {
		near, err := w.listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.server)
		if err != nil || !w.keep(near, far) {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			continue
		}
		go w.copy(far, near)
		go w.copy(near, far)
	}
}

func (w *wire) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == cut {
		return false
	}
	for _, c := range conns {
		w.conns[c] = true
	}
	return true
}

func (w *wire) copy(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		lost := w.state == silent
		w.mu.Unlock()
		if !lost && n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				_ = from.Close()
			}
			return
		}
	}
}
