package cachezpage

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/cachegen-go/cachegen/runtime"
)

// One browser serves all parts, since starting it is what takes the time.
func TestThePageInChromium(t *testing.T) {
	b := newBrowser(t)
	s := newShop(t, false)
	for id := range int64(3) {
		if _, err := s.catalog.Product(t.Context(), id+1); err != nil {
			t.Fatal(err)
		}
	}
	b.as("light", 1280, 900)
	b.do(chromedp.Navigate(s.url))

	part := func(name string, test func(t *testing.T, b *browser)) {
		t.Run(name, func(t *testing.T) {
			inner := &browser{t, b.ctx, b.console}
			test(t, inner)
			inner.quiet()
		})
	}
	part("tables are there", func(t *testing.T, b *browser) {
		for _, want := range []string{"Catalog.Product", "bigcache", "redis", "healthy", "closed", "Hottest keys"} {
			if !strings.Contains(get[string](b, "document.body.innerText"), want) {
				t.Errorf("%q is not on the page", want)
			}
		}
	})
	part("numbers and charts move under load", func(t *testing.T, b *browser) {
		const line = "document.querySelector('#chart-requests .line').getAttribute('d')"
		const hits = "document.querySelector('#table-methods tbody').rows[2].cells[2].textContent"
		before, hitsBefore := get[string](b, line), get[string](b, hits)
		stop := s.trade(t, 4, 5*time.Millisecond)
		b.until("the chart moves", fmt.Sprintf("%s !== %q && /^M[0-9. L]+$/.test(%[1]s)", line, before))
		b.until("hits are counted", fmt.Sprintf("%s !== %q", hits, hitsBefore))
		b.until("there are calls each second", "document.querySelector('#chart-requests .value').textContent !== '0'")
		b.until("keys become hot", "document.querySelectorAll('#table-hot tbody tr').length > 2")
		b.until("operations of Redis are timed", "/ (µs|ms|s)/.test(document.querySelector('#table-operations').textContent)")
		stop()
	})
	part("pausing", func(t *testing.T, b *browser) {
		b.do(chromedp.Click(chromedp.CSS("#pause")))
		b.until("it says so", "document.querySelector('#state').textContent === 'Paused'")
		b.do(chromedp.Click(chromedp.CSS("#pause")))
		b.until("it is live again", "document.querySelector('#state').textContent === 'Live'")
	})
	list := "shop:shop.Catalog.ListByCategory:'toys':7"
	part("a key is looked up and evicted", func(t *testing.T, b *browser) {
		if _, err := s.catalog.ListByCategory(t.Context(), "toys", 7); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.SetValue(chromedp.CSS("#key"), list), chromedp.Click(chromedp.CSS(".search button")), chromedp.WaitVisible(chromedp.CSS(".found")))
		text := get[string](b, "document.querySelector('#lookup').innerText")
		for _, want := range []string{list, "a value", "yes", "shop:shop.Catalog.ListByCategory:'toys':_", `"Category": "toys"`} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not shown:\n%s", want, text)
			}
		}
		b.do(chromedp.Click(chromedp.CSS("#evict")))
		b.until("it is evicted", "document.querySelector('.message.ok')?.textContent === 'Evicted.'")
		i, err := s.cache.Inspect(t.Context(), list)
		if err != nil || i.Tiers[0].Kind != runtime.KindNone || i.Tiers[1].Kind != runtime.KindNone {
			t.Errorf("after the eviction: %+v, %v", i, err)
		}
	})
	part("a group is evicted", func(t *testing.T, b *browser) {
		if _, err := s.catalog.ListByCategory(t.Context(), "toys", 7); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(s.url+"?key="+url.QueryEscape(list)), chromedp.Click(chromedp.CSS("button.small")))
		b.until("it is evicted", "document.querySelector('.message.ok')?.textContent === 'Evicted.'")
		i, err := s.cache.Inspect(t.Context(), list)
		if err != nil || i.Tiers[1].Kind != runtime.KindValue || i.Tiers[1].Unfit == "" {
			t.Errorf("after the eviction of its group: %+v, %v", i, err)
		}
	})
	part("all is reached by keyboard", func(t *testing.T, b *browser) {
		product := "shop:shop.Catalog.Product:1"
		if _, err := s.catalog.Product(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(s.url))
		seen := tabs(b, 40)
		for _, want := range []string{"a.skip", "button#pause", "input#key", "button:Look up"} {
			if !slices.Contains(seen, want) {
				t.Errorf("%s is not reached by tab: %q", want, seen)
			}
		}
		if seen[0] != "a.skip" {
			t.Errorf("the first stop is %s", seen[0])
		}
		b.do(chromedp.Navigate(s.url))
		for range 20 {
			b.do(chromedp.KeyEvent(kb.Tab))
			if stop(b) == "input#key" {
				break
			}
		}
		b.do(chromedp.KeyEvent(product), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(".found")))
		for range 40 {
			b.do(chromedp.KeyEvent(kb.Tab))
			if stop(b) == "button#evict" {
				break
			}
		}
		if outline := get[string](b, "getComputedStyle(document.activeElement).outlineStyle"); outline != "solid" {
			t.Errorf("the button in focus has outline %s", outline)
		}
		b.do(chromedp.KeyEvent(kb.Enter))
		b.until("it is evicted", "document.querySelector('.message.ok')?.textContent === 'Evicted.'")
		if i, err := s.cache.Inspect(t.Context(), product); err != nil || i.Tiers[1].Kind != runtime.KindNone {
			t.Errorf("after the eviction: %+v, %v", i, err)
		}
	})
	part("everything has a name", func(t *testing.T, b *browser) {
		b.do(chromedp.Navigate(s.url + "?key=" + url.QueryEscape("shop:shop.Catalog.Product:2")))
		if nameless := get[[]string](b, nameless); len(nameless) > 0 {
			t.Errorf("without a name: %q", nameless)
		}
	})
	part("a phone", func(t *testing.T, b *browser) {
		b.as("light", 390, 844)
		b.do(chromedp.Navigate(s.url + "?key=" + url.QueryEscape("shop:shop.Catalog.Product:3")))
		b.until("it is live", "document.querySelector('#state').textContent === 'Live'")
		if width := get[int](b, "document.documentElement.scrollWidth"); width > 390 {
			t.Errorf("the page is %d wide on a phone of 390: %q", width, get[[]string](b, `[...document.querySelectorAll('body *')].filter(
				e => e.getBoundingClientRect().right > 391 && !e.closest('.scroll, pre, .skip')).map(e => e.outerHTML.slice(0, 80))`))
		}
	})
	for _, theme := range []string{"light", "dark"} {
		part("contrast in "+theme, func(t *testing.T, b *browser) {
			b.as(theme, 1280, 900)
			b.do(chromedp.Navigate(s.url + "?key=" + url.QueryEscape("shop:shop.Catalog.Product:3") + "&evicted"))
			b.until("it is live", "document.querySelector('#state').textContent === 'Live'")
			dark := get[bool](b, "matchMedia('(prefers-color-scheme: dark)').matches")
			if background := get[string](b, "getComputedStyle(document.body).backgroundColor"); (background == "rgb(14, 19, 26)") != dark || dark != (theme == "dark") {
				t.Errorf("the background is %s", background)
			}
			if pale := get[[]string](b, contrasts); len(pale) > 0 {
				t.Errorf("too pale: %s", strings.Join(pale, "\n"))
			}
		})
	}
	part("the server goes away", func(t *testing.T, b *browser) {
		s.store.Kill()
		b.until("the page says that Redis is down", "document.querySelector('#table-tiers').innerText.includes('down')")
	})
}

