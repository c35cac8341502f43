package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// Two tabs of one tablet send what waits at the same time: nothing is dropped that was not sent.
func TestTwoTabsOfATabletSendWhatWaits(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, tablet)
	b.open("/ping/pb/ready.html")
	c := b.another(tablet)
	c.open("/ping/pb/ready.html")
	const held = `window.asked = [], window.fetch = (address, {body}) => new Promise((answer) => {
		window.asked.push(body);
		window.release = () => answer(new Response(null, {status: 204}));
	}), true`
	ask[bool](b, held)
	ask[bool](c, held)
	ask[bool](b, `localStorage.setItem("haochaping-waiting", JSON.stringify([1, 2, 3].map((n) => ({address: "/ping/pb/hallqr.html", body: "stars=" + n})))), true`)
	for _, one := range []*tab{b, c} {
		ask[bool](one, `dispatchEvent(new Event("online"))`)
		one.until("the first is on its way", `window.asked.length === 1`)
	}
	for _, one := range []*tab{b, c} {
		ask[bool](one, `window.release(), true`)
	}
	for n := 2; n <= 3; n++ {
		b.until("the next is on its way", fmt.Sprintf(`window.asked.length === %d || localStorage.getItem("haochaping-waiting") === "[]"`, n))
		ask[bool](b, `window.release(), true`)
	}
	b.until("nothing waits", `localStorage.getItem("haochaping-waiting") === "[]"`)
	if asked := ask[string](b, `window.asked.join()`); asked != "stars=1,stars=2,stars=3" {
		t.Errorf("sent: %s; what was not sent is dropped", asked)
	}
}

// A tablet that keeps nothing, for it is full or may not, sends a review as a form without scripts does.
func TestATabletThatKeepsNothing(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, tablet)
	before := counted(t, w.server)
	for n, refusal := range []string{
		`Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }, true`,
		`Object.defineProperty(window, "localStorage", {get() { throw new DOMException("no", "SecurityError") }}), true`,
	} {
		b.open(w.tabletCode(t, fmt.Sprintf("PAD-%d", n)))
		ask[bool](b, refusal)
		b.tap(star("4"))
		b.write("#remark", "很好")
		b.submit()
		b.until("it thanks", thanksShown)
	}
	if got := counted(t, w.server); got != before+2 {
		t.Errorf("%d reviews are in the figures, want %d", got, before+2)
	}
}

// A remark that is too long is told before anybody is thanked: what waits on the tablet is acceptable.
func TestATabletThanksForNothingThatIsTooLong(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	before := counted(t, w.server)
	for n, s := range []size{tablet, phone} {
		b := tabOn(t, w.url, s)
		if s == phone {
			b.enter(w.code(t, "GZ-1"), zhang)
		} else {
			b.open(w.tabletCode(t, "PAD-1"))
		}
		b.tap(star("2"))
		b.write("#remark", strings.Repeat("等了很久", 38))
		b.tap("#send")
		b.until("it says so", `document.querySelector("#remark-problem")?.checkVisibility() && document.activeElement.id === "remark"`)
		b.wants("最多150字，请删减一些。", "152/150")
		if got := ask[string](b, `document.querySelector("#remark").getAttribute("aria-describedby")`); !strings.Contains(got, "remark-problem") {
			t.Errorf("the field is described by %q", got)
		}
		if got := counted(t, w.server); got != before+n {
			t.Errorf("%d reviews are in the figures, want %d", got, before+n)
		}
		ask[bool](b, `(area => (area.value = area.value.slice(4), area.dispatchEvent(new Event("input"))))(document.querySelector("#remark"))`)
		b.until("nothing is wrong any more", `!document.querySelector("#remark-problem").checkVisibility()`)
		b.submit()
		b.until("it thanks", `document.body.innerText.includes("感谢您的评价")`)
		eventually(t, "it is stored", func() bool { return counted(t, w.server) == before+n+1 })
	}
}
