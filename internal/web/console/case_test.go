package console

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/review"
)

// openCases opens a console with cases.
func openCases(t *testing.T) (*house, *caseDesk) {
	t.Helper()
	d := &caseDesk{}
	return newHouse(t, withCases(t, d)), d
}

// versionOf is the version of a case as its page shows it.
func (b *browser) versionOf(path string) string {
	b.t.Helper()
	page := b.get(path)
	found := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page.body)
	if found == nil {
		b.t.Fatalf("no version at %s (%d)", path, page.status)
	}
	return found[1]
}

// The detail shows the review masked, the case, and forms for what may be done now; moves go on from there.
func TestACaseFromNewToClosed(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	b, at := h.as(t, "gongdan"), caseLink(serial)
	s := b.get(at)
	b.wants(s, http.StatusOK, "身份证补领", "张*", "138****8000", "等了两个小时", "非常不满意", "服务态度差效率低", "广州市公安局", "还剩3个工作日", "2026年6月18日",
		"核实属实，开始整改", "无需整改，解释说明", "提出申诉", "记录一次联系", "收到差评，自动立案", "工号016")
	b.lacks(s, "13800138000", "张三丰", "申诉成立", "回访：评价人满意", "反馈给评价人", "指派处理人")

	version := b.versionOf(at)
	b.wants(b.post(at+"/rectify", url.Values{"version": {version}, "words": {" "}}), http.StatusUnprocessableEntity, "请填写说明", `aria-invalid="true"`, "<details open")
	b.wants(b.post(at+"/contact", url.Values{"version": {version}, "words": {"打过了"}}), http.StatusUnprocessableEntity, "请选择有没有联系上", "打过了")
	b.to(b.post(at+"/contact", url.Values{"version": {version}, "words": {"打通了"}, "reached": {"yes"}}), at)
	b.wants(b.get(at), http.StatusOK, "已联系评价人。", "已联系上", "打通了", "工单（gongdan）")
	b.to(b.post(at+"/rectify", url.Values{"version": {b.versionOf(at)}, "words": {"确有其事"}}), at)
	b.wants(b.get(at), http.StatusOK, "待核实 → 整改中", "向评价人反馈", "还剩10个工作日")
	b.to(b.post(at+"/feedback", url.Values{"version": {b.versionOf(at)}, "words": {"已加开窗口"}}), at)
	b.wants(b.get(at), http.StatusOK, "等评价人答复至6月22日")
	b.to(b.post(at+"/heard-good", url.Values{"version": {b.versionOf(at)}}), at)
	s = b.get(at)
	b.wants(s, http.StatusOK, "已办结", "回访：满意")
	b.lacks(s, "现在可以做")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Object: "case:" + serial, Limit: 10})
	if err != nil || len(links) != 4 || links[0].Actor != "gongdan" || links[0].Action != "case.heard_good" || links[0].Request == "" {
		t.Errorf("audit: %+v %v", links, err)
	}
}

// Two at once: the second is told what the first did, keeps what he wrote, and nothing is overwritten.
func TestTwoAtOneCase(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	at, first, second := caseLink(serial), h.as(t, "bumen"), h.as(t, "gongdan")
	seen := second.versionOf(at)
	first.to(first.post(at+"/contact", url.Values{"version": {seen}, "words": {"先打的"}, "reached": {"no"}}), at)
	s := second.post(at+"/rectify", url.Values{"version": {seen}, "words": {"我写了很多"}})
	second.wants(s, http.StatusConflict, "工单已由部门于2026年6月15日 10:00操作：联系评价人", "我写了很多", "<details open", `name="version" value="1"`)
	first.to(first.post(at+"/rectify", url.Values{"version": {"1"}, "words": {"属实"}}), at)
	s = second.post(at+"/explain", url.Values{"version": {"1"}, "words": {"我又写了很多"}})
	second.wants(s, http.StatusConflict, "操作：核实属实，转入整改", "您刚才写的内容没有保存，可以复制", "我又写了很多")
	second.wants(second.post(at+"/rectify", url.Values{"words": {"没有版本"}}), http.StatusConflict, "没有版本")
}

