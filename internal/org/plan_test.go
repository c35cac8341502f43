package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/sheet"
)

// table makes rows of a text: lines of cells parted by "|".
func table(lines ...string) (rows []sheet.Row) {
	for n, line := range lines {
		rows = append(rows, sheet.Row{Number: n + 1, Cells: strings.Split(line, "|")})
	}
	return rows
}

// memory is a store that keeps what it is given.
type memory struct {
	Store  // what a test does not need
	stored Registers
	saved  Changes
	err    error
}

func (m *memory) Registers(context.Context) (Registers, error) { return m.stored, m.err }

func (m *memory) SaveRegisters(_ context.Context, c Changes) error {
	m.saved = c
	return m.err
}

func (m *memory) MoveRecords(context.Context) (Moved, error) { return Moved{}, m.err }

func standing() *memory {
	return &memory{stored: Registers{
		Regions: []Region{
			{Code: "440000000000", Name: "广东省"},
			{Code: "440100000000", Name: "广州市"},
			{Code: "440103000000", Name: "荔湾区"},
			{Code: "440103001000", Name: "沙面街道"},
			{Code: "440104000000", Name: "越秀区"},
			{Code: "440104001000", Name: "洪桥街道"},
			{Code: "440104002000", Name: "北京街道"},
			{Code: "440300000000", Name: "深圳市"},
			{Code: "440188000000", Pending: true},
		},
		Departments: []Department{
			{Code: "D1", Name: "市公安局", RegionCode: "440100000000"},
			{Code: "D2", Name: "市民政局", RegionCode: "440100000000"},
			{Code: "D3", RegionCode: "440300000000", Pending: true},
		},
		Successions: []Succession{{OfDepartment, "D0", "D2"}, {OfRegion, "440199000000", "440103000000"}},
	}}
}

const departmentHead = "编码|名称|所属区划|原编码"

