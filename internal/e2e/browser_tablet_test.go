package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// tabletCode is the address of an affair on the counter's tablet.
func (w *town) tabletCode(t *testing.T, serial string) string {
	t.Helper()
	return w.path(w.code(t, serial, "--tablet"))
}

// empty says whether the form shows nothing of anybody's review.
func (b *tab) empty() bool {
	b.t.Helper()
	return b.chosen() == "" && len(b.ticked()) == 0 && b.written() == ""
}

// untouched is a form that shows nothing of anybody's review, words above all; for until, as a tablet's page loads itself again when
// it is come back to.
func untouched(words string) string {
	return fmt.Sprintf(`document.querySelector("#remark")?.value === "" && !document.querySelector("input:checked") &&
		!document.body.innerText.includes(%q)`, words)
}

// small are the targets on the page that are lower or narrower than least, in CSS pixels.
func (b *tab) small(least int) []string {
	b.t.Helper()
	return ask[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("a, button, summary, textarea, .row label, .chip")]
		.filter(e => e.checkVisibility() && !e.matches(".skip, .sr"))
		.map(e => [e, e.getBoundingClientRect()])
		.filter(([e, r]) => r.width < %d || r.height < %[1]d)
		.map(([e, r]) => e.className + " " + e.innerText + " " + r.width + "x" + r.height)`, least))
}

// waiting is what waits on the device.
func (b *tab) waiting() []string {
	b.t.Helper()
	var list []struct{ Address, Body string }
	if err := json.Unmarshal([]byte(ask[string](b, `localStorage.getItem("haochaping-waiting") ?? "[]"`)), &list); err != nil {
		b.t.Fatal(err)
	}
	var waiting []string
	for _, one := range list {
		waiting = append(waiting, one.Address+" "+one.Body)
	}
	return waiting
}

const thanksShown = `location.pathname === "/ping/pb/thanks.html"`

// On the counter's tablet nobody logs in: large targets, no scrolling, thanks, and nothing of it left for the next person.
func TestTheTabletOnTheCounter(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	codes := []string{w.tabletCode(t, "PAD-1"), w.tabletCode(t, "PAD-2")}
	scripted, plain := tabOn(t, w.url, tablet), tabOn(t, w.url, tablet)
	plain.scripts(false)
	tabs := []*tab{scripted, plain}
	for n, b := range tabs {
		b.rateOnTheCounter(w, codes[n])
	}
	for n, b := range tabs {
		b.isReadyForTheNext(codes[n])
	}
	if got := w.ranked(t); got.BadCount != 2 || got.GoodCount != 1 {
		t.Errorf("figures: %+v, want two bad reviews", got)
	}
}

func (b *tab) rateOnTheCounter(w *town, code string) {
	b.t.Helper()
	if status := b.open(code); status != 200 || b.at() != code {
		b.t.Fatalf("status %d at %s", status, b.at())
	}
	b.wants("广州市政务服务中心 · 3号窗口", w.item.Name, "您对本次服务满意吗？")
	if height := ask[int](b, `document.documentElement.scrollHeight`); height > 1024 {
		b.t.Errorf("the first state is %d high and has to be scrolled", height)
	}
	b.tap(star("2"))
	b.tap(".t2 summary")
	if small := b.small(56); len(small) > 0 {
		b.t.Errorf("targets under 56 px: %q", small)
	}
	if b.tap(".t2 .chip"); len(b.ticked()) != 1 {
		b.t.Errorf("ticked: %v", b.ticked())
	}
	b.write("#remark", "等了很久")
	b.submit()
	b.until("it thanks", thanksShown)
	b.wants("感谢您的评价", "您的评价不会透露给被评价人")
	for _, personal := range []string{"等了很久", "不满意", w.item.Name, "没有提供材料样本"} {
		if strings.Contains(b.text(), personal) {
			b.t.Errorf("the thanks show %q", personal)
		}
	}
	if got := ask[string](b, `document.documentElement.dataset.after`); got != "8" {
		b.t.Errorf("the thanks go on after %q s", got)
	}
}

func (b *tab) isReadyForTheNext(code string) {
	b.t.Helper()
	b.until("it is ready for the next person", `location.pathname === "/ping/pb/ready.html"`)
	b.wants("欢迎评价")
	for b.at() != code { // whoever goes back finds nothing
		b.back("the page before", fmt.Sprintf(`location.href !== %q && !document.body.innerText.includes("等了很久")`, b.base+b.at()))
	}
	b.until("the form shows nothing of the last person's review", untouched("等了很久"))
	// The affair has been rated: the next person learns nothing else.
	b.tap(star("5"))
	b.submit()
	b.until("it thanks", `document.querySelector(".thanks") !== null`)
	if strings.Contains(b.text(), "等了很久") {
		b.t.Error("what was said before is shown")
	}
}

// The network is gone for a while: the tablet goes on, reviews wait on it, and each is stored once when it is back.
func TestTheTabletWithoutANetwork(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, tablet)
	var codes []string
	for n := range 4 {
		codes = append(codes, w.tabletCode(t, fmt.Sprintf("PAD-%d", n)))
	}
	b.open(codes[0])
	b.until("the service worker is at work", `navigator.serviceWorker.controller !== null`)
	before := counted(t, w.server)
	w.kill()

	for n, code := range codes[1:] {
		b.open(code) // from the service worker
		if b.at() != code || !b.empty() {
			t.Fatalf("offline, a form is not ready: %s", b.now())
		}
		b.wants("您对本次服务满意吗？", "本次办理的业务")
		b.tap(star(fmt.Sprint(n + 1)))
		b.tap(fmt.Sprintf(".t%d .chip", n+1))
		b.write("#remark", fmt.Sprintf("第 %d 位，没有网络", n+1))
		b.submit()
		b.until("it thanks", thanksShown)
		b.back("the form shows nothing of the last person's review", untouched("没有网络"))
		b.open("/ping/pb/thanks.html")
	}
	if waiting := b.waiting(); len(waiting) != 3 || strings.Contains(b.text(), "没有网络") {
		t.Fatalf("%d reviews wait: %q", len(waiting), waiting)
	}
	b.until("it is ready for the next person", `location.pathname === "/ping/pb/ready.html"`)

	shelf := ask[string](b, `localStorage.getItem("haochaping-waiting")`)
	w.restart(t)
	b.until("what waited is sent", `localStorage.getItem("haochaping-waiting") === "[]"`)
	if got := counted(t, w.server); got != before+3 {
		t.Errorf("%d reviews are in the figures, want %d", got, before+3)
	}
	if got := w.ranked(t); got.BadCount != 2 || got.GoodCount != 2 {
		t.Errorf("figures: %+v", got)
	}

	// An answer may be lost: the same are sent again and stored no second time.
	ask[bool](b, fmt.Sprintf(`localStorage.setItem("haochaping-waiting", %q), dispatchEvent(new Event("online"))`, shelf))
	b.until("they are sent again", `localStorage.getItem("haochaping-waiting") === "[]"`)
	if got := counted(t, w.server); got != before+3 {
		t.Errorf("sent again, %d reviews are in the figures, want %d", got, before+3)
	}

	// An answer that is not ours, as from a network that wants a login or a proxy whose server is gone, leaves it waiting; a
	// refusal does not.
	for status, waits := range map[int]bool{200: true, 401: true, 408: true, 429: true, 500: true, 502: true, 503: true, 400: false, 404: false, 409: false} {
		ask[bool](b, fmt.Sprintf(`window.asked = 0, window.fetch = async () => (window.asked++, new Response("", {status: %d})),
			localStorage.setItem("haochaping-waiting", '[{"address":"/ping/pb/hallqr.html","body":"stars=1"}]'), dispatchEvent(new Event("online"))`, status))
		b.until("it is sent", `window.asked > 0`)
		if waits {
			if len(b.waiting()) != 1 {
				t.Errorf("status %d: a review that was not stored is dropped", status)
			}
		} else {
			b.until("a refused one is dropped", `localStorage.getItem("haochaping-waiting") === "[]"`)
		}
	}
	ask[bool](b, `localStorage.removeItem("haochaping-waiting"), true`)

	// The page for an affair is back, too.
	b.open(codes[0])
	b.wants(w.item.Name, "广州市政务服务中心 · 3号窗口")
	if out := w.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
		t.Errorf("recount: %s", out)
	}
}
