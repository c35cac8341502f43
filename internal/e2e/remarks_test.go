package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/client"
)

// After an upgrade that finds more, an operator has what is public judged once more: first he reads how much it is, then it is masked, and
// who looks at the running server's public reviews sees it at once.
func TestWhatIsPublicIsJudgedOnceMore(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	a := h.register(t, "app1")
	s := h.serve(t)
	for n := range 6 { // of fewer nothing is shown
		message := reviewOf(a, &client.CompletedAffair{AffairSerialNo: fmt.Sprint("GZ-", n), AffairCode: "I1", AffairDoneTime: "20260401090000"}, "u1", 5)
		if n == 0 {
			message.Remark = "办得快，电话13900139000"
		}
		if _, err := send(t.Context(), s.client(a), message); err != nil {
			t.Fatal(err)
		}
	}
	h.do(t, "UPDATE review SET publication = 1, masked = ''") // as a program left it that knew no telephones
	public := func() string {
		t.Helper()
		_, body := s.get(t, "/ping/apis/v1/newest?period=2026-04")
		return body
	}
	for _, step := range []struct {
		arguments           []string
		wants, shown, hides string
	}{
		{[]string{"remarks", "check"}, "要遮盖 1 条，要转为待审核 0 条。没有改动", "电话13900139000", "***"},
		{[]string{"remarks", "check", "--apply"}, "已遮盖 1 条", "电话***********", "13900139000"},
		{[]string{"remarks", "check", "--apply"}, "没有要改的", "电话***********", "13900139000"},
	} {
		if out := h.mustRun(t, step.arguments...); !strings.Contains(out, step.wants) || strings.Contains(out, "13900139000") {
			t.Errorf("%v: got %s", step.arguments, out)
		}
		eventually(t, step.wants, func() bool {
			got := public()
			return strings.Contains(got, step.shown) && !strings.Contains(got, step.hides)
		})
	}
	if n := h.number(t, "SELECT count(*) FROM audit WHERE action = 'moderation.again' AND after = '遮盖：1；转为待审核：0'"); n != 1 {
		t.Errorf("it stands %d times in the audit chain", n)
	}
	h.agrees(t)
}
