package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

const formShown = `document.querySelector("#remark") !== null`

// Two quick taps on the button store one review.
func TestADoubleTapStoresOneReview(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	before := counted(t, w.server)
	b.tap(star("5"))
	b.follow(chromedp.DoubleClick(chromedp.CSS("#send"), chromedp.NodeVisible))
	b.until("it thanks", `document.querySelector("h1").innerText === "感谢您的评价"`)
	receipt := receiptForm.FindString(b.text())

	b.follow(chromedp.Reload())
	b.wants("感谢您的评价", receipt)
	b.back("what was said is there instead of the form", `document.querySelector("h1")?.innerText === "您已评价过"`)
	b.wants("您已评价过", "非常满意", receipt)

	c := tabOn(t, w.url, phone)
	c.scripts(false)
	c.enter(w.code(t, "GZ-2"), li)
	c.tap(star("4"))
	c.follow(chromedp.DoubleClick(chromedp.CSS("#send"), chromedp.NodeVisible))
	c.until("there is a receipt", `document.querySelector("#code") !== null`)
	if got := counted(t, w.server); got != before+2 {
		t.Errorf("%d reviews are in the figures, want %d", got, before+2)
	}
}

// Whoever changes his mind before he submits sends his second choice, and no tag of the first.
func TestTheSecondChoiceReplacesTheFirst(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	b.tap(star("1"))
	b.tap(".t1 .chip")
	b.tap(star("4"))
	if got := b.chips(); len(got) != 3 || got[0] != "填写一张表单就可完成申报" {
		t.Errorf("tags of four stars: %v", got)
	}
	b.tap(".t4 .chip:nth-child(3)")
	b.submit()
	b.wants("感谢您的评价", "满意", "一张清单告知全部申报材料", "已计入统计")
	if text := b.text(); strings.Contains(text, "非常不满意") || strings.Contains(text, "审批条件") {
		t.Errorf("the first choice is still there:\n%s", text)
	}
}

// The login ends while somebody writes: after the next one everything typed is there again.
func TestALoginThatEndsInTheMiddleOfWriting(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, b *tab)
	}{
		{"logged out in another tab", func(t *testing.T, b *tab) {
			other := b.another(phone)
			other.open("/ping/my.html")
			other.tap(".foot button")
			other.until("logged out", `location.pathname === "/ping/logout" && document.body.innerText.includes("您已退出登录")`)
		}},
		{"the session is gone", func(t *testing.T, b *tab) {
			tell(b, network.ClearBrowserCookies, struct{}{})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := tabOn(t, w.url, phone)
			code := w.path(w.code(t, "GZ-"+strings.ReplaceAll(tt.name, " ", "")))
			b.enter(code, zhang)
			b.tap(star("2"))
			b.tap(".t2 summary")
			b.tap(".t2 .chips .chip:nth-child(2)")
			b.tap(".t2 details .chip:nth-child(4)")
			const remark = "排了两次队😞\n“取号”与‘预约’ & <b>重复</b>"
			b.write("#remark", remark)
			tt.end(t, b)
			before := counted(t, w.server)
			if status := b.submit(); status != 401 {
				t.Errorf("submit without a login: status %d", status)
			}
			b.wants("请重新登录", "您填写的内容已经保留")
			if got := counted(t, w.server); got != before {
				t.Error("something was stored without a login")
			}
			b.follow(touch("a.main"))
			b.signIn(zhang)
			if b.at() != code || b.chosen() != "2" || b.written() != remark {
				t.Errorf("back at %s with %s stars and %q", b.at(), b.chosen(), b.written())
			}
			if diff := cmp.Diff([]string{"没有提供材料清单", "窗口人员业务不熟练"}, b.ticked()); diff != "" {
				t.Errorf("tags: %s", diff)
			}
			b.wants("您刚才填写的内容已经保留")
			if got := b.chips(); len(got) < 7 { // those under 更多 are shown, since one of them is ticked
				t.Errorf("tags shown: %v", got)
			}
			b.submit()
			b.wants("感谢您的评价", remark, "没有提供材料清单", "窗口人员业务不熟练")
			b.open(code)
			if strings.Contains(b.text(), "您刚才填写的内容已经保留") {
				t.Error("what was kept is given out twice")
			}
		})
	}
}

// Nobody answers when somebody submits: the page says so, keeps everything, and the same can be sent again.
func TestASubmissionThatMeetsNobody(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	b.tap(star("3"))
	b.tap(".t3 .chip")
	b.write("#remark", "还可以")
	w.kill()
	b.tap("#send")
	b.until("it says that nobody answers", `document.querySelector("#unreached").checkVisibility()`)
	b.wants("网络不通，没有收到提交成功的确认。请稍后再点一次提交，不会重复计入。")
	w.restart(t)
	before := counted(t, w.server)
	b.submit()
	b.wants("感谢您的评价", "还可以", "一次性告知需要补正的材料")
	if got := counted(t, w.server); got != before+1 {
		t.Errorf("%d reviews are in the figures, want %d", got, before+1)
	}
}

// Somebody submits into a network that neither answers nor ends: the page says so before long and can be sent again, and goes on by itself
// when the answer comes after all. It is stored once.
func TestASubmissionThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	before := counted(t, w.server)
	// A second is a minute.
	ask[bool](b, `((later) => window.setTimeout = (act, after) => later(act, after / 60))(window.setTimeout), true`)
	b.tap(star("3"))
	signal := func(s syscall.Signal) {
		if err := w.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	t.Cleanup(func() { _ = w.cmd.Process.Signal(syscall.SIGCONT) }) // that it goes on already is as well
	b.tap("#send")
	b.until("it says that nobody answers", `document.querySelector("#unreached").checkVisibility() && !document.querySelector("#send").ariaDisabled`)
	b.tap("#send")
	signal(syscall.SIGCONT)
	b.until("there is a receipt", `document.querySelector("#code") !== null`)
	if got := counted(t, w.server); got != before+1 {
		t.Errorf("%d reviews are in the figures, want %d", got, before+1)
	}
}
