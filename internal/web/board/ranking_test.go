package board

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

func TestALongRankingIsCutUntilAllIsAskedFor(t *testing.T) {
	var departments []org.Department
	for n := range 70 {
		departments = append(departments, org.Department{Code: fmt.Sprintf("D%02d", n), Name: fmt.Sprintf("第%02d局", n), RegionCode: "440000000000"})
	}
	p := newPlace(t, func(n *Needs) { n.Registry = org.NewRegistry(org.Guangdong(), departments) })
	for n, d := range departments {
		p.store.set(figures.Department, d.Code, figures.Counts{0, 0, 0, int64(100 - n), int64(100 + n)})
	}
	short := p.page(t, "/ping/board?by=departments&rank=fair")
	long := p.page(t, "/ping/board?by=departments&rank=fair&show=all")
	if got := strings.Count(short, ">第"); got != 50 || !strings.Contains(short, "还有 20 个") || !strings.Contains(short, "show=all") {
		t.Errorf("%d rows are shown", got)
	}
	if got := strings.Count(long, ">第"); got != 70 || strings.Contains(long, "还有") {
		t.Errorf("%d rows are shown to who asked for all", got)
	}
	if first, last := strings.Index(long, "第69局"), strings.Index(long, "第00局"); first > last {
		t.Error("the best does not stand first")
	}
}

// Who has too few reviews is shown up to a province's cities, below who is ranked; the link to all comes last.
func TestAListOfTooFewIsCutUntilAllIsAskedFor(t *testing.T) {
	var departments []org.Department
	for n := range 31 {
		departments = append(departments, org.Department{Code: fmt.Sprintf("D%02d", n), Name: fmt.Sprintf("第%02d局", n), RegionCode: "440000000000"})
	}
	p := newPlace(t, func(n *Needs) { n.Registry = org.NewRegistry(org.Guangdong(), departments) })
	p.store.set(figures.Department, departments[0].Code, figures.Counts{0, 0, 0, 0, 100})
	for _, d := range departments[1:] {
		p.store.set(figures.Department, d.Code, figures.Counts{0, 0, 0, 0, 1})
	}
	short := p.page(t, "/ping/board?by=departments")
	if got := strings.Count(short, ">第"); got != 1+24 || !strings.Contains(short, "还有 6 个") {
		t.Errorf("%d rows are shown", got)
	}
	if few, more := strings.LastIndex(short, ">第"), strings.Index(short, "还有 6 个"); more < few {
		t.Error("the link to all stands between the lists")
	}
	if got := strings.Count(p.page(t, "/ping/board?by=departments&show=all"), ">第"); got != 31 {
		t.Errorf("%d rows are shown to who asked for all", got)
	}
}

// block is what a page shows in one block.
func block(t *testing.T, page, name string) string {
	t.Helper()
	_, text, found := strings.Cut(page, `<section id="`+name+`"`)
	if !found {
		t.Fatalf("there is no %s", name)
	}
	text, _, _ = strings.Cut(text, "</section>")
	return text
}

// Where there are reviews, but none of those who are ranked, this is said; the tabs stand where they always stand.
func TestWhyNobodyIsRanked(t *testing.T) {
	p := newPlace(t)
	p.store.set(figures.Region(org.LevelCounty), "440106000000", figures.Counts{0, 0, 0, 2, 16})
	for address, want := range map[string]string{
		"?region=440106":                       "各镇街没有评价（评价未注明镇街）",
		"?region=440106&by=departments":        "本级部门没有评价",
		"?region=440106&by=alldepartments":     "各部门没有评价（评价未注明部门）",
		"?region=440106&by=halls&rank=fair":    "各大厅没有评价（评价未注明大厅）",
		"?region=440103":                       "近30天没有评价",
		"?region=440103&by=halls&period=today": "今天没有评价",
	} {
		text := block(t, p.page(t, "/ping/board"+address), "ranking")
		empty, tabs := strings.Index(text, `<p class="empty">`+want+"</p>"), strings.Index(text, `class="switches"`)
		if empty < 0 || tabs < 0 || tabs > empty {
			t.Errorf("%s: want %s below the tabs\n%s", address, want, text)
		}
		if strings.Contains(text, "<table") {
			t.Errorf("%s: a table without a row", address)
		}
	}
}

