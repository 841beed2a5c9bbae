package cachez_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/cachez"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

var errNone = errors.New("none")

// site is a cache with its page.
type site struct {
	t      *testing.T
	page   *cachez.Page
	cache  *runtime.Cache
	method *runtime.Method[string]
}

func newSite(t *testing.T, options ...cachez.Option) *site {
	t.Helper()
	s := &site{t: t, page: cachez.New(options...)}
	t.Cleanup(func() { _ = s.page.Close() })
	s.cache = newCache(t, s.page, "shop")
	s.method = newMethod(s.cache)
	return s
}

func newCache(t *testing.T, page *cachez.Page, namespace string) *runtime.Cache {
	t.Helper()
	store, err := memory.New(memory.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := runtime.New(store, runtime.WithNamespace(namespace), runtime.WithObserver(page), runtime.WithHotKeys(5))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func newMethod(c *runtime.Cache) *runtime.Method[string] {
	return runtime.NewMethod(c, runtime.MethodConfig[string]{
		Prefix: "p.Names", Name: "Get", Codec: codec.Reflect[string](), TTL: time.Minute, Jitter: -1, Groups: 1,
		NotFound: []runtime.Sentinel{{Name: "ErrNone", Err: errNone}},
	})
}

func (s *site) key(arg string) string { return "shop:p.Names.Get:" + arg }

const group = "shop:p.Names.Get:_"

// ask is a call of the cached method, which loads v.
func (s *site) ask(arg, v string) string {
	s.t.Helper()
	ctx := s.t.Context()
	if got, ok, _ := s.method.Get(ctx, s.key(arg), group); ok {
		return got
	}
	got, err := s.method.Load(ctx, s.key(arg), func(context.Context, *runtime.Fill) (string, error) { return v, nil }, group)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *site) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.page.ServeHTTP(w, r)
	return w
}

func (s *site) get(query string) *httptest.ResponseRecorder {
	return s.do(httptest.NewRequest("GET", "/debug/cachez/?"+query, nil))
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// evict posts what the page's button would; edit may change it.
func (s *site) evict(key string, edit func(url.Values, http.Header)) *httptest.ResponseRecorder {
	s.t.Helper()
	form := url.Values{"cache": {"shop"}, "key": {key}}
	if found := tokenField.FindStringSubmatch(s.get("key=" + url.QueryEscape(key)).Body.String()); found != nil {
		form.Set("token", found[1])
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}}
	if edit != nil {
		edit(form, header)
	}
	r := httptest.NewRequest("POST", "/debug/cachez/", strings.NewReader(form.Encode()))
	r.Header = header
	return s.do(r)
}

func TestThePageShowsWhatTheCacheDid(t *testing.T) {
	s := newSite(t)
	for range 3 {
		s.ask("1", "Ann")
	}
	w := s.get("")
	text := w.Body.String()
	for _, want := range []string{"Names.Get", "memory", "healthy", "66.7%", "Look up a key"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
	policy := w.Header().Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`'nonce-([^']+)'`).FindStringSubmatch(policy)
	if nonce == nil || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Fatalf("the policy is %q", policy)
	}
	if n := strings.Count(text, `nonce="`+nonce[1]+`"`); n != 2 {
		t.Errorf("%d elements bear the nonce, want the style and the script", n)
	}
	if strings.Contains(s.get("").Header().Get("Content-Security-Policy"), nonce[1]) {
		t.Error("the nonce is the same again")
	}
}

func TestTheLiveDataAreJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for range 5 {
			s.ask("1", "Ann")
			s.ask("2", "Bob")
			time.Sleep(time.Second)
		}
		synctest.Wait()
		w := s.get("live&cache=shop")
		var live struct {
			Charts []struct {
				ID, Value, Line string
				Texts           []string
			}
			Tables []struct {
				ID   string
				Rows []struct {
					Key   string
					Cells []struct{ Text string }
				}
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &live); err != nil || w.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("%v in %s", err, w.Body)
		}
		if len(live.Charts) != 3 || len(live.Charts[0].Texts) != 5 || live.Charts[1].Value == "0" || !strings.HasPrefix(live.Charts[1].Line, "M") {
			t.Errorf("charts: %+v", live.Charts)
		}
		methods := live.Tables[0]
		if methods.ID != "methods" || len(methods.Rows) != 1 || methods.Rows[0].Key != "p.Names.Get" || methods.Rows[0].Cells[1].Text != "80.0%" {
			t.Errorf("methods: %+v", methods)
		}
	})
}

