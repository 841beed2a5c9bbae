//go:build unix

package servertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const installRedis = "install Redis 7.0 or later (Debian: apt-get install redis-server; macOS: brew install redis)"

// Redis starts a redis-server. options are more of its command-line options, such as "--maxmemory", "2mb".
func Redis(t testing.TB, options ...string) *Server {
	t.Helper()
	return start(t, "redis-server", installRedis, func(s *Server) []string {
		return append([]string{
			"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--protected-mode", "no",
			"--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", s.dir,
		}, options...)
	}, pingRedis)
}

func pingRedis(addr string) error {
	answer, err := ask(addr, "PING")
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("PING answered %q", answer)
	}
	return err
}

// SentinelSet is a master with one replica, watched by three Sentinels that agree after half a second.
type SentinelSet struct {
	MasterName string
	Master     *Server // the master at the start; a failover makes Replica the master
	Replica    *Server
	Sentinels  []*Server
}

// Addrs are the Sentinels' addresses.
func (s *SentinelSet) Addrs() []string { return addrs(s.Sentinels) }

// Sentinel starts a SentinelSet and returns when a failover would succeed.
func Sentinel(t testing.TB) *SentinelSet {
	t.Helper()
	// A master waits for more replicas before it sends its data to one, unless told not to.
	set := &SentinelSet{MasterName: "main", Master: Redis(t, "--repl-diskless-sync-delay", "0")}
	set.Replica = Redis(t, "--replicaof", "127.0.0.1 "+strconv.Itoa(set.Master.port))
	for range 3 {
		set.Sentinels = append(set.Sentinels, set.startSentinel(t))
	}
	err := waitFor(2*startLimit, func() error {
		for _, sentinel := range set.Sentinels {
			if err := set.agreed(sentinel.Addr()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("start Sentinel set: %v", err)
	}
	return set
}

func (s *SentinelSet) startSentinel(t testing.TB) *Server {
	t.Helper()
	return start(t, "redis-server", installRedis, func(server *Server) []string {
		// A Sentinel rewrites its configuration, so each start writes it anew.
		file := filepath.Join(server.dir, "sentinel.conf")
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\nprotected-mode no\ndir %s\n"+
			"sentinel monitor %[3]s 127.0.0.1 %[4]d 2\n"+
			"sentinel down-after-milliseconds %[3]s 500\n"+
			"sentinel failover-timeout %[3]s 3000\n",
			server.port, server.dir, s.MasterName, s.Master.port)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatalf("write the Sentinel's configuration: %v", err)
		}
		return []string{file, "--sentinel"}
	}, pingRedis)
}

// agreed says whether the Sentinel at addr sees the others and a replica in step with the master.
func (s *SentinelSet) agreed(addr string) error {
	if _, err := ask(addr, "SENTINEL CKQUORUM %s", s.MasterName); err != nil {
		return err
	}
	master, err := ask(addr, "SENTINEL MASTER %s", s.MasterName)
	if err != nil {
		return err
	}
	replicas, err := ask(addr, "SENTINEL REPLICAS %s", s.MasterName)
	if err != nil {
		return err
	}
	for _, want := range []struct{ text, part string }{
		{master, "num-slaves\n1\n"},
		{master, "num-other-sentinels\n2\n"},
		{replicas, "master-link-status\nok\n"},
	} {
		if !strings.Contains(want.text+"\n", want.part) {
			return fmt.Errorf("Sentinel %s does not report %q yet", addr, want.part)
		}
	}
	return nil
}

func command(t testing.TB, s *Server, format string, args ...any) {
	t.Helper()
	if _, err := ask(s.Addr(), format, args...); err != nil {
		t.Fatalf("%s at %s: %v", fmt.Sprintf(format, args...), s.Addr(), err)
	}
}

func addrs(servers []*Server) []string {
	all := make([]string, len(servers))
	for i, s := range servers {
		all[i] = s.Addr()
	}
	return all
}
