package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
)

func TestSourcesAreShownWithinScope(t *testing.T) {
	h := registerHouse(t)
	at := h.now()
	state := affair.SourceState{
		Source: "front", Owner: "one", NotedAt: at, Reached: at.Add(-3 * time.Hour), PulledAt: at, New: 1234, Changed: 2, Failing: "10.1.2.3 连不上", Brief: "连不上",
		FailingSince: at.Add(-time.Hour),
	}
	if err := h.store.NoteSource(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	b := h.as(t, "sheng")
	b.wants(b.get("/console/sources"), http.StatusOK, "有故障", "10.1.2.3 连不上", "落后3小时", "1,234", ">file<", "表格导入")
	rejected := b.get("/console/sources/of/file")
	b.wants(rejected, http.StatusOK, ">S1<", ">S2<", ">S3<", "办结时间 不能为空", "张*")
	b.lacks(rejected, "张三丰", "李四光")
	file := b.get("/console/sources/of/file/export?format=csv")
	b.wants(file, http.StatusOK, "未收原因", "S2", "李*")
	b.lacks(file, "李四光")
	again := b.submitFile("/console/sources/upload", map[string]string{"source": "file"}, "未收办件.csv", file.body)
	b.wants(again, http.StatusUnprocessableEntity, "列“申请人姓名（已遮盖）”中的个人信息已遮盖，不能导入") // or 李* would be the applicant from now on
	q := h.as(t, "quyu")
	near := q.get("/console/sources/of/file")
	q.wants(near, http.StatusOK, ">S1<")
	q.lacks(near, ">S2<", ">S3<", "从头再读")
	list := q.get("/console/sources")
	q.wants(list, http.StatusOK, "连不上")
	q.lacks(list, "10.1.2.3")
	q.lacks(q.get("/console/sources/of/file/export?format=csv"), "S2", "S3")
	b.wants(b.get("/console/sources?state=failing"), http.StatusOK, ">front<")
	b.lacks(b.get("/console/sources?state=rejected"), ">front<")
	b.wants(b.get("/console/sources/of/nowhere"), http.StatusNotFound)
}

func TestRejectedRowsArePaged(t *testing.T) {
	h := registerHouse(t)
	batch := affair.Batch{Source: "many", Columns: []string{"办件编号", "实施清单编码", "办结时间", "区划编码", "申请人姓名"}}
	for n := range PageSize + 1 {
		batch.Rows = append(batch.Rows, row("P~"+string(rune('A'+n/26))+string(rune('A'+n%26)), guangzhou, "赵六"))
	}
	if _, err := h.handler.Sources.Affairs.Take(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	b := h.as(t, "sheng")
	first := b.get("/console/sources/of/many")
	b.wants(first, http.StatusOK, ">P~AA<", ">P~BX<", `rel="next"`)
	b.lacks(first, ">P~BY<")
	_, rest, _ := strings.Cut(first.body, `<a href="/console/sources/of/many?after=`)
	next, _, _ := strings.Cut(rest, `"`)
	second := b.get("/console/sources/of/many?after=" + next)
	b.wants(second, http.StatusOK, ">P~BY<")
	b.lacks(second, ">P~BX<", `rel="next"`)
	b.wants(b.get("/console/sources/of/many?after=!!"), http.StatusOK, ">P~AA<")
	b.wants(b.get("/console/sources/of/many?text=P~BY"), http.StatusOK, ">P~BY<")
}

func TestASourceIsReadAgain(t *testing.T) {
	h := registerHouse(t)
	b := h.as(t, "sheng")
	asked := b.post("/console/sources/of/front/again", url.Values{})
	b.wants(asked, http.StatusOK, "从头再读 front", "不会重复")
	b.to(b.post("/console/sources/of/front/again", hiddenOf(asked)), "/console/sources/of/front")
	b.wants(b.get("/console/sources/of/front"), http.StatusOK, "下一轮同步会从头读起")
	if got := h.auditOf("source:front"); len(got) != 1 || !strings.HasPrefix(got[0], "sheng source.again") {
		t.Errorf("the audit log: %q", got)
	}
	b.wants(b.post("/console/sources/of/file/again", url.Values{"sure": {"yes"}}), http.StatusNotFound)
}

func TestAListOfAffairsIsLookedAtAndThenTaken(t *testing.T) {
	h := registerHouse(t)
	b := h.as(t, "sheng")
	const list = "办件编号,实施清单编码,办结时间,申请人姓名,心情\nL1,I1,2026-06-10 09:00:00,张三丰,好\nL2,I1,,李四光,好\n"
	source := map[string]string{"source": "hand"}
	b.wants(b.submitFile("/console/sources/upload", map[string]string{"source": "app:app1"}, "a.csv", list), http.StatusUnprocessableEntity, "应为 1 到 32 位")
	b.wants(b.submitFile("/console/sources/upload", map[string]string{"source": "front"}, "a.csv", list), http.StatusUnprocessableEntity, "是前置库的名称")
	b.wants(b.submitFile("/console/sources/upload", source, "a.csv", "随便,写写\n1,2\n"), http.StatusUnprocessableEntity, "缺少必填的列")
	looked := b.submitFile("/console/sources/upload", source, "六月.csv", list)
	b.wants(looked, http.StatusOK, "六月.csv", "共 2 行：会新增 1，更新 0，不变 0，未收 1", "第 3 行", "不能为空", "略过：心情")
	b.lacks(looked, "张三丰", "李四光")
	if n, err := h.store.CountRefusals(t.Context(), "hand"); err != nil || n != 0 {
		t.Fatalf("looking took something: %d, %v", n, err)
	}
	done := b.post("/console/sources/upload", hiddenOf(looked))
	b.wants(done, http.StatusOK, "已导入", "新增 1，更新 0，不变 0，未收 1")
	if n, err := h.store.CountRefusals(t.Context(), "hand"); err != nil || n != 1 {
		t.Errorf("%d rejected rows, %v", n, err)
	}
	got := h.auditOf("source:hand")
	if len(got) != 2 || got[0] != "sheng affairs.import  → rows=2 new=1 changed=0 same=0 rejected=1" {
		t.Errorf("the audit log: %q", got)
	}
	b.wants(b.post("/console/sources/upload", hiddenOf(looked)), http.StatusUnprocessableEntity, "请重新上传")
}
