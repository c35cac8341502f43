package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
)

// An administrator has a person's data erased: he sees how many records there are, never whose; afterwards the review is there without
// its author, the receipt finds nothing, the figures are what they were, and the auditor reads who did it.
func TestAPersonIsForgotten(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	w := buildTown(t, h, withoutTOTP)
	admin := h.hire(t, "sheng", "province", "陈省级")
	citizen := tabOn(t, w.url, phone)
	w.logIn(t, citizen)
	receipt, serial := citizen.rated(w, "GZ-2026-0777", "1", "请回电 13800138000，我姓张")
	before := w.ranked(t)

	desk := tabOn(t, w.url, desktop)
	desk.open("/console/erasures/new")
	desk.settle("sheng", admin)
	desk.open("/console/reviews/of/" + serial)
	desk.link("dd", "查看审核")
	desk.wants("内容审核", "请回电")
	desk.open("/console/erasures/new")
	desk.write("#f-number", "440100199001011234")
	desk.write("#f-reason", "本人 2026-11-02 书面申请")
	desk.push("开始查找")
	page := desk.at()
	eventually(t, "the records are looked through", func() bool {
		desk.open(page)
		return strings.Contains(desk.text(), "待确认")
	})
	desk.wants("评价 1 条", "工单 1 件")
	desk.lacks("440100199001011234", "13800138000")
	desk.push("删除个人信息")
	desk.wants("确认后会发生", "删除1条评价", "统计数不变")
	desk.push("删除个人信息")
	eventually(t, "they are erased", func() bool {
		desk.open(page)
		return strings.Contains(desk.text(), "已删除")
	})
	desk.open("/console/reviews/of/" + serial)
	desk.wants("已按规定删除", "非常不满意")
	desk.lacks("13800138000", "查看原文")
	desk.open("/console/cases/" + serial)
	desk.lacks("13800138000", "系统出了点问题")
	desk.open("/console/audit")
	desk.wants("确认删除个人信息", "删除了个人信息", "评价1条")
	desk.lacks("440100199001011234")
	if status := citizen.open("/ping/r/" + receipt); status != http.StatusNotFound {
		t.Errorf("the receipt still finds the review: status %d", status)
	}
	citizen.open("/ping/my.html")
	citizen.lacks("13800138000", "GZ-2026-0777")
	if diff := cmp.Diff(before, w.ranked(t)); diff != "" {
		t.Errorf("the figures changed: %s", diff)
	}
	if out := h.mustRun(t, "recount"); !strings.Contains(out, "一致") {
		t.Errorf("recount says: %s", out)
	}
}

// The same by a command, whose number comes by standard input: without --yes it tells how much there is, with it all is gone.
func TestAPersonIsForgottenByCommand(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	a := h.register(t, "app1")
	s := h.serve(t)
	bystander := reviewOf(a, &client.CompletedAffair{AffairSerialNo: "GZ-1", AffairCode: "I1", AffairDoneTime: "20260401090000"}, "u1", 5)
	bystander.User.CertificateNo = "440100199001015678"
	message := reviewOf(a, &client.CompletedAffair{AffairSerialNo: "GZ-2", AffairCode: "I1", AffairDoneTime: "20260401090000"}, "u2", 1)
	message.Remark = "请回电 13800138000，我姓张"
	for _, m := range []client.AffairEval{bystander, message} {
		if _, err := send(t.Context(), s.client(a), m); err != nil {
			t.Fatal(err)
		}
	}
	erase := func(number string, more ...string) string {
		t.Helper()
		command := h.command(t.Context(), t, append([]string{"erase", "--by", "certificate", "--reason", "本人 2026-11-02 书面申请"}, more...)...)
		command.Stdin = strings.NewReader(number + "\n")
		out, err := command.CombinedOutput()
		if err != nil || strings.Contains(string(out), number) {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	for _, step := range []struct {
		more  []string
		wants []string
	}{{nil, []string{"评价 1 条", "没有删除"}}, {[]string{"--yes"}, []string{"评价 1 条", "已删除个人信息"}}, {nil, []string{"评价 0 条", "没有找到"}}} {
		out := erase("440100199001011234", step.more...)
		for _, want := range step.wants {
			if !strings.Contains(out, want) {
				t.Errorf("%v: got %s, want %s", step.more, out, want)
			}
		}
	}
	h.isWhole(t, s, 2)
}

// What does not open may be about the person: the command says how many such records there are, and does not end as if all were done.
func TestAnErasureSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	a := h.register(t, "app1")
	s := h.serve(t)
	for n, person := range []string{"u1", "u2"} {
		message := reviewOf(a, &client.CompletedAffair{AffairSerialNo: fmt.Sprint("GZ-", n), AffairCode: "I1", AffairDoneTime: "20260401090000"}, person, 5)
		receipt, err := send(t.Context(), s.client(a), message)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			h.do(t, "UPDATE review SET sealed = x'00112233445566778899' WHERE serial = '"+receipt.AffairEvalID+"'")
		}
	}
	for _, step := range []struct {
		more   []string
		wants  []string
		status int
	}{
		{nil, []string{"评价 1 条", "1 条记录打不开", "没有删除"}, 0},
		{[]string{"--yes"}, []string{"评价 1 条", "已删除找到的个人信息", "1 条记录打不开"}, 1},
		{[]string{"--yes"}, []string{"评价 0 条", "没有找到", "1 条记录打不开"}, 1},
	} {
		command := h.command(t.Context(), t, append([]string{"erase", "--by", "phone", "--reason", "本人 2026-11-02 书面申请"}, step.more...)...)
		command.Stdin = strings.NewReader("13800138000\n")
		out, _ := command.CombinedOutput()
		if got := command.ProcessState.ExitCode(); got != step.status {
			t.Errorf("%v: exit status %d, want %d: %s", step.more, got, step.status, out)
		}
		for _, want := range step.wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v: got %s, want %s", step.more, out, want)
			}
		}
	}
	if n := h.number(t, "SELECT count(*) FROM erasure WHERE unread = 1"); n != 3 {
		t.Errorf("%d requests say that a record was not read, want all 3", n)
	}
}
