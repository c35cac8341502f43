package citizen

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/workday"
)

// unit is who answers, and above is who decides.
var (
	unit  = followup.Actor{Login: "dating", Name: "大厅", Scope: followup.Scope{Hall: testHall}}
	above = followup.Actor{Login: "sheng", Name: "省级"}
)

// caseHouse are the pages with what follows up bad reviews. Its clock is the pages'.
type caseHouse struct {
	*pages
	cases *followup.Service
	swap  func(Cases) // gives the pages other ones
}

// swapped are cases that can be given other ones.
type swapped struct{ Cases }

func openCases(t *testing.T, calendar ...followup.Calendar) *caseHouse {
	t.Helper()
	h, calendar := &caseHouse{}, append(calendar, workday.China())
	h.pages = openPages(t, func(n *Needs) {
		sealer, err := privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
		if err != nil {
			t.Fatal(err)
		}
		h.cases, err = followup.NewService(followup.Needs{Store: n.Items.(*store.Store), Sealer: sealer, Calendar: calendar[0], Now: n.Now})
		if err != nil {
			t.Fatal(err)
		}
		now := &swapped{h.cases}
		h.swap = func(other Cases) { now.Cases = other }
		n.Cases, n.Registry = now, org.NewRegistry(org.Guangdong(), nil)
	})
	return h
}

// rated is a bad review of a window's service: its receipt's address and its serial number.
func (h *caseHouse) rated(t *testing.T, v *visitor) (receipt, serial string) {
	t.Helper()
	answer := v.post("/ping/window.html?w="+testWindow+"&of=service", url.Values{"stars": {"1"}, "remark": {"等了两个小时"}})
	receipt, _, _ = strings.Cut(answer.location(), "?")
	found := regexp.MustCompile(`name="serial" value="([0-9A-Z]{20})"|</span> ([0-9A-Z]{20})</p>`).FindStringSubmatch(v.get(receipt).body)
	if found == nil {
		t.Fatalf("no serial number at %q (status %d)", receipt, answer.status)
	}
	if err := h.cases.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	return receipt, found[1] + found[2]
}

// does makes moves of a case, one after the other.
func (h *caseHouse) does(t *testing.T, by followup.Actor, serial string, steps ...followup.Step) {
	t.Helper()
	for _, step := range steps {
		if _, err := h.cases.Act(t.Context(), by, serial, followup.AnyVersion, step); err != nil {
			t.Fatalf("%s: %v", step.Move, err)
		}
	}
}

func rectified(answer string) []followup.Step {
	return []followup.Step{{Move: followup.Rectify, Words: "内部：确有其事"}, {Move: followup.FeedBack, Words: answer}}
}

// field is the value of a hidden field of a page.
func field(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no field %s in\n%s", name, page)
	}
	return found[1]
}

// The page after a bad review says who calls and by when, in working days; the receipt goes on saying so.
func TestABadReviewIsToldWhoCallsAndByWhen(t *testing.T) {
	h := openCases(t)
	v := h.citizen(t)
	answer := v.post("/ping/window.html?w="+testWindow+"&of=service", url.Values{"stars": {"1"}})
	by := workday.China().Add(h.now(), 3).Format("1月2日")
	want := "广州市政务服务中心会安排专人在3个工作日内与您联系核实（最晚" + by
	page := v.get(answer.location())
	v.wants(page, http.StatusOK, "感谢您的评价", "很抱歉没有让您满意。"+want, "不由被评价人处理", "待核实")
	if strings.Count(page.body, "会安排专人") != 1 {
		t.Error("it says so twice")
	}
	receipt, _, _ := strings.Cut(answer.location(), "?")
	v.wants(v.get(receipt), http.StatusOK, want)
	v.header.Set("Accept-Language", "en")
	v.wants(v.get(receipt), http.StatusOK, "never the person you rated, will contact you within 3 working days, by ")
}