// Nobody is told to be new where there is nothing to compare with; who was not ranked before is told in words that ⓘ explains.
func TestAChangeOfRankSaysWithWhatItCompares(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", figures.Counts{0, 0, 0, 0, 40})
	// The house's store counts the same in every period; a ranking that begins with the day of the first review has no period before.
	for _, tt := range []struct {
		name             string
		before           figures.Counts
		had              int // the rank of the first before
		first, second    string
		columns, defines bool
	}{
		{"nothing before", figures.Counts{}, 0, "none", "none", true, true},
		{"too few before", figures.Counts{0, 0, 0, 0, 3}, 0, "new", "new", true, true},
		{"one of two before", figures.Counts{0, 0, 0, 0, 300}, 2, "up", "new", true, true},
	} {
		w, err := p.newWork(t.Context(), state{region: p.Root, period: standardPeriod, by: "regions"})
		if err != nil {
			t.Fatal(err)
		}
		w.before = func() (figures.Summary, error) { return figures.Summary{Counts: tt.before}, nil }
		counts := figures.Counts{0, 0, 0, 0, 40}
		w.ranked = func() (figures.Ranking, error) {
			return figures.Ranking{Ranked: []figures.Place{
				{Code: "440100000000", Counts: counts, Rank: 1, Before: tt.had}, {Code: "440300000000", Counts: counts, Rank: 2},
			}}, nil
		}
		data, err := w.ranking()
		if err != nil {
			t.Fatal(err)
		}
		r := data.(Ranking)
		if r.Rows[0].Move != tt.first || r.Rows[1].Move != tt.second {
			t.Errorf("%s: %q and %q, want %q and %q", tt.name, r.Rows[0].Move, r.Rows[1].Move, tt.first, tt.second)
		}
		if last := r.Definitions[len(r.Definitions)-1]; last.Title != "变化" || !strings.Contains(last.Formula, "上期未排名") || !strings.Contains(last.Formula, "前30天") {
			t.Errorf("%s: ⓘ says %+v", tt.name, last)
		}
	}
}

// The fair ranking has no column for changes of the official rank, and calls what it goes by as ⓘ and the files do.
func TestTheFairRankingSaysWhatItGoesBy(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", figures.Counts{4, 0, 0, 0, 36})
	fair := block(t, p.page(t, "/ping/board?rank=fair"), "ranking")
	official := block(t, p.page(t, "/ping/board"), "ranking")
	for text, want := range map[string]bool{fair: true, official: false} {
		head, _, _ := strings.Cut(text[strings.Index(text, "<thead>"):], "</thead>")
		if strings.Contains(head, "好评率<wbr>下限") != want || strings.Contains(head, "变化") == want || strings.Contains(text, "<dt>变化</dt>") == want {
			t.Errorf("fair %v: %s", want, head)
		}
		if strings.Contains(text, "公平分") || !strings.Contains(text, "<dt>好评率下限</dt>") {
			t.Errorf("fair %v: other words than the definitions'", want)
		}
	}
	if lower := fmt.Sprintf("%.2f%%", p.Figures.Formulas().Fair(figures.Counts{4, 0, 0, 0, 36})); !strings.Contains(fair, lower) || !strings.Contains(fair, `width="77" height="8"`) {
		t.Errorf("neither %s nor its bar are shown:\n%s", lower, fair)
	}
}

