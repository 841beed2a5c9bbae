package cachezpage

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var pictures = flag.Bool("pictures", false, "make the pictures in docs anew; takes two minutes")

func TestPictures(t *testing.T) {
	if !*pictures {
		t.Skip("only with -pictures")
	}
	b := newBrowser(t)
	s := newShop(t, true)
	s.trade(t, 12, 30*time.Millisecond)
	time.Sleep(2*time.Minute + 5*time.Second)
	key := "?key=" + url.QueryEscape("shop:shop.Catalog.ListByCategory:'books':0") + "&cache=shop"
	shoot := func(name, theme string, width, height int64) {
		b.as(theme, width, height)
		b.do(chromedp.Navigate(s.url + key))
		b.until("it is live", "document.querySelector('#state').textContent === 'Live'")
		png := run(b, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join("..", "..", "docs", name), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shoot("cachez-light.png", "light", 1240, 1500)
	shoot("cachez-dark.png", "dark", 1240, 1500)
	shoot("cachez-phone.png", "light", 390, 1700)
}