// stop is where the keyboard is: "button#evict".
func stop(b *browser) string {
	b.t.Helper()
	return get[string](b, `(e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : e.className ? '.' + e.className : ':' + e.textContent))(document.activeElement)`)
}

// tabs lists where n presses of the tab key lead.
func tabs(b *browser, n int) (seen []string) {
	b.t.Helper()
	for range n {
		b.do(chromedp.KeyEvent(kb.Tab))
		seen = append(seen, stop(b))
	}
	return seen
}

// nameless lists what has no name for who does not see it.
const nameless = `[...document.querySelectorAll('button, a, input:not([type=hidden]), [role=region], [role=img], section, nav, th')].filter(e => {
	const by = e.getAttribute('aria-labelledby');
	const label = e.id && document.querySelector('label[for="' + e.id + '"]');
	const name = by ? document.getElementById(by)?.textContent : e.getAttribute('aria-label') || label?.textContent || e.textContent;
	return !name?.trim();
}).map(e => e.outerHTML.slice(0, 120))`

// contrasts lists texts whose colour stands out less from what is behind them than WCAG 2.2 asks for (AA: 4.5 to 1).
const contrasts = `(() => {
	const parse = c => { const n = c.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
	const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
	const pale = new Set();
	for (const e of document.querySelectorAll('body *')) {
		const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.matches('input:not([type=hidden])');
		if (!own || e.matches('script, style') || !e.getClientRects().length) continue;
		const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) pale.add(ratio.toFixed(2) + ' ' + e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 30));
	}
	return [...pale];
})()`
