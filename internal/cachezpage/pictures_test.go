package cachezpage

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
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
	shoot := func(name, theme, query string, width, height int64) {
		b.as(theme, width, height)
		b.do(chromedp.Navigate(s.url + query))
		b.until("it is live", "document.querySelector('#state').textContent === 'Live'")
		picture := run(b, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join("..", "..", "docs", name), small(t, picture), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shoot("cachez-light.png", "light", "", 1160, 1500)
	shoot("cachez-dark.png", "dark", key, 1160, 1260)
	shoot("cachez-phone.png", "light", key, 390, 1500)
}

// small is the picture with a palette, which takes a third of the space: the page has few colours, and shades of them at the
// edges of letters, of which no more are told apart than a palette has place for.
func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	var palette color.Palette
	for bits := 8; ; bits-- {
		if palette = coloursOf(full, bits); len(palette) <= 256 {
			break
		}
	}
	paletted := image.NewPaletted(full.Bounds(), palette)
	draw.Draw(paletted, full.Bounds(), full, full.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, paletted); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// coloursOf lists the colours of a picture, of those that differ only beyond some bits the most frequent one.
func coloursOf(m image.Image, bits int) (palette color.Palette) {
	count := map[color.RGBA]int{}
	box := m.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			count[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)]++
		}
	}
	best := map[[3]uint8]color.RGBA{}
	for c, n := range count {
		like := [3]uint8{c.R >> (8 - bits), c.G >> (8 - bits), c.B >> (8 - bits)}
		if n > count[best[like]] {
			best[like] = c
		}
	}
	for _, c := range best {
		palette = append(palette, c)
	}
	return palette
}