func TestTheTimesOfLoadsAreOfTheLastMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		load := func(arg string, takes time.Duration) {
			_, _ = s.method.Load(t.Context(), s.key(arg), func(context.Context, *runtime.Fill) (string, error) {
				time.Sleep(takes)
				return "x", nil
			}, group)
		}
		for n := range 100 {
			load(fmt.Sprint("slow", n), 200*time.Millisecond)
		}
		times := func() (string, string) {
			found := regexp.MustCompile(`"key":"p.Names.Get","cells":\[.*?\]`).FindString(s.get("live").Body.String())
			cells := regexp.MustCompile(`"text":"([^"]*)"`).FindAllStringSubmatch(found, -1)
			return cells[5][1], cells[6][1]
		}
		if p50, p99 := times(); !regexp.MustCompile(`^(19|20|21)\d ms$`).MatchString(p50) || p50 != p99 {
			t.Errorf("half of the loads took %s, nearly all %s, want 200 ms", p50, p99)
		}
		time.Sleep(3 * time.Minute)
		if p50, _ := times(); p50 != "–" {
			t.Errorf("three minutes later the time is %s", p50)
		}
		for n := range 98 {
			load(fmt.Sprint("quick", n), 5*time.Millisecond)
		}
		load("late 1", time.Second)
		load("late 2", time.Second)
		if p50, p99 := times(); p50 != "4.9 ms" && p50 != "5.1 ms" && p50 != "5.0 ms" || !regexp.MustCompile(`^(0.9|1.0) s$|^9\d\d ms$`).MatchString(p99) {
			t.Errorf("half of the loads took %s, nearly all %s, want 5 ms and a second", p50, p99)
		}
	})
}

