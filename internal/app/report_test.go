package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

// reported are the counters that a report is made of, the same in every period unless before says otherwise.
type reported struct {
	figures.Store
	now, before map[figures.Dimension]map[string]figures.Counts
	// from is the first day or month of the period that is reported.
	from int
}

func (s *reported) Version(context.Context) (string, error) { return "1", nil }

func (s *reported) Sum(_ context.Context, q figures.Query) (rows []figures.Row, err error) {
	counts := s.now
	if len(q.Periods) > 0 && q.Periods[0] < s.from && q.Periods[0] < s.from/100 {
		counts = s.before
	}
	for _, dimension := range q.Dimensions {
		for code, counts := range counts[dimension] {
			if q.From <= code && code < q.To {
				row := figures.Row{Code: code, Counts: counts}
				if q.Split.Period {
					row.Period = q.Periods[0]
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// reportOf is the report of Guangdong's month, made at a time.
func reportOf(t *testing.T, store *reported, month string, made time.Time) *monthReport {
	t.Helper()
	period, err := figures.ParsePeriod(month, made)
	if err != nil {
		t.Fatal(err)
	}
	store.from = period.Span.From
	registry := org.NewRegistry(org.Guangdong(), nil)
	r := &monthReport{
		house: &house{registry: registry}, region: "440000000000", period: period, made: made,
		figures: figures.NewService(figures.Needs{
			Store: store, Formulas: figures.Formulas{ThreeIsGood: true}, Registry: registry, Entities: catalog.NewEntitySet(catalog.Specified()),
			Tags: catalog.NewTags(catalog.National()), Now: func() time.Time { return made },
		}),
	}
	if err := r.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// printedReport is what a report says.
func printedReport(t *testing.T, r *monthReport) string {
	t.Helper()
	var text strings.Builder
	if err := view.WriteReport(&text, r.page()); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

var (
	ofProvince, ofCities = figures.Region(org.LevelProvince), figures.Region(org.LevelCity)
	afternoon            = time.Date(2026, 11, 24, 15, 0, 0, 0, beijing.Zone)
)

// Rows that do not come to the whole say what they lack: 1,261 of 1,311 reviews, 17 of 18 cases, 27 of 30 affairs.
func TestAReportSaysWhatIsInNoneOfItsRows(t *testing.T) {
	text := printedReport(t, reportOf(t, &reported{now: map[figures.Dimension]map[string]figures.Counts{
		ofProvince:                              {"440000000000": {4: 1311}},
		ofCities:                                {"440100000000": {4: 1241}, "440300000000": {4: 20}},
		figures.CaseRegion(org.LevelProvince):   {"440000000000": {18, 3}},
		figures.CaseRegion(org.LevelCity):       {"440100000000": {10}, "440300000000": {7, 3}},
		figures.AffairRegion(org.LevelProvince): {"440000000000": {30, 20}},
		figures.AffairRegion(org.LevelCity):     {"440100000000": {27, 20}},
	}}, "2026-10", afternoon))
	for _, want := range []string{
		"另有50条评价只计入省本级，不在以上各行之内。", "另有1件工单只计入省本级，不在以上各行之内。",
		"办结件数不分评价对象和渠道。另有3件办结只计入省本级，不在以上各行之内。",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%d times: %s", strings.Count(text, want), want)
		}
	}
}