// What was sent twice from one page, as by a double click, is done once and told as done; what differs, or comes from a page that
// is older, is not.
func TestAStepSentTwiceIsDoneOnce(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	b, other, at := h.as(t, "gongdan"), h.as(t, "bumen"), caseLink(serial)
	contact := url.Values{"version": {"0"}, "words": {"打通了"}, "reached": {"yes"}}
	for range 2 {
		b.to(b.post(at+"/contact", contact), at)
	}
	other.wants(other.post(at+"/contact", contact), http.StatusConflict, "操作：联系评价人")
	b.wants(b.post(at+"/contact", url.Values{"version": {"0"}, "words": {"打通了"}, "reached": {"no"}}), http.StatusConflict)
	b.wants(b.post(at+"/contact", url.Values{"version": {"0"}, "words": {"又打了一次"}, "reached": {"yes"}}), http.StatusConflict, "又打了一次")
	b.to(b.post(at+"/rectify", url.Values{"version": {"1"}, "words": {"属实"}}), at)
	b.wants(b.post(at+"/contact", contact), http.StatusConflict)
	b.to(b.post(at+"/rectify", url.Values{"version": {"1"}, "words": {" 属实\r\n"}}), at)
	if got := b.versionOf(at); got != "2" {
		t.Errorf("version %s, want 2", got)
	}
	boss := h.as(t, "quyu")
	assign := url.Values{"pick": {serial + ".2"}, "to": {"gongdan"}, "back": {"/console/cases"}}
	for range 2 {
		boss.to(boss.post("/console/cases/assign", assign), "/console/cases")
	}
	assign.Set("to", "bumen")
	boss.wants(boss.post("/console/cases/assign", assign), http.StatusConflict)
}

// Nobody learns of cases elsewhere, and the person rated of none about himself: not in the list, the counts, the export, by its
// address, nor by an assignment.
func TestWhoDoesNotSeeACase(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	far := d.opened(t, inShenzhen)
	roles["rated"] = identity.Draft{Name: "本人", Role: identity.Hall, WorkNo: "016", Scope: identity.Scope{Hall: hallCode}}
	defer delete(roles, "rated")
	rated := h.as(t, "rated")
	at := caseLink(serial)
	for _, path := range []string{at, at + "/files/x"} {
		rated.wants(rated.get(path), http.StatusNotFound, "没有")
	}
	rated.lacks(rated.get("/console/cases"), serial)
	rated.lacks(rated.get("/console"), "未办结的差评工单")
	rated.lacks(rated.get("/console/cases/export?format=csv"), serial)
	rated.wants(rated.post(at+"/unmask", url.Values{"field": {"contactPhone"}, "reason": {"联系评价人核实"}}), http.StatusNotFound)
	rated.wants(rated.post(at+"/rectify", url.Values{"version": {"0"}, "words": {"自己处理"}}), http.StatusNotFound)

	b := h.as(t, "quyu")
	s := b.get("/console/cases")
	b.wants(s, http.StatusOK, serial)
	b.lacks(s, far)
	b.wants(b.get(caseLink(far)), http.StatusNotFound)
	b.lacks(b.get("/console/cases?region="+shenzhen), far)
	b.lacks(b.get("/console/cases?serial="+far), caseLink(far))
	b.lacks(b.get("/console/cases/export?format=csv"), far)
	b.wants(b.get("/console"), http.StatusOK, `<span class="figure">1</span> <span class="what">未办结的差评工单</span>`, "还没有指派的工单")
	s = b.post("/console/cases/assign", url.Values{"pick": {far + ".0", serial + ".0"}, "to": {"rated"}})
	b.wants(s, http.StatusConflict, "有2张工单没有指派成功", "没有这张工单", "不能指派给被评价人本人")
}

