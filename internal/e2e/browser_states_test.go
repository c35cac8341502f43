package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// state is a page as a person may find it.
type state struct {
	name string
	// show brings a tab there, which is logged in as zhang.
	show func(b *tab)
	// tablet is for the counter's tablet only.
	tablet bool
}

// states are all pages and states of a town, in the order in which they can be shown. Each test that goes through them has
// a town of its own.
func (w *town) states(t *testing.T) []state {
	t.Helper()
	form := w.code(t, "GZ-2026-0101")
	pad := w.tabletCode(t, "GZ-2026-0102")
	var good string // what was rated by five stars last
	rated := func(stars, tags, remark string) func(b *tab) {
		return func(b *tab) {
			w.rated++
			code := w.code(t, fmt.Sprintf("GZ-2026-%04d", 200+w.rated))
			if stars == "5" {
				good = code
			}
			b.open(code)
			b.tap(star(stars))
			b.tap(tags)
			if remark != "" {
				b.write("#remark", remark)
			}
			b.submit()
		}
	}
	open := func(path string) func(b *tab) { return func(b *tab) { b.open(path) } }
	return []state{
		{name: "form", show: open(form)},
		{name: "form-good", show: func(b *tab) {
			b.open(form)
			b.tap(star("5"))
			b.tap(".t5 summary")
			b.tap(".t5 .chip:nth-child(2)")
			b.tap(".t5 details .chip:nth-child(5)")
			b.write("#remark", "办得很快，工作人员讲得清楚，谢谢！")
		}},
		{name: "form-bad", show: func(b *tab) {
			b.open(form)
			b.tap(star("1"))
			b.tap(".t1 .chip")
		}},
		{name: "form-no-star", show: func(b *tab) {
			b.open(form)
			b.tap("#send")
		}},
		{name: "form-too-long", show: func(b *tab) {
			b.open(form)
			b.tap(star("3"))
			b.write("#remark", strings.Repeat("等了很久", 40))
			b.tap("#send")
		}},
		{name: "form-no-network", show: func(b *tab) {
			b.open(form)
			b.tap(star("4"))
			ask[bool](b, `document.querySelector("#unreached").hidden = false`)
		}},
		{name: "thanks", show: rated("5", ".t5 .chip", "服务很好，一次就办完了。")},
		{name: "thanks-bad", show: rated("1", ".t1 .chip:nth-child(2)", "")},
		{name: "again", show: func(b *tab) { b.open(good) }},
		{name: "window", show: open("/ping/window.html?w=" + w.window)},
		{name: "guide", show: open("/ping/guide.html?code=" + w.item.Code)},
		{name: "mine", show: open("/ping/my.html")},
		{name: "bad-code", show: open("/ping/hallqr.html?msg=broken")},
		{name: "no-page", show: open("/ping/nothing.html")},
		{name: "receipt-wrong", show: open("/ping/r/7K3M9QXW2PFA")},
		{name: "expired", show: func(b *tab) {
			b.open(form)
			b.tap(star("4"))
			tell(b, clearCookies, struct{}{})
			b.submit()
		}},
		{name: "logged-out", show: open("/ping/logout")},
		{name: "receipt-form", show: open("/ping/my.html")},
		{name: "tablet", show: open(pad), tablet: true},
		{name: "tablet-star", show: func(b *tab) {
			b.open(pad)
			b.tap(star("5"))
			b.tap(".t5 summary")
			b.tap(".t5 .chip:nth-child(2)")
		}, tablet: true},
		{name: "tablet-no-star", show: func(b *tab) {
			b.open(pad)
			b.tap("#send")
		}, tablet: true},
		{name: "tablet-offline", show: open("/ping/pb/offline.html"), tablet: true},
		{name: "tablet-bad-code", show: open("/ping/pb/hallqr.html?msg=broken"), tablet: true},
		{name: "tablet-ready", show: open("/ping/pb/ready.html"), tablet: true},
		{name: "tablet-thanks", show: open("/ping/pb/thanks.html"), tablet: true},
	}
}

// logIn logs zhang in.
func (w *town) logIn(t *testing.T, b *tab) {
	t.Helper()
	b.enter("/ping/my.html?login=1", zhang)
}

// large switches to large type or back, as the link does where scripts run.
func (b *tab) large(on bool) {
	b.t.Helper()
	ask[bool](b, fmt.Sprintf(`document.documentElement.classList.toggle("large", %v), true`, on))
}