// The whole way with the receipt code alone, without login and without scripts: each step shows, only the answer's words, never
// what the unit wrote for itself, and the reviewer says twice that it is not good, and then that it is.
func TestTheReviewerSeesEachStepAndAnswersByReceipt(t *testing.T) {
	h := openCases(t)
	receipt, serial := h.rated(t, h.citizen(t))
	v := h.visitor(t)
	h.does(t, unit, serial, followup.Step{Move: followup.Contact, Words: "内部：打通了", Reached: true})
	h.does(t, unit, serial, rectified("已加开两个窗口")...)
	page := v.get(receipt)
	v.wants(page, http.StatusOK, "处理进展", "工作人员联系过您", "情况属实，开始整改", "答复您", "已加开两个窗口", "您对处理结果满意吗？", "等您答复")
	if strings.Contains(page.body, "内部") || strings.Contains(page.body, "大厅</") || strings.Contains(page.body, "dating") {
		t.Errorf("the page tells what stays inside:\n%s", page.body)
	}
	for n := range followup.MaxReopen {
		page = v.get(receipt)
		form := url.Values{"version": {field(t, page.body, "version")}, "answer": {"unsatisfied"}}
		v.wants(v.post(receipt, form), http.StatusUnprocessableEntity, "请写明哪里不满意，最多500字。", `aria-invalid="true"`)
		form.Set("words", strings.Repeat("长", 501))
		v.wants(v.post(receipt, form), http.StatusUnprocessableEntity, "请写明哪里不满意，最多500字。", form.Get("words"))
		form.Set("words", "还是要等很久"+strings.Repeat("！", n))
		if answer := v.post(receipt, form); answer.status != http.StatusSeeOther || answer.location() != receipt+"?answered=1" {
			t.Fatalf("answer %d: status %d to %q\n%s", n, answer.status, answer.location(), answer.body)
		}
		v.wants(v.get(receipt+"?answered=1"), http.StatusOK, "已收到您的答复，谢谢。", "您表示不满意", "还是要等很久", "整改中")
		h.does(t, unit, serial, followup.Step{Move: followup.FeedBack, Words: "又加开了一个窗口"})
	}
	page = v.get(receipt)
	form := url.Values{"version": {field(t, page.body, "version")}, "answer": {"satisfied"}, "words": {"写了又不想说的话"}}
	if answer := v.post(receipt, form); answer.status != http.StatusSeeOther {
		t.Fatalf("satisfied: status %d\n%s", answer.status, answer.body)
	}
	page = v.get(receipt)
	v.wants(page, http.StatusOK, "您表示满意", "已办结", "30天内仍有不满意的，可以要求重新处理", "要求重新处理")
	if strings.Contains(page.body, "写了又不想说的话") {
		t.Error("words of who is satisfied were kept")
	}
}

// A closed case is taken up again; after the third time the level above takes over, and after that nothing is asked any more.
func TestAClosedCaseIsReopenedAtMostTwiceThenTheLevelAboveTakesOver(t *testing.T) {
	h := openCases(t)
	receipt, serial := h.rated(t, h.citizen(t))
	v := h.visitor(t)
	h.does(t, unit, serial, rectified("已整改")...)
	h.does(t, unit, serial, followup.Step{Move: followup.HeardGood})
	for n := range followup.MaxReopen + 1 {
		page := v.get(receipt)
		v.wants(v.post(receipt, url.Values{"version": {field(t, page.body, "version")}, "answer": {"reopen"}, "words": {"又发生了"}}), http.StatusSeeOther)
		by := unit
		if n == followup.MaxReopen {
			v.wants(v.get(receipt), http.StatusOK, "上级部门正在整改")
			by = above
		}
		h.does(t, by, serial, followup.Step{Move: followup.FeedBack, Words: "已再次整改"})
		if n < followup.MaxReopen {
			h.does(t, by, serial, followup.Step{Move: followup.HeardGood})
		}
	}
	page := v.get(receipt)
	v.wants(page, http.StatusOK, "这已是最后一次答复")
	v.wants(v.post(receipt, url.Values{"version": {field(t, page.body, "version")}, "answer": {"unsatisfied"}, "words": {"仍不好"}}), http.StatusSeeOther)
	page = v.get(receipt)
	v.wants(page, http.StatusOK, "已办结")
	if strings.Contains(page.body, `name="answer"`) {
		t.Errorf("still asks:\n%s", page.body)
	}
}

