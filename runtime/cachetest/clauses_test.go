package cachetest

import "testing"

func TestClausesNameTheirMethod(t *testing.T) {
	read := &method{name: "User().List", scope: "User()."}
	for clause, want := range map[string]bool{
		"List(u.Team, _)": true, "List": true, "put List(u.Team)": true,
		"List(t) for _, t := range teams(u) if u.Active()": true, "List if u.Active()": true, "List for range f(u)": true,
		"ListAll(u.Team)": false, "Get(List)": false, "tag.List(u.ID)": false,
	} {
		m := &method{name: "User().Update", scope: "User().", evicts: []string{clause}}
		if got := len(m.evictsOf(read)) > 0; got != want {
			t.Errorf("%s is about List: %v, want %v", clause, got, want)
		}
	}
}
