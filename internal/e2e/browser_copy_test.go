package e2e

import (
	"fmt"
	"testing"
)

// What is to be copied is copied by whatever way the browser has; where it has none, people are told, and it is selected for them.
func TestACodeIsCopied(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	b.tap(star("5"))
	b.submit()
	receipt := b.at()
	for _, page := range []struct{ address, button, text string }{
		{receipt, "#copy", `document.querySelector("#code").textContent`},
		{"/ping/board", "[data-copy]", `document.getElementById(document.querySelector("[data-copy]").dataset.copy).value`},
	} {
		for name, way := range map[string]struct{ set, says string }{
			"new":                      {`writeText: async text => { copied = text }`, "已复制"},
			"refused, the old":         {`writeText: async () => { throw new Error("refused") }`, "已复制"},
			"none, the old":            {``, "已复制"},
			"refused, the old refuses": {`writeText: async () => { throw new Error("refused") }, old: false`, "已选中，请复制"},
		} {
			b.open(page.address)
			want := ask[string](b, page.text)
			ask[bool](b, fmt.Sprintf(`(() => {
				copied = ""
				const way = {%s}
				Object.defineProperty(navigator, "clipboard", {configurable: true, value: way.writeText && way})
				document.execCommand = what => { copied = what + " " + getSelection(); return way.old ?? true }
				const button = document.querySelector(%q)
				button.closest("details")?.setAttribute("open", "")
				button.click()
				return true
			})()`, way.set, page.button))
			b.until(name, fmt.Sprintf(`document.querySelector(%q).textContent === %q`, page.button, way.says))
			if name != "new" {
				want = "copy " + want
			}
			if got := ask[string](b, "copied"); got != want {
				t.Errorf("%s, %s: %q is copied, want %q", page.address, name, got, want)
			}
		}
	}
}
