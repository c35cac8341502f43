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

// A report of a month that is not over says what it is compared with: on its last day all of the month before.
func TestAReportSaysWhatItIsComparedWith(t *testing.T) {
	for _, c := range []struct {
		made time.Time
		want string
	}{
		{time.Date(2026, 11, 30, 15, 0, 0, 0, beijing.Zone), "对比的是上月（2026年10月1日至10月31日）。"},
		{afternoon, "对比的是上月同期（2026年10月1日至10月24日）。"},
		{time.Date(2026, 12, 1, 15, 0, 0, 0, beijing.Zone), ""},
	} {
		got := reportOf(t, &reported{}, "2026-11", c.made).page().Unfinished
		if (got == "") != (c.want == "") || !strings.HasSuffix(got, c.want) {
			t.Errorf("made on %v: %q, want %q", c.made, got, c.want)
		}
	}
}

// Sentences say in words how the count changed, and what is shown as 0.00 did not change.
func TestAReportSaysChangesInWords(t *testing.T) {
	at := func(n int64) map[figures.Dimension]map[string]figures.Counts {
		return map[figures.Dimension]map[string]figures.Counts{ofProvince: {"440000000000": {4: n}}}
	}
	for _, c := range []struct {
		now, before int64
		want, head  string
	}{
		{1311, 1246, "（较上月增长5.22%）", "较上月 +5.22%"},
		{1246, 1311, "（较上月下降4.96%）", "较上月 −4.96%"},
		{50, 50, "（与上月持平）", "与上月 持平"},
		{1_000_001, 1_000_000, "（与上月持平）", "与上月 持平"},
		{50, 0, "评价50条。", ""},
	} {
		page := reportOf(t, &reported{now: at(c.now), before: at(c.before)}, "2026-10", afternoon).page()
		if !strings.Contains(page.Lead[0], c.want) || page.Figures[0].Change != c.head {
			t.Errorf("%d after %d: %s, %q; want %s, %q", c.now, c.before, page.Lead[0], page.Figures[0].Change, c.want, c.head)
		}
		if score := page.Figures[1].Change; c.before > 0 && score != "与上月 持平" {
			t.Errorf("a score that did not change: %q", score)
		}
	}
}

// Where two tables make a figure of the same name in different ways, each definition says of which it is.
func TestAReportDefinesEveryFigureOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range reportOf(t, &reported{}, "2026-10", afternoon).page().Definitions {
		if seen[d.Title] {
			t.Errorf("%s is defined twice", d.Title)
		}
		seen[d.Title] = true
	}
	for _, want := range []string{
		"占比（按评价对象、按渠道、按星级）", "占比（好评集中在、差评集中在）", "选择次数（好评集中在）", "选择次数（差评集中在）", "评价数", "名次",
	} {
		if !seen[want] {
			t.Errorf("nowhere is defined %s", want)
		}
	}
}

// A month that can't be reported is refused as a month, not as one of the periods that addresses have.
func TestMonthsThatAreRefused(t *testing.T) {
	for month, want := range map[string]string{
		"2026-13": "month 应为年和月，如 2026-10", "2026-00": "month 应为年和月，如 2026-10", "30d": "month 应为年和月，如 2026-10",
		"2026-12": "month 尚未开始：2026-12，请选择本月或以前的月份", "1969-12": "month 不得早于 1970 年", "2026-11": "",
	} {
		if _, err := monthOf(month, afternoon); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: %v, want %s", month, err, want)
		}
	}
}

// Who is ranked is called as on the board, also in a month without a review.
func TestAReportCallsThoseWhoAreRankedAsTheBoardDoes(t *testing.T) {
	for region, want := range map[string]string{
		"440000000000": "、各市排名", "440100000000": "、各县（市、区）排名", "441900000000": "、各镇街排名", "440106000000": "、各镇街排名",
		"0": "、各省排名",
	} {
		r := reportOf(t, &reported{}, "2026-10", afternoon)
		r.region = region
		if text := printedReport(t, r); !strings.Contains(text, want) {
			t.Errorf("the report of %s has no %s", region, want)
		}
	}
}
