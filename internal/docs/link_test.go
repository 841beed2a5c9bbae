package docs

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

var lineAnchor = regexp.MustCompile(`^L\d+(-L\d+)?$`)

// checkLinks holds that what a document's links name within the tree exists. Of others it looks at the syntax only.
func checkLinks(f *faults, root string, d *document, all []*document) {
	byPath := map[string]*document{}
	for _, d := range all {
		byPath[d.path] = d
	}
	for _, l := range d.links {
		u, err := url.Parse(l.target)
		switch {
		case err != nil:
			f.add(d, l.line, "link: %v", err)
			continue
		case u.Scheme == "http" || u.Scheme == "https":
			if u.Host == "" {
				f.add(d, l.line, "link: %s names no host", l.target)
			}
			continue
		case u.Scheme != "":
			continue
		case u.Path == "" && u.Fragment == "" || strings.HasPrefix(u.Path, "/"):
			f.add(d, l.line, "link: %q leads nowhere; a link within the tree is relative", l.target)
			continue
		}
		target := d.path
		if u.Path != "" {
			target = path.Join(d.dir(), u.Path)
		}
		if _, err := os.Stat(filepath.Join(root, target)); err != nil || !filepath.IsLocal(target) {
			f.add(d, l.line, "link: there is no %s", target)
			continue
		}
		other := byPath[target]
		if u.Fragment == "" || other == nil && lineAnchor.MatchString(u.Fragment) {
			continue
		}
		if other == nil || !other.anchors[u.Fragment] {
			f.add(d, l.line, "link: %s has no heading #%s", target, u.Fragment)
		}
	}
}
