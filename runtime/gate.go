package runtime

import "sync/atomic"

// A gate says whether the tiers in process may be used: only while messages of other processes' invalidations arrive.
// Its state changes with every opening and closing. A nil gate is always open.
type gate struct {
	state atomic.Uint64 // odd: open
}

func (g *gate) live() bool { return g == nil || g.state.Load()%2 == 1 }

func (g *gate) now() uint64 {
	if g == nil {
		return 1
	}
	return g.state.Load()
}

// same reports whether the gate is open and has been so since it was in state.
func (g *gate) same(state uint64) bool { return state%2 == 1 && g.now() == state }

// set opens or closes the gate. It is called by one goroutine.
func (g *gate) set(open bool) {
	if n := g.state.Load(); (n%2 == 1) != open {
		g.state.Store(n + 1)
	}
}
