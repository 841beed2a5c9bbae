package faults

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// proxied makes a trial whose members reach a server each through a proxy of its own.
func proxied(t *testing.T) (tr *trial, proxies [2]*servertest.Proxy) {
	t.Helper()
	addr := servertest.Redis(t).Addr()
	for i := range proxies {
		proxies[i] = servertest.NewProxy(t, addr)
	}
	return newTrial(t, func(member int, observes bool) goredis.UniversalClient {
		return one(proxies[member].Addr())(member, observes)
	}), proxies
}

// both makes the same fault on both ways.
func both(proxies [2]*servertest.Proxy, fault func(*servertest.Proxy)) {
	for _, p := range proxies {
		fault(p)
	}
}

func TestASlowNetworkWithinThePatience(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	tr.bound = cutOff // messages arrive, only late
	tr.withstand(func() {
		both(proxies, func(p *servertest.Proxy) { p.Delay(60 * time.Millisecond) })
		time.Sleep(300 * time.Millisecond)
		before := tr.members[1].sharedHits()
		time.Sleep(1200 * time.Millisecond)
		if tr.members[1].sharedHits() == before {
			t.Error("the shared tier is not used any longer")
		}
		both(proxies, (*servertest.Proxy).Heal)
	})
}

func TestASlowNetworkBeyondThePatience(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	wantNoticed(t, tr.withstand(func() {
		both(proxies, func(p *servertest.Proxy) { p.Delay(2 * patience) })
		time.Sleep(2 * time.Second)
		both(proxies, (*servertest.Proxy).Heal)
	}))
}

func TestConnectionsThatAreCutMidReply(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	wantNoticed(t, tr.withstand(func() {
		// In the first byte, in a number, in an entry's head, and in what it holds, after a connection has been made.
		for _, n := range []int{1, 3, 40, 300, 500, 700} {
			both(proxies, func(p *servertest.Proxy) { p.CutMidReply(n) })
			time.Sleep(300 * time.Millisecond)
		}
		both(proxies, (*servertest.Proxy).Heal)
	}))
}

func TestConnectionsThatAreRefused(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	wantNoticed(t, tr.withstand(func() {
		both(proxies, (*servertest.Proxy).Refuse)
		time.Sleep(1500 * time.Millisecond)
		both(proxies, (*servertest.Proxy).Heal)
	}))
}

func TestANetworkThatPassesNothingOn(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	wantNoticed(t, tr.withstand(func() {
		both(proxies, (*servertest.Proxy).Blackhole)
		time.Sleep(2 * time.Second)
		both(proxies, (*servertest.Proxy).Heal)
	}))
}

// What a process that is cut off writes, it cannot tell; the other does not wait for it.
func TestOneProcessIsCutOff(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	wantNoticed(t, tr.withstand(func() {
		proxies[0].Blackhole()
		time.Sleep(2 * time.Second)
		proxies[0].Heal()
	}))
}

// A process that is cut off and does not hear of the other's writes notices that, and then trusts nothing that it has kept.
func TestOneProcessIsCutOffFromTheOthersWrites(t *testing.T) {
	t.Parallel()
	tr, proxies := proxied(t)
	tr.bound, tr.writers = cutOff, 1
	wantNoticed(t, tr.withstand(func() {
		proxies[1].Blackhole()
		time.Sleep(cutOff + 2*time.Second)
		proxies[1].Heal()
	}))
}