func TestFaultsOfLists(t *testing.T) {
	const regionHead = "编码|名称|原编码"
	for _, c := range []struct {
		name string
		kind Kind
		rows []sheet.Row
		want []string
	}{
		{"no heads", OfDepartment, table("D1|市公安局"), []string{"找不到表头：前几行里应有一行写着列名 编码、名称、所属区划、原编码"}},
		{"a column is missing", OfDepartment, table("编码|名称", "D1|市公安局"), []string{"缺少“所属区划”这一列"}},
		{"a column that is not ours", OfDepartment, table(departmentHead+"|电话", "D1|市公安局|广州市"), []string{"E1 没有“电话”这一列，列名应为 编码、名称、所属区划、原编码；不需要的列请删除，或命名为“备注”"}},
		{"a column twice", OfRegion, table("编码|名称|区划名称", "4401|广州市|广州市"), []string{"C1 与 B1 是同一列，请删除一个"}},
		{"nothing in it", OfRegion, table(regionHead), []string{"表中没有一行内容，请从表头下面一行开始填写"}},
		{"empty cells", OfDepartment, table(departmentHead, "|市公安局|", "D1||广州市"), []string{"A2 编码 不能为空", "C2 所属区划 不能为空", "B3 名称 不能为空"}},
		{"a region that is not there", OfDepartment, table(departmentHead, "D1|市公安局|羊城"), []string{"C2 所属区划 没有名为“羊城”的区划，请写 12 位编码，或写全名称，如 广州市/越秀区"}},
		{"a region that nobody placed", OfDepartment, table(departmentHead, "D1|市公安局|440188"), []string{"C2 所属区划 没有区划编码“440188”，请核对，或写区划名称，如 广州市/越秀区"}},
		{"no region code", OfRegion, table(regionHead, "44O1|广州市", "4.401E+11|广州市"), []string{
			"A2 编码 应为 2 至 12 位数字的区划编码，现为“44O1”", "A3 编码 被表格软件改成了科学计数“4.401E+11”，请把这一列设为文本，重新填写",
		}},
		{"a code twice", OfDepartment, table(departmentHead, "D1|市公安局|广州市", "D1|公安局|广州市|D8"), []string{"A3 编码 “D1”已在第 2 行；同一编码写几行时，各行应写不同的原编码，其余相同"}},
		{"a formula that failed", OfDepartment, table(departmentHead, "D1|#N/A|广州市"), []string{"B2 名称 是出错的公式“#N/A”，请改为文字"}},
		{"too long", OfRegion, table(regionHead, "4401|"+strings.Repeat("长", 51)), []string{"B2 名称 最多 50 个字符，现有 51 个"}},
		{"a town without its county", OfRegion, table(regionHead, "440198001|空港镇", "440104003|六榕街道", "3301|杭州市", "440105|海珠区", "440105001|赤岗街道", "33|浙江省"), []string{
			"A2 编码 上一级区划“440198000000”还没有登记，请先登记它，或在表中也写上",
		}},
		{"a village without its town", OfRegion, table(regionHead, "440104009001|某社区"), []string{"A2 编码 上一级区划“440104009000”还没有登记，请先登记它，或在表中也写上"}},

		{"itself", OfDepartment, table(departmentHead, "D1|市公安局|广州市|D1"), []string{"D2 原编码 “D1”就是现编码，不能并入自己"}},
		{"a chain in the list", OfDepartment, table(departmentHead, "D1|市公安局|广州市|D2", "D2|市民政局|广州市|D7"), []string{"D2 原编码 “D2”在第 3 行是现编码，不能同时是原编码"}},
		{"in two others", OfDepartment, table(departmentHead, "D1|市公安局|广州市|D7、D8", "D2|市民政局|广州市|D8"), []string{"D3 原编码 “D8”已在第 2 行并入“D1”，一个编码只能并入一处"}},
		{"in another one before", OfDepartment, table(departmentHead, "D1|市公安局|广州市|D0"), []string{"D2 原编码 “D0”先前已并入“D2”，其记录已计入“D2”；请改为 D2 的原编码，或删除"}},
		{"one that was given up comes back", OfDepartment, table(departmentHead, "D0|市公安局|广州市"), []string{"A2 编码 “D0”已并入“D2”，不能再作为现编码"}},
		{"a circle", OfDepartment, table(departmentHead, "D0|市公安局|广州市|D2"), []string{"A2 编码 “D0”已并入“D2”，不能再作为现编码"}},
		{"another level", OfRegion, table(regionHead, "440300|深圳市|440104"), []string{"C2 原编码 “440104000000”与现编码不是同一级区划，不能并入"}},
		{"with the one above before", OfRegion, table(regionHead, "440104002|北京街道|440199001"), []string{"C2 原编码 “440199001000”已随上级区划并入，现为“440103001000”，请改写为 440103001000"}},
		{"below one that is given up", OfRegion, table(regionHead, "440104|越秀区|440188", "4403|深圳市|4401"), []string{"C2 原编码 “440188000000”并入“440104000000”，而“440104000000”或它的上级也被并入别处，请写最终的现编码"}},
		{"two of one code below", OfRegion, table(regionHead, "440103|荔湾区|440104"), []string{
			"C2 原编码 下级区划 440104001000 洪桥街道 随同并入后为 440103001000，与那里的“沙面街道”相混；请为它单独写一行",
		}},
	} {
		stored := standing().stored
		registry := NewRegistry(nil, nil)
		registry.Replace(stored.Regions, stored.Departments, stored.Successions...)
		p := plan(readList(c.rows, c.kind, NewGazetteer(registry)), stored)
		var got []string
		for _, f := range p.Faults {
			got = append(got, f.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if p.Len() > 0 {
			t.Errorf("%s: there is something to store", c.name)
		}
	}
}

func TestPlanOfDepartments(t *testing.T) {
	kept := standing()
	s := NewService(kept, NewRegistry(nil, nil))
	p, err := s.PlanDepartments(t.Context(), table("部门名单", "*编码|*名称|*所属区划|原编码|备注",
		"D1|市公安局|广州市", "D2|市民政和社会事务局|深圳市|D0", "D3|街道办|越秀区/北京街道", "Ｄ４|新局|440100|D7、D8", "D4|新局|440100|D9"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Faults) > 0 || p.New != 1 || p.Changed != 2 || p.Same != 1 || p.Missing != 0 {
		t.Fatalf("got %+v", p)
	}
	want := []Change{
		{"D2", "市民政局", "名称", "市民政局", "市民政和社会事务局"},
		{"D2", "市民政局", "所属区划", "440100000000", "440300000000"},
		{"D3", "D3", "名称", "", "街道办"},
		{"D3", "D3", "所属区划", "440300000000", "440104002000"},
		{"D3", "D3", "状态", "待确认", "已确认"},
	}
	if diff := cmp.Diff(want, p.Changes); diff != "" {
		t.Error(diff)
	}
	successions := []Succession{{OfDepartment, "D7", "D4"}, {OfDepartment, "D8", "D4"}, {OfDepartment, "D9", "D4"}}
	if diff := cmp.Diff(successions, p.Successions); diff != "" {
		t.Error(diff)
	}
	if err := s.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	saved := Changes{
		Departments: []Department{
			{Code: "D2", Name: "市民政和社会事务局", RegionCode: "440300000000"},
			{Code: "D3", Name: "街道办", RegionCode: "440104002000"},
			{Code: "D4", Name: "新局", RegionCode: "440100000000"},
		},
		Successions: successions, Since: kept.stored.Successions,
		Before: Registers{Departments: []Department{
			{Code: "D2", Name: "市民政局", RegionCode: "440100000000"}, {Code: "D3", RegionCode: "440300000000", Pending: true},
		}},
	}
	if diff := cmp.Diff(saved, kept.saved); diff != "" {
		t.Errorf("what was stored: %s", diff)
	}
}

// Who became part of one that becomes part of another goes along, so that no chain is ever stored.
func TestChainsAreResolved(t *testing.T) {
	kept := standing()
	p, err := NewService(kept, NewRegistry(nil, nil)).PlanDepartments(t.Context(), table(departmentHead, "D1|市公安局|广州市|D2"))
	if err != nil || len(p.Faults) > 0 {
		t.Fatal(err, p.Faults)
	}
	want := []Succession{{OfDepartment, "D2", "D1"}, {OfDepartment, "D0", "D1"}}
	if diff := cmp.Diff(want, p.changes.Successions); diff != "" {
		t.Error(diff)
	}
	// 440199 became part of 440103, which now goes along with its city.
	p, err = NewService(kept, NewRegistry(nil, nil)).PlanRegions(t.Context(), table("编码|名称|原编码", "4402|韶关市|4401"))
	if err != nil || len(p.Faults) > 0 {
		t.Fatal(err, p.Faults)
	}
	want = []Succession{{OfRegion, "440100000000", "440200000000"}, {OfRegion, "440199000000", "440203000000"}}
	if diff := cmp.Diff(want, p.changes.Successions); diff != "" {
		t.Error(diff)
	}
}

func TestRegionsBelowGoAlong(t *testing.T) {
	s := NewService(standing(), NewRegistry(nil, nil))
	p, err := s.PlanRegions(t.Context(), table("编码|名称|原编码", "440177|新越秀区|440104", "440177009|洪桥街道|440104001"))
	if err != nil || len(p.Faults) > 0 {
		t.Fatal(err, p.Faults)
	}
	if diff := cmp.Diff([]Region{{Code: "440177002000", Name: "北京街道"}}, p.Along); diff != "" {
		t.Errorf("along: %s", diff)
	}
	want := []Region{{Code: "440177000000", Name: "新越秀区"}, {Code: "440177009000", Name: "洪桥街道"}, {Code: "440177002000", Name: "北京街道"}}
	if diff := cmp.Diff(want, p.changes.Regions); diff != "" {
		t.Error(diff)
	}
	if p.New != 2 || p.Missing != 5 {
		t.Errorf("new %d, missing %d; want 2 and the 5 others that stay", p.New, p.Missing)
	}
}

// What arrived as a region and is no region's code can become part of a region of any level, alone: nothing lies below it.
func TestWhatIsNoRegionsCodeBecomesPartOfARegion(t *testing.T) {
	kept := standing()
	odd := []string{"天河", "X1", "不是区划"} // the last one has 12 bytes
	for _, code := range odd {
		kept.stored.Regions = append(kept.stored.Regions, Region{Code: code, Pending: true})
	}
	s := NewService(kept, NewRegistry(nil, nil))
	for _, former := range odd {
		for _, code := range []string{"440100000000", "440103001000"} {
			p, err := s.PlanEntry(t.Context(), OfRegion, Entry{Code: code, Name: map[string]string{"440100000000": "广州市", "440103001000": "沙面街道"}[code], Former: former})
			if err != nil || len(p.Faults) > 0 {
				t.Fatalf("%s into %s: %v, %v", former, code, err, p.Faults)
			}
			if diff := cmp.Diff([]Succession{{OfRegion, former, code}}, p.changes.Successions); diff != "" || len(p.changes.Regions) > 0 {
				t.Errorf("%s into %s: %s %v", former, code, diff, p.changes.Regions)
			}
		}
		for _, e := range []Entry{{Code: former, Name: "天河区"}, {Code: "440100000000", Name: "广州市", Former: former + "x"}} {
			if p, err := s.PlanEntry(t.Context(), OfRegion, e); err != nil || len(p.Faults) != 1 {
				t.Errorf("%+v: got %v, %v, want a fault", e, err, p.Faults)
			}
		}
	}
}

func TestPlanMerge(t *testing.T) {
	kept := standing()
	kept.stored.Successions = append(kept.stored.Successions, Succession{OfHall, "H0", "H1"})
	s := NewService(kept, NewRegistry(nil, nil))
	for _, c := range []struct {
		former, code string
		fault        bool
		want         []Succession
	}{
		{"H1", "H2", false, []Succession{{OfHall, "H1", "H2"}, {OfHall, "H0", "H2"}}},
		{"H0", "H1", false, nil}, // as it is
		{"H1", "H1", true, nil},
		{"H1", "H0", true, nil},
		{"H0", "H2", true, nil},
	} {
		p, err := s.PlanMerge(t.Context(), OfHall, c.former, c.code)
		if err != nil || len(p.Faults) > 0 != c.fault {
			t.Errorf("%s into %s: got %v, faults %v", c.former, c.code, err, p.Faults)
			continue
		}
		if diff := cmp.Diff(c.want, p.changes.Successions); diff != "" && !c.fault {
			t.Errorf("%s into %s: %s", c.former, c.code, diff)
		}
	}
}

func TestApplySaysWhenAnotherWasFaster(t *testing.T) {
	kept := standing()
	s := NewService(kept, NewRegistry(nil, nil))
	p, err := s.PlanDepartments(t.Context(), table(departmentHead, "D1|市公安局|广州市|D9"))
	if err != nil {
		t.Fatal(err)
	}
	kept.err = fmt.Errorf("save: %w", ErrChanged)
	if err := s.Apply(t.Context(), p); err == nil || !strings.Contains(err.Error(), "请核对后再提交一次") {
		t.Errorf("got %v, want what to do", err)
	}
	kept.err = errors.New("broken")
	for _, call := range []func() error{
		func() error { _, err := s.PlanRegions(t.Context(), nil); return err },
		func() error { return s.MoveRecords(t.Context(), func(int, int) {}) },
		func() error { return s.Apply(t.Context(), p) },
	} {
		if err := call(); !errors.Is(err, kept.err) {
			t.Errorf("got %v, want the store's error", err)
		}
	}
	p.Faults = []Fault{{Reason: "错"}}
	if err := s.Apply(t.Context(), p); err == nil || errors.Is(err, kept.err) {
		t.Errorf("a plan with faults: got %v", err)
	}
}

func FuzzList(f *testing.F) {
	f.Add("编码|名称|所属区划|原编码\nD1|市公安局|广州市|D2、D3", false)
	f.Add("编码|名称|原编码\n4401|广州市|4499", true)
	f.Fuzz(func(t *testing.T, text string, regions bool) {
		kind := OfDepartment
		if regions {
			kind = OfRegion
		}
		stored := standing().stored
		registry := NewRegistry(stored.Regions, stored.Departments)
		p := plan(readList(table(strings.Split(text, "\n")...), kind, NewGazetteer(registry)), stored)
		if len(p.Faults) > 0 {
			return
		}
		next := NewSuccessions(slices.Concat(stored.Successions, p.changes.Successions))
		for former, code := range next.codes[kind] {
			if former == code || next.Code(kind, code) != code {
				t.Fatalf("%s became %s, which counts under %s", former, code, next.Code(kind, code))
			}
		}
	})
}
