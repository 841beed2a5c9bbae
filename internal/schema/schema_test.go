package schema

import "testing"

func TestEqualTreesHaveEqualFingerprints(t *testing.T) {
	str := &Node{Label: "string"}
	list := &Node{Label: "struct(Next)"}
	list.Parts = []*Node{{Label: "ptr", Parts: []*Node{list}}}

	unrolled := &Node{Label: "struct(Next)"}
	second := &Node{Label: "struct(Next)", Parts: []*Node{{Label: "ptr", Parts: []*Node{unrolled}}}}
	unrolled.Parts = []*Node{{Label: "ptr", Parts: []*Node{second}}}

	pair := func(a, b *Node) *Node { return &Node{Label: "struct(A,B)", Parts: []*Node{a, b}} }
	same := [][2]*Node{
		{pair(str, str), pair(str, &Node{Label: "string"})},
		{list, unrolled},
		{pair(list, unrolled), pair(list, list)},
	}
	for i, s := range same {
		if a, b := Fingerprint(s[0]), Fingerprint(s[1]); a != b || len(a) != 16 {
			t.Errorf("%d: %s and %s", i, a, b)
		}
	}

	different := []*Node{str, list, pair(str, list), pair(list, str), pair(str, str), {Label: "slice", Parts: []*Node{str}}, {Label: "struct(A)", Parts: []*Node{str}}}
	seen := map[string]int{}
	for i, n := range different {
		f := Fingerprint(n)
		if j, ok := seen[f]; ok {
			t.Errorf("%d and %d share %s", i, j, f)
		}
		seen[f] = i
	}
}
