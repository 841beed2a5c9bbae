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
	tr := newTrial(t, func(_ int, observes bool) goredis.UniversalClient {
		return goredis.NewFailoverClient(&goredis.FailoverOptions{
			MasterName: set.MasterName, SentinelAddrs: set.Addrs(), ContextTimeoutEnabled: observes,
		})
	})
	tr.settled = retried
	return tr, set
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

// namesNewMaster waits until all Sentinels, and so the clients, say that the replica is the master.
func namesNewMaster(t *testing.T, set *servertest.SentinelSet) {
	t.Helper()
	for _, sentinel := range set.Sentinels {
		conn := operator(t, sentinel.Addr())
		for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			addr, err := conn.Do(context.Background(), "sentinel", "get-master-addr-by-name", set.MasterName).StringSlice()
			if err == nil && addr[1] == strconv.Itoa(set.Replica.Port()) {
				break
			}
			if time.Since(began) > 20*time.Second {
				t.Fatalf("a Sentinel says that %v is the master, %v", addr, err)
			}
		}
	}
}

// losing makes a trial over a shared tier that loses what it has confirmed.
func losing(t *testing.T) (*trial, *servertest.SentinelSet) {
	t.Helper()
	tr, set := watched(t)
	tr.loses = true
	tr.manyKeys()
	return tr, set
}

// manyKeys has so many keys used that few of those whose eviction was lost are written again, which would hide it.
func (tr *trial) manyKeys() {
	for i := len(tr.args); i < 300; i++ {
		tr.args = append(tr.args, strconv.Itoa(i))
	}
}

// In these two the old master is there still when the replica is a master already, and what it confirms then is lost to who
// goes over to the new one. Nobody knows of it until beats do not come back; then the evictions are repeated.

func TestAFailoverFromAMasterThatHangsAndComesBack(t *testing.T) {
	t.Parallel()
	tr, set := losing(t)
	wantNoticed(t, tr.withstand(func() {
		passedOn(t, tr, set.Master, set.Replica, set.Master.Pause)
		becomesMaster(t, set.Replica)
		set.Master.Resume()
		namesNewMaster(t, set)
		time.Sleep(time.Second)
	}))
}

func TestAFailoverFromAMasterThatLivesOn(t *testing.T) {
	t.Parallel()
	tr, set := losing(t)
	sentinel := operator(t, set.Sentinels[0].Addr())
	tr.withstand(func() {
		do(t, sentinel, "sentinel", "failover", set.MasterName)
		becomesMaster(t, set.Replica)
		namesNewMaster(t, set)
		time.Sleep(time.Second)
	})
}
