package board

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

func (w *work) five() (any, error) {
	f := Figures{Block: w.around("figures", "summary")}
	for into, total := range map[*int64]func() (figures.Counts, error){&f.Today: w.today, &f.Month: w.month} {
		counts, err := total()
		if err != nil {
			return nil, err
		}
		*into = counts.Total()
	}
	now, err := w.summary()
	if err != nil {
		return nil, err
	}
	before, err := w.before()
	if err != nil {
		return nil, err
	}
	points, err := w.trend()
	if err != nil {
		return nil, err
	}
	f.Five = w.figures(now, before, points)
	for i := range f.Five {
		one := &f.Five[i]
		one.Before = w.compared()
		one.Formula = w.formula("summary", one.Key)
	}
	return f, nil
}

// timeToRectify is how many days a bad review takes at most as a rule, until it is rectified: 13 working days (domain.md 3), with their
// weekends and a holiday.
const timeToRectify = 21

// figures are the five with what they changed.
func (w *work) figures(now, before figures.Summary, points []figures.Point) []Figure {
	n, was := now.Counts.Total(), before.Counts.Total()
	count := Figure{Key: "count", Title: "评价数", Kind: KindCount, Value: float64(n), Known: true}
	if was > 0 {
		count.changed(100*float64(n-was)/float64(was), "%")
	}
	score := Figure{Key: "score", Title: "平均分", Kind: KindScore, Value: w.h.Figures.Score(now.Counts), Known: n > 0}
	good := Figure{Key: "goodRate", Title: "好评率", Kind: KindPercent, Value: w.h.Figures.GoodRate(now.Counts), Known: n > 0}
	if n > 0 && was > 0 {
		score.changed(score.Value-w.h.Figures.Score(before.Counts), "分")
		good.changed(good.Value-w.h.Figures.GoodRate(before.Counts), "个百分点")
	}
	response := share("responseRate", "主动评价率", "件办结，", "件已评", now.Response.Reviewed, now.Response.Completed, before.Response.Reviewed, before.Response.Completed)
	rectified := share("rectifiedRate", "差评整改率", "件差评，", "件已整改", now.Cases.Rectified, now.Cases.Opened, before.Cases.Rectified, before.Cases.Opened)
	if w.scope.Span.To >= beijing.Day(w.now.AddDate(0, 0, -timeToRectify)) && rectified.HasChange {
		rectified.Good = "plain" // the span before had its time, this one has not yet
	}
	if w.state.entity != "" || w.state.channel != "" {
		response.Of = "不分评价对象和渠道"
	}
	five := []Figure{count, score, good, response, rectified}
	five[0].Good = "plain"
	five[0].spark(points, func(c figures.Counts) (float64, bool) { return float64(c.Total()), true })
	five[1].spark(points, func(c figures.Counts) (float64, bool) { return w.h.Figures.Score(c), c.Total() > 0 })
	five[2].spark(points, func(c figures.Counts) (float64, bool) { return w.h.Figures.GoodRate(c), c.Total() > 0 })
	return five
}

// share is a rate of n over of.
func share(key, title, whole, part string, n, of, wasN, wasOf int64) Figure {
	f := Figure{Key: key, Title: title, Kind: KindPercent, Value: rate(n, of), Known: of > 0}
	if of > 0 {
		f.Of = fmt.Sprintf("%s%s%s%s", thousands(of), whole, thousands(n), part)
	}
	if of > 0 && wasOf > 0 {
		f.changed(f.Value-rate(wasN, wasOf), "个百分点")
	}
	return f
}

// changed notes a change; more is good unless somebody says otherwise.
func (f *Figure) changed(by float64, unit string) {
	f.Change, f.ChangeUnit, f.HasChange = math.Round(100*by)/100, unit, true
	switch {
	case f.Change > 0:
		f.Way, f.Good = "up", "good"
	case f.Change < 0:
		f.Way, f.Good = "down", "bad"
	default:
		f.Way, f.Good = "same", "plain"
	}
}

func (w *work) tiles() (any, error) {
	t := Tiles{Block: w.around("tiles", "regions"), Legend: legend}
	ranking, err := w.regions()
	if err != nil {
		return nil, err
	}
	counted := map[string]figures.Counts{}
	for _, place := range slices.Concat(ranking.Ranked, ranking.TooFew) {
		counted[place.Code] = place.Counts
	}
	w.name(ofChildren, w.region)
	for _, code := range w.regionsBelow() {
		counts := counted[code]
		tile := Tile{Code: code, Name: w.name(ofRegion, code), Count: counts.Total(), Address: w.to(func(s *state) { s.region = code })}
		tile.Short = short(tile.Name)
		if tile.Count > 0 {
			tile.Known, tile.Score = true, w.h.Figures.Score(counts)
		}
		if tile.Count >= w.h.Figures.Least() {
			tile.Step = stepOf(tile.Score)
		}
		t.Tiles = append(t.Tiles, tile)
	}
	if len(t.Tiles) == 0 {
		t.Empty = w.name(ofRegion, w.region) + "没有下级区划"
	}
	return t, nil
}

// steps are where the colours of scores begin. Most places score above 9, so that the last two part what the first three
// have in common.
var steps = [5]float64{0, 7, 8, 9, 9.5}

var legend = []Step{{1, "7分以下"}, {2, "7分至8分"}, {3, "8分至9分"}, {4, "9分至9.5分"}, {5, "9.5分及以上"}, {0, "样本不足"}}

func stepOf(score float64) (step int) {
	for i, from := range steps {
		if score >= from {
			step = i + 1
		}
	}
	return step
}

// belowTitle is what the regions right below are called.
func (w *work) belowTitle() string {
	if children := w.registers.regions.Children(w.region); len(children) > 0 {
		return org.LevelOf(children[0].Code).Each()
	}
	return "下级区划"
}

