package venue

import (
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

// FuzzTable: whatever stands in a table of halls (附件7), each fault names a cell of it and says why, and what has no fault is whole: every
// hall in a region that is known, with its name, every window and officer in one of the halls.
func FuzzTable(f *testing.F) {
	head := "区划\t层级\t大厅名称\t地址\t电话\t开放时间\t部门名称\t部门编码\t窗口号\t窗口名称\t工号\t姓名\n"
	for _, seed := range []string{
		"广州市\t市直\t厅\t路1号\t12345\t周一\t公安局\tD1\t1\t综合\tW1\t张三", "\t\t\t\t\t\t公安局\tD1\t1\t综合", "440100\t市直\t厅\t路\t1\t一", "广州市\t街道\t厅", "\x00\t\xff",
	} {
		f.Add(head + seed + "\n" + seed)
	}
	f.Add("区划\t大厅名称\n广州市\t厅")
	registry := org.NewRegistry(org.Guangdong(), nil)
	cell := regexp.MustCompile(`^[A-Z]{1,3}[1-9][0-9]*$`)
	f.Fuzz(func(t *testing.T, text string) {
		var rows []sheet.Row
		for n, line := range strings.Split(text, "\n") {
			rows = append(rows, sheet.Row{Number: n + 1, Cells: strings.Split(line, "\t")})
		}
		l := read(rows, registry)
		for _, fault := range l.faults {
			if fault.Reason == "" || fault.Cell != "" && !cell.MatchString(fault.Cell) {
				t.Errorf("%q: %+v", text, fault)
			}
		}
		if len(l.faults) > 0 {
			return
		}
		for _, h := range l.halls {
			if _, known := registry.Region(h.region()); !known || h.values[hallName] == "" {
				t.Errorf("%q: a hall %q", text, h.values)
			}
		}
		for _, e := range append(l.windows, l.officers...) {
			if e.hall == nil {
				t.Errorf("%q: %q is in no hall", text, e.values)
			}
		}
	})
}
