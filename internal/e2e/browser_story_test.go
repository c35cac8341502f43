package e2e

import (
	"bytes"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// core and more are the tags of five stars (domain.md 6).
var (
	core = []string{"一窗受理一次办结", "可以先受理后补材料", "不用提交证明"}
	more = []string{"可以全程网上办理", "可以使用手机办理", "可以就近办理", "无需材料直接办理", "服务热情效率高"}
)

var (
	receiptForm = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)
	serialForm  = regexp.MustCompile(`流水号 ([0-9A-Z]{20})`)
)

// scan reads the code in a picture as a phone's camera does.
func scan(t *testing.T, picture []byte) string {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(decoded)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("no code is found: %v", err)
	}
	return result.GetText()
}

// A citizen scans the code on his receipt, rates in ten seconds, and sees what came of it; the ranking has moved.
func TestACitizenScansAndRates(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := buildTown(t, h)
		before := w.ranked(t)

		file := filepath.Join(t.TempDir(), "code.png")
		w.code(t, "GZ-2026-0001", "--out", file, "--pixels", "240")
		drawn, err := os.ReadFile(file) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		code := scan(t, drawn)
		asked, _ := url.Parse(code)
		for _, pixels := range []string{"120", "600"} { // the same code as a picture from us
			_, picture := w.get(t, "/ping/qr.png?size="+pixels+"&"+asked.RawQuery)
			if got := scan(t, []byte(picture)); got != code {
				t.Errorf("the picture of %s pixels leads to %s, want %s", pixels, got, code)
			}
		}

		b := tabOn(t, w.url, phone)
		b.open(code)
		if at := ask[string](b, "location.origin"); at != w.provider.Issuer {
			t.Fatalf("whoever scans is sent to %s, want the login", at)
		}
		if status := b.signIn(zhang); status != 200 || b.at() != w.path(code) {
			t.Fatalf("after the login: status %d at %s, want %s", status, b.at(), w.path(code))
		}
		b.wants("广州市政务服务中心 · 3号窗口", "陈志强（GZ003）", w.item.Name, "您对本次服务满意吗？", "您的评价不会透露给被评价人", "张*")
		if got := b.chosen(); got != "" {
			t.Errorf("%s stars are chosen before anybody chose", got)
		}
		if got := b.chips(); len(got) != 0 {
			t.Errorf("tags before a star is chosen: %v", got)
		}

		b.tap(star("5"))
		if diff := cmp.Diff(core, b.chips()); diff != "" {
			t.Errorf("tags of five stars: %s", diff)
		}
		b.tap(".t5 summary")
		if diff := cmp.Diff(append(core, more...), b.chips()); diff != "" {
			t.Errorf("more tags of five stars: %s", diff)
		}
		b.tap(".t5 .chips .chip:nth-child(2)")
		b.tap(".t5 details .chip:nth-child(5)")
		const remark = "办得很快👍，谢谢𠮷先生"
		b.write("#remark", remark)
		if got := ask[string](b, `document.querySelector("#count").innerText`); got != "11/150" {
			t.Errorf("the counter shows %q for 11 characters", got)
		}
		old := b.another(phone)
		old.open(code)
		if status := b.submit(); status != 200 {
			t.Errorf("submit: status %d", status)
		}
		b.wants("感谢您的评价", "非常满意", core[1], more[4], remark, w.item.Name, "已计入统计", "回执码", "复制", "截图保存")
		receipt := receiptForm.FindString(b.text())
		serial := serialForm.FindStringSubmatch(b.text())
		if receipt == "" || serial == nil || !strings.HasPrefix(b.at(), "/ping/r/"+strings.ReplaceAll(receipt, "-", "")) {
			t.Fatalf("the thanks have no receipt code or serial number:\n%s", b.now())
		}
		b.tap("#copy")
		b.until("the code is copied", `document.querySelector("#copy").innerText === "已复制"`)

		after := w.ranked(t)
		if after.GoodCount != before.GoodCount+1 || after.Score <= before.Score {
			t.Errorf("the ranking was %+v and is %+v", before, after)
		}

		anybody := tabOn(t, w.url, phone) // who knows the receipt code needs no login
		if status := anybody.open("/ping/r/" + receipt); status != 200 {
			t.Errorf("receipt: status %d", status)
		}
		anybody.wants("您的评价", "非常满意", remark, serial[1])
		b.open("/ping/my.html")
		b.wants("我的评价", w.item.Name, "非常满意", "广州市政务服务中心 · 3号窗口", remark)

		// A bare rating of the next affair, and a bad one.
		b.open(w.code(t, "GZ-2026-0002"))
		b.taps = 0
		b.tap(star("2"))
		b.submit()
		if b.taps > 3 {
			t.Errorf("a bare rating takes %d taps", b.taps)
		}
		b.wants("感谢您的评价", "不满意", "广州市政务服务中心会安排专人在3个工作日内与您联系核实", "待核实")
		if got := w.ranked(t); got.BadCount != after.BadCount+1 {
			t.Errorf("bad reviews: %d, want %d", got.BadCount, after.BadCount+1)
		}

		// The first affair again: what was said then, at once. Nor does a form that another tab still shows add anything; within the same second it
		// would be the same submission once more.
		b.open(code)
		b.wants("您已评价过", "非常满意", remark, serial[1])
		nextSecond(t)
		old.tap(star("1"))
		old.submit()
		old.wants("您已评价过", "非常满意", remark, serial[1])
		if got := w.ranked(t); got.BadCount != after.BadCount+1 || got.GoodCount != after.GoodCount {
			t.Errorf("a second review of the same affair counts: %+v", got)
		}
		if out := h.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
			t.Errorf("recount: %s", out)
		}
	})
}

