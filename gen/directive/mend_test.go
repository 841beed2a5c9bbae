package directive

import "testing"

// mended applies a fix to its source file; positions count from 1 in it.
func mended(src string, fix *Fix) string {
	return src[:fix.Pos-1] + fix.New + src[fix.End-1:]
}

func TestMends(t *testing.T) {
	for _, c := range []struct{ comment, want string }{
		{"//cachegen:cash ttl=1m", ""}, // may be prose of another tongue
		{"//cachegen:cahce ttl=1m", "//cachegen:cache ttl=1m"},
		{"//cachegen:cache tll=1m", "//cachegen:cache ttl=1m"},
		{"//cachegen:cache TTL=1m", "//cachegen:cache ttl=1m"},
		{"//cachegen:cache colour=1m", ""},
		{"//cachegen:cache 5m jitter=0", "//cachegen:cache ttl=5m jitter=0"},
		{"//cachegen:cache 1h30m", "//cachegen:cache ttl=1h30m"},
		{"//cachegen:cache medium", "//cachegen:cache ttl=medium"},
		{"//cachegen:cache 5", ""},
		{"//cachegen:cache ttl=30", "//cachegen:cache ttl=30s"},
		{"//cachegen:cache ttl=2d", "//cachegen:cache ttl=48h"},
		{"//cachegen:cache ttl=mediun", "//cachegen:cache ttl=medium"},
		{"//cachegen:cache ttl = 1m", "//cachegen:cache ttl=1m"},
		{"//cachegen:cache ttl= 1m", "//cachegen:cache ttl=1m"},
		{"//cachegen:cache ttl = ", "//cachegen:cache ttl= "},
		{"//cachegen:cache if=a && b ttl=1m", "//cachegen:cache if=\"a && b\" ttl=1m"},
		{"//cachegen:cache if=a == \"x\"", "//cachegen:cache if=`a == \"x\"`"},
		{"// cachegen:cache ttl=1m", "//cachegen:cache ttl=1m"},
		{"//cachegen:Cache ttl=1m", "//cachegen:cache ttl=1m"},
		{"//+cachegen:cache", "//cachegen:cache"},
		{"//cachegen cache", "//cachegen:cache"},
		{"//go:cachegen cache", "//cachegen:cache"},
		{"//cachgen:evict Get(id)", "//cachegen:evict Get(id)"},
		{"// cachegen:xyzzy", ""},
		{"// cachegen: cache ttl=1m", "//cachegen:cache ttl=1m"},
		{"// cachegen: pass", "//cachegen:pass"},
		{"/*cachegen:cache*/", ""},
	} {
		t.Run(c.comment, func(t *testing.T) {
			src := onMethod(c.comment)
			_, errs, _ := find(t, src)
			if len(errs) == 0 {
				t.Fatal("no fault")
			}
			switch fix := errs[0].Fix; {
			case fix == nil && c.want != "":
				t.Errorf("no fix of %q", errs[0].Msg)
			case fix != nil && mended(src, fix) != onMethod(c.want):
				t.Errorf("got %s", mended(src, fix))
			}
		})
	}
}
