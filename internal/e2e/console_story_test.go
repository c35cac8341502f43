package e2e

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/smtptest"
)

// caseFigures are a region's figures of cases, as the board gives them away.
type caseFigures struct{ opened, rectified, rectifiedRate, calledBack, calledBackRate float64 }

// caseFigures reads them from the board's download.
func (s *server) caseFigures(t *testing.T, region string) caseFigures {
	t.Helper()
	table := s.boardTable(t, "summary", url.Values{"region": {region}})
	if len(table.Rows) == 0 {
		t.Fatalf("the board's summary is empty: %+v", table)
	}
	row := table.Rows[0]
	number := func(key string) float64 {
		value, there := row[key]
		n, ok := value.(float64) // a share of nothing is none
		if !there || !ok && value != nil {
			t.Fatalf("the board's summary has no %s: %v", key, row)
		}
		return n
	}
	return caseFigures{number("cases"), number("rectified"), number("rectifiedRate"), number("calledBack"), number("calledBackRate")}
}

// counts waits until the board has these figures of cases: it looks for news once a second, and later on a loaded machine.
func (s *server) counts(t *testing.T, what string, want func(got caseFigures) bool) {
	t.Helper()
	eventually(t, "the board counts "+what, func() bool { return want(s.caseFigures(t, guangzhou)) })
}

// rated is a citizen's review of an affair, by the code on his receipt: the receipt's code and the serial number.
func (b *tab) rated(w *town, affair, stars, remark string) (receipt, serial string) {
	b.t.Helper()
	b.open(w.code(b.t, affair))
	b.tap(star(stars))
	b.tap(".t" + stars + " .chip")
	b.write("#remark", remark)
	b.submit()
	receipt = receiptForm.FindString(b.text())
	found := serialForm.FindStringSubmatch(b.text())
	if receipt == "" || found == nil {
		b.t.Fatalf("the thanks have no receipt code or serial number:\n%s", b.now())
	}
	return receipt, found[1]
}

// says is what the person who wrote a review answers on its page.
func (b *tab) says(receipt, words, answer string) {
	b.t.Helper()
	b.open("/ping/r/" + receipt)
	b.wants("您对处理结果满意吗？", "等您答复")
	if words != "" {
		b.write(".answer textarea", words)
		b.follow(touch("#language"))
		b.follow(touch("#language"))
		if got := ask[string](b, `document.querySelector(".answer textarea").value`); got != words {
			b.t.Errorf("after the page was in English and in Chinese again the answer is %q, want %q", got, words)
		}
	}
	if status := b.push(answer); status != 200 {
		b.t.Fatalf("%s: status %d:\n%s", answer, status, b.text())
	}
	b.wants("已收到您的答复，谢谢")
}

var linkForm = regexp.MustCompile(`http://127\.0\.0\.1:\d+/console/cases/[0-9A-Z]{20}`)

