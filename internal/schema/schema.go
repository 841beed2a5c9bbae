// Package schema hashes the stored form of a type. The generator and the codec by reflection describe types each in
// their own way, and agree here.
package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// version counts the changes of the codec's format, each of which makes what was stored before unreadable.
const version = "1"

// Node is a type or a part of one. The nodes of a recursive type form a graph with cycles.
type Node struct {
	Label string // says all about the node but its parts
	Parts []*Node
}

// Fingerprint returns 16 hexadecimal digits that are equal for two graphs exactly when the trees that they unfold
// to are: it does not matter which nodes are shared, nor how often a cycle was unrolled.
//
// It refines hashes of nodes until no round tells more nodes apart (partition refinement, by Moore).
func Fingerprint(root *Node) string {
	nodes := reachable(root)
	index := make(map[*Node]int, len(nodes))
	for i, n := range nodes {
		index[n] = i
	}
	hashes := make([]string, len(nodes))
	for classes := 0; ; {
		next := make([]string, len(nodes))
		distinct := map[string]bool{}
		for i, n := range nodes {
			var b strings.Builder
			b.WriteString(version + " " + strconv.Quote(n.Label))
			for _, p := range n.Parts {
				b.WriteString(" " + hashes[index[p]])
			}
			sum := sha256.Sum256([]byte(b.String()))
			next[i] = hex.EncodeToString(sum[:])
			distinct[next[i]] = true
		}
		if len(distinct) == classes {
			return next[0][:16]
		}
		hashes, classes = next, len(distinct)
	}
}

func reachable(root *Node) []*Node {
	nodes := []*Node{root}
	seen := map[*Node]bool{root: true}
	for i := 0; i < len(nodes); i++ {
		for _, p := range nodes[i].Parts {
			if !seen[p] {
				seen[p] = true
				nodes = append(nodes, p)
			}
		}
	}
	return nodes
}
