package check

import "testing"

func TestMends(t *testing.T) {
	const get = "//cachegen:cache\nGet(id int64) int\n"
	for _, c := range []struct{ name, methods, old, mended string }{
		{"verb", "//cachegen:cahce\nGet(id int64) int", "cahce", "cache"},
		{"method of a call", get + "//cachegen:evict Gte(id)\nSet(id int64)", "Gte", "Get"},
		{"parameter in a call", get + "//cachegen:evict Get(1 + idd)\nSet(id int64)", "idd", "id"},
		{"parameter behind an escape", "//cachegen:cache key=\"\\\"\\u00e9\\\" + nam\"\nFind(name string) string", "nam", "name"},
		{"name in hash=", "//cachegen:cache hash=tokn\nFind(token string) string", "tokn", "token"},
		{"no near name", get + "//cachegen:evict Get(xyzzy)\nSet(id int64)", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := wrap(c.methods)
			_, ds := Check(load(t, src))
			if len(ds) == 0 {
				t.Fatal("no fault")
			}
			if c.old == "" {
				if len(ds[0].Fixes) > 0 {
					t.Errorf("fixes %v", ds[0].Fixes)
				}
				return
			}
			if len(ds[0].Fixes) != 1 || len(ds[0].Fixes[0].Edits) != 1 {
				t.Fatalf("fixes %v of %q, want one with one edit", ds[0].Fixes, ds[0].Message)
			}
			e := ds[0].Fixes[0].Edits[0]
			if old := src[e.Pos.Offset:e.End.Offset]; old != c.old || e.New != c.mended {
				t.Errorf("%q for %q, want %q for %q", e.New, old, c.mended, c.old)
			}
		})
	}
}
