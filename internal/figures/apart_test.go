package figures

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
)

// someCounters is a store of these counters, whatever the period.
type someCounters struct {
	Store
	rows map[Dimension]map[string]Counts
}

func (s someCounters) Sum(_ context.Context, q Query) (rows []Row, err error) {
	for _, dimension := range q.Dimensions {
		for code, counts := range s.rows[dimension] {
			if q.From <= code && code < q.To {
				rows = append(rows, Row{Code: code, Counts: counts})
			}
		}
	}
	slices.SortFunc(rows, Row.Compare)
	return rows, nil
}

const guangdong, cityOfGuangzhou, cityOfShenzhen, countyOfTianhe = "440000000000", "440100000000", "440300000000", "440106000000"

// What the rows of a table lack of the whole is said, and nothing where they lack nothing: October's cities came to 1,261, the province to
// 1,311.
func TestTablesSayWhatIsInNoneOfTheirRows(t *testing.T) {
	five := func(n int64) Counts { return Counts{4: n} }
	s := NewService(Needs{
		Store: someCounters{rows: map[Dimension]map[string]Counts{
			Region(org.LevelAll):            {org.AllRegions: five(1311)},
			Region(org.LevelProvince):       {guangdong: five(1311)},
			Region(org.LevelCity):           {cityOfGuangzhou: five(1241), cityOfShenzhen: five(20)},
			Region(org.LevelCounty):         {countyOfTianhe: five(1241 - 1060)},
			AffairRegion(org.LevelProvince): {guangdong: {30, 20}},
			AffairRegion(org.LevelCity):     {cityOfGuangzhou: {27, 20}},
			CaseRegion(org.LevelProvince):   {guangdong: {18, 3}},
			CaseRegion(org.LevelCity):       {cityOfGuangzhou: {10}, cityOfShenzhen: {7, 3}},
		}},
		Registry: org.NewRegistry(org.Guangdong(), nil), Entities: catalog.NewEntitySet(catalog.Specified()), Tags: catalog.NewTags(catalog.National()),
		Now: func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, beijing.Zone) },
	})
	october, err := ParsePeriod("2026-10", s.now())
	if err != nil {
		t.Fatal(err)
	}
	public := func(name, region string) Table {
		table, err := s.Table(t.Context(), name, Scope{Region: region}, october)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	supervised := func(name, region string) Table {
		table, _, err := s.SupervisedTable(t.Context(), Supervised{Name: name, Scope: Scope{Region: region}, Period: october})
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	cases, err := s.CaseTable(t.Context(), Scope{Region: guangdong, Span: october.Span})
	if err != nil {
		t.Fatal(err)
	}
	const cities, counties = "另有50条评价只计入省本级，不在以上各行之内。", "另有1,060条评价只计入市本级，不在以上各行之内。"
	for _, c := range []struct {
		name  string
		table Table
		rows  int
		apart string
		note  string
	}{
		{"cities", public("regions", guangdong), 2, cities, "最后1行评价数不足30条，样本不足，不排名。" + cities},
		{"cities, for supervisors", supervised("regions", guangdong), 2, cities, "最后1行评价数不足30条，样本不足，不排名。" + cities},
		{"counties", public("regions", cityOfGuangzhou), 1, counties, counties},
		{"nothing below", public("regions", cityOfShenzhen), 0, "20条评价都只计入市本级。", "20条评价都只计入市本级。"},
		{"provinces", public("regions", org.AllRegions), 1, "", ""},
		{"nothing at all", public("regions", "440200000000"), 0, "", "这段时间没有评价。"},
		{"completed affairs", public("response", guangdong), 1, "另有3件办结只计入省本级，不在以上各行之内。", "办结件数不分评价对象和渠道。另有3件办结只计入省本级，不在以上各行之内。"},
		{"completed affairs, for supervisors", supervised("responseregions", guangdong), 1, "另有3件办结只计入省本级，不在以上各行之内。", "另有3件办结只计入省本级，不在以上各行之内。"},
		{"cases", cases, 2, "另有1件工单只计入省本级，不在以上各行之内。", "另有1件工单只计入省本级，不在以上各行之内。"},
		{"cases, for supervisors", supervised("caseregions", guangdong), 2, "另有1件工单只计入省本级，不在以上各行之内。", "另有1件工单只计入省本级，不在以上各行之内。"},
	} {
		if len(c.table.Rows) != c.rows || c.table.Apart != c.apart || c.table.Note != c.note {
			t.Errorf("%s: %d rows, apart %q, note %q; want %d, %q, %q", c.name, len(c.table.Rows), c.table.Apart, c.table.Note, c.rows, c.apart, c.note)
		}
	}
}

// Departments stand where they are, reviews count where they were sent: the definition says that the sums differ.
func TestDepartmentsAndHallsSayThatTheyDoNotAddUp(t *testing.T) {
	tables := NewService(Needs{}).Definitions()
	for _, table := range tables {
		said := slices.ContainsFunc(table.Columns, func(c Column) bool {
			return c.Key == "name" && strings.Contains(c.Formula, "之和不等于地区的评价数")
		})
		if want := slices.Contains([]string{"departments", "alldepartments", "halls"}, table.Name); said != want {
			t.Errorf("%s: %v, want %v", table.Name, said, want)
		}
	}
}
