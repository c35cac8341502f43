package console

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/view"
)

func TestFiguresAreThoseOfOnesScope(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	sheng := h.as(t, "sheng")
	sheng.wants(sheng.get("/console/figures"), http.StatusOK, "这段时间没有评价。", "广东省", "近30天")
	stars := func(n int) func(*review.Review) { return func(r *review.Review) { r.Stars = n } }
	in.say(t, stars(5))
	in.say(t, stars(5))
	in.say(t, stars(1), func(r *review.Review) { r.WindowCode, r.DepartmentCode = hallCode+"0002", taxCode })
	in.say(t, far, stars(3), func(r *review.Review) { r.Channel = "hall-qr" })
	for _, c := range []struct {
		login, query  string
		wants, misses []string
	}{
		{"sheng", "", []string{"广东省", ">4<", "深圳市<span", "差评整改率", "下级区划", "应用"}, nil},
		{"sheng", "by=windows", []string{"广州市政务服务中心1号窗口", "深圳市政务服务中心1号窗口"}, nil},
		{"sheng", "by=officers", []string{"李四", "王五"}, nil},
		{"sheng", "by=apps", []string{"app"}, nil},
		{"sheng", "by=departments&channel=hall-qr", []string{"深圳市税务局"}, []string{"广州市公安局<span"}},
		{"sheng", "by=halls&region=" + shenzhen, []string{"深圳市政务服务中心<span"}, []string{"广州市政务服务中心<span"}},
		{"sheng", "by=casehalls", []string{"广州市政务服务中心<span", "差评整改率"}, []string{"深圳市政务服务中心<span"}},
		{"sheng", "by=responsewindows", []string{"这段时间没有办结的办件。", "主动评价率", "未评率", `aria-current="true">主动评价</a>`, `aria-current="page">窗口</a>`, "应用或来源</a>", `by=caseregions`}, nil},
		{"sheng", "by=responsehalls", []string{`by=casehalls">差评整改</a>`, `by=halls">评价排名</a>`}, nil},
		{"sheng", "by=responsehalls&channel=hall-qr", []string{"办结件数不分评价对象和渠道"}, []string{`<dt>主动评价率</dt><dd><span class="figure">`, `<dt>覆盖率</dt><dd><span class="figure">`}},
		{"bumen", "by=responsewindows", []string{`<dt>未评率</dt><dd><span class="figure">`, `<dt>覆盖率</dt><dd><span class="figure">`, ">部门</a>"}, []string{">大厅</a>", ">地区</a>"}},
		{"quyu", "by=windows", []string{"1号窗口", "2号窗口", ">3<"}, []string{"深圳", "应用</a>"}},
		{"bumen", "", []string{"广州市公安局", ">2<"}, []string{"深圳", "大厅</a>", "下级区划"}},
		{"bumen", "by=windows", []string{"1号窗口"}, []string{"2号窗口", "深圳"}},
		{"bumen", "by=officers", []string{"李四"}, []string{"王五"}},
		{"dating", "", []string{"广州市政务服务中心", ">3<"}, []string{"深圳", "部门</a>"}},
		{"dating", "by=windows", []string{"1号窗口", "2号窗口"}, []string{"深圳"}},
		{"dating", "by=officers&rank=fair", []string{"李四"}, []string{"王五"}},
		{"dating", "by=casehalls", []string{"广州市政务服务中心<span"}, []string{"深圳"}},
	} {
		b := h.as(t, c.login)
		s := b.get("/console/figures?" + c.query)
		b.wants(s, http.StatusOK, c.wants...)
		b.lacks(s, c.misses...)
	}
	for login, tables := range map[string][]string{
		"quyu": {"apps", "nothing"}, "bumen": {"regions", "halls", "apps"}, "dating": {"regions", "departments", "items", "apps"},
	} {
		for _, table := range tables {
			b := h.as(t, login)
			b.wants(b.get("/console/figures?by="+table), http.StatusNotFound, "您的管理范围内没有这个统计表")
		}
	}
	for dates, why := range map[string]string{
		"from=2026-06-20&to=2026-06-10": "结束日期不得早于开始日期", "from=2036-06-20": "尚未开始", "to=2026-06-10": "请也选择从哪一天开始",
	} {
		s := sheng.get("/console/figures?by=windows&channel=hall-qr&" + dates)
		sheng.wants(s, http.StatusUnprocessableEntity, why, "现在显示的是近30天", "深圳市政务服务中心1号窗口", `<option value="hall-qr" selected>`)
		sheng.lacks(s, "广州市政务服务中心1号窗口")
		sheng.wants(sheng.get("/console/figures/export?format=csv&by=windows&"+dates), http.StatusUnprocessableEntity, why)
	}
	now := h.now().In(beijing.Zone)
	sheng.wants(sheng.get("/console/figures?from="+now.AddDate(0, 0, -1).Format(time.DateOnly)), http.StatusOK, "（"+view.Day(now.AddDate(0, 0, -1))+"至")
	bumen := h.as(t, "bumen")
	bumen.wants(bumen.get("/console"), http.StatusOK, "今日数据", "今天的评价", ">2<")
}

// Figures of apps have their names, which people know, beside the codes; one without a name has its code alone.
func TestFiguresOfAppsHaveTheirNames(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	by := func(app string) func(*review.Review) { return func(r *review.Review) { r.AppCode = app } }
	in.say(t, by("app"))
	in.say(t, by("app2"))
	in.say(t, by(integrator.Pages))
	b := h.as(t, "sheng")
	b.wants(b.get("/console/figures?by=apps"), http.StatusOK, `政务网<span class="muted">app</span>`, ">app2</", "系统自己的评价页面", `aria-current="page">应用</a>`)
	b.wants(b.get("/console/figures/export?format=csv&by=apps"), http.StatusOK, "app,政务网,1", "app2,app2,1", "page,系统自己的评价页面,1")
}

func TestFiguresAreExportedWhole(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	in.say(t)
	b := h.as(t, "dating")
	page := b.get("/console/figures?by=windows&channel=portal")
	s := b.get(linkOf(t, page.body, `download>CSV`))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(s.body, "\ufeff"))).ReadAll()
	if err != nil || s.status != http.StatusOK || len(rows) != 2 {
		t.Fatalf("status %d, %v, rows %q", s.status, err, rows)
	}
	if got := strings.Join(rows[0][:6], " ") + " / " + strings.Join(rows[1][:7], " "); got !=
		"名次 公平名次 窗口编码 窗口 评价数（条） 好评数（条） / 1 1 4401000000010001 广州市政务服务中心1号窗口 1 0 0" {
		t.Errorf("got %s", got)
	}
	g := h.as(t, "gongdan")
	g.wants(g.get("/console/figures/export?format=csv"), http.StatusForbidden)
}
