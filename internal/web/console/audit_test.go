package console

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/audit"
)

func TestTheAuditLogIsSearched(t *testing.T) {
	h := newHouse(t, withNotices(t, &mailroom{}))
	b := h.as(t, "shenji")
	for n := range PageSize + 5 {
		ctx := audit.With(t.Context(), audit.Origin{Actor: "zhang", Address: "10.1.2.3"})
		err := h.store.Note(ctx, audit.Entry{Action: "hall.change", Object: fmt.Sprint("hall:", n), Before: "旧<名>", After: "新名", Reason: "更名"})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := b.get("/console/audit?actor=zhang")
	b.wants(s, http.StatusOK, "修改大厅", "大厅 54<", "旧&lt;名&gt;", "新名", "更名", "10.1.2.3", "后一页")
	b.lacks(s, "大厅 4<")
	next := regexp.MustCompile(`href="(/console/audit\?[^"]+)" rel="next"`).FindStringSubmatch(s.body)
	if next == nil {
		t.Fatal("there is no next page")
	}
	s = b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	b.wants(s, http.StatusOK, "大厅 4<", "大厅 0<", "前一页")
	b.lacks(s, "大厅 5<")
	b.wants(b.get("/console/audit?action=staff.login"), http.StatusOK, "登录")
	b.wants(b.get("/console/audit?object=hall:7"), http.StatusOK, "大厅 7<")
	b.wants(b.get("/console/audit?object="+url.QueryEscape("大厅 7")), http.StatusOK, "大厅 7<")
	for _, typed := range []string{"大厅7", "大厅：7", "大厅　7"} {
		b.wants(b.get("/console/audit?object="+url.QueryEscape(typed)), http.StatusOK, "大厅 7<")
	}
	for _, typed := range []string{"SHENJI", "审计"} { // a login however it is written, a name that one alone has
		b.wants(b.get("/console/audit?actor="+url.QueryEscape(typed)), http.StatusOK, "修改密码</td>", `value="`+typed+`"`)
	}
	b.wants(b.get("/console/audit?object="+url.QueryEscape("账号 SHENJI")), http.StatusOK, "修改密码</td>")
	b.wants(b.get("/console/audit?from=2026-06-16"), http.StatusOK, "没有符合条件的记录")
	b.wants(b.get("/console/audit?actor=zhang&from=2026-06-15&to=2026-06-15"), http.StatusOK, "大厅 54")
	b.wants(b.get("/console/audit?after=nonsense"), http.StatusOK, "大厅 54")

	if err := h.store.Note(t.Context(), audit.Entry{Action: "erasure.old", Object: "erasure"}); err != nil {
		t.Fatal(err)
	}
	b.wants(b.get("/console/audit?actor="+url.QueryEscape("系统")), http.StatusOK, "到期删除个人信息</td>", `value="系统"`)
	s = b.get("/console/audit/export?format=csv&actor=" + url.QueryEscape("系统"))
	b.wants(s, http.StatusOK, ",系统,到期删除个人信息,")
	b.lacks(s, audit.System)
	s = b.get("/console/audit/export?format=csv&actor=zhang")
	if n := strings.Count(s.body, "修改大厅"); s.status != http.StatusOK || n != PageSize+5 {
		t.Errorf("exported %d rows with status %d", n, s.status)
	}
	b.wants(b.get("/console/audit"), http.StatusOK, "导出 审计日志", "<ins>csv</ins>")
	b.wants(b.get("/console/audit?object="+url.QueryEscape("导出 审计日志")), http.StatusOK, "<ins>csv</ins>")
	b.wants(h.as(t, "quyu").get("/console/audit"), http.StatusForbidden)
}

func TestTheAuditLogIsVerified(t *testing.T) {
	h := newHouse(t, withNotices(t, &mailroom{}))
	b := h.as(t, "sheng")
	s := b.post("/console/audit/verify", url.Values{})
	b.wants(s, http.StatusOK, "一致：共", "没有缺失或改动")
	head := regexp.MustCompile(`<output class="secret">(\d+-[0-9a-f]{64})</output>`).FindStringSubmatch(s.body)
	if head == nil {
		t.Fatal("no anchor is given")
	}
	b.wants(b.post("/console/audit/verify", url.Values{"head": {" " + head[1] + "\n"}}), http.StatusOK, "也与您留存的校验值相符")
	forged := "1-" + strings.Repeat("0", 64)
	b.wants(b.post("/console/audit/verify", url.Values{"head": {forged}}), http.StatusOK, "不一致：第 1 条", "留存的校验值不符")
	b.wants(b.post("/console/audit/verify", url.Values{"head": {"nonsense"}}), http.StatusUnprocessableEntity, "校验值不完整", `value="nonsense"`)
	b.wants(b.get("/console/audit?action=audit.verify"), http.StatusOK, "核对审计日志", "不一致：第 1 条")
}
