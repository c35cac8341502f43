package console

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/haochaping/haochaping/internal/identity"
)

// Cases are assigned by ticking them, without scripts, each by itself.
func TestAssigning(t *testing.T) {
	h, d := openCases(t)
	b := h.as(t, "bumen")
	h.as(t, "gongdan")
	h.hire("auditing", identity.Draft{Name: "甲", Role: identity.Auditor})
	one, two := d.opened(t), d.opened(t)
	b.wants(b.get("/console/cases"), http.StatusOK, `<option value="gongdan">工单（工单处理员 · 广州市公安局）</option>`)
	form := url.Values{"pick": {one + ".0", two + ".0", "nonsense"}, "back": {"/console/cases?of=-"}}
	b.wants(b.post("/console/cases/assign", form), http.StatusUnprocessableEntity, "请填写要指派的账号", `value="`+one+`.0" checked`)
	for _, login := range []string{"nobody", "auditing", "sheng"} {
		form.Set("to", login)
		b.wants(b.post("/console/cases/assign", form), http.StatusUnprocessableEntity, "没有这个账号，或不在您的管理范围内", `value="`+login+`"`)
	}
	form.Set("to", "GONGDAN ")
	b.to(b.post("/console/cases/assign", form), "/console/cases?of=-")
	b.wants(b.get("/console/cases"), http.StatusOK, "已把2张工单指派给工单。")
	worker := h.as(t, "gongdan")
	worker.wants(worker.get("/console/cases?of=me"), http.StatusOK, one, two)
	worker.wants(worker.get("/console"), http.StatusOK, "指派给我的工单")
	worker.lacks(worker.get("/console/cases"), "批量指派")
	s := b.post("/console/cases/assign", url.Values{"pick": {one + ".0", two + ".1"}, "release": {"1"}, "back": {"https://evil.example"}})
	b.wants(s, http.StatusConflict, "有1张工单没有收回成功，其余1张已经收回：", one)
	b.wants(b.post("/console/cases/assign", url.Values{"pick": {one + ".0"}, "to": {"bumen"}}), http.StatusConflict, "有1张工单没有指派成功：")
	b.wants(b.post("/console/cases/assign", url.Values{"to": {"gongdan"}}), http.StatusUnprocessableEntity, "请选择1到200张工单")
	b.to(b.post("/console/cases/assign", url.Values{"pick": {one + ".1"}, "release": {"1"}, "back": {"https://evil.example"}}), "/console")
}

// Who assigns a case on its own page stays there when something is wrong.
func TestAssigningOnACasesPage(t *testing.T) {
	h, d := openCases(t)
	b := h.as(t, "bumen")
	h.as(t, "gongdan")
	serial := d.opened(t)
	form := url.Values{"pick": {serial + ".0"}, "back": {"/console/cases/" + serial}}
	s := b.post("/console/cases/assign", form)
	b.wants(s, http.StatusUnprocessableEntity, "请填写要指派的账号", "现在可以做", "办理过程")
	b.lacks(s, "批量指派")
	form.Set("to", "nobody")
	b.wants(b.post("/console/cases/assign", form), http.StatusUnprocessableEntity, "没有这个账号，或不在您的管理范围内", `value="nobody"`, "办理过程")
	form.Set("to", "gongdan")
	b.to(b.post("/console/cases/assign", form), "/console/cases/"+serial)
	form.Set("to", "bumen")
	b.wants(b.post("/console/cases/assign", form), http.StatusConflict, "您的操作没有保存", "办理过程", `value="`+serial+`.1"`)
	form.Set("back", "/console/cases/nonsense")
	b.wants(b.post("/console/cases/assign", form), http.StatusConflict, "有1张工单没有指派成功：", "批量指派")
}
