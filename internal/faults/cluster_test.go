package faults

import (
	"context"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// clustered makes a trial over a Cluster.
func clustered(t *testing.T, cluster *servertest.Cluster) *trial {
	t.Helper()
	tr := newTrial(t, func(_ int, observes bool) goredis.UniversalClient {
		return goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: observes})
	})
	tr.settled = retried
	return tr
}

// owner returns which of the nodes has key, and key's slot.
func owner(t *testing.T, cluster *servertest.Cluster, key string) (at, slot int) {
	t.Helper()
	client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: cluster.Addrs()})
	defer client.Close()
	ctx := context.Background()
	n, err := client.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		t.Fatal(err)
	}
	master, err := client.MasterForKey(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	for i, node := range cluster.Nodes {
		if node.Addr() == master.Options().Addr {
			return i, int(n)
		}
	}
	t.Fatalf("no node has %s", key)
	return 0, 0
}

// channel is where the caches tell each other of evictions: the node that has it is the one they listen to.
const channel = "cachegen:evicted"

func TestAClusterWithAMasterThatIsKilledAndComesBackEmpty(t *testing.T) {
	t.Parallel()
	cluster := servertest.RedisCluster(t)
	tr := clustered(t, cluster)
	at, _ := owner(t, cluster, channel)
	wantNoticed(t, tr.withstand(func() {
		cluster.Nodes[at].Kill()
		time.Sleep(1500 * time.Millisecond)
		cluster.Nodes[at].Restart()
	}))
}

func TestAClusterWithAnotherMasterThatIsKilledAndComesBackEmpty(t *testing.T) {
	t.Parallel()
	cluster := servertest.RedisCluster(t)
	tr := clustered(t, cluster)
	at, _ := owner(t, cluster, channel)
	other := cluster.Nodes[(at+1)%len(cluster.Nodes)]
	wantNoticed(t, tr.withstand(func() {
		other.Kill()
		time.Sleep(1500 * time.Millisecond)
		other.Restart()
	}))
}

func TestAClusterInWhichAReplicaTakesTheMastersPlace(t *testing.T) {
	t.Parallel()
	cluster := servertest.RedisClusterWithReplicas(t)
	tr := clustered(t, cluster)
	at, _ := owner(t, cluster, channel)
	tr.manyKeys()
	master, replica := cluster.Nodes[at], cluster.Replicas[at]
	wantNoticed(t, tr.withstand(func() {
		passedOn(t, tr, master, replica, master.Kill)
		becomesMaster(t, replica)
	}))
}

// What the old master confirms before it learns that it is a replica is lost, as after a failover by Sentinels.
func TestAClusterInWhichAMasterHangsAndComesBackAsAReplica(t *testing.T) {
	t.Parallel()
	cluster := servertest.RedisClusterWithReplicas(t)
	tr := clustered(t, cluster)
	at, _ := owner(t, cluster, channel)
	tr.manyKeys()
	tr.loses = true
	master, replica := cluster.Nodes[at], cluster.Replicas[at]
	wantNoticed(t, tr.withstand(func() {
		passedOn(t, tr, master, replica, master.Pause)
		becomesMaster(t, replica)
		time.Sleep(500 * time.Millisecond)
		master.Resume()
	}))
}

func TestAClusterInWhichASlotMoves(t *testing.T) {
	t.Parallel()
	cluster := servertest.RedisCluster(t)
	tr := clustered(t, cluster)
	for i := range tr.args {
		tr.args[i] = fmt.Sprintf("{moving}%d", i)
	}
	tr.bound = delivery // nothing fails
	from, slot := owner(t, cluster, tr.args[0])
	to := cluster.Nodes[(from+1)%len(cluster.Nodes)]
	tr.withstand(func() {
		cluster.MoveSlot(slot, cluster.Nodes[from], to, func() { time.Sleep(1500 * time.Millisecond) })
	})
	stats, err := operator(t, to.Addr()).InfoMap(context.Background(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	if stats["Commandstats"]["cmdstat_asking"] == "" {
		t.Errorf("nobody asked the new node while the slot moved: %v", stats)
	}
}
