package console

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/org"
)

// Limits are set within one's scope, with what is wrong at the field; taken away they are the standard ones again.
func TestDeadlines(t *testing.T) {
	h, d := openCases(t)
	b := h.as(t, "quyu")
	const path = "/console/settings/deadlines"
	b.wants(b.get(path), http.StatusOK, "已收录到2026年", "标准", "3个工作日", "10个工作日", "还没有另行设置的时限", `value="`+guangzhou+`"`)
	form := url.Values{"region": {"4401"}, "department": {""}, "verify": {"1"}, "rectify": {"61"}, "decide": {"x"}}
	b.wants(b.post(path, form), http.StatusUnprocessableEntity, "请填写1到60之间的工作日数", `value="61"`, `value="x"`, `value="4401"`)
	for _, wrong := range []struct{ region, department, says string }{
		{shenzhen, "", "只能设置您管理范围内的区划"},
		{"", "", "只能设置您管理范围内的区划"},
		{"990000000000", "", "没有这个区划"},
		{"abc", "", "请填写12位区划代码"},
		{guangzhou, "none", "没有这个部门"},
	} {
		form := url.Values{"region": {wrong.region}, "department": {wrong.department}, "verify": {"1"}, "rectify": {"5"}, "decide": {"2"}}
		b.wants(b.post(path, form), http.StatusUnprocessableEntity, wrong.says)
	}
	form = url.Values{"region": {"4401"}, "department": {""}, "verify": {"1"}, "rectify": {"5"}, "decide": {"2"}}
	b.to(b.post(path, form), path)
	b.wants(b.get(path), http.StatusOK, "时限已保存", "广州市", "1个工作日", "5个工作日", "修改")
	serial := d.opened(t)
	b.wants(b.get(caseLink(serial)), http.StatusOK, "还剩1个工作日")
	b.wants(b.get(path+"?region="+guangzhou+"&department="), http.StatusOK, `name="rectify" type="text" value="5"`)

	unit := h.as(t, "bumen")
	unit.wants(unit.get(path), http.StatusOK, "广州市", `value="`+policeCode+`"`)
	unit.wants(unit.post(path, form), http.StatusUnprocessableEntity, "只能设置您管理的部门")
	removal := url.Values{"region": {guangzhou}, "department": {""}, "seen": {"1-5-2"}}
	unit.wants(unit.post(path+"/remove", url.Values{"region": {guangzhou}, "department": {""}}), http.StatusConflict, "只能设置您管辖范围内的时限")
	b.to(b.post(path+"/remove", removal), path)
	b.wants(b.get(path), http.StatusOK, "还没有另行设置的时限")
	hall := h.as(t, "dating")
	hall.lacks(hall.get(path), "保存时限")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "deadline.change", Limit: 10})
	if err != nil || len(links) != 2 || links[0].Actor != "quyu" {
		t.Errorf("audit: %+v %v", links, err)
	}
}

// Of two who set the same limits the second one is told what the first one did, and goes on where he wants to; who sends the same twice is
// told nothing of others.
func TestTwoWhoSetTheSameDeadlines(t *testing.T) {
	h, _ := openCases(t)
	one, two := h.as(t, "quyu"), h.as(t, "sheng")
	const path = "/console/settings/deadlines"
	form := func(seen shown, days string) url.Values {
		return url.Values{
			"region": {guangzhou}, "department": {""}, "verify": {days}, "rectify": {"5"}, "decide": {"2"}, "of": hiddenOf(seen)["of"], "seen": hiddenOf(seen)["seen"],
		}
	}
	empty := one.get(path)
	one.to(one.post(path, form(empty, "1")), path)
	one.to(one.post(path, form(empty, "1")), path) // a double click
	refused := two.post(path, form(empty, "2"))
	two.wants(refused, http.StatusConflict, "已经设置了时限（联系核实1、整改或解释5、申诉复核2个工作日），没有保存", `name="verify" type="text" value="2"`)
	two.to(two.post(path, form(refused, "2")), path)

	const edit = path + "?region=" + guangzhou + "&department="
	seen := one.get(edit)
	two.to(two.post(path, form(two.get(edit), "3")), path)
	one.wants(one.post(path, form(seen, "4")), http.StatusConflict, "刚被别人修改过（现在是联系核实3、整改或解释5、申诉复核2个工作日），没有保存", `name="verify" type="text" value="4"`)
	removal := url.Values{"region": {guangzhou}, "department": {""}, "seen": hiddenOf(seen)["seen"]}
	one.wants(one.post(path+"/remove", removal), http.StatusConflict, "刚被别人修改过", "没有删除")
	seen = one.get(edit)
	removal["seen"] = hiddenOf(seen)["seen"]
	two.to(two.post(path+"/remove", removal), path)
	two.to(two.post(path+"/remove", removal), path) // a double click
	one.wants(one.post(path, form(seen, "4")), http.StatusConflict, "刚被别人删除")
}

// Limits that are set for a code which was given up are those of the code that took its place: no case lies under the former one.
func TestDeadlinesOfAFormerCode(t *testing.T) {
	h, _ := openCases(t)
	h.registry.Replace(org.Guangdong(), []org.Department{{Code: policeCode, Name: "广州市公安局", RegionCode: guangzhou}},
		org.Succession{Kind: org.OfDepartment, Former: "OLD", Code: policeCode}, org.Succession{Kind: org.OfRegion, Former: "440103000000", Code: "440104000000"})
	b := h.as(t, "sheng")
	const path = "/console/settings/deadlines"
	b.to(b.post(path, url.Values{"region": {"440103"}, "department": {"OLD"}, "verify": {"1"}, "rectify": {"5"}, "decide": {"2"}}), path)
	rules, err := h.store.DeadlineRules(t.Context())
	if err != nil || len(rules) != 1 || rules[0].Region != "440104000000" || rules[0].Department != policeCode {
		t.Errorf("got %+v, %v", rules, err)
	}
}

// A limit in a year whose holidays were not published is reckoned by weekdays, and the pages of the case say so.
func TestAYearThatIsNotPublished(t *testing.T) {
	h, d := openCases(t)
	h.wait(time.Date(2026, 12, 31, 2, 0, 0, 0, time.UTC).Sub(h.now())) // a Thursday; New Year's Day of 2027 is a Friday
	serial := d.opened(t)
	b := h.as(t, "gongdan")
	const doubt = "放假安排未公布，按周一至周五估算"
	b.wants(b.get(casesPath), http.StatusOK, doubt)
	b.wants(b.get(caseLink(serial)), http.StatusOK, "还剩3个工作日", "2027年1月5日", doubt)
}
