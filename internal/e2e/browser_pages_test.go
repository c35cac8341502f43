package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/haochaping/haochaping/client"
)

// reviewed is how many reviews an evaluation object has.
func (w *town) reviewed(t *testing.T, entity string) int {
	t.Helper()
	_, body := w.get(t, "/ping/apis/entity/eval/count")
	var answer struct {
		Data []struct {
			EntityCode string
			EvalCount  int
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, e := range answer.Data {
		if e.EntityCode == entity {
			return e.EvalCount
		}
	}
	t.Fatalf("%s is not among %s", entity, body)
	return 0
}

// The code on a window and the link on a guide lead to pages of their own; each is rated once a day by one person.
func TestAWindowAndAGuideAreRated(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.open("/ping/w/" + w.window) // what a poster shows to people who can't scan
	b.signIn(zhang)
	for _, page := range []struct{ path, entity, shows, question string }{
		{"/ping/window.html?w=" + w.window, "hallAffair", "户政业务", "您对本次服务满意吗？"},
		{"/ping/guide.html?code=" + w.item.Code, "egovGuide", w.item.Name, "您对这份办事指南满意吗？"},
	} {
		b.open(page.path)
		b.wants(page.shows, page.question)
		b.tap(star("4"))
		b.submit()
		b.wants("感谢您的评价", "满意", "已计入统计")
		b.open(page.path)
		b.wants("您已评价过", "满意", "已计入统计")
		if got := w.reviewed(t, page.entity); got != 1 {
			t.Errorf("%s has %d reviews, want 1", page.entity, got)
		}
	}
	b.open("/ping/my.html")
	b.wants("广州市政务服务中心 · 3号窗口", w.item.Name)
}

// A receipt code is found however it is typed; what is not one is told at the field, and stays there.
func TestALookUpByReceiptCode(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	b.tap(star("4"))
	b.submit()
	receipt := receiptForm.FindString(b.text())

	c := tabOn(t, w.url, phone)
	c.open("/ping/my.html")
	c.wants("查询我的评价", "12位字母和数字", "登录查看我的全部评价")
	look := func(typed string) int {
		c.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#r").value = ""`))
		c.write("#r", typed)
		return c.follow(touch(".panel button"))
	}
	if status := look("7K3M9QX"); status != 422 {
		t.Errorf("too short: status %d", status)
	}
	c.wants("回执码是12位字母和数字")
	if got := ask[string](c, `document.querySelector("#r").value`); got != "7K3M9QX" {
		t.Errorf("what was typed became %q", got)
	}
	if status := look("7K3M-9QXW-2PFA"); status != 404 {
		t.Errorf("unknown: status %d", status)
	}
	c.wants("没有这个回执码对应的评价")
	typed := strings.NewReplacer("0", "O", "1", "l", "-", " ").Replace(strings.ToLower(receipt))
	if status := look(" " + typed); status != 200 {
		t.Errorf("%q: status %d", typed, status)
	}
	c.wants("您的评价", "满意", receipt)
}

// A person's own reviews come in pages, newest first, none left out and none twice.
func TestOwnReviewsComeInPages(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	c := w.client(w.app)
	done := time.Now().Add(-24 * time.Hour)
	for n := range 45 {
		_, err := c.SubmitAffair(t.Context(), client.AffairEval{
			AppCode: w.app.Code, EvalEntityCode: client.EgovAffair,
			Department: client.Department{DepartmentCode: w.item.DepartmentCode, DepartmentName: "广州市公安局"},
			Affair: client.Affair{
				AffairSerialNo: fmt.Sprintf("OLD-%02d", n), AffairCode: w.item.Code, AffairName: w.item.Name, AffairDealOfficer: "陈志强",
				AffairApplyTime: client.Time(done), AffairDoneTime: client.Time(done),
			},
			User: client.User{
				UserID: "uid-zhang", UserName: "张三丰", ContactPhone: "13800001234", PassportName: "zhangsf", CertificateType: 10,
				CertificateNo: "440100199001011234",
			},
			TagList: client.TagList{}, GeneralStars: 5, Remark: fmt.Sprintf("第%02d次", n), EvalTime: client.Time(done.Add(time.Duration(n/2) * time.Second)),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := tabOn(t, w.url, phone)
	b.enter("/ping/my.html?login=1", zhang)
	var shown []string
	for page, want := range []int{20, 20, 5} {
		remarks := ask[[]string](b, `[...document.querySelectorAll(".said")].map(p => p.innerText)`)
		if len(remarks) != want {
			t.Errorf("page %d has %d reviews, want %d", page+1, len(remarks), want)
		}
		shown = append(shown, remarks...)
		if last := ask[bool](b, `document.querySelector("a[rel=next]") === null`); last != (page == 2) {
			t.Errorf("page %d is the last one: %v", page+1, last)
		} else if !last {
			b.follow(touch("a[rel=next]"))
		}
	}
	first := shown[0]
	if slices.Sort(shown); first < "第43次" || len(slices.Compact(shown)) != 45 {
		t.Errorf("first is %s; shown: %v", first, shown)
	}
}

var han = regexp.MustCompile(`\p{Han}[\p{Han}，。：]*`)

// An English page is English but for the names that the registers hold, and stays so.
func TestPagesInTwoLanguages(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	b.tap(star("1"))
	b.write("#remark", "写了一半")
	b.follow(touch("#language"))
	if b.chosen() != "1" || b.written() != "写了一半" {
		t.Errorf("in English the form has %s stars and %q", b.chosen(), b.written())
	}
	b.open(w.code(t, "GZ-1"))
	english := func(where string) {
		t.Helper()
		names := strings.NewReplacer("中文", "", "广州市政务服务中心", "", "陈志强", "", w.item.Name, "", "张*", "", "户政业务", "")
		if left := han.FindAllString(names.Replace(b.text()), -1); len(left) > 0 || ask[string](b, `document.documentElement.lang`) != "en" {
			t.Errorf("%s: an English page shows %q", where, left)
		}
	}
	english("form")
	b.wants("How was this service?", "Very poor", "Submit")
	b.tap("#send")
	english("no star")
	b.tap(star("1"))
	b.tap(".t1 summary")
	english("tags")
	b.submit()
	english("thanks")
	b.wants("Thank you", "within 3 working days", "Receipt code")
	for _, path := range []string{
		"/ping/my.html", "/ping/hallqr.html?msg=broken", "/ping/nothing.html", "/ping/r/7K3M9QXW2PFA", "/ping/guide.html?code=unknown",
		"/ping/window.html?w=unknown", "/ping/window.html?w=" + w.window, "/ping/guide.html?code=" + w.item.Code, "/ping/pb/ready.html",
		"/ping/pb/thanks.html", w.tabletCode(t, "GZ-2"),
	} {
		b.open(path)
		english(path)
	}
	b.open("/ping/my.html")
	b.follow(touch("#language"))
	b.wants("我的评价", "非常不满意")
	if b.at() != "/ping/my.html" {
		t.Errorf("after choosing the language the browser is at %s", b.at())
	}
	latin := regexp.MustCompile(`[A-Za-z]{2,}`)
	for _, path := range []string{w.path(w.code(t, "GZ-3")), "/ping/window.html?w=" + w.window} {
		b.open(path)
		if words := latin.FindAllString(strings.NewReplacer("English", "", "GZ003", "").Replace(b.text()), -1); len(words) > 0 {
			t.Errorf("%s: a Chinese page shows %q", path, words)
		}
	}
}

// Large type comes at once, without losing what was typed, and is remembered; without scripts it is remembered, too.
func TestLargeTypeIsRemembered(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	height := func() float64 {
		return ask[float64](b, `parseFloat(getComputedStyle(document.querySelector("#remark")).fontSize)`)
	}
	b.tap(star("4"))
	b.write("#remark", "写了一半")
	if got := height(); got != 16 {
		t.Errorf("type of %v px", got)
	}
	b.tap("#size")
	b.until("type is large", `document.documentElement.classList.contains("large")`)
	if got := ask[string](b, `document.querySelector("#size").innerText`); height() != 20 || b.chosen() != "4" || b.written() != "写了一半" || got != "标准版" {
		t.Errorf("type of %v px, %s stars, %q, link %q", height(), b.chosen(), b.written(), got)
	}
	b.open(w.code(t, "GZ-2"))
	if height() != 20 {
		t.Errorf("on the next page type is %v px", height())
	}
	b.scripts(false)
	b.open(w.code(t, "GZ-2"))
	b.tap(star("2"))
	b.write("#remark", "慢")
	b.follow(touch("#size"))
	if b.chosen() != "2" || b.written() != "慢" {
		t.Errorf("without scripts the form has %s stars and %q", b.chosen(), b.written())
	}
	if height() != 16 || b.at() != w.path(w.code(t, "GZ-2")) {
		t.Errorf("without scripts: type of %v px at %s", height(), b.at())
	}
}

func TestTheDarkTheme(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.open("/ping/my.html")
	ground := func() string { return ask[string](b, `getComputedStyle(document.body).backgroundColor`) }
	light := ground()
	b.dark(true)
	if light != "rgb(245, 247, 250)" || ground() != "rgb(22, 25, 30)" {
		t.Errorf("the ground is %s and %s in the dark", light, ground())
	}
}

// Everything can be done by keyboard alone, and the focus is seen at every step.
func TestRatingByKeyboard(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, desktop)
	b.enter(w.code(t, "GZ-1"), zhang)
	// step presses a key and says where the focus is; it must be seen there, or at what stands for it.
	step := func(key string) string {
		t.Helper()
		b.press(key)
		at := ask[string](b, `document.activeElement.id || document.activeElement.innerText || document.activeElement.value`)
		seen := ask[bool](b, `(() => {
			const e = document.activeElement;
			const drawn = e.matches(".stars > input") ? document.querySelector("label[for=" + e.id + "]") : e.matches(".chip input") ? e.nextElementSibling : e;
			const box = drawn.getBoundingClientRect();
			return getComputedStyle(drawn).outlineStyle === "solid" && parseFloat(getComputedStyle(drawn).outlineWidth) >= 3 && box.top >= 0 && box.bottom <= innerHeight;
		})()`)
		if !seen {
			t.Errorf("the focus at %q is not seen", at)
		}
		return at
	}
	for _, want := range []string{"跳到正文", "size", "language", "s1"} {
		if got := step(kb.Tab); got != want {
			t.Fatalf("the focus is at %q, want %q", got, want)
		}
	}
	if b.chosen() != "" {
		t.Error("a star is chosen by reaching it")
	}
	step(" ")
	if step(kb.ArrowRight); b.chosen() != "2" {
		t.Errorf("star %q, want the second", b.chosen())
	}
	step(kb.Tab)
	if step(" "); !slices.Equal(b.ticked(), []string{"没有提供材料样本"}) {
		t.Errorf("ticked %v", b.ticked())
	}
	for n := 0; step(kb.Tab) != "更多"; n++ {
		if n > 5 {
			t.Fatalf("更多 is not reached: %s", b.now())
		}
	}
	step(kb.Enter)
	if step(kb.Tab); len(b.chips()) != 8 {
		t.Errorf("more tags: %v", b.chips())
	}
	for n := 0; step(kb.Tab) != "remark"; n++ {
		if n > 8 {
			t.Fatalf("the text field is not reached: %s", b.now())
		}
	}
	tell(b, input.InsertText, input.InsertTextParams{Text: "键盘"})
	if got := step(kb.Tab); got != "send" {
		t.Errorf("after the text field comes %q", got)
	}
	ask[bool](b, `document.querySelector("#s2").focus(), true`)
	b.follow(chromedp.KeyEvent(kb.Enter)) // at a star it sends, too, and does not press a tool of the header
	b.wants("感谢您的评价", "不满意", "没有提供材料样本", "键盘")

	// The skip link leads past the header.
	step(kb.Tab)
	b.press(kb.Enter)
	if got := step(kb.Tab); got != "copy" {
		t.Errorf("the skip link leads to %q", got)
	}
}

// A message that can't be read gets plain words with what to do; nothing of it comes back.
func TestBadMessages(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	const mark = "XyZzY"
	good := w.path(w.code(t, mark+"-1"))
	for name, path := range map[string]string{
		"none":            "/ping/hallqr.html",
		"empty":           "/ping/hallqr.html?msg=",
		"cut":             "/ping/hallqr.html?msg=gzga01-GZ003-" + mark,
		"markup":          "/ping/hallqr.html?msg=%3Cb%3E" + mark + "-1-2-3-%3Cscript%3Ealert(1)%3C/script%3E",
		"too long":        "/ping/hallqr.html?msg=" + strings.Repeat(mark, 1000) + "-1-2-3-4",
		"unknown app":     "/ping/hallqr.html?msg=nobody-GZ003-" + w.hall + "-" + mark + "-1",
		"forged":          strings.Replace(good, mark+"-1", mark+"-2", 1),
		"no percent code": "/ping/hallqr.html?msg=gzga01-GZ003-%zz-" + mark + "-1",
		"on the tablet":   "/ping/pb/hallqr.html?msg=" + mark,
	} {
		if status := b.open(path); status != 400 {
			t.Errorf("%s: status %d", name, status)
		}
		b.wants("二维码不完整，请在窗口重新扫码，或告诉工作人员。")
		if source := ask[string](b, `document.documentElement.outerHTML`); strings.Contains(source, mark) {
			t.Errorf("%s: the message comes back:\n%s", name, source)
		}
	}
	if logs := w.logs.String(); strings.Contains(logs, mark) {
		t.Error("the log holds a message that can't be read")
	}
}

// The test environment says so on every page and on its codes.
func TestTheTestEnvironmentIsMarked(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t), "--environment", "test")
	b := tabOn(t, w.url, phone)
	w.logIn(t, b)
	for _, s := range w.states(t) {
		s.show(b)
		if !strings.Contains(b.text(), "测试环境 · 这里的评价不作数") {
			t.Errorf("%s does not say that it is the test environment", s.name)
		}
	}
	code := w.code(t, "GZ-1")
	_, query, _ := strings.Cut(code, "?")
	_, drawn := w.get(t, "/ping/qr.png?size=300&"+query)
	if got := scan(t, []byte(drawn)); got != code {
		t.Errorf("a marked code leads to %s", got)
	}
	picture, err := png.Decode(strings.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	red := 0
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA); c.R > 150 && c.G < 100 && c.B < 100 {
				red++
			}
		}
	}
	if red < 100 {
		t.Errorf("the code's picture has %d red points of the mark", red)
	}
	if _, drawn := w.get(t, "/ping/qr.svg?"+query); !strings.Contains(drawn, "#c6362c") {
		t.Error("the code's drawing has no mark")
	}
}

