package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// Paper has every column of a table: a browser makes what is wider than the sheet smaller, up to half, but not what scrolls.
func TestTheConsoleOnPaper(t *testing.T) {
	t.Parallel()
	base, password := consoleDemo(t, "100")
	b := tabOn(t, base, paper)
	b.enterConsole("sheng", password)
	for _, path := range []string{"/console/figures", "/console/reviews", "/console/halls/of/440100000001", "/console/audit"} {
		b.open(path)
		tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		if cut := ask[[]string](b, `[...document.querySelectorAll("body *")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && !e.closest(".sr, .skip") &&
			getComputedStyle(e).overflowX !== "visible").map(e => e.tagName + "." + e.className)`); len(cut) > 0 {
			t.Errorf("%s: paper cuts off %q", path, cut)
		}
		if width := ask[float64](b, `document.documentElement.scrollWidth`); width > 2*float64(paper.width) {
			t.Errorf("%s is %v wide, more than twice the sheet", path, width)
		}
		if ask[bool](b, `document.querySelector(".menu").checkVisibility()`) {
			t.Errorf("%s: the menu is printed", path)
		}
		tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "screen"})
	}
}
