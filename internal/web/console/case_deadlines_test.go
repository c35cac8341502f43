package console

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
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
	unit.wants(unit.post(path+"/remove", url.Values{"region": {guangzhou}, "department": {""}}), http.StatusConflict, "只能设置您管辖范围内的时限")
	b.to(b.post(path+"/remove", url.Values{"region": {guangzhou}, "department": {""}}), path)
	b.wants(b.get(path), http.StatusOK, "还没有另行设置的时限")
	hall := h.as(t, "dating")
	hall.lacks(hall.get(path), "保存时限")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "deadline.change", Limit: 10})
	if err != nil || len(links) != 2 || links[0].Actor != "quyu" {
		t.Errorf("audit: %+v %v", links, err)
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
