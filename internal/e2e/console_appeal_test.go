package e2e

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// evidence is a picture, as a unit makes one of a screen.
func evidence(t *testing.T) string {
	t.Helper()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "叫号记录.png")
	if err := os.WriteFile(file, drawn.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A unit appeals with evidence, the level above accepts: the review leaves the public figures, who wrote it is told why, the
// auditor sees who did what, and whoever alters what is written of it is found out.
func TestAnAppealThatIsRight(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := buildTown(t, h, withoutTOTP)
		above := h.hire(t, "quyu", "region", "林区域", "--region", guangzhou)
		handler := h.hire(t, "gongdan", "handler", "周工单", "--hall", w.hall)
		auditor := h.hire(t, "shenji", "auditor", "吴审计")
		before := w.ranked(t)
		citizen := tabOn(t, w.url, phone)
		w.logIn(t, citizen)
		receipt, serial := citizen.rated(w, "GZ-2026-0401", "1", "办的是别的窗口")
		if got := w.ranked(t); got.BadCount != before.BadCount+1 {
			t.Fatalf("the bad review is not in the figures: %+v", got)
		}

		unit := tabOn(t, w.url, desktop)
		unit.open("/console/cases/" + serial)
		unit.settle("gongdan", handler)
		unit.unfold("提出申诉")
		unit.write("#a-appeal-words", "叫号记录显示该办件在5号窗口，与本单位无关")
		if status := unit.push("提交申诉"); status != http.StatusUnprocessableEntity {
			t.Errorf("an appeal without a claim and evidence: status %d", status)
		}
		if got := ask[string](unit, `document.querySelector("#a-appeal-words").value`); !strings.HasPrefix(got, "叫号记录显示") {
			t.Errorf("what was written is lost: %q", got)
		}
		unit.tap("details[open] input[value=mistaken]")
		unit.upload("#a-appeal-files", keep(t, t.TempDir(), "记录.png", "<script>alert(1)</script>"))
		if status := unit.push("提交申诉"); status != http.StatusUnprocessableEntity {
			t.Errorf("a page for a picture: status %d", status)
		}
		unit.upload("#a-appeal-files", evidence(t))
		unit.push("提交申诉")
		unit.wants("申诉中", "叫号记录.png", "PNG 图片", "误评")
		if unit.offers("申诉成立") {
			t.Error("who appealed may decide the appeal")
		}
		citizen.open("/ping/r/" + receipt)
		citizen.wants("复核中", "决定以前评价照常计入统计")

		boss := tabOn(t, w.url, desktop)
		boss.open("/console/cases/" + serial)
		boss.settle("quyu", above)
		boss.wants("申诉中", "叫号记录.png", "叫号记录显示该办件在5号窗口，与本单位无关")
		boss.acts("申诉成立", "accept", "核对叫号系统，确属误评", "申诉成立，不予采纳")
		boss.wants("确认后会发生", "这条评价立即退出所有统计和排名")
		boss.push("不予采纳这条评价")
		boss.wants("不予采纳", "申诉成立", "申诉中 → 不予采纳")

		if got := w.ranked(t); got != before {
			t.Errorf("after the appeal the ranking has %+v, want %+v", got, before)
		}
		w.counts(t, "no case after the appeal", func(got caseFigures) bool { return got.opened == 0 })
		if out := h.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
			t.Errorf("recount: %s", out)
		}
		citizen.open("/ping/r/" + receipt)
		citizen.wants("未采纳", "经上级部门复核，认定这条评价是误评", "不计入统计", "12345")
		citizen.lacks("核对叫号系统", "林区域", "周工单", "叫号记录")

		audit := tabOn(t, w.url, desktop)
		audit.open("/console/audit?object=case:" + serial)
		audit.settle("shenji", auditor)
		audit.wants("审计日志", "quyu", "gongdan", "提出申诉", "申诉成立", "申诉中 → 不予采纳", "误评")
		audit.lacks("张三丰", "13800001234", "核对叫号系统")
		audit.open("/console/cases/" + serial)
		audit.wants("不予采纳", "核对叫号系统，确属误评")
		if audit.offers("督办") || audit.offers("记录一次联系") {
			t.Error("the auditor may change something")
		}
		audit.open("/console/audit")
		audit.push("核对审计日志")
		audit.wants("一致：共", "没有缺失或改动", "校验值")

		if out := h.mustRun(t, "audit", "verify"); !strings.HasPrefix(out, "一致") {
			t.Errorf("audit verify: %s", out)
		}
		number := h.number(t, "SELECT number FROM audit WHERE action = 'case.accept'")
		h.do(t, "UPDATE audit SET actor = 'gongdan' WHERE number = $1", number)
		broken := "不一致：第 " + strconv.Itoa(number) + " 条"
		if r := h.run(t, "audit", "verify"); r.status != 1 || !strings.HasPrefix(r.out, broken) {
			t.Errorf("audit verify of an altered log: exit status %d, %s, want %s", r.status, r.out, broken)
		}
		audit.open("/console/audit")
		audit.push("核对审计日志")
		audit.wants(broken, "请不要再改动数据库")
	})
}
