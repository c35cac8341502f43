package board

import (
	"fmt"
	"strings"
	"testing"

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
	w := &work{h: p.Handler}
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
	for _, f := range w.figures(figures.Summary{}, figures.Summary{}, nil) {
		if f.HasChange || f.Spark != "" || f.Known != (f.Key == "count") {
			t.Errorf("of nothing: %+v", f)
		}
	}
}
