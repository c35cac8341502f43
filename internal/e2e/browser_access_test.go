package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

var clearCookies = network.ClearBrowserCookies

// axe is the checker of accessibility that internal/web/view/src/package.json names.
func axe(t *testing.T) string {
	t.Helper()
	const file = "../web/view/src/node_modules/axe-core/axe.min.js"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("axe-core is not installed: run npm ci in internal/web/view/src (%v)", err)
	}
	return string(source)
}

// complaint is a rule that a page breaks.
type complaint struct {
	ID    string
	Help  string
	Nodes []struct{ HTML, FailureSummary string }
}

// complaints are what axe says of the page as it is now; rules are all when none are named.
func (b *tab) complaints(source string, rules ...string) []complaint {
	b.t.Helper()
	options := `{resultTypes: ["violations"]}`
	if len(rules) > 0 {
		names, _ := json.Marshal(rules) // strings always encode
		options = fmt.Sprintf(`{resultTypes: ["violations"], runOnly: {type: "rule", values: %s}}`, names)
	}
	if !ask[bool](b, `"axe" in window`) {
		ask[bool](b, source+";true")
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]complaint](
		`axe.run(document, `+options+`).then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe: %v", err)
	}
	return found
}

// styled are the rules whose outcome hangs on theme, type size or width.
var styled = []string{"color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable", "css-orientation-lock"}

// outside are the elements that stick out of the screen, or hold a longer word than they have room for.
func (b *tab) outside() []string {
	b.t.Helper()
	return ask[[]string](b, `[...document.querySelectorAll("body *")]
		.filter(e => e.checkVisibility() && !e.closest("svg, .skip, .sr") && !e.matches("input"))
		.filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1 ||
			[...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()) && getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1)
		.map(e => e.outerHTML.slice(0, 120))`)
}

// narrow is the narrowest screen that a page must fit without scrolling sideways (WCAG 1.4.10).
var narrow = size{320, 640, true}

// English words are longer, and large type is larger: all of it fits the narrowest phone.
func TestPagesFitANarrowPhone(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t), "--environment", "test")
	b := tabOn(t, w.url, narrow)
	w.logIn(t, b)
	for _, language := range []string{"en", "zh"} {
		b.open("/ping/preferences?lang=" + language)
		for _, s := range w.states(t) {
			if s.name == "expired" {
				break
			}
			s.show(b)
			for _, large := range []bool{false, true} {
				b.large(large)
				if outside := b.outside(); len(outside) > 0 {
					t.Errorf("%s in %s, large %v: these stick out: %q", s.name, language, large, outside)
				}
			}
		}
	}
}

// Every page and state keeps to WCAG 2.2 AA and to what axe calls good practice, in both themes, both type sizes and at
// every width, and nothing sticks out of the screen.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	w := buildTown(t, onSQLite(t), "--environment", "test")
	b := tabOn(t, w.url, phone)
	w.logIn(t, b)
	for _, s := range w.states(t) {
		t.Run(s.name, func(t *testing.T) {
			b.t = t
			b.resize(phone)
			b.dark(false)
			s.show(b)
			check := func(how string, rules ...string) {
				for _, c := range b.complaints(source, rules...) {
					t.Errorf("%s: %s: %s", how, c.ID, c.Help)
					for _, node := range c.Nodes {
						t.Logf("%s\n%s", node.HTML, node.FailureSummary)
					}
				}
			}
			check("all rules")
			least := 44
			if s.tablet {
				least = 56
				b.resize(tablet)
			}
			if small := b.small(least); len(small) > 0 {
				t.Errorf("targets under %d px: %q", least, small)
			}
			// Every size meets every theme: by daylight and as usual it was looked at before. All of them need not meet at every width.
			for n, screen := range []size{phone, tablet, desktop} {
				b.resize(screen)
				for _, large := range []bool{false, true} {
					b.large(large)
					if outside := b.outside(); len(outside) > 0 {
						t.Errorf("%d wide, large %v: these stick out: %q", screen.width, large, outside)
					}
					if large != (n%2 == 0) {
						continue
					}
					dark := screen != desktop
					b.dark(dark)
					check(fmt.Sprintf("%d wide, large %v, dark %v", screen.width, large, dark), styled...)
				}
			}
		})
		b.t = t
	}
}