// Filters stand in the address, pages go both ways, and what is empty says so.
func TestTheWorklist(t *testing.T) {
	h, d := openCases(t)
	b := h.as(t, "quyu")
	b.wants(b.get("/console/cases"), http.StatusOK, "没有未办结的差评工单。")
	var serials []string
	for range PageSize + 3 {
		serials = append(serials, d.opened(t))
		h.wait(time.Second)
	}
	first := b.get("/console/cases")
	b.wants(first, http.StatusOK, "后一页", "还剩3个工作日", ">非常不满意</span>", `download>CSV</a>`)
	if n := strings.Count(first.body, `name="pick"`); n != PageSize {
		t.Errorf("%d on the first page", n)
	}
	next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(first.body)
	second := b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	if n := strings.Count(second.body, `name="pick"`); n != 3 {
		t.Errorf("%d on the second page", n)
	}
	prev := regexp.MustCompile(`href="([^"]*)" rel="prev"`).FindStringSubmatch(second.body)
	back := b.get(strings.ReplaceAll(prev[1], "&amp;", "&"))
	if picks(back) != picks(first) {
		t.Error("going back shows another page")
	}
	b.wants(b.get("/console/cases?after=nonsense"), http.StatusOK, serials[0])

	by := followup.Actor{Login: "sheng", Name: "省级"}
	d.does(t, by, serials[0], followup.Step{Move: followup.Rectify, Words: "属实"})
	d.does(t, by, serials[1], followup.Step{Move: followup.Supervise, Words: "尽快"})
	for query, want := range map[string]int{
		"state=rectifying": 1, "state=ended": 0, "state=pending&serial=" + serials[2]: 1, "supervised=yes": 1, "urgency=overdue": 0, "of=-": PageSize, "of=me": 0,
		"serial=" + serials[4]: 1, "assignee=nobody": 0,
	} {
		s := b.get("/console/cases?" + query)
		if n := strings.Count(s.body, `scope="row"`); n != want {
			t.Errorf("%s: %d cases, want %d", query, n, want)
		}
		if want == 0 {
			b.wants(s, http.StatusOK, "没有符合条件的记录")
		}
	}
	b.wants(b.get("/console/cases?supervised=yes"), http.StatusOK, "督办中", "去掉条件 督办")
	h.wait(5 * 24 * time.Hour)
	b = h.as(t, "sheng")
	b.wants(b.get("/console/cases?urgency=overdue"), http.StatusOK, "已超期")
	b.wants(b.get("/console"), http.StatusOK, "差评工单已超期", "需尽快处理", "/console/cases?urgency=overdue")

	s := b.get("/console/cases/export?format=csv&state=rectifying")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(s.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != serials[0] || rows[1][1] != "整改中" || rows[1][9] != "广州市公安局" {
		t.Errorf("export: %v %v", rows, err)
	}
}

func picks(s shown) string {
	return strings.Join(regexp.MustCompile(`name="pick" value="[^"]*"`).FindAllString(s.body, -1), " ")
}

// files posts a form with files.
func (b *browser) files(path string, fields map[string]string, files ...[]byte) shown {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	for i, content := range files {
		part, err := w.CreateFormFile("evidence", fmt.Sprintf("../证据%d.exe", i))
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return shown{response.StatusCode, string(answer), response.Header}
}

// An appeal has evidence, which is only ever saved; the level above decides, is asked once more, and the review leaves.
func TestAppealAndDecision(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	at, unit, above := caseLink(serial), h.as(t, "bumen"), h.as(t, "quyu")
	fields := map[string]string{"version": "0", "words": "评错了窗口"}
	unit.wants(unit.files(at+"/appeal", fields), http.StatusUnprocessableEntity, "请选择误评或恶意评价", "请上传至少一个证据附件", "评错了窗口")
	fields["claim"] = "mistaken"
	unit.wants(unit.files(at+"/appeal", fields, []byte("MZ program")), http.StatusUnprocessableEntity, "“证据0.exe”不是 PNG、JPEG 图片或 PDF 文件", `value="mistaken" checked`)
	unit.wants(unit.files(at+"/appeal", fields, nil, []byte("MZ program")), http.StatusUnprocessableEntity, "“证据0.exe”是空文件，请重新选择；“证据1.exe”不是 PNG")
	unit.wants(unit.files(at+"/appeal", fields, append([]byte(picture), make([]byte, followup.MaxFile)...)), http.StatusUnprocessableEntity, "“证据0.exe”超过5 MB")
	many := [][]byte{[]byte(picture), []byte(picture), []byte(picture), []byte(picture), []byte(picture), []byte(picture)}
	unit.wants(unit.files(at+"/appeal", fields, many...), http.StatusUnprocessableEntity, "最多上传5个附件")
	unit.wants(unit.files(at+"/appeal", fields, make([]byte, maxEvidence)), http.StatusRequestEntityTooLarge, "内容太大了")
	unit.to(unit.files(at+"/appeal", fields, []byte(picture)), at)
	s := unit.get(at)
	unit.wants(s, http.StatusOK, "申诉中", "误评", "证据0.png", "PNG 图片")
	unit.lacks(s, "申诉成立", "申诉不成立")

	link := regexp.MustCompile(`href="(` + at + `/files/[^"]*)"`).FindStringSubmatch(s.body)
	file := above.get(link[1])
	if file.status != http.StatusOK || file.body != picture || file.header.Get("Content-Type") != "image/png" ||
		!strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment;") || file.header.Get("X-Content-Type-Options") != "nosniff" ||
		file.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("evidence: %d %v", file.status, file.header)
	}
	above.wants(above.get(at+"/files/none"), http.StatusNotFound)

	form := url.Values{"version": {"1"}, "words": {"确是误评"}}
	unit.wants(unit.post(at+"/accept", form), http.StatusConflict, "申诉须由提出单位的上级复核", "确是误评")
	above.wants(above.post(at+"/accept", url.Values{"version": {"1"}}), http.StatusUnprocessableEntity, "请填写说明")
	above.wants(above.post(at+"/accept", form), http.StatusOK, "这条评价立即退出所有统计和排名", `name="sure" value="yes"`, "确是误评")
	above.wants(above.get(at), http.StatusOK, "申诉中")
	form.Set("sure", "yes")
	above.to(above.post(at+"/accept", form), at)
	above.wants(above.get(at), http.StatusOK, "不予采纳", "申诉成立，不予采纳", "确是误评", "评错了窗口")
	auditor := h.as(t, "shenji")
	auditor.wants(auditor.get(at), http.StatusOK, "不予采纳", "评错了窗口")
}

// One field in the clear, for a reason, noted before; never in an address or a log.
func TestUnmaskingAtACase(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t)
	b, at := h.as(t, "gongdan"), caseLink(serial)
	b.wants(b.post(at+"/unmask", url.Values{"field": {"contactPhone"}, "reason": {"看"}}), http.StatusUnprocessableEntity, "请写明理由", "138****8000")
	s := b.post(at+"/unmask", url.Values{"field": {"contactPhone"}, "reason": {"联系评价人核实情况"}})
	b.wants(s, http.StatusOK, "13800138000", "原文，查看已记入审计日志")
	b.lacks(s, "张三丰")
	b.lacks(b.get(at), "13800138000")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Object: "review:" + serial, Limit: 10})
	if err != nil || len(links) != 1 || links[0].Actor != "gongdan" || links[0].Reason != "联系评价人核实情况" || strings.Contains(links[0].After, "138") {
		t.Errorf("audit: %+v %v", links, err)
	}
	if strings.Contains(h.log(), "13800138000") {
		t.Error("the log holds the number")
	}
	auditor := h.as(t, "shenji")
	auditor.lacks(auditor.get(at), "查看原文")
}

// A review of a window without a person has nothing to unmask; its hall answers it.
func TestACaseWithoutAPerson(t *testing.T) {
	h, d := openCases(t)
	serial := d.opened(t, func(r *review.Review) {
		r.Personal = review.Personal{}
		r.EntityCode, r.Kind, r.DepartmentCode, r.DepartmentName, r.ItemName, r.ItemCode = "hallAffair", review.Window, "", "", "", ""
	})
	b := h.as(t, "dating")
	s := b.get(caseLink(serial))
	b.wants(s, http.StatusOK, "广州市政务服务中心", "这条评价没有留下姓名、电话和文字。")
	b.lacks(s, "查看原文")
}
