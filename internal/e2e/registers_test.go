package e2e

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/client"
)

// An operator brings in departments, regions and items from lists: first he is told what each would do and what is wrong, then it is
// done. An item that got another code keeps its reviews, those before and those that still come under the former one.
func TestRegistersFromLists(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		imports := func(what, list string, more ...string) result {
			t.Helper()
			return h.run(t, append([]string{"import", what, listFile(t, list)}, more...)...)
		}
		const (
			departments = "编码,名称,所属区划\nD0,市公安局,广州市\nD1,市民政局,广州市\n"
			regions     = "编码,名称\n440104,越秀区\n440188,新城区\n"
			items       = "编码,名称,部门编码\nI1,身份证补领,D0\nI2,婚姻登记,D1\n"
		)
		if r := imports("items", items); r.status != 1 || !strings.Contains(r.out, "C2 部门编码 没有部门编码“D0”") {
			t.Errorf("items of a department that is not there: %+v", r)
		}
		for _, list := range []struct{ what, rows, would, table string }{
			{"departments", departments, "部门：新增 2，更改 0，不变 0", "department WHERE code IN ('D0', 'D1') AND NOT pending"},
			{"regions", regions, "区划：新增 1，更改 0，不变 1", "region WHERE code = '440188000000' AND NOT pending"},
			{"items", items, "事项：新增 2，更改 0，不变 0", "item WHERE NOT pending"},
		} {
			before := h.number(t, "SELECT count(*) FROM "+list.table)
			if r := imports(list.what, list.rows); r.status != 0 || !strings.Contains(r.out, list.would) || !strings.Contains(r.out, "预演") {
				t.Errorf("%s, dry run: %+v", list.what, r)
			}
			if now := h.number(t, "SELECT count(*) FROM "+list.table); now != before {
				t.Errorf("%s: a dry run wrote", list.what)
			}
			if r := imports(list.what, list.rows, "--apply"); r.status != 0 || !strings.Contains(r.out, "已登记") {
				t.Errorf("%s, applied: %+v", list.what, r)
			}
			if now := h.number(t, "SELECT count(*) FROM "+list.table); now <= before {
				t.Errorf("%s: nothing was stored", list.what)
			}
			if r := imports(list.what, list.rows, "--apply"); r.status != 0 || !strings.Contains(r.out, "新增 0，更改 0") {
				t.Errorf("%s, again: %+v", list.what, r)
			}
		}

		a := h.register(t, "REG")
		review := func(s *server, serial string) {
			t.Helper()
			affair := client.CompletedAffair{AffairSerialNo: serial, AffairCode: "I1", DepartmentCode: "D0", DepartmentName: "市公安局", AffairDoneTime: "20260331093000"}
			if _, err := s.client(a).SubmitAffair(t.Context(), reviewOf(a, &affair, "somebody", 5)); err != nil {
				t.Fatal(err)
			}
		}
		s := h.serve(t)
		review(s, "BJ-1")
		s.stop(t)
		const renamed = "编码,名称,部门编码,原编码\nI9,居民身份证补领,D0,I1\n"
		if r := imports("items", renamed); r.status != 0 || !strings.Contains(r.out, "I1 → I9") || h.number(t, "SELECT count(*) FROM review WHERE item_code = 'I1'") != 1 {
			t.Errorf("another code, dry run: %+v", r)
		}
		if r := imports("items", renamed, "--apply"); r.status != 0 || !strings.Contains(r.out, "已归并 1 条记录") {
			t.Errorf("another code: %+v", r)
		}
		s = h.serve(t)
		review(s, "BJ-2")
		s.stop(t)
		if got := h.number(t, "SELECT count(*) FROM review WHERE item_code = 'I9'"); got != 2 {
			t.Errorf("%d reviews are of the item's present code, want 2", got)
		}
		if out := h.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
			t.Errorf("recount: %s", out)
		}
	})
}
