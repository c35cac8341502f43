package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/setting"
	"github.com/haochaping/haochaping/internal/store"
)

// withSettings gives a console its settings; taken is told what was taken over.
func withSettings(t *testing.T, taken *setting.Values) func(*Needs) {
	t.Helper()
	return func(n *Needs) {
		opened, ok := n.Audit.(*store.Store)
		if !ok {
			t.Fatal("the audit log is no store")
		}
		begin := setting.Values{
			Formulas: figures.Formulas{ThreeIsGood: true}, Moderation: moderation.Before, Pause: 15 * time.Minute, Idle: 30 * time.Minute, Absolute: 12 * time.Hour,
		}
		service, err := setting.NewService(t.Context(), opened, begin, func(v setting.Values, _ int) { *taken = v })
		if err != nil {
			t.Fatal(err)
		}
		n.Settings = &SettingNeeds{Service: service, Fixed: []Fixed{{"监听地址", "127.0.0.1:8080", "--listen"}}}
	}
}

// settingForm is the form with what is changed of it.
func settingForm(seen string, pairs ...string) url.Values {
	form := url.Values{"seen": {seen}, "reason": {"年度考核口径"}}
	for pair := range slices.Chunk(pairs, 2) {
		form.Set(pair[0], pair[1])
	}
	return form
}

func TestSettingsFromNeverChangedToChangedBack(t *testing.T) {
	var taken setting.Values
	h := newHouse(t, withSettings(t, &taken))
	b := h.as(t, "sheng")
	s := b.get("/console/settings")
	b.wants(s, http.StatusOK, "三星（基本满意）", "计入好评", "30条", "15分钟", "12小时", "还没有修改过", "监听地址", "--listen", "修改设置")
	b.lacks(s, "在这里设置<")
	b.wants(b.get("/console/settings/history"), http.StatusOK, "还没有修改过设置")
	b.wants(b.get("/console/settings/change"), http.StatusOK, "按启动参数（计入好评）", "留空则按启动参数：30条", `name="seen" value="0"`)

	change := settingForm("0", "three", "not", "minimum", "100", "moderation", "off-publication", "console-idle", "20")
	s = b.post("/console/settings/change", change)
	b.wants(s, http.StatusOK, "确认后会发生", "三星（基本满意）：按启动参数（计入好评） → 不计入好评", "以往各期也一样",
		"评价数不足100条的不参加排名", "马上不再公开", "马上退出登录", "10秒内", `name="minimum" value="100"`)
	if !taken.Formulas.ThreeIsGood {
		t.Fatal("it was changed before it was confirmed")
	}
	change.Set(sureField, "yes")
	b.to(b.post("/console/settings/change", change), "/console/settings")
	if taken.Formulas.ThreeIsGood || taken.Formulas.Minimum != 100 || taken.Moderation != moderation.OffPublication || taken.Idle != 20*time.Minute || taken.Pause != 15*time.Minute {
		t.Errorf("taken over: %+v", taken)
	}
	b.wants(b.get("/console/settings"), http.StatusOK, "设置已修改", "不计入好评", "启动参数为：计入好评", "省级（sheng） 于", "年度考核口径")

	// Who saw the settings before is refused and loses nothing of what he typed.
	late := settingForm("0", "minimum", "7")
	late.Set(sureField, "yes")
	b.wants(b.post("/console/settings/change", late), http.StatusConflict, "sheng 刚刚修改了设置", `value="7"`)

	// Back again.
	back := settingForm("1", "minimum", "100", sureField, "yes")
	b.to(b.post("/console/settings/change", back), "/console/settings")
	if !taken.Formulas.ThreeIsGood || taken.Formulas.Minimum != 100 || taken.Moderation != moderation.Before {
		t.Errorf("changed back: %+v", taken)
	}
	s = b.get("/console/settings/history")
	b.wants(s, http.StatusOK, "<del>不计入好评</del>", "<ins>按启动参数（计入好评）</ins>", "年度考核口径", "省级（sheng）", "现在的设置", `href="/console/settings/change?as=1"`)
	b.wants(b.get("/console/settings/change?as=1"), http.StatusOK, `<option value="not" selected>`, `value="100"`, "第1次修改后的设置", `name="seen" value="2"`)
	for _, as := range []string{"3", "0", "-1", "x", "99999999999999999999"} {
		b.wants(b.get("/console/settings/change?as="+as), http.StatusNotFound)
	}
	s = b.get("/console/settings/history/export?format=csv")
	if n := strings.Count(s.body, "sheng"); s.status != http.StatusOK || n != 7 {
		t.Errorf("exported %d rows with status %d:\n%s", n, s.status, s.body)
	}
	b.wants(b.get("/console/settings/history?actor=wang"), http.StatusOK, "没有符合条件的记录")
	b.wants(b.get("/console/settings/history?after=2"), http.StatusOK, "前一页", "<ins>100条</ins>")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "settings.change", Limit: 10})
	if err != nil || len(links) != 2 || links[0].Actor != "sheng" || links[0].Request == "" || !strings.Contains(links[1].After, "不计入好评") {
		t.Errorf("audited: %+v, %v", links, err)
	}
}

