//go:build unix

package servertest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

const masters, slots = 3, 16384

// Cluster is a Redis Cluster of three masters.
type Cluster struct {
	t        testing.TB
	Nodes    []*Server // the masters at the start, each with a third of the slots, in their order
	Replicas []*Server // none, or one of each master, in the same order
}

// Addrs are the nodes' addresses, those of replicas included.
func (c *Cluster) Addrs() []string { return append(addrs(c.Nodes), addrs(c.Replicas)...) }

// RedisCluster starts a Cluster without replicas and returns when all nodes serve. A node that is down does not stop the
// others from serving their slots. options are as in Redis.
func RedisCluster(t testing.TB, options ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for range masters {
		c.Nodes = append(c.Nodes, clusterNode(t, options))
	}
	for i, node := range c.Nodes {
		command(t, node, "CLUSTER ADDSLOTSRANGE %d %d", i*slots/masters, (i+1)*slots/masters-1)
		// Nodes that begin with the same epoch agree later which is newer, and until then may take slots back from each other.
		command(t, node, "CLUSTER SET-CONFIG-EPOCH %d", i+1)
		if i > 0 {
			c.meet(node)
		}
	}
	if err := waitFor(2*startLimit, c.serves); err != nil {
		t.Fatalf("start Redis Cluster: %v", err)
	}
	return c
}

// RedisClusterWithReplicas starts a Cluster with a replica of each master, which takes its place one to three seconds after
// it was last heard of, and returns when it could. options are as in Redis.
func RedisClusterWithReplicas(t testing.TB, options ...string) *Cluster {
	t.Helper()
	options = append([]string{"--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"}, options...)
	c := RedisCluster(t, options...)
	for range c.Nodes {
		replica := clusterNode(t, options)
		c.Replicas = append(c.Replicas, replica)
		c.meet(replica)
	}
	for i, replica := range c.Replicas {
		id := c.id(c.Nodes[i])
		err := waitFor(startLimit, func() error { // which fails until it has heard of the master
			_, err := ask(replica.Addr(), "CLUSTER REPLICATE %s", id)
			return err
		})
		if err != nil {
			t.Fatalf("make a replica in a Redis Cluster: %v", err)
		}
	}
	if err := waitFor(2*startLimit, c.replicated); err != nil {
		t.Fatalf("start Redis Cluster with replicas: %v", err)
	}
	return c
}

func clusterNode(t testing.TB, options []string) *Server {
	t.Helper()
	return start(t, "redis-server", installRedis, func(s *Server) []string {
		return append([]string{
			"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--protected-mode", "no",
			"--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", s.dir,
			"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(s.busPort),
			"--cluster-node-timeout", "15000", "--cluster-require-full-coverage", "no",
		}, options...)
	}, pingRedis)
}

// meet makes node known to the others.
func (c *Cluster) meet(node *Server) {
	c.t.Helper()
	first := c.Nodes[0]
	command(c.t, node, "CLUSTER MEET 127.0.0.1 %d %d", first.port, first.busPort)
}

// id is a node's name in the Cluster.
func (c *Cluster) id(node *Server) string {
	c.t.Helper()
	id, err := ask(node.Addr(), "CLUSTER MYID")
	if err != nil {
		c.t.Fatalf("name of node %s: %v", node.Addr(), err)
	}
	return id
}

// serves says which node does not see all slots served yet.
func (c *Cluster) serves() error {
	for _, node := range c.Nodes {
		info, err := ask(node.Addr(), "CLUSTER INFO")
		if err != nil {
			return err
		}
		for _, want := range []string{"cluster_state:ok", "cluster_slots_ok:16384", "cluster_size:3"} {
			if !strings.Contains(info, want) {
				return fmt.Errorf("node %s does not report %s yet", node.Addr(), want)
			}
		}
	}
	return nil
}

// replicated says which replica is not in step yet, or not known to be one.
func (c *Cluster) replicated() error {
	for _, replica := range c.Replicas {
		info, err := ask(replica.Addr(), "INFO replication")
		if err != nil {
			return err
		}
		if !strings.Contains(info, "master_link_status:up") {
			return fmt.Errorf("replica %s is not in step yet", replica.Addr())
		}
	}
	for _, node := range c.Nodes {
		nodes, err := ask(node.Addr(), "CLUSTER NODES")
		if err != nil {
			return err
		}
		if strings.Count(nodes, "slave") < len(c.Replicas) {
			return fmt.Errorf("node %s does not know all replicas yet", node.Addr())
		}
	}
	return nil
}

// MoveSlot moves a slot and its keys from one master to another. meanwhile is called when half of the keys have been moved.
func (c *Cluster) MoveSlot(slot int, from, to *Server, meanwhile func()) {
	c.t.Helper()
	command(c.t, to, "CLUSTER SETSLOT %d IMPORTING %s", slot, c.id(from))
	command(c.t, from, "CLUSTER SETSLOT %d MIGRATING %s", slot, c.id(to))
	keys := c.keysIn(slot, from)
	c.migrate(keys[:len(keys)/2], from, to)
	meanwhile()
	for {
		if keys = c.keysIn(slot, from); len(keys) == 0 {
			break
		}
		c.migrate(keys, from, to)
	}
	for _, node := range append([]*Server{to, from}, c.Nodes...) {
		command(c.t, node, "CLUSTER SETSLOT %d NODE %s", slot, c.id(to))
	}
}

func (c *Cluster) keysIn(slot int, node *Server) []string {
	c.t.Helper()
	text, err := ask(node.Addr(), "CLUSTER GETKEYSINSLOT %d 1000", slot)
	if err != nil {
		c.t.Fatalf("keys in slot %d at %s: %v", slot, node.Addr(), err)
	}
	return strings.Fields(text)
}

func (c *Cluster) migrate(keys []string, from, to *Server) {
	c.t.Helper()
	for _, key := range keys { // one that has gone meanwhile is no error
		command(c.t, from, "MIGRATE 127.0.0.1 %d %s 0 5000", to.port, key)
	}
}