// The same on a phone whose browser runs no scripts: the tags follow the star by style alone.
func TestTheStoryWithoutScripts(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.scripts(false)
	b.enter(w.code(t, "GZ-2026-0003"), li)
	if got := b.chips(); len(got) != 0 {
		t.Errorf("tags before a star is chosen: %v", got)
	}
	b.write("#remark", "服务很好👍")
	if status := b.submit(); status != 422 {
		t.Errorf("without a star: status %d", status)
	}
	missing := ask[bool](b, `document.querySelector(".stars .error").checkVisibility() && document.querySelector(".stars .error").innerText.includes("请先点一颗星")`)
	if !missing || b.written() != "服务很好👍" {
		t.Errorf("a missing star is not told at the stars, or what was written is lost:\n%s", b.now())
	}
	for _, stars := range []string{"1", "4"} {
		b.tap(star(stars))
		if b.chosen() != stars || len(b.chips()) != 3 {
			t.Errorf("star %s: chosen %q with tags %v", stars, b.chosen(), b.chips())
		}
	}
	if ask[bool](b, `document.querySelector(".stars .error").checkVisibility()`) {
		t.Error("a star is still asked for when one is chosen")
	}
	b.tap(".t4 .chip")

	// Too much is told at the field, and nothing is lost.
	b.write("#remark", strings.Repeat("好", 150))
	if status := b.submit(); status != 422 {
		t.Errorf("155 characters: status %d", status)
	}
	b.wants("最多150字，请删减一些")
	b.until("the focus is where something is wrong", `document.activeElement.id === "remark"`)
	if diff := cmp.Diff([]string{"填写一张表单就可完成申报"}, b.ticked()); b.chosen() != "4" || diff != "" || !strings.HasPrefix(b.written(), "服务很好👍好好") {
		t.Errorf("kept: %s stars, %q, tags %s", b.chosen(), b.written(), diff)
	}
	b.press(kb.End, kb.Backspace, kb.Backspace, kb.Backspace, kb.Backspace, kb.Backspace)
	if status := b.submit(); status != 200 {
		t.Errorf("submit: status %d", status)
	}
	b.wants("感谢您的评价", "满意", "填写一张表单就可完成申报", "服务很好👍", "回执码", "流水号")
	receipt := receiptForm.FindString(b.text())
	b.open("/ping/r/" + receipt)
	b.wants("您的评价", "服务很好👍")
	b.follow(touch(".foot a[href='/ping/my.html']"))
	b.wants("我的评价", w.item.Name)
	if got := w.ranked(t); got.GoodCount != 2 {
		t.Errorf("the ranking has %+v", got)
	}
}
