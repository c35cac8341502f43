package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/beijing"
)

var (
	findingForm = regexp.MustCompile(`/console/integrity/of/[^"]+`)
	ticketForm  = regexp.MustCompile(`name="serial" value="([0-9A-Z]{20})"`)
)

// Somebody has eight people say the same of a department. It is found, a supervisor confirms it and the reviews leave the public figures; he takes it back and
// they return; he dismisses it and it does not come again. Who is of another city sees nothing of it, and all of it is in the audit log.
func TestASupervisorJudgesFraud(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := smallTown(t, h)
		boss := w.sits(t, "quyu", h.hire(t, "quyu", "region", "林区域", "--region", guangzhou))
		other := w.sits(t, "szqu", h.hire(t, "szqu", "region", "深区域", "--region", "440300000000"))
		yesterday := beijing.DayStart(beijing.AddDays(beijing.Day(time.Now()), -1)).Add(10 * time.Hour)
		say := func(n, stars int, remark string) string {
			t.Helper()
			at := yesterday.Add(time.Duration(n) * 17 * time.Minute)
			m := reviewOf(w.app, &client.CompletedAffair{
				AffairSerialNo: fmt.Sprintf("GZ-FRAUD-%04d", n), AffairCode: "11440100007502345630001001001000", DepartmentCode: "114401000075023456", DepartmentName: "广州市公安局",
				AffairDoneTime: beijing.Format14(at.Add(-time.Hour)),
			}, fmt.Sprint("p", n), stars)
			m.User.CertificateNo, m.Remark, m.EvalTime = fmt.Sprintf("44010019900101%04d", n), remark, beijing.Format14(at)
			receipt, err := w.client(w.app).SubmitAffair(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			return receipt.AffairEvalID
		}
		honest := say(0, 5, "今天人不多，材料齐全很快办好")
		bad := say(1, 1, "真心实意为百姓，把小事当成大事来办")
		for n := 2; n < 10; n++ {
			say(n, 5, "真心实意为百姓，把小事当成大事来办"+strings.Repeat("！", n%3))
		}
		counted := func() (n int) {
			t.Helper()
			_, body := w.get(t, "/ping/apis/evals/stars")
			var answer struct{ Data []struct{ SumCount int } }
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			for _, star := range answer.Data {
				n += star.SumCount
			}
			return n
		}
		before := counted()
		if before < 10 {
			t.Fatalf("%d reviews are counted", before)
		}
		eventually(t, "the fraud is found", func() bool {
			return strings.Contains(h.mustRun(t, "inspect"), "待判断的异常线索：1 条")
		})
		list := boss.get("/console/integrity")
		if !strings.Contains(list.text, "8人的评语雷同") || !strings.Contains(list.text, "广州市公安局") {
			t.Fatalf("the list has no such finding: %s", list.text)
		}
		at := findingForm.FindString(list.text)
		page := boss.get(at)
		var serials []string
		for _, found := range ticketForm.FindAllStringSubmatch(page.text, -1) {
			serials = append(serials, found[1])
		}
		if len(serials) != 8 || strings.Contains(page.text, honest) || strings.Contains(page.text, bad) || strings.Contains(page.text, "真心实意") {
			t.Errorf("the finding is about %v: %s", serials, page.text)
		}
		if got := other.get(at); got.status != http.StatusNotFound {
			t.Errorf("another city's supervisor sees it: %d", got.status)
		}
		judge := func(version int, decision string) {
			t.Helper()
			got := boss.post(at, url.Values{"version": {fmt.Sprint(version)}, "decision": {decision}, "reason": {"电话核实了三人，都没有办过事"}, "serial": serials})
			if got.status != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", decision, got.status, got.text)
			}
			if out := h.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
				t.Errorf("%s: recount: %s", decision, out)
			}
		}
		judge(0, "confirmed")
		if got := counted(); got != before-8 {
			t.Errorf("confirmed: %d reviews are counted, want %d", got, before-8)
		}
		judge(1, "open")
		if got := counted(); got != before {
			t.Errorf("taken back: %d reviews are counted, want %d", got, before)
		}
		judge(2, "dismissed")
		h.do(t, "UPDATE examined_day SET examined_at = 0, reviews = 0")
		if out := h.mustRun(t, "inspect"); !strings.Contains(out, "：0 条") {
			t.Errorf("dismissed, it comes again: %s", out)
		}
		if out := h.mustRun(t, "audit", "verify"); !strings.HasPrefix(out, "一致") {
			t.Errorf("audit verify: %s", out)
		}
		if n := h.number(t, "SELECT count(*) FROM audit WHERE action = 'integrity.decide' AND actor = 'quyu'"); n != 3 {
			t.Errorf("%d decisions are in the audit log, want 3", n)
		}
	})
}
