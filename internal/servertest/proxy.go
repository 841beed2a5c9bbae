package servertest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy passes TCP connections on to a server, and makes the faults of the network between: one at a time, until the next
// or Heal. All its methods are safe for concurrent use.
type Proxy struct {
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond // the faults below, or closed
	links   map[*proxied]bool
	closed  bool
	refuse  bool
	hold    bool          // nothing is passed on
	delay   time.Duration // of what the server sends
	cut     int           // longest piece that the server can send; 0: no limit
}

// proxied is a client's connection and the one to the server that belongs to it.
type proxied struct{ client, server net.Conn }

func (l *proxied) close() {
	l.client.Close()
	l.server.Close()
}

// piece is what was read at one go, and when it is passed on.
type piece struct {
	data []byte
	due  time.Time
}

// NewProxy starts a Proxy to the server at target. It ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start a proxy: %v", err)
	}
	p := &Proxy{target: target, listener: listener, links: make(map[*proxied]bool)}
	p.changed = sync.NewCond(&p.mu)
	t.Cleanup(p.close)
	p.running.Go(p.accept)
	return p
}

// Addr is the host:port at which the proxy stands for the server.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Delay has everything that the server sends arrive d late.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

// CutMidReply ends each connection at its first reply of more than n bytes, of which n arrive.
func (p *Proxy) CutMidReply(n int) { p.set(func() { p.cut = n }) }

// Refuse ends all connections, and each new one at once. The port stays taken, so that nobody else gets it.
func (p *Proxy) Refuse() {
	p.set(func() {
		p.refuse = true
		for l := range p.links {
			l.close()
		}
	})
}

// Blackhole keeps everything that is sent, in both directions, until Heal: then it arrives, as what TCP sends again
// when a broken cable is mended.
func (p *Proxy) Blackhole() { p.set(func() { p.hold = true }) }

// Heal ends the fault.
func (p *Proxy) Heal() { p.set(func() {}) }

func (p *Proxy) set(fault func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse, p.hold, p.delay, p.cut = false, false, 0, 0
	fault()
	p.changed.Broadcast()
}

func (p *Proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for l := range p.links {
		l.close()
	}
	p.changed.Broadcast()
	p.mu.Unlock()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	if !p.open() {
		return
	}
	server, err := net.DialTimeout("tcp", p.target, time.Second)
	if err != nil {
		return // the server's refusal is passed on
	}
	l := &proxied{client: client, server: server}
	defer l.close()
	if !p.add(l) {
		return
	}
	defer p.remove(l)
	p.running.Go(func() { p.pass(l, server, client, false) })
	p.pass(l, client, server, true)
}

// open reports whether connections are not refused. Where nothing is passed on, it waits.
func (p *Proxy) open() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.hold && !p.closed {
		p.changed.Wait()
	}
	return !p.refuse && !p.closed
}

func (p *Proxy) add(l *proxied) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse || p.closed {
		return false
	}
	p.links[l] = true
	return true
}

func (p *Proxy) remove(l *proxied) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// lateness is how late a reply arrives.
func (p *Proxy) lateness() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay
}

// limit says how much of a reply arrives, and whether that is the end.
func (p *Proxy) limit(data []byte) (arrives []byte, last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut > 0 && len(data) > p.cut {
		return data[:p.cut], true
	}
	return data, false
}

// pass passes on what comes from one end to the other until either closes, and then closes both.
func (p *Proxy) pass(l *proxied, to, from net.Conn, replies bool) {
	pieces := make(chan piece, 1024)
	p.running.Go(func() {
		defer close(pieces)
		for {
			data := make([]byte, 32<<10)
			n, err := from.Read(data)
			if n > 0 {
				next := piece{data: data[:n]}
				if replies {
					next.due = time.Now().Add(p.lateness())
				}
				pieces <- next
			}
			if err != nil {
				return
			}
		}
	})
	defer func() {
		l.close()
		for range pieces { // ends the reader
		}
	}()
	for next := range pieces {
		time.Sleep(time.Until(next.due))
		if !p.open() {
			return
		}
		last := false
		if replies {
			next.data, last = p.limit(next.data)
		}
		if _, err := to.Write(next.data); err != nil || last {
			return
		}
	}
}