// subjectTitle is what those who are ranked are called.
func (w *work) subjectTitle(s *subject) string {
	if s.byLevel {
		return w.belowTitle()
	}
	return s.title
}

// rules are how one is ranked: by score, or by the fair rank.
var rules = [2]string{"官方排名", "公平排名"}

// rowsShown is how many rows a ranking has until all are asked for, and fewShown how many of those who have too few reviews: the
// cities of a province fit.
const (
	rowsShown = 50
	fewShown  = 24
)

func (w *work) ranking() (any, error) {
	who := subjectOf(w.by)
	r := Ranking{Block: w.around("ranking", who.name), Fair: w.fair, What: who.what, Minimum: w.h.Figures.Least()}
	for i := range subjects {
		s := &subjects[i]
		title := w.subjectTitle(s)
		if s.name == w.by && s.byLevel {
			r.What = strings.TrimPrefix(title, "各")
		}
		r.Kinds = append(r.Kinds, Link{title, w.to(func(to *state) { to.by, to.all = s.name, false }), s.name == w.by})
	}
	r.Rules = []Link{
		{rules[0], w.to(func(s *state) { s.fair = false }), !w.fair},
		{rules[1], w.to(func(s *state) { s.fair = true }), w.fair},
	}
	found, err := w.ranked()
	if err != nil {
		return nil, err
	}
	if w.fair {
		found.Ranked = slices.SortedStableFunc(slices.Values(found.Ranked), func(a, b figures.Place) int { return cmp.Compare(a.FairRank, b.FairRank) })
	}
	r.Rows, r.TooFew = w.rows(who, found.Ranked), w.rows(who, found.TooFew)
	if !w.fair {
		r.Definitions = append(r.Definitions, w.moveDefinition())
		if err := w.moves(r.Rows, found.Ranked); err != nil {
			return nil, err
		}
	}
	if !w.all {
		r.Left = int64(max(0, len(r.Rows)-rowsShown) + max(0, len(r.TooFew)-fewShown))
		r.Rows, r.TooFew = r.Rows[:min(len(r.Rows), rowsShown)], r.TooFew[:min(len(r.TooFew), fewShown)]
	}
	if r.Left > 0 {
		r.More = &Link{Text: "显示全部", Address: w.to(func(s *state) { s.all = true })}
	}
	if r.Note = found.Apart; len(r.Rows)+len(r.TooFew) == 0 {
		r.Note = ""
		r.Empty, err = w.nobody(who)
	}
	return r, err
}

// nobody says why nobody is ranked: there is no review, or none of those who could be.
func (w *work) nobody(who *subject) (string, error) {
	w.name(ofChildren, w.region)
	total, err := w.total()
	switch below := w.subjectTitle(who); {
	case err != nil:
		return "", err
	case total.Total() == 0:
		return w.nothing(), nil
	case !who.byLevel:
		return figures.Nobody(who.rank), nil
	case len(w.regionsBelow()) == 0:
		return w.name(ofRegion, w.region) + "没有下级区划", nil
	default:
		return below + "没有评价（评价未注明" + strings.TrimPrefix(below, "各") + "）", nil
	}
}

// moves says of every row how far it moved. Where nothing was counted in the period before nobody is new.
func (w *work) moves(rows []Row, places []figures.Place) error {
	comparable := slices.ContainsFunc(places, func(p figures.Place) bool { return p.Before > 0 })
	if !comparable {
		before, err := w.before()
		if err != nil {
			return err
		}
		comparable = before.Counts.Total() > 0
	}
	for i := range rows {
		if rows[i].Move = "none"; comparable {
			rows[i].Move, rows[i].Moved = moved(places[i].Before, places[i].Rank)
		}
	}
	return nil
}

// moveDefinition is what the column of changes says.
func (w *work) moveDefinition() Definition {
	earlier := strings.TrimPrefix(w.compared(), "较")
	return Definition{"变化", fmt.Sprintf("名次比%s升降几位；上期未排名为%s没有评价或样本不足，—为%s全无评价、无可比数据", earlier, earlier, earlier)}
}

// nameOf is what the registers call a place; who is in none keeps the name that the figures gave.
func (w *work) nameOf(who *subject, place *figures.Place) string {
	kind := map[figures.Subject]int{
		figures.Regions: ofRegion, figures.Departments: ofDepartment, figures.AllDepartments: ofDepartment, figures.Halls: ofHall,
	}[who.rank]
	if name := w.name(kind, place.Code); name != place.Code {
		return name
	}
	return cmp.Or(place.Name, place.Code)
}

func (w *work) rows(who *subject, places []figures.Place) (rows []Row) {
	for i := range places {
		p := &places[i]
		row := Row{
			Code: p.Code, Name: w.nameOf(who, p), Rank: p.Rank, FairRank: p.FairRank, Score: w.h.Figures.Score(p.Counts), Fair: p.Fair,
			Count: p.Counts.Total(), Bad: w.h.Figures.Bad(p.Counts),
		}
		row.Bar, row.GoodRate = int(math.Round(10*row.Score)), w.h.Figures.GoodRate(p.Counts)
		if w.fair {
			row.Bar = int(math.Round(row.Fair))
		}
		if _, known := w.registers.regions.Region(p.Code); known && who.rank == figures.Regions && p.Code != w.region {
			row.Address = w.to(func(s *state) { s.region = p.Code })
		}
		rows = append(rows, row)
	}
	return rows
}

// moved is by how many ranks one rose, and what to call it.
func moved(before, rank int) (move string, by int) {
	switch {
	case before == 0:
		return "new", 0
	case before > rank:
		return "up", before - rank
	case before < rank:
		return "down", before - rank
	default:
		return "same", 0
	}
}
