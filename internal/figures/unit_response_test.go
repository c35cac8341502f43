package figures

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
)

// Supervisors see 主动评价率, 未评率 and 覆盖率 of their scope by everything that affairs are counted by, and nothing of another's.
func TestSupervisorsSeeHowManyAffairsWereReviewed(t *testing.T) {
	halls := venue.NewDirectory()
	halls.Replace([]venue.Hall{
		{Code: "H1", Name: "广州大厅", RegionCode: cityOfGuangzhou}, {Code: "H2", Name: "深圳大厅", RegionCode: cityOfShenzhen},
	}, []venue.Window{
		{Code: "H1W1", Number: "1", HallCode: "H1", DepartmentCode: "D1"},
		{Code: "H1W2", Number: "2", HallCode: "H1", DepartmentCode: "D2"},
		{Code: "H2W1", Number: "1", HallCode: "H2", DepartmentCode: "D3"},
	}, []venue.Officer{{HallCode: "H1", WorkNo: "7", Name: "李四", WindowCode: "H1W1"}, {HallCode: "H2", WorkNo: "7", Name: "王五", WindowCode: "H2W1"}})
	s := NewService(Needs{
		Store: someCounters{rows: map[Dimension]map[string]Counts{
			AffairRegion(org.LevelProvince):  {guangdong: {30, 12}},
			itemOfRegions(org.LevelProvince): {guangdong + pairSeparator + "I1": {9, 3}, guangdong + pairSeparator + "I2": {21}},
			AffairRegion(org.LevelCity):      {cityOfGuangzhou: {20, 5}, cityOfShenzhen: {10, 7}},
			AffairDepartment:                 {"D1": {12, 3}, "D2": {8, 2}, "D3": {10, 7}},
			itemOfDepartment:                 {"D1" + pairSeparator + "I1": {2, 1}, "D1" + pairSeparator + "I2": {10}},
			AffairHall:                       {"H1": {20, 5}, "H2": {10, 7}},
			itemOfHall:                       {"H1" + pairSeparator + "I1": {20, 5}},
			AffairWindow:                     {"H1W1": {12, 3}, "H1W2": {8, 2}, "H2W1": {10, 7}},
			AffairOfficer:                    {"H1-7": {12, 3}, "H2-7": {10, 7}},
			AffairItem:                       {"D1-1": {12, 3}, "D3-1": {10, 7}},
			AffairApp:                        {"app1": {30, 12}},
		}},
		Registry: org.NewRegistry(org.Guangdong(), []org.Department{
			{Code: "D1", Name: "广州市公安局", RegionCode: cityOfGuangzhou}, {Code: "D2", Name: "广州市税务局", RegionCode: cityOfGuangzhou}, {Code: "D3", RegionCode: cityOfShenzhen},
		}),
		Entities: catalog.NewEntitySet(catalog.Specified()), Tags: catalog.NewTags(catalog.National()), Halls: halls,
		Now: func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, beijing.Zone) },
	})
	october, err := ParsePeriod("2026-10", s.now())
	if err != nil {
		t.Fatal(err)
	}
	table := func(name string, scope Scope, u Unit) Table {
		t.Helper()
		table, all, err := s.SupervisedTable(t.Context(), Supervised{Name: name, Scope: scope, Unit: u, Period: october})
		if err != nil || all != len(table.Rows) {
			t.Fatalf("%s: %d rows, %v", name, all, err)
		}
		return table
	}
	for _, c := range []struct {
		name, region string
		unit         Unit
		want         string // code name completed reviewed rate unreviewed, and where it is counted items and coverage
	}{
		{"responseregions", guangdong, Unit{}, "440300000000 深圳市 10 7 70 30 0 0 <nil>; 440100000000 广州市 20 5 25 75 0 0 <nil>"},
		{"responsedepartments", cityOfGuangzhou, Unit{}, "D1 广州市公安局 12 3 25 75 2 1 50; D2 广州市税务局 8 2 25 75 0 0 <nil>"},
		{"responsedepartments", org.AllRegions, Unit{Department: "D1"}, "D1 广州市公安局 12 3 25 75 2 1 50"},
		{"responsehalls", cityOfGuangzhou, Unit{}, "H1 广州大厅 20 5 25 75 1 1 100"},
		{"responsewindows", cityOfShenzhen, Unit{}, "H2W1 深圳大厅1号窗口 10 7 70 30"},
		{"responsewindows", org.AllRegions, Unit{Department: "D2"}, "H1W2 广州大厅2号窗口 8 2 25 75"},
		{"responsewindows", org.AllRegions, Unit{Department: "D1", Hall: "H1"}, "H1W1 广州大厅1号窗口 12 3 25 75"},
		{"responseofficers", org.AllRegions, Unit{Hall: "H1"}, "H1-7 李四 12 3 25 75"},
		{"responseitems", org.AllRegions, Unit{Department: "D3"}, "D3-1 D3-1 10 7 70 30"},
		{"responseapps", guangdong, Unit{}, "app1 app1 30 12 40 60"},
	} {
		got := table(c.name, Scope{Region: c.region}, c.unit)
		var rows []string
		for _, row := range got.Rows {
			rows = append(rows, strings.TrimSuffix(fmt.Sprintln(row...), "\n"))
			if len(row) != len(got.Columns) {
				t.Errorf("%s: %d cells in %d columns", c.name, len(row), len(got.Columns))
			}
		}
		if text := strings.Join(rows, "; "); text != c.want {
			t.Errorf("%s of %s, %+v: got %s, want %s", c.name, c.region, c.unit, text, c.want)
		}
	}
	for _, scope := range []Scope{{Region: guangdong, Entity: "egovGuide"}, {Region: guangdong, Channel: "portal"}} {
		if got := table("responsehalls", scope, Unit{}); len(got.Rows) != 0 || got.Note != notByFilters {
			t.Errorf("%+v: got %v, %q", scope, got.Rows, got.Note)
		}
	}
	if got := table("responsehalls", Scope{Region: "440200000000"}, Unit{}); got.Note != "这段时间没有办结的办件。" {
		t.Errorf("without an affair: %q", got.Note)
	}
	for _, c := range []struct {
		scope     Scope
		unit      Unit
		known     bool
		completed int64
		coverage  float64
	}{
		{Scope{Region: guangdong}, Unit{}, true, 30, 50},
		{Scope{Region: org.AllRegions}, Unit{Department: "D1"}, true, 12, 50},
		{Scope{Region: org.AllRegions}, Unit{Hall: "H2"}, true, 10, 0},
		{Scope{Region: org.AllRegions}, Unit{Hall: "H9"}, true, 0, 0},
		{Scope{Region: org.AllRegions}, Unit{Hall: "H1", Department: "D1"}, false, 0, 0},
		{Scope{Region: guangdong, Channel: "portal"}, Unit{}, false, 0, 0},
	} {
		c.scope.Span = october.Span
		got, known, err := s.UnitResponse(t.Context(), c.scope, c.unit)
		if err != nil || known != c.known || got.Completed != c.completed || got.Coverage() != c.coverage {
			t.Errorf("%+v, %+v: got %+v, %v, %v", c.scope, c.unit, got, known, err)
		}
	}
}
