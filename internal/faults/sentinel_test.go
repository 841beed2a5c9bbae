package faults

import (
	"context"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// watched makes a trial over what Sentinels say is the master.
func watched(t *testing.T) (*trial, *servertest.SentinelSet) {
	t.Helper()
	set := servertest.Sentinel(t)
	return newTrial(t, func(_ int, observes bool) goredis.UniversalClient {
		return goredis.NewFailoverClient(&goredis.FailoverOptions{
			MasterName: set.MasterName, SentinelAddrs: set.Addrs(), ContextTimeoutEnabled: observes,
		})
	}), set
}

// passedOn stops the writes until the replica has everything, and then does f. What a master has confirmed and not passed
// on is lost with it, evictions too: of that no cache can know.
func passedOn(t *testing.T, tr *trial, master, replica *servertest.Server, f func()) {
	t.Helper()
	tr.stopWrites(func() {
		written := offset(t, master)
		for began := time.Now(); offset(t, replica) < written; time.Sleep(5 * time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				t.Fatal("the replica does not come into step")
			}
		}
		f()
	})
}

// offset is up to where in its stream of writes a server is.
func offset(t *testing.T, server *servertest.Server) int64 {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer client.Close()
	info, err := client.InfoMap(context.Background(), "replication").Result()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(info["Replication"]["master_repl_offset"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// becomesMaster waits until server is a master.
func becomesMaster(t *testing.T, server *servertest.Server) {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer client.Close()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		role, err := client.Do(context.Background(), "role").Slice()
		if err == nil && role[0] == "master" {
			return
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("the replica has not become the master: %v, %v", role, err)
		}
	}
}

func TestAFailoverToTheReplicaOfAMasterThatWasKilled(t *testing.T) {
	t.Parallel()
	tr, set := watched(t)
	wantNoticed(t, tr.withstand(func() {
		passedOn(t, tr, set.Master, set.Replica, set.Master.Kill)
		becomesMaster(t, set.Replica)
	}))
}
