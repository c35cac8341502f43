package e2e

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestLook(t *testing.T) {
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "A-1"), zhang)
	shot := func(name string) {
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile("/tmp/bh/"+name+".png", png, 0o644)
	}
	shot("rate0")
	b.tap(star("5"))
	shot("rate5")
	b.submit()
	shot("thanks")
}