// What counts at the region itself is in no row, and the ranking says so.
func TestARankingSaysWhatIsInNoneOfItsRows(t *testing.T) {
	p := newPlace(t)
	p.store.set(figures.Region(org.LevelProvince), "440000000000", figures.Counts{4: 1311})
	p.store.set(figures.Region(org.LevelCity), "440100000000", figures.Counts{4: 1241})
	p.store.set(figures.Region(org.LevelCity), "440300000000", figures.Counts{4: 20})
	for address, want := range map[string]bool{
		"/ping/board": true, "/ping/board?rank=fair": true, "/ping/board/embed/ranking": true, "/ping/board?by=departments": false,
	} {
		if got := strings.Contains(p.page(t, address), "另有50条评价只计入省本级，不在以上各行之内。"); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	file := p.page(t, "/ping/board/download/regions.csv")
	if !strings.Contains(file, "说明,最后1行评价数不足30条，样本不足，不排名。另有50条评价只计入省本级，不在以上各行之内。") {
		t.Errorf("the file does not say it: %s", file)
	}
}

func TestHowFarOneMoved(t *testing.T) {
	for _, tt := range []struct {
		before, rank int
		move         string
		by           int
	}{{0, 3, "new", 0}, {5, 3, "up", 2}, {3, 5, "down", -2}, {3, 3, "same", 0}} {
		if move, by := moved(tt.before, tt.rank); move != tt.move || by != tt.by {
			t.Errorf("from %d to %d: %s %d, want %s %d", tt.before, tt.rank, move, by, tt.move, tt.by)
		}
		p := newPlace(t)
		row := Row{Name: "广州市", Rank: tt.rank, Move: tt.move, Moved: tt.by, Count: 1}
		if _, err := p.pages.Fragment(view.Chinese, "board-ranking", Ranking{Rows: []Row{row}}); err != nil {
			t.Error(err)
		}
	}
}

// The five figures and what they changed: more is good of a rate, and nothing of a count.
func TestTheFiveFigures(t *testing.T) {
	p := newPlace(t)
	w := &work{h: p.Handler, now: time.Date(2026, 12, 20, 12, 0, 0, 0, beijing.Zone), scope: figures.Scope{Span: figures.Span{From: 20261120, To: 20261128}}}
	five := w.figures(
		figures.Summary{Counts: figures.Counts{1, 0, 0, 1, 8}, Response: figures.Response{Completed: 40, Reviewed: 10}, Cases: figures.Cases{Opened: 4, Rectified: 1}},
		figures.Summary{Counts: figures.Counts{0, 0, 0, 4, 4}, Response: figures.Response{Completed: 40, Reviewed: 5}, Cases: figures.Cases{Opened: 2, Rectified: 1}},
		[]figures.Point{{Period: 20261123, Counts: figures.Counts{0, 0, 0, 0, 2}}, {Period: 20261124}, {Period: 20261125, Counts: figures.Counts{1}}})
	want := []struct {
		value, change float64
		unit, good    string
	}{
		{10, 25, "%", "plain"}, {9, 0, "分", "plain"}, {90, -10, "个百分点", "bad"}, {25, 12.5, "个百分点", "good"}, {25, -25, "个百分点", "bad"},
	}
	for i, f := range five {
		if f.Value != want[i].value || f.Change != want[i].change || f.ChangeUnit != want[i].unit || f.Good != want[i].good || !f.Known || !f.HasChange {
			t.Errorf("got %+v, want %+v", f, want[i])
		}
	}
	if five[0].Spark != "0.0,2.0 50.0,22.0 100.0,12.0" || five[0].SparkText != "最低 0，最高 2" {
		t.Errorf("count: %s %s", five[0].Spark, five[0].SparkText)
	}
	if five[1].Spark != "0.0,2.0 100.0,22.0" {
		t.Errorf("score: %s", five[1].Spark)
	}
	w.scope.Span.To++ // its bad reviews may have time left
	recent := w.figures(figures.Summary{Cases: figures.Cases{Opened: 4, Rectified: 1}}, figures.Summary{Cases: figures.Cases{Opened: 2, Rectified: 1}}, nil)[4]
	if recent.Change != -25 || recent.Way != "down" || recent.Good != "plain" {
		t.Errorf("of days that may have time left: %+v", recent)
	}
	for _, f := range w.figures(figures.Summary{}, figures.Summary{}, nil) {
		if f.HasChange || f.Spark != "" || f.Known != (f.Key == "count") {
			t.Errorf("of nothing: %+v", f)
		}
	}
}