func TestSettingsThatMayNotBe(t *testing.T) {
	var taken setting.Values
	h := newHouse(t, withSettings(t, &taken))
	b := h.as(t, "sheng")
	for _, c := range []struct{ name, value, says string }{
		{"three", "maybe", "请从列出的选项中选择"},
		{"minimum", "0", "请填写1到1000000的整数（条），或留空"},
		{"minimum", "1000001", "请填写1到1000000"},
		{"minimum", "3.5", "请填写1到1000000"},
		{"minimum", "030", "请填写1到1000000"},
		{"moderation", "all", "请从列出的选项中选择"},
		{"notice-pause", "1441", "请填写1到1440的整数（分钟）"},
		{"console-idle", "4", "请填写5到120的整数（分钟）"},
		{"console-absolute", "25", "请填写1到24的整数（小时）"},
		{"console-absolute", "many", "请填写1到24的整数（小时）"},
		{"reason", " ", "请写明为什么修改"},
		{"reason", strings.Repeat("长", 201), "最多200字"},
		{"reason", "请打13812345678", "请不要写电话"},
		{"unheard", "1", "没有改动任何设置"},
	} {
		s := b.post("/console/settings/change", settingForm("0", c.name, c.value, sureField, "yes"))
		b.wants(s, http.StatusUnprocessableEntity, c.says)
		if c.name != "unheard" && !strings.Contains(s.body, `id="e-`+c.name+`"`) {
			t.Errorf("%s: the fault does not stand at its field", c.name)
		}
	}
	b.wants(b.post("/console/settings/change", settingForm("0", "console-idle", "90", "console-absolute", "1")), http.StatusUnprocessableEntity, "不能比一次登录最长的时间还长")
	if last := h.handler.Settings.Last().Number; last != 0 {
		t.Errorf("version %d counts", last)
	}
}

func TestWhoSeesSettingsAndWhoChangesThem(t *testing.T) {
	var taken setting.Values
	h := newHouse(t, withSettings(t, &taken))
	for _, login := range []string{"quyu", "bumen", "dating", "shenji"} {
		b := h.as(t, login)
		s := b.get("/console/settings")
		b.wants(s, http.StatusOK, "计入好评", "修改记录")
		b.lacks(s, "修改设置</a>")
		if strings.Contains(s.body, "监听地址") != (login == "shenji") {
			t.Errorf("%s and the operator's settings", login)
		}
		b.wants(b.get("/console/settings/change"), http.StatusForbidden)
		b.wants(b.post("/console/settings/change", settingForm("0", "minimum", "3", sureField, "yes")), http.StatusForbidden)
	}
	b := h.as(t, "gongdan")
	b.wants(b.get("/console/settings"), http.StatusForbidden)
}