// What was answered meanwhile by another one is told; what was written stays.
func TestAnAnswerThatComesTooLate(t *testing.T) {
	h := openCases(t)
	receipt, serial := h.rated(t, h.citizen(t))
	v := h.visitor(t)
	h.does(t, unit, serial, rectified("已整改")...)
	form := url.Values{"version": {field(t, v.get(receipt).body, "version")}, "answer": {"unsatisfied"}, "words": {"我写了很多"}}
	h.does(t, unit, serial, followup.Step{Move: followup.Contact, Words: "打通了", Reached: true})
	v.wants(v.post(receipt, form), http.StatusConflict, "工单刚刚有了变化，您的答复没有提交", "我写了很多")
	h.does(t, unit, serial, followup.Step{Move: followup.HeardBad, Words: "电话里说不好"})
	v.wants(v.post(receipt, form), http.StatusConflict, "工单刚刚有了变化，您的答复没有提交", "电话回访：您表示不满意，重新处理")
}

// Who presses twice is told that his answer was taken: it was. Another answer of the same page is too late, as before.
func TestAnAnswerThatIsSentTwiceIsTakenOnce(t *testing.T) {
	for answer, words := range map[string]string{"satisfied": "", "unsatisfied": " 还是要等很久\r\n"} {
		h := openCases(t)
		receipt, serial := h.rated(t, h.citizen(t))
		h.does(t, unit, serial, rectified("已整改")...)
		v := h.visitor(t)
		form := url.Values{"version": {field(t, v.get(receipt).body, "version")}, "answer": {answer}, "words": {words}}
		for n := range 2 {
			if s := v.post(receipt, form); s.status != http.StatusSeeOther || s.location() != receipt+"?answered=1" {
				t.Errorf("%s, press %d: status %d to %q\n%s", answer, n+1, s.status, s.location(), s.body)
			}
		}
		if n := strings.Count(v.get(receipt).body, "您表示"); n != 1 {
			t.Errorf("%s: the case holds %d answers, want 1", answer, n)
		}
		form.Set("answer", "unsatisfied")
		form.Set("words", "另一个意见")
		v.wants(v.post(receipt, form), http.StatusConflict, "工单刚刚有了变化，您的答复没有提交")
	}
}

// silent are cases whose answers can't be stored.
type silent struct {
	Cases
	fault error
}

func (s silent) Answer(context.Context, string, int, followup.Move, string) error { return s.fault }

// An answer that can't be stored now stays on its page, which says so in plain words.
func TestAnAnswerThatCantBeStored(t *testing.T) {
	failing := &silent{}
	h := openCases(t)
	receipt, serial := h.rated(t, h.citizen(t))
	h.does(t, unit, serial, rectified("已整改")...)
	v := h.visitor(t)
	form := url.Values{"version": {field(t, v.get(receipt).body, "version")}, "answer": {"unsatisfied"}, "words": {"写了不少"}}
	failing.Cases = h.cases
	h.swap(failing)
	for _, tt := range []struct {
		fault error
		says  string
	}{
		{fault.NewUnavailable("暂时无法保存，请稍后用同一请求重试", time.Second, nil), "系统正忙，答复还没有提交。请稍后再提交一次。"},
		{fault.NewUndecided("数据库没有答复", time.Second, nil), "没有收到保存成功的确认。请再提交一次，不会重复记录。"},
	} {
		failing.fault = tt.fault
		v.wants(v.post(receipt, form), http.StatusServiceUnavailable, tt.says, "写了不少")
	}
}

// A dismissed review is told why, in plain words, in both languages; the unit's own reason stays inside.
func TestADismissedReviewIsToldWhy(t *testing.T) {
	for claim, want := range map[followup.Claim]string{followup.Mistaken: "认定这条评价是误评", followup.Malicious: "认定这条评价与实际情况不符"} {
		h := openCases(t)
		receipt, serial := h.rated(t, h.citizen(t))
		v := h.visitor(t)
		file := followup.File{Name: "证据.png", Content: []byte("\x89PNG\r\n\x1a\n")}
		h.does(t, unit, serial, followup.Step{Move: followup.AppealMove, Words: "内部理由", Claim: claim, Evidence: []followup.File{file}})
		v.wants(v.get(receipt), http.StatusOK, "复核中", "申请了复核，由上级部门决定")
		h.does(t, above, serial, followup.Step{Move: followup.Accept, Words: "内部意见"})
		page := v.get(receipt)
		v.wants(page, http.StatusOK, "未采纳", want, "不计入统计", "12345")
		if strings.Contains(page.body, "内部") || strings.Contains(page.body, "恶意") {
			t.Errorf("it tells what stays inside:\n%s", page.body)
		}
		v.header.Set("Accept-Language", "en")
		v.wants(v.get(receipt), http.StatusOK, "Not accepted", "does not count")
	}
}

