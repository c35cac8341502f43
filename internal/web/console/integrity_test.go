package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/venue"
	"github.com/haochaping/haochaping/internal/workday"
)

// sealed opens nothing: these tests plant findings, and find none.
type sealed struct{}

func (sealed) Traces([]byte, string) (said, telephone string, err error) { return "", "", nil }

// withIntegrity gives a console its findings.
func withIntegrity(t *testing.T) func(*Needs) {
	t.Helper()
	return func(n *Needs) {
		opened, ok := n.Audit.(*store.Store)
		if !ok {
			t.Fatal("the audit log is no store")
		}
		service, err := integrity.NewService(integrity.Needs{
			Store: opened, Opener: sealed{}, Blinder: privacy.NewBlinder(privacy.NewKeys()), Calendar: workday.China(), Now: n.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		n.Integrity = service
		n.Waiting = append(n.Waiting, FindingsWaiting{service})
	}
}

// plantFinding stores a finding about some reviews, and gives its id.
func plantFinding(t *testing.T, s *store.Store, at integrity.Place, serials []string) string {
	t.Helper()
	f := integrity.Finding{Kind: integrity.Device, Day: 20260612, Place: at, Strength: 70, Count: 7, Concerned: len(serials), Evidence: integrity.Evidence{Total: 9, People: 7}}
	for _, serial := range serials {
		slot, _ := review.SlotOfSerial(serial)
		f.Reviews = append(f.Reviews, integrity.Concerned{Serial: serial, Slot: slot})
	}
	if err := s.KeepFindings(context.Background(), f.Day, 0, []integrity.Finding{f}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("20260612-device-hall-%s", at.Hall)
}

func TestASupervisorJudgesAFinding(t *testing.T) {
	m := &remarks{}
	h := newHouse(t, withModeration(t, m), withIntegrity(t))
	serials := []string{m.praise(t, guangzhou, policeCode), m.praise(t, guangzhou, policeCode)}
	id := plantFinding(t, h.store, integrity.Place{Region: guangzhou, Department: policeCode, Hall: hallCode}, serials)
	far := plantFinding(t, h.store, integrity.Place{Region: shenzhen, Hall: farHallCode}, nil)
	at := "/console/integrity/of/" + id
	quyu := h.as(t, "quyu")
	quyu.wants(quyu.get("/console"), http.StatusOK, "异常线索待判断")
	list := quyu.get("/console/integrity?kind=device&state=open&from=2026-06-12&to=2026-06-12")
	quyu.wants(list, http.StatusOK, id, "一台设备上有7人评价", "广州市政务服务中心", "较强", "待判断")
	quyu.lacks(list, far)
	quyu.wants(quyu.get("/console/integrity?kind=words"), http.StatusOK, "没有符合条件的记录")
	quyu.wants(quyu.get("/console/integrity?serial="+serials[1]), http.StatusOK, id)
	quyu.wants(quyu.get("/console/integrity?serial="+serials[1][:19]), http.StatusOK, "没有符合条件的记录")
	quyu.wants(quyu.get("/console/integrity/of/"+far), http.StatusNotFound)
	page := quyu.get(at)
	quyu.wants(page, http.StatusOK, serials[0], serials[1], "不同评价人", ">非常满意</span></td>", "计入统计", "还没有人判断过")
	quyu.lacks(page, "张三丰", "张**", "已认定，不计入")

	version := func(n int) url.Values { return url.Values{"version": {fmt.Sprint(n)}, "serial": serials[:1]} }
	with := func(v url.Values, decision, reason string) url.Values {
		v.Set("decision", decision)
		v.Set("reason", reason)
		return v
	}
	quyu.wants(quyu.post(at, version(0)), http.StatusUnprocessableEntity, "请填写理由", "请选择认定或排除")
	quyu.wants(quyu.post(at, with(version(0), "confirmed", strings.Repeat("长", 201))), http.StatusUnprocessableEntity, "不能超过200个字")
	quyu.to(quyu.post(at, with(version(0), "confirmed", "调了监控，都是同一人代评")), at)
	quyu.wants(quyu.get(at), http.StatusOK, "已认定，不计入", "1条评价不再计入统计", "调了监控，都是同一人代评", "撤回判断", "（quyu）")
	quyu.wants(quyu.post(at, with(version(0), "open", "误判")), http.StatusConflict, "您的操作没有保存")
	quyu.to(quyu.post(at, with(version(1), "open", "误判")), at)
	back := quyu.get(at)
	quyu.wants(back, http.StatusOK, "1条评价恢复计入统计", "待判断")
	quyu.lacks(back, "已认定，不计入")
	quyu.to(quyu.post(at, with(version(2), "dismissed", "是导办员帮老人评价")), at)
	quyu.lacks(quyu.get("/console"), "异常线索待判断")

	shenji := h.as(t, "shenji")
	seen := shenji.get(at)
	shenji.wants(seen, http.StatusOK, "是导办员帮老人评价")
	shenji.lacks(seen, `name="reason"`)
}

func TestOfficersNumbersAreKeptAsMarksAlone(t *testing.T) {
	h := newHouse(t, withIntegrity(t))
	h.halls.Replace(h.halls.Halls(), nil, []venue.Officer{{HallCode: hallCode, WorkNo: "007", Name: "钱八"}, {HallCode: farHallCode, WorkNo: "009", Name: "远方"}})
	quyu := h.as(t, "quyu")
	const at, number, phone = "/console/integrity/officers", "440100199001011234", "13800138000"
	quyu.wants(quyu.get(at), http.StatusOK, "还没有登记")
	for text, says := range map[string]string{
		"":                                      "请填写至少一行",
		farHallCode + ",009," + number:          "第1行的大厅或工号不存在",
		hallCode + ",007,123":                   "第1行的身份证号应为15位或18位",
		hallCode + ",007,,1380":                 "第1行的手机号应为11位数字",
		hallCode:                                "第1行不是四列",
		hallCode + ",007\n" + hallCode + ",007": "第2行的工作人员与前面重复",
	} {
		answer := quyu.post(at, url.Values{"roster": {text}})
		quyu.wants(answer, http.StatusUnprocessableEntity, says)
		quyu.lacks(answer, number)
	}
	quyu.to(quyu.post(at, url.Values{"roster": {"大厅编码,工号,身份证号,手机号\r\n" + hallCode + "，007\t" + number + "," + phone + "\r\n"}}), at)
	quyu.wants(quyu.get(at), http.StatusOK, "已登记1人", "广州市政务服务中心")
	known, err := h.store.Officers(t.Context())
	if err != nil || len(known) != 2 {
		t.Errorf("got %v, %v; want two marks", known, err)
	}
	if strings.Contains(h.log(), number) || strings.Contains(h.log(), phone) {
		t.Error("a number stands in the log")
	}
}
