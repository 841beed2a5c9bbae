package faults

import (
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegen-go/cachegen/internal/servertest"
	"github.com/cachegen-go/cachegen/runtime/backends/memcached"
)

// onMemcached makes a trial whose members share a memcached and keep nothing themselves, since it carries no messages: so
// each sees at once what others wrote, while nothing fails. They reach it by those addresses.
func onMemcached(t *testing.T, addrs ...string) *trial {
	t.Helper()
	return trialOf(t, func(d *database, name string, i int) *member {
		client := memcache.New(addrs[i%len(addrs)])
		client.MaxIdleConns = 16
		t.Cleanup(func() { _ = client.Close() })
		backend, err := memcached.New(client)
		if err != nil {
			t.Fatal(err)
		}
		return newMember(t, name, d, backend, nil, newRow)
	})
}

func throughProxies(t *testing.T) (*trial, [2]*servertest.Proxy) {
	t.Helper()
	addr := servertest.Memcached(t).Addr()
	proxies := [2]*servertest.Proxy{servertest.NewProxy(t, addr), servertest.NewProxy(t, addr)}
	return onMemcached(t, proxies[0].Addr(), proxies[1].Addr()), proxies
}

func TestAMemcachedThatIsKilledAndComesBackEmpty(t *testing.T) {
	t.Parallel()
	server := servertest.Memcached(t)
	wantNoticed(t, onMemcached(t, server.Addr()).withstand(func() {
		server.Kill()
		time.Sleep(time.Second)
		server.Restart()
	}))
}

func TestAMemcachedThatHangs(t *testing.T) {
	t.Parallel()
	server := servertest.Memcached(t)
	wantNoticed(t, onMemcached(t, server.Addr()).withstand(func() {
		server.Pause()
		time.Sleep(2 * time.Second)
		server.Resume()
	}))
}

func TestAMemcachedThatHangsAndIsKilled(t *testing.T) {
	t.Parallel()
	server := servertest.Memcached(t)
	wantNoticed(t, onMemcached(t, server.Addr()).withstand(func() {
		server.Pause()
		time.Sleep(time.Second)
		server.Restart()
	}))
}

func TestASlowNetworkToMemcached(t *testing.T) {
	t.Parallel()
	tr, proxies := throughProxies(t)
	tr.withstand(func() {
		both(proxies, func(p *servertest.Proxy) { p.Delay(60 * time.Millisecond) })
		time.Sleep(time.Second)
		both(proxies, func(p *servertest.Proxy) { p.Delay(2 * patience) })
		time.Sleep(time.Second)
		both(proxies, (*servertest.Proxy).Heal)
	})
}

func TestConnectionsToMemcachedThatAreCutMidReply(t *testing.T) {
	t.Parallel()
	tr, proxies := throughProxies(t)
	wantNoticed(t, tr.withstand(func() {
		for _, n := range []int{1, 3, 40, 300, 500} {
			both(proxies, func(p *servertest.Proxy) { p.CutMidReply(n) })
			time.Sleep(300 * time.Millisecond)
		}
		both(proxies, (*servertest.Proxy).Heal)
	}))
}

func TestConnectionsToMemcachedThatAreRefused(t *testing.T) {
	t.Parallel()
	tr, proxies := throughProxies(t)
	wantNoticed(t, tr.withstand(func() {
		both(proxies, (*servertest.Proxy).Refuse)
		time.Sleep(1500 * time.Millisecond)
		both(proxies, (*servertest.Proxy).Heal)
	}))
}

func TestOneProcessIsCutOffFromMemcached(t *testing.T) {
	t.Parallel()
	tr, proxies := throughProxies(t)
	wantNoticed(t, tr.withstand(func() {
		proxies[0].Blackhole()
		time.Sleep(2 * time.Second)
		proxies[0].Heal()
	}))
}
