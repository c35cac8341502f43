package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/org"
)

func TestAnItemIsPlaced(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	q.wants(q.get("/console/items/of/I1"), http.StatusOK, "7 条", "确认这个事项")
	q.wants(q.post("/console/items/of/I1/change", url.Values{"name": {""}, "department": {taxCode}}), http.StatusUnprocessableEntity, "应为 1 到 100 个字符", "没有这个部门编码", taxCode)
	q.to(q.post("/console/items/of/I1/change", url.Values{"name": {"身份证补领"}, "department": {policeCode}}), "/console/items/of/I1")
	q.wants(q.get("/console/items?state=placed"), http.StatusOK, "身份证补领", "已确认")
	q.wants(q.post("/console/items/of/I2/change", url.Values{"name": {"x"}, "department": {policeCode}}), http.StatusNotFound)
}

func TestItemsAreConfirmedTogether(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	q.lacks(q.get("/console/items"), "确认所选")
	a := affair.Affair{SerialNo: "A4", ItemCode: "I4", ItemName: "身份证补领", DepartmentCode: policeCode, DoneTime: h.now()}
	if _, err := h.handler.Sources.Affairs.Take(t.Context(), affair.Batch{Source: "file", Rows: []affair.Row{{Affair: a}}}); err != nil {
		t.Fatal(err)
	}
	page := q.get("/console/items?state=pending")
	q.wants(page, http.StatusOK, "确认所选", `value="I4"`)
	q.lacks(page, `value="I1"`)
	q.wants(q.post("/console/items/confirm", url.Values{}), http.StatusUnprocessableEntity, "勾选")
	q.wants(q.post("/console/items/confirm", url.Values{"item": {"I2"}}), http.StatusNotFound)
	q.to(q.post("/console/items/confirm", url.Values{"item": {"I1", "I4"}}), "/console/items?state=pending")
	q.wants(q.get("/console/items?state=pending"), http.StatusOK, "已确认 1 个事项。另有 1 个没有名称", ">I1<")
	if got := h.auditOf("item:I4"); len(got) != 1 || !strings.HasPrefix(got[0], "quyu item.save") {
		t.Errorf("the audit log: %q", got)
	}
}

func TestItemsAreImportedAndMerged(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	const path = "/console/items/import"
	q.wants(q.get("/console/items"), http.StatusOK, path)
	wrong := "编码,名称,部门编码,部门名称\nI7,,没有的部门,某局\nI7,身份证补领," + policeCode + ",\n"
	q.wants(q.submitFile(path, nil, "事项.csv", wrong), http.StatusOK, "有 3 处错误", "B2", "C2", "没有部门编码“没有的部门”", "A3", "已在第 2 行", "什么也没有导入")
	far := "编码,名称,部门编码\nI7,身份证补领," + policeCode + "\nI8,纳税," + taxCode + "\n"
	q.wants(q.submitFile(path, nil, "事项.csv", far), http.StatusUnprocessableEntity, "I8 不在您的管理范围内")
	q.wants(q.submitFile(path, nil, "事项.csv", "编码,名称,部门编码,原编码\nI7,身份证补领,"+policeCode+",I2\n"), http.StatusUnprocessableEntity, "I2 不在您的管理范围内")
	looked := q.submitFile(path, nil, "事项.csv", "编码,名称,部门编码\nI7,身份证补领,"+policeCode+"\nI1,护照,"+policeCode+"\n")
	q.wants(looked, http.StatusOK, "新增 1 个，更改 1 个", "待确认")
	q.lacks(q.get("/console/items"), ">I7<")
	q.to(q.post(path, hiddenOf(looked)), "/console/items")
	q.wants(q.get("/console/items?state=placed"), http.StatusOK, ">I7<", "身份证补领", "护照")
	file := q.get("/console/items/export?format=csv")
	again := q.submitFile(path, nil, "事项.csv", strings.TrimPrefix(file.body, "\ufeff"))
	q.wants(again, http.StatusOK, "与现有内容相同")

	const page = "/console/items/of/I1"
	for into, why := range map[string]string{"I1": "“I1”就是现编码，不能并入自己", "I2": "您的范围内没有这个事项", "": "请填写现编码"} {
		q.wants(q.place(page, "merge", url.Values{"into": {into}}), http.StatusUnprocessableEntity, why)
	}
	asked := q.place(page, "merge", url.Values{"into": {"身份证补领"}})
	q.wants(asked, http.StatusOK, "把 护照 并入 身份证补领", "现有 7 条", "不能撤销")
	if h.registry.Successions().Len() != 0 {
		t.Error("it was merged without asking")
	}
	q.to(q.post(page+"/merge", hiddenOf(asked)), "/console/items/of/I7")
	if got := h.registry.Successions().Code(org.OfItem, "I1"); got != "I7" {
		t.Errorf("it counts under %s", got)
	}
	q.lacks(q.get("/console/items"), ">I1<")
	q.wants(q.get(page), http.StatusNotFound)
	if got := h.auditOf("item:I1"); len(got) != 2 || got[1] != "quyu item.merge  → into=I7" && got[0] != "quyu item.merge  → into=I7" {
		t.Errorf("the audit log: %q", got)
	}
}