func TestAKeyIsLookedUp(t *testing.T) {
	s := newSite(t)
	s.ask("1", "Ann & <b>Bob</b>")
	text := s.get("cache=shop&key=" + url.QueryEscape(s.key("1"))).Body.String()
	for _, want := range []string{"a value", ">yes<", group, "p.Names.Get", `&#34;Ann &amp; &lt;b&gt;Bob&lt;/b&gt;&#34;`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
	if strings.Contains(text, "<b>") {
		t.Error("a value's markup is the page's")
	}
	if text := s.get("key=" + url.QueryEscape(s.key("2"))).Body.String(); !strings.Contains(text, "nothing") {
		t.Error("of a key that is not cached the page does not say so")
	}
	if text := s.get("key=session:1").Body.String(); !strings.Contains(text, "not of the cache") {
		t.Error("a key of somebody else is looked up")
	}
}

func TestWhatIsShownIsEscaped(t *testing.T) {
	s := newSite(t, cachez.WithEvict())
	const evil = `"><script>alert(1)</script>`
	s.ask(evil, evil)
	for range 1000 {
		s.ask(evil, "") // it becomes hot
	}
	for _, query := range []string{"key=" + url.QueryEscape(s.key(evil)), "key=" + url.QueryEscape(evil), ""} {
		if text := s.get(query).Body.String(); strings.Contains(text, "<script>alert") {
			t.Errorf("%q: what a key or a value holds is the page's script", query)
		}
	}
	if body := s.get("live").Body.String(); strings.Contains(body, "<script") {
		t.Errorf("the JSON holds markup as it is: %s", body)
	}
	if w := s.get("cache=" + url.QueryEscape(evil)); w.Code != 404 || strings.Contains(w.Body.String(), "script") {
		t.Errorf("of a cache that is not there: %d, %s", w.Code, w.Body)
	}
}

func TestNothingIsEvictedUnlessEnabled(t *testing.T) {
	s := newSite(t)
	s.ask("1", "Ann")
	if w := s.evict(s.key("1"), nil); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
	if s.ask("1", "Eve") != "Ann" {
		t.Error("the entry was evicted")
	}
	if text := s.get("key=" + url.QueryEscape(s.key("1"))).Body.String(); strings.Contains(text, `method="post"`) {
		t.Error("the page has a form that evicts")
	}
	if w := s.do(httptest.NewRequest("DELETE", "/debug/cachez/", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", w.Code)
	}
}

func TestAnEntryAndAGroupAreEvicted(t *testing.T) {
	s := newSite(t, cachez.WithEvict())
	s.ask("1", "Ann")
	s.ask("2", "Bob")
	w := s.evict(s.key("1"), nil)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "?") || !strings.Contains(to, url.QueryEscape(s.key("1"))) {
		t.Fatalf("%d to %q: %s", w.Code, to, w.Body)
	}
	if text := s.get(strings.TrimPrefix(w.Header().Get("Location"), "?")).Body.String(); !strings.Contains(text, "Evicted.") {
		t.Error("the page does not say that the entry was evicted")
	}
	if a, b := s.ask("1", "Ann 2"), s.ask("2", "Bob 2"); a != "Ann 2" || b != "Bob" {
		t.Errorf("after the eviction of 1 there are %q and %q", a, b)
	}
	w = s.evict(group, func(f url.Values, _ http.Header) { f.Set("show", s.key("1")) })
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.Contains(to, url.QueryEscape(s.key("1"))) {
		t.Fatalf("%d to %q: %s", w.Code, to, w.Body)
	}
	if a, b := s.ask("1", "Ann 3"), s.ask("2", "Bob 3"); a != "Ann 3" || b != "Bob 3" {
		t.Errorf("after the eviction of the group there are %q and %q", a, b)
	}
}

func TestOtherSitesCannotEvict(t *testing.T) {
	s := newSite(t, cachez.WithEvict())
	s.ask("1", "Ann")
	for name, edit := range map[string]func(url.Values, http.Header){
		"no token":    func(f url.Values, _ http.Header) { f.Del("token") },
		"other token": func(f url.Values, _ http.Header) { f.Set("token", "guess") },
		"cross-site":  func(_ url.Values, h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":   func(_ url.Values, h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
		"an old browser at another site": func(_ url.Values, h http.Header) {
			h.Del("Sec-Fetch-Site")
			h.Set("Origin", "https://evil.example")
		},
		"no origin": func(_ url.Values, h http.Header) {
			h.Del("Sec-Fetch-Site")
			h.Set("Origin", "null")
		},
	} {
		if w := s.evict(s.key("1"), edit); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if s.ask("1", "Eve") != "Ann" {
		t.Error("the entry was evicted")
	}
	for name, edit := range map[string]func(url.Values, http.Header){
		"foreign key": func(f url.Values, _ http.Header) { f.Set("key", "session:1") },
		"no key":      func(f url.Values, _ http.Header) { f.Del("key") },
	} {
		if w := s.evict(s.key("1"), edit); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "Not evicted") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := s.evict(s.key("1"), func(f url.Values, _ http.Header) { f.Set("cache", "x") }); w.Code != http.StatusNotFound {
		t.Errorf("of no cache: %d", w.Code)
	}
}

func TestSeveralCachesAreOnOnePage(t *testing.T) {
	s := newSite(t)
	other, same := newCache(t, s.page, "stock"), newCache(t, s.page, "shop")
	for _, c := range []*runtime.Cache{other, nil, same} {
		s.page.Watch(c) // once more, which is no matter
	}
	m := newMethod(other)
	_, _ = m.Load(t.Context(), "stock:p.Names.Get:1", func(context.Context, *runtime.Fill) (string, error) { return "", errors.New("down") }, "stock:g")
	s.ask("1", "Ann")
	text := html.UnescapeString(s.get("").Body.String())
	for _, want := range []string{`"?cache=shop" aria-current="page"`, `"?cache=stock"`, `"?cache=shop+%282%29"`} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s on the page:\n%s", want, text)
		}
	}
	row := regexp.MustCompile(`<tr data-key="p.Names.Get">.*</tr>`)
	mine, others := row.FindString(text), row.FindString(s.get("cache=stock").Body.String())
	if strings.Contains(mine, "warn") || !strings.Contains(others, "warn") {
		t.Errorf("errors of loads are shown as the other cache's:\n%s\n%s", mine, others)
	}
	if w := s.get("cache=" + url.QueryEscape("shop (2)")); w.Code != 200 {
		t.Errorf("the second of a name: %d", w.Code)
	}
}

func TestAPageWithoutACache(t *testing.T) {
	s := &site{t: t, page: cachez.New()}
	if w := s.get(""); w.Code != 200 || !strings.Contains(w.Body.String(), "no cache") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if w := s.get("live"); w.Code != 200 {
		t.Errorf("live: %d", w.Code)
	}
	if err := s.page.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatTheBreakerRefusedTookNoTime(t *testing.T) {
	s := newSite(t)
	for range 100 {
		_, end := s.page.Begin(t.Context(), runtime.Operation{Name: "get", Tier: "redis", Keys: []string{"shop:k"}})
		end(runtime.Result{Took: time.Microsecond, Err: fmt.Errorf("redis: %w", runtime.ErrUnavailable)})
	}
	_, end := s.page.Begin(t.Context(), runtime.Operation{Name: "get", Tier: "redis", Keys: []string{"{shop:k}~put"}})
	end(runtime.Result{Took: 25 * time.Millisecond})
	row := regexp.MustCompile(`"key":"redis get".*?\]`).FindString(s.get("live").Body.String())
	cells := regexp.MustCompile(`"text":"([^"]*)"`).FindAllStringSubmatch(row, -1)
	if len(cells) != 6 || cells[2][1] != "1" || !strings.HasSuffix(cells[3][1], " ms") || cells[5][1] != "100" {
		t.Errorf("the operation is shown as %q", cells)
	}
}

func TestEventsAreShown(t *testing.T) {
	s := newSite(t)
	for n := range 30 {
		s.page.Notice(runtime.Event{Kind: runtime.BreakerChanged, Tier: fmt.Sprint("redis", n), State: "open", Err: errors.New("<down>")})
	}
	s.page.Notice(runtime.Event{Kind: runtime.EvictionReceived, Keys: 3})
	text := s.get("").Body.String()
	if !strings.Contains(text, "breaker changed: redis29, open") || !strings.Contains(text, "redis10,") || strings.Contains(text, "redis9,") {
		t.Errorf("not the last 20 events are shown:\n%s", text)
	}
	if !strings.Contains(text, "&lt;down&gt;") || strings.Contains(text, "eviction received") {
		t.Errorf("events:\n%s", text)
	}
}
