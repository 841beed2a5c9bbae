//go:build unix

package servertest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestRedisKeepsItsAddressAndLosesItsDataAcrossRestart(t *testing.T) {
	s := Redis(t, "--maxmemory", "3mb")
	addr := s.Addr()
	if config, err := ask(addr, "CONFIG GET maxmemory"); err != nil || config != "maxmemory\n3145728" {
		t.Fatalf("options were not passed on: %q, %v", config, err)
	}
	if _, err := ask(addr, "SET k v"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if _, err := ask(addr, "PING"); err == nil {
		t.Fatal("a killed server answered")
	}
	s.Kill() // a dead server stays dead
	s.Restart()
	if s.Addr() != addr {
		t.Fatalf("restarted at %s, was at %s", s.Addr(), addr)
	}
	if v, err := ask(addr, "GET k"); v != "" || err != nil {
		t.Fatalf("GET after a restart = %q, %v; want nothing", v, err)
	}
}

func TestPausedServerAnswersOnlyWhenResumed(t *testing.T) {
	s := Redis(t)
	s.Pause()
	answered := make(chan error, 1)
	go func() {
		_, err := ask(s.Addr(), "PING")
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("a paused server answered: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	s.Resume()
	if err := <-answered; err != nil {
		t.Fatalf("after Resume: %v", err)
	}
}

func TestServersEndWithTheirTest(t *testing.T) {
	var addr string
	t.Run("inner", func(t *testing.T) { addr = Redis(t).Addr() })
	if _, err := ask(addr, "PING"); err == nil {
		t.Error("the server outlived its test")
	}
}

func TestSentinelFailsOver(t *testing.T) {
	set := Sentinel(t)
	if len(set.Addrs()) != 3 {
		t.Fatalf("Addrs = %v", set.Addrs())
	}
	set.Master.Kill()
	err := waitFor(20*time.Second, func() error {
		_, err := ask(set.Replica.Addr(), "SET k v") // a replica refuses writes
		return err
	})
	if err != nil {
		t.Fatalf("the replica was not made master: %v", err)
	}
}

func TestClusterServesOnEveryNode(t *testing.T) {
	cluster := RedisCluster(t)
	for i, node := range cluster.Nodes {
		nodes, err := ask(node.Addr(), "CLUSTER NODES")
		if err != nil || strings.Count(nodes, "connected") != 3 {
			t.Errorf("node %d sees %q, %v", i, nodes, err)
		}
	}
}

func TestClusterPutsAReplicaInAMastersPlace(t *testing.T) {
	cluster := RedisClusterWithReplicas(t)
	if len(cluster.Addrs()) != 6 {
		t.Fatalf("Addrs = %v", cluster.Addrs())
	}
	if _, err := ask(cluster.Nodes[0].Addr(), "SET b v"); err != nil { // slot 3300
		t.Fatal(err)
	}
	if err := waitFor(5*time.Second, func() error {
		n, err := ask(cluster.Replicas[0].Addr(), "CLUSTER COUNTKEYSINSLOT 3300")
		if err == nil && n != "1" {
			err = fmt.Errorf("the replica has %s keys", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	cluster.Nodes[0].Kill()
	err := waitFor(20*time.Second, func() error {
		v, err := ask(cluster.Replicas[0].Addr(), "GET b") // a replica sends one to its master
		if err == nil && v != "v" {
			t.Fatalf("GET = %q", v)
		}
		return err
	})
	if err != nil {
		t.Fatalf("the replica was not made master: %v", err)
	}
}

func TestClusterMovesASlotWithItsKeys(t *testing.T) {
	cluster := RedisCluster(t)
	from, to := cluster.Nodes[0], cluster.Nodes[2]
	const slot = 3300 // of b
	for _, key := range []string{"b", "{b}2", "{b}3"} {
		if _, err := ask(from.Addr(), "SET %s v", key); err != nil {
			t.Fatal(err)
		}
	}
	cluster.MoveSlot(slot, from, to, func() {
		if there, left := len(cluster.keysIn(slot, to)), len(cluster.keysIn(slot, from)); there != 1 || left != 2 {
			t.Errorf("half way, %d keys are there and %d are not", there, left)
		}
	})
	for _, key := range []string{"b", "{b}2", "{b}3"} {
		if v, err := ask(to.Addr(), "GET %s", key); v != "v" || err != nil {
			t.Errorf("GET %s = %q, %v", key, v, err)
		}
		if _, err := ask(from.Addr(), "GET %s", key); err == nil || !strings.HasPrefix(err.Error(), "MOVED") {
			t.Errorf("the old node answers GET %s with %v", key, err)
		}
	}
}

func TestMemcachedAnswers(t *testing.T) {
	s := Memcached(t)
	s.Kill()
	s.Restart()
	if v, err := ask(s.Addr(), "version"); err != nil {
		t.Fatalf("version = %q, %v", v, err)
	}
}

// TestMissingBinaryFails runs this binary again without a PATH: a missing server must fail a test and say what to do.
func TestMissingBinaryFails(t *testing.T) {
	output := rerun(t, "TestStartsRedis", "PATH="+t.TempDir())
	for _, want := range []string{"--- FAIL: TestStartsRedis", "redis-server is not installed", "apt-get install redis-server"} {
		if !strings.Contains(output, want) {
			t.Errorf("output lacks %q:\n%s", want, output)
		}
	}
}

func TestStartsRedis(t *testing.T) { Redis(t) }

func rerun(t *testing.T, name string, env ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	output, _ := cmd.CombinedOutput()
	return string(output)
}