// Who is logged in sees and answers his own under 我的评价, and nobody else's.
func TestAnsweringUnderMyReviews(t *testing.T) {
	h := openCases(t)
	other := h.visitor(t)
	other.post(demoLoginPath, url.Values{"person": {"1"}, "to": {home}})
	h.rated(t, other) // he has an older review of his own
	h.wait(time.Minute)
	v := h.citizen(t)
	_, serial := h.rated(t, v)
	h.does(t, unit, serial, rectified("已整改好")...)
	page := v.get("/ping/my.html")
	v.wants(page, http.StatusOK, "已整改好", "您对处理结果满意吗？")
	form := url.Values{"answer": {"satisfied"}}
	for _, name := range []string{"serial", "version", "at"} {
		form.Set(name, field(t, page.body, name))
	}
	other.wants(other.post("/ping/my.html", form), http.StatusNotFound)
	nobody := h.visitor(t)
	nobody.wants(nobody.post("/ping/my.html", form), http.StatusUnauthorized, "请重新登录")
	wrong := url.Values{"serial": {serial}, "at": form["at"], "version": form["version"], "answer": {"unsatisfied"}}
	v.wants(v.post("/ping/my.html", wrong), http.StatusUnprocessableEntity, "请写明哪里不满意")
	if answer := v.post("/ping/my.html", form); answer.status != http.StatusSeeOther {
		t.Fatalf("status %d\n%s", answer.status, answer.body)
	}
	v.wants(v.get("/ping/my.html?answered=1"), http.StatusOK, "已收到您的答复，谢谢。", "您表示满意")
}

// Another site can't have a browser answer, and nobody answers without end.
func TestAnswersAreGuarded(t *testing.T) {
	h := openCases(t)
	receipt, serial := h.rated(t, h.citizen(t))
	h.does(t, unit, serial, rectified("已整改")...)
	v := h.visitor(t)
	form := url.Values{"version": {field(t, v.get(receipt).body, "version")}, "answer": {"satisfied"}}
	v.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	v.wants(v.post(receipt, form), http.StatusForbidden, "提交被拦下了")
	c := h.citizen(t)
	page := c.get("/ping/my.html").body
	form = url.Values{"answer": {"unsatisfied"}}
	for _, name := range []string{"serial", "version", "at"} {
		form.Set(name, field(t, page, name))
	}
	for range personMost - 1 { // the review was one
		c.wants(c.post("/ping/my.html", form), http.StatusUnprocessableEntity)
	}
	form.Set("words", "写了不少")
	c.wants(c.post("/ping/my.html", form), http.StatusTooManyRequests, "答复还没有提交", "写了不少")
}

// A day in a year whose holidays were not published may change, and says so.
func TestAnUncertainDayIsSaid(t *testing.T) {
	unpublished, err := workday.Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := openCases(t, unpublished)
	receipt, _ := h.rated(t, h.citizen(t))
	v := h.visitor(t)
	v.wants(v.get(receipt), http.StatusOK, "放假安排公布后可能调整")
}

