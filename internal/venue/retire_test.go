package venue

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
)

func everything(string, string, string) bool { return true }

// What is retired leaves the list that is given out, is not missed in one that comes in, and opens again when it is in one.
func TestWhatIsRetiredAndALists(t *testing.T) {
	h := newHouse()
	rows := table(center + police + "|1|出入境|GZ001|陈志强")
	h.imports(t, rows)
	window, _ := h.directory.Window("4401000000010001")
	if err := h.Retire(t.Context(), AWindow, "", window.Code, Mark(window), true, "", everything); err != nil {
		t.Fatal(err)
	}
	if err := h.Retire(t.Context(), AWindow, "", window.Code, Mark(window), true, "", everything); err != nil {
		t.Errorf("sent twice: %v", err)
	}
	reopened, _ := h.directory.Window(window.Code)
	reopened.Name = "another"
	if err := h.Retire(t.Context(), AWindow, "", window.Code, Mark(reopened), false, "", everything); fault.KindOf(err) != fault.Conflict {
		t.Errorf("what was seen before is gone, and yet: %v", err)
	}
	out := h.directory.Export(func(string) string { return "" })
	if len(out.Rows) != 1 || strings.Contains(strings.Join(out.Rows[0], " "), "出入境") {
		t.Errorf("given out: %v", out.Rows)
	}
	p := h.plan(t, table(center+"|||||"))
	if p.Missing.Windows != 0 {
		t.Errorf("%d windows are missed", p.Missing.Windows)
	}
	p = h.plan(t, rows)
	if p.Changed.Windows != 1 || len(p.Changes) != 1 || p.Changes[0].From != "已停用" || p.Changes[0].To != "使用中" {
		t.Errorf("planned: %+v, %+v", p.Changed, p.Changes)
	}
	h.imports(t, rows)
	if window, _ := h.directory.Window(window.Code); window.Retired {
		t.Error("it is in the list and does not open again")
	}
	hall, _ := h.directory.Hall(window.HallCode)
	if err := h.Retire(t.Context(), AHall, "", hall.Code, Mark(hall), true, "", everything); err != nil {
		t.Fatal(err)
	}
	if out := h.directory.Export(func(string) string { return "" }); len(out.Rows) != 0 {
		t.Errorf("a closed hall is given out: %v", out.Rows)
	}
}

// A list of somebody who may touch one hall only is at fault for every other.
func TestAListWithinABound(t *testing.T) {
	h := newHouse()
	h.imports(t, table(center+police+"|1|出入境|GZ001|陈志强", street+police+"|A1|综合受理"))
	only := func(_, _, hall string) bool { return hall == "440100000001" }
	rows, err := h.PlanWithin(t.Context(), table(center+police+"|2|户政"), only)
	if err != nil || len(rows.Faults) > 0 || rows.New.Windows != 1 {
		t.Fatalf("of his own: %+v, %v", rows, err)
	}
	if rows.Missing.Halls != 0 {
		t.Errorf("%d halls of others are missed", rows.Missing.Halls)
	}
	for name, line := range map[string]string{"one that is there": street + police + "|A2|户政", "a new one": strings.Replace(center, "广州市政务", "新政务", 1) + police + "|2|户政"} {
		p, err := h.PlanWithin(t.Context(), table(line), only)
		if err != nil || len(p.Faults) != 1 || !strings.Contains(p.Faults[0].Reason, "不在您的管理范围内") {
			t.Errorf("%s: %+v, %v", name, p.Faults, err)
		}
	}
}
