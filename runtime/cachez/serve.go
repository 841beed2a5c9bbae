package cachez

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// ServeHTTP serves the page, wherever it is mounted: all that it links to is its own path, with other parameters.
//
//	GET  ?cache=shop&key=…   the page, with a key looked up
//	GET  ?cache=shop&live    what changes on it, as JSON
//	POST cache, key, token   evict a key
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // keys stand in addresses; without any, a browser tells no origin either
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if p.evict {
			p.serveEvict(w, r)
			return
		}
		fallthrough
	default:
		allowed := "GET, HEAD"
		if p.evict {
			allowed += ", POST"
		}
		h.Set("Allow", allowed)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	q := r.URL.Query()
	cache := p.chosen(q.Get("cache"))
	if cache == nil && q.Has("cache") {
		http.Error(w, "there is no such cache", http.StatusNotFound)
		return
	}
	if q.Has("live") {
		serveJSON(w, p.live(cache))
		return
	}
	v := p.view(cache)
	if key := q.Get("key"); key != "" && cache != nil {
		v.Lookup = p.lookup(r.Context(), cache, key)
		if q.Has("evicted") {
			v.Lookup.Done = "Evicted."
		}
	}
	serveHTML(w, http.StatusOK, v)
}

// serveEvict evicts a key and shows it again.
func (p *Page) serveEvict(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := p.cross.Check(r); err != nil {
		http.Error(w, "this comes from another site", http.StatusForbidden)
		return
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	form := r.PostForm
	if subtle.ConstantTimeCompare([]byte(form.Get("token")), []byte(p.token)) != 1 {
		http.Error(w, "this page is not from this process: load it again", http.StatusForbidden)
		return
	}
	cache := p.chosen(form.Get("cache"))
	if cache == nil {
		http.Error(w, "there is no such cache", http.StatusNotFound)
		return
	}
	key, show := form.Get("key"), form.Get("show")
	if show == "" {
		show = key
	}
	if err := cache.cache.EvictKey(r.Context(), key); err != nil {
		v := p.view(cache)
		v.Lookup = p.lookup(r.Context(), cache, show)
		v.Lookup.Failed = fmt.Sprintf("Not evicted: %v", err)
		serveHTML(w, http.StatusBadGateway, v)
		return
	}
	target := url.Values{"cache": {cache.name}, "key": {show}, "evicted": {"1"}}
	// Without a path, it is this one, also where a prefix was stripped from it.
	w.Header().Set("Location", "?"+target.Encode()+"#lookup")
	w.WriteHeader(http.StatusSeeOther)
}

func serveHTML(w http.ResponseWriter, status int, v *view) {
	v.Nonce, v.CSS, v.JS = rand.Text(), template.CSS(pageCSS), template.JS(pageJS)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'nonce-%[1]s'; style-src 'nonce-%[1]s'; "+
		"img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", v.Nonce))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func serveJSON(w http.ResponseWriter, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}