// A limit that has passed is told as such, at once and on the days off behind it: nobody is promised a day that is gone.
func TestALimitThatHasPassedIsSaid(t *testing.T) {
	h := openCases(t)
	receipt, serial := h.rated(t, h.citizen(t))
	v, english := h.visitor(t), h.visitor(t)
	english.header.Set("Accept-Language", "en")
	past := func(limit int, says string) {
		t.Helper()
		end := workday.China().Add(h.now(), limit)
		h.wait(end.Sub(h.now()) + time.Hour)
		for range 7 {
			v.wants(v.get(receipt), http.StatusOK, says+"原定最晚"+end.Format("1月2日")+"，已超过时限，由上级部门督办。")
			english.wants(english.get(receipt), http.StatusOK, "as soon as possible. This was due by "+end.Format("2 January")+", and the level above presses for it.")
			h.wait(24 * time.Hour)
		}
	}
	past(followup.Standard.Verify, "广州市政务服务中心会尽快安排专人与您联系核实，不由被评价人处理。")
	h.does(t, unit, serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	past(followup.Standard.Rectify, "广州市政务服务中心正在整改，会尽快答复您。")
}

// The login ends while somebody writes what is not good: after the next one his words are there again, and nobody else's page has them.
func TestWhatIsNotGoodIsKeptOverALogin(t *testing.T) {
	for _, reopen := range []bool{false, true} {
		h := openCases(t)
		v := h.citizen(t)
		_, serial := h.rated(t, v)
		h.does(t, unit, serial, rectified("已整改好")...)
		form := url.Values{"answer": {"unsatisfied"}, "words": {"还是要等两个小时"}}
		if reopen {
			h.does(t, unit, serial, followup.Step{Move: followup.HeardGood})
			form.Set("answer", "reopen")
		}
		page := v.get("/ping/my.html")
		for _, name := range []string{"serial", "version", "at"} {
			form.Set(name, field(t, page.body, name))
		}
		for person, has := range map[string]bool{"0": true, "1": false} {
			late := h.visitor(t)
			late.wants(late.post("/ping/my.html", form), http.StatusUnauthorized, "请重新登录", "您填写的内容已经保留", "/ping/login?to=%2Fping%2Fmy.html")
			late.get("/ping/login?to=%2Fping%2Fmy.html")
			late.post(demoLoginPath, url.Values{"person": {person}, "to": {"/ping/my.html"}})
			page := late.get("/ping/my.html")
			if got := strings.Contains(page.body, "还是要等两个小时</textarea>"); got != has {
				t.Errorf("person %s has the words: %v\n%s", person, got, page.body)
			}
			if got := strings.Contains(page.body, "您刚才填写的内容已经保留，请核对后提交。"); got != has {
				t.Errorf("person %s is told that words were kept: %v", person, got)
			}
			if reopen && has && !strings.Contains(page.body, "<details open>") {
				t.Error("the words are folded away")
			}
		}
	}
}

// Who changes type or language in the middle of an answer finds what he has written, also without scripts, and with a receipt alone.
func TestPreferencesKeepAnAnswer(t *testing.T) {
	for _, reopen := range []bool{false, true} {
		h := openCases(t)
		v := h.citizen(t)
		receipt, serial := h.rated(t, v)
		h.does(t, unit, serial, rectified("已整改好")...)
		if reopen {
			h.does(t, unit, serial, followup.Step{Move: followup.HeardGood})
		}
		for at, who := range map[string]*visitor{home: v, receipt: h.visitor(t)} {
			page := who.get(at).body
			button := regexp.MustCompile(`<button id="language" form="([^"]*)" formaction="([^"]*)"`).FindStringSubmatch(page)
			if button == nil || !strings.Contains(page, `class="answer" id="`+button[1]+`"`) {
				t.Fatalf("%s: the language is not chosen by a button of the answer:\n%s", at, page)
			}
			form := url.Values{"words": {"还是要等两个小时"}}
			for _, name := range []string{"serial", "version", "at"} {
				form.Set(name, field(t, page, name))
			}
			if s := who.post(html.UnescapeString(button[2]), form); s.status != http.StatusSeeOther || s.location() != at {
				t.Fatalf("%s: status %d, sent to %q", at, s.status, s.location())
			}
			kept := who.get(at)
			who.wants(kept, http.StatusOK, "还是要等两个小时</textarea>", "What you wrote was kept.")
			if reopen && !strings.Contains(kept.body, "<details open>") {
				t.Errorf("%s: the words are folded away", at)
			}
			if again := who.get(at); strings.Contains(again.body, "还是要等两个小时") {
				t.Errorf("%s: the words are there twice", at)
			}
		}
	}
}

// Who answers to a review that has no case is told so as a citizen, not as a member of staff, in his language.
func TestThereIsNothingToAnswer(t *testing.T) {
	h := openCases(t)
	v := h.citizen(t)
	receipt, _, _ := strings.Cut(v.post("/ping/window.html?w="+testWindow+"&of=service", url.Values{"stars": {"5"}}).location(), "?")
	form := url.Values{"version": {"0"}, "answer": {"satisfied"}}
	v.wants(v.post(receipt, form), http.StatusNotFound, "这条评价没有需要答复的工单。")
	v.header.Set("Accept-Language", "en")
	v.wants(v.post(receipt, form), http.StatusNotFound, "There is nothing to answer.")
	v.wants(v.post("/ping/r/7K3M9QXW2PFA", form), http.StatusNotFound, "There is no review with this code. Please check it.")
}
