package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
)

// One review that does not open (a key that is gone, a row that somebody changed) is listed without what is sealed in it: the board, the
// public interfaces and its author's own list go on, and whoever watches is told.
func TestTheBoardOutlivesAReviewThatDoesNotOpen(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := buildTown(t, h)
		var serials []string
		for n := range 5 { // fewer would be shown without what was said
			done := at(time.Now().Add(-time.Hour))
			message := reviewOf(w.app, &client.CompletedAffair{
				AffairSerialNo: fmt.Sprint("GZ-", n), AffairCode: w.item.Code, AffairDoneTime: done, DepartmentCode: w.item.DepartmentCode,
			}, "uid-zhang", 5)
			message.User.UserName, message.Remark, message.EvalTime = "张三丰", fmt.Sprintf("第%d次很好", n), client.Time(time.Now())
			receipt, err := send(t.Context(), w.client(w.app), message)
			if err != nil {
				t.Fatal(err)
			}
			serials = append(serials, receipt.AffairEvalID)
		}
		h.do(t, "UPDATE review SET sealed = (SELECT o.sealed FROM review o WHERE o.serial = '"+serials[1]+"') WHERE serial = '"+serials[0]+"'")
		eventually(t, "the reviews are counted", func() bool { return strings.Contains(w.board(t, "/ping/board").text, "第1次很好") })
		for address, want := range map[string]int{"/ping/board": 4, "/ping/board/embed/newest": 4, "/ping/apis/v1/newest": 4, "/ping/apis/evals": 0} {
			status, text := w.get(t, address)
			if n := strings.Count(text, "很好"); status != http.StatusOK || n != want || strings.Contains(text, `"code":-1`) || strings.Contains(text, "系统出了") {
				t.Errorf("%s: status %d, %d remarks, want the %d that open: %s", address, status, n, want, text)
			}
		}
		if text := w.visit(t, zhang).get("/ping/my.html"); !strings.Contains(text, "第1次很好") || strings.Contains(text, "第0次很好") || !strings.Contains(text, "您写的内容暂时打不开") {
			t.Errorf("its author sees: %s", text)
		}
		if w.metric(t, "haochaping_unopened_reviews_total") == 0 {
			t.Error("no metric tells of it")
		}
		if log := w.logs.String(); strings.Count(log, "a review does not open") != 1 || !strings.Contains(log, serials[0]) || strings.Contains(log, "很好") || strings.Contains(log, "三丰") {
			t.Errorf("the log does not tell of it once, by its serial number alone:\n%s", log)
		}
	})
}
