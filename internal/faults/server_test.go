package faults

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// operator is who brings a server into a state: a client with one connection, which outlives what is done to others.
func operator(t *testing.T, addr string) *goredis.Conn {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, MaxRetries: -1})
	conn := client.Conn()
	t.Cleanup(func() {
		_ = conn.Close()
		_ = client.Close()
	})
	return conn
}

// do has the server do something.
func do(t *testing.T, conn *goredis.Conn, args ...any) {
	t.Helper()
	if err := conn.Do(context.Background(), args...).Err(); err != nil {
		t.Errorf("%v: %v", args, err)
	}
}

// wantNoticed fails the test where the shared tier has not failed.
func wantNoticed(t *testing.T, o outcome) {
	t.Helper()
	if o.errors == 0 {
		t.Error("nobody noticed the fault")
	}
}

func TestAServerThatIsKilledAndComesBackEmpty(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	wantNoticed(t, newTrial(t, one(server.Addr())).withstand(func() {
		server.Kill()
		time.Sleep(time.Second)
		server.Restart()
	}))
}

func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	wantNoticed(t, newTrial(t, one(server.Addr())).withstand(func() {
		server.Pause()
		time.Sleep(2 * time.Second)
		server.Resume()
	}))
}

func TestAServerThatHangsAndIsKilled(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	wantNoticed(t, newTrial(t, one(server.Addr())).withstand(func() {
		server.Pause()
		time.Sleep(time.Second)
		server.Restart()
	}))
}

func TestAFullServer(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t, "--maxmemory-policy", "noeviction")
	conn := operator(t, server.Addr())
	tr := newTrial(t, one(server.Addr()))
	tr.bound = delivery // it refuses what would take room, not what makes some
	wantNoticed(t, tr.withstand(func() {
		do(t, conn, "config", "set", "maxmemory", "1")
		time.Sleep(delivery + time.Second)
		do(t, conn, "config", "set", "maxmemory", "0")
	}))
}

// A server that loads what it has saved answers LOADING to everything. What it then holds is as old as the file.
func TestAServerThatLoadsItsFile(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t, "--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024")
	ctx, conn := context.Background(), operator(t, server.Addr())
	pipe := conn.Pipeline()
	for i := range 3000 {
		pipe.Set(ctx, fmt.Sprint("filler:", i), strings.Repeat("x", 100), 0)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	probe := goredis.NewClient(&goredis.Options{Addr: server.Addr(), MaxRetries: -1})
	defer probe.Close()
	tr := newTrial(t, one(server.Addr()))
	var loading atomic.Int64
	wantNoticed(t, tr.withstand(func() {
		// What is evicted between the saving and the crash comes back with the file: of that no cache can know.
		tr.stopWrites(func() {
			do(t, conn, "save")
			server.Kill()
		})
		over := make(chan struct{})
		defer close(over)
		go func() {
			for {
				if err := probe.Ping(ctx).Err(); err != nil && strings.HasPrefix(err.Error(), "LOADING") {
					loading.Add(1)
				}
				select {
				case <-over:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		}()
		server.Restart() // and wait until it has loaded
		if n := probe.DBSize(ctx).Val(); n < 3000 {
			t.Errorf("it has loaded %d keys", n)
		}
	}))
	if loading.Load() < 10 {
		t.Errorf("it has answered LOADING %d times", loading.Load())
	}
}

// A server that has become a replica, whose master cannot be reached, answers with what it has and takes no writes.
func TestAServerThatHasBecomeAReplica(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	conn := operator(t, server.Addr())
	wantNoticed(t, newTrial(t, one(server.Addr())).withstand(func() {
		do(t, conn, "replicaof", "127.0.0.1", "1")
		time.Sleep(1500 * time.Millisecond)
		do(t, conn, "replicaof", "no", "one")
	}))
}

func TestAServerWhosePasswordHasChanged(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	conn := operator(t, server.Addr())
	wantNoticed(t, newTrial(t, one(server.Addr())).withstand(func() {
		do(t, conn, "config", "set", "requirepass", "another")
		do(t, conn, "client", "kill", "type", "normal", "skipme", "yes")
		do(t, conn, "client", "kill", "type", "pubsub")
		time.Sleep(1500 * time.Millisecond)
		do(t, conn, "config", "set", "requirepass", "")
	}))
}