// Without a provider nobody can log in, and the page says so; the demo's login is not there.
func TestServingWithoutALogin(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	s := h.serve(t)
	b := tabOn(t, s.url, phone)
	if status := b.open("/ping/my.html?login=1"); status != 503 {
		t.Errorf("login: status %d", status)
	}
	b.wants("暂时不能登录", "请告诉工作人员")
	if status := b.open("/ping/demo-login?to=/ping/my.html"); status != 404 {
		t.Errorf("the demo's login: status %d", status)
	}
	b.open("/ping/my.html")
	sent := ask[int](b, `(() => { const r = new XMLHttpRequest(); r.open("POST", "/ping/demo-login", false); r.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); r.send("person=0&to=/ping/my.html"); return r.status; })()`)
	if sent != 404 {
		t.Errorf("the demo's login takes a form: status %d", sent)
	}
	b.open("/ping/my.html")
	b.wants("查询我的评价")
}

// The demo has a login of its own, which says what it is.
func TestTheDemosLogin(t *testing.T) {
	t.Parallel()
	h := &house{database: "sqlite:unused"}
	out := &notes{}
	command := h.command(context.Background(), t, "demo", "--listen", "127.0.0.1:0", "--reviews", "20") // it is asked to end, not killed
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGINT) // that it has ended already is as well
		_ = command.Wait()
	})
	eventually(t, "the demo is ready", func() bool { return strings.Contains(out.String(), "; echo\n") })
	code := regexp.MustCompile(`http://\S+/ping/hallqr\.html\S+`).FindString(out.String())
	b := tabOn(t, code[:strings.Index(code, "/ping/")], phone)
	b.open(code)
	b.wants("演示登录", "这是演示，不核对身份，人物均为虚构。", "张演示")
	b.follow(touch("button[value='0']"))
	b.wants("您对本次服务满意吗？", "张*")
	b.tap(star("5"))
	b.submit()
	b.wants("感谢您的评价", "已计入统计")
}