// One star by the code on a receipt: the office is told by mail, another system by webhook; it is verified, put right and
// answered; the citizen is not satisfied three times; the level above takes over; he is satisfied; the public figures moved.
func TestABadReviewIsFollowedUp(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		const (
			remark = "等了两个小时没有人管，电话 13712345678"
			number = "13712345678"
		)
		post, hook := smtptest.Start(t, true), receive(t)
		w := buildTown(t, h, mailing(t, post)...)
		above := h.hire(t, "quyu", "region", "林区域", "--region", guangzhou)
		handler := h.hire(t, "gongdan", "handler", "周工单", "--hall", w.hall)
		if got := w.caseFigures(t, guangzhou); got.opened != 0 {
			t.Fatalf("before anything there are %+v", got)
		}

		// The level above, with a second factor, says who is told.
		boss := tabOn(t, w.url, desktop)
		boss.open("/console/login")
		boss.settle("quyu", above)
		boss.wants("林区域，您好", "区域管理员", "广州市")
		boss.open("/console/notices/new")
		boss.subscribe("中心投诉岗", "mail", "tousu@gz.test", w.hall)
		boss.wants("通知已建好", "to***@gz.test", "中心投诉岗")
		boss.open("/console/notices/new")
		boss.subscribe("市督办系统", "webhook", hook.url, "")
		boss.wants("密钥只显示这一次", "Standard Webhooks")
		hook.knows(ask[string](boss, `document.querySelector("output.secret").innerText`))

		// The citizen: one star.
		citizen := tabOn(t, w.url, phone)
		w.logIn(t, citizen)
		receipt, serial := citizen.rated(w, "GZ-2026-0301", "1", remark)
		citizen.wants("感谢您的评价", "非常不满意", "待核实", "个工作日内与您联系核实", "不由被评价人处理")
		w.counts(t, "a case that was opened", func(got caseFigures) bool { return got == caseFigures{opened: 1} })

		// The office is told, and so is the other system, without anything about the citizen.
		letter := post.Wait(t, 1)[0]
		eventually(t, "the webhook", func() bool { return len(hook.heard("case.opened")) > 0 })
		told := hook.heard("case.opened")[0]
		for what, text := range map[string]string{"letter": letter.Subject + letter.Body, "webhook": told.raw} {
			for _, secret := range []string{"张三丰", "13800001234", number, "等了两个小时", "440100199001011234"} {
				if strings.Contains(text, secret) {
					t.Errorf("the %s holds %q:\n%s", what, secret, text)
				}
			}
			if !strings.Contains(text, serial) {
				t.Errorf("the %s does not name the case:\n%s", what, text)
			}
		}
		if !told.signed || told.Data.Serial != serial || told.Data.State != "pending" {
			t.Errorf("the webhook got %+v", told)
		}
		link := linkForm.FindString(letter.Body)
		if !strings.Contains(letter.Subject, "新工单 1 件") || letter.To[0] != "tousu@gz.test" || link == "" {
			t.Fatalf("the letter: %+v", letter)
		}

		// The handler follows the letter's link, and may do what his role may.
		office := tabOn(t, w.url, desktop)
		office.open(link)
		office.settle("gongdan", handler)
		if office.at() != "/console/cases/"+serial {
			t.Fatalf("after the login the handler is at %s", office.at())
		}
		office.wants(w.item.Name, "待核实", "还剩", "非常不满意", "现在可以做", "收到差评，自动立案", "张*", "周工单")
		office.lacks("张三丰", "13800001234", number)
		for _, beyond := range []string{"指派处理人", "督办", "申诉成立", "账号角色", "审计日志"} {
			if office.offers(beyond) {
				t.Errorf("a handler is offered %s", beyond)
			}
		}
		office.unfold("记录一次联系")
		office.tap("details[open] input[value=yes]")
		office.write("#a-contact-words", "已电话联系，说明会核查当天的排队记录")
		office.push("记下这次联系")
		office.wants("已联系评价人", "已联系上")
		office.acts("核实属实，开始整改", "rectify", "排队两小时属实，窗口增开一个", "开始整改")
		office.wants("整改中", "待核实 → 整改中", "排队两小时属实")
		citizen.open("/ping/r/" + receipt)
		citizen.wants("情况属实，开始整改", "工作人员联系过您", "整改中")
		citizen.lacks("排队两小时属实，窗口增开一个", "周工单", "gongdan")
		office.acts("向评价人反馈", "feedback", "我们已增开一个窗口，抱歉让您久等。", "反馈给评价人")
		office.wants("待回访", "等评价人答复至")
		w.counts(t, "what was put right", func(got caseFigures) bool { return got.rectified == 1 && got.rectifiedRate == 100 })

		// Twice the citizen has it taken up again.
		citizen.says(receipt, "昨天去还是等了一个半小时", "不满意")
		citizen.wants("您表示不满意", "昨天去还是等了一个半小时", "整改中")
		for _, answer := range []string{"我们又调整了预约号的数量。", "已加派两名人员。"} {
			office.open("/console/cases/" + serial)
			office.wants("评价人表示不满意", "整改中")
			office.acts("向评价人反馈", "feedback", answer, "反馈给评价人")
			citizen.open("/ping/r/" + receipt)
			citizen.wants("答复您", answer)
			citizen.says(receipt, "还是没有解决："+answer, "不满意")
		}

		// The third time the level above takes over: the unit only looks on.
		office.open("/console/cases/" + serial)
		office.wants("上级接办", "还是没有解决：已加派两名人员。")
		if office.offers("向评价人反馈") {
			t.Error("the unit may still answer after the level above took over")
		}
		boss.open("/console")
		boss.wants("林区域，您好", "待办")
		boss.open("/console/cases?text=" + serial)
		boss.wants(w.item.Name, "不满意3次")
		boss.open("/console/cases/" + serial)
		boss.wants("上级接办", "昨天去还是等了一个半小时")
		boss.acts("向评价人反馈", "feedback", "市局已约谈大厅，您的事项由专人当天办结。", "反馈给评价人")
		citizen.open("/ping/r/" + receipt)
		citizen.wants("市局已约谈大厅，您的事项由专人当天办结。", "这已是最后一次答复")
		citizen.says(receipt, "", "满意")
		citizen.wants("您表示满意", "已办结")
		boss.open("/console/cases/" + serial)
		boss.wants("已办结", "评价人表示满意", "待回访 → 已办结")
		citizen.open("/ping/my.html")
		citizen.wants("已办结", w.item.Name)

		// What was told, and what the public sees.
		eventually(t, "the webhook hears the end", func() bool { return len(hook.heard("case.closed")) == 1 })
		for kind, want := range map[string]int{"case.opened": 1, "case.reopened": 2, "case.taken_over": 1, "case.closed": 1} {
			if got := hook.heard(kind); len(got) != want {
				t.Errorf("%s was told %d times, want %d", kind, len(got), want)
			}
		}
		for _, m := range hook.heard("") {
			if !m.signed {
				t.Errorf("not signed: %s", m.raw)
			}
		}
		w.counts(t, "one case that is done", func(got caseFigures) bool { return got == caseFigures{1, 1, 100, 1, 100} })
		boss.open("/console/notices/deliveries")
		boss.wants("中心投诉岗", "市督办系统", "已送达")
		if out := h.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
			t.Errorf("recount: %s", out)
		}
		if out := h.mustRun(t, "audit", "verify"); !strings.HasPrefix(out, "一致") {
			t.Errorf("audit verify: %s", out)
		}
		for _, secret := range []string{"张三丰", "13800001234", number, above, handler, ownPassword} {
			if strings.Contains(w.logs.String(), secret) {
				t.Errorf("the server's log holds %q", secret)
			}
		}
	})
}

// subscribe fills in the form of a new notice about everything.
func (b *tab) subscribe(name, channel, target, hall string) {
	b.t.Helper()
	b.write("#f-name", name)
	ask[bool](b, `document.querySelector("#f-channel").value = "`+channel+`", document.querySelector("#f-target").value = "", true`)
	b.write("#f-target", target)
	if hall != "" {
		b.write("#f-hall", hall)
	}
	if status := b.push("新建通知"); status != 200 {
		b.t.Fatalf("subscribe %s: status %d:\n%s", name, status, b.text())
	}
}
