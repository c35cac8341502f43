package figures

import (
	"context"
	"fmt"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
)

// at is the scope in another span.
func (scope Scope) at(period Period) Scope {
	scope.Span = period.Span
	return scope
}

// notByFilters says why there are no completed affairs under a filter by evaluation object or channel.
const notByFilters = "办结件数不分评价对象和渠道，选定后不计算主动评价率和覆盖率。"

func (s *Service) summaryRows(ctx context.Context, scope Scope, period Period) (f filled, err error) {
	titles := []string{period.Title(), period.Earlier()}
	for i, p := range []Period{period, period.Before()} {
		summary, err := s.Summary(ctx, scope.at(p))
		if err != nil {
			return filled{}, err
		}
		row := cells([]any{titles[i], p.Span.Title()}, s.counted(), summary.Counts, summary.Response.cells()...)
		f.rows = append(f.rows, append(row, summary.Cases.cells()...))
	}
	if scope.Entity != "" || scope.Channel != "" {
		f.note = notByFilters
	}
	return f, nil
}

// cells are those of responseFigures.
func (r Response) cells() []any {
	if r.Completed == 0 {
		return make([]any, len(responseFigures()))
	}
	return []any{
		r.Completed, r.Reviewed, rateOf(r.Reviewed, r.Completed), r.Items, r.ReviewedItems, rateOf(r.ReviewedItems, r.Items),
	}
}

// cells are those of caseFigures.
func (c Cases) cells() []any {
	return []any{
		c.Opened, c.Rectified, rateOf(c.Rectified, c.Opened), c.InTime, rateOf(c.InTime, c.Opened),
		c.CalledBack, rateOf(c.CalledBack, c.Opened), c.Satisfied, rateOf(c.Satisfied, c.CalledBack),
	}
}

func (s *Service) rankingRows(ctx context.Context, subject Subject, scope Scope, period Period) (filled, error) {
	ranking, err := s.Rank(ctx, subject, scope, scope.at(period.Before()))
	if err != nil {
		return filled{}, err
	}
	f := s.rowsOf(&ranking)
	if words := Nobody(subject); words != "" && len(f.rows) == 0 {
		total, err := s.Total(ctx, scope)
		if err != nil {
			return filled{}, err
		}
		if total.Total() > 0 {
			f.note = words + "。"
		}
	}
	return f, nil
}

// Nobody is what is said where there are reviews, but none of those who are ranked in public; empty of regions, whose own reviews are
// told apart (see Ranking.Apart).
func Nobody(subject Subject) string {
	return map[Subject]string{
		Departments: "本级部门没有评价", AllDepartments: "各部门没有评价（评价未注明部门）", Halls: "各大厅没有评价（评价未注明大厅）",
	}[subject]
}

// rowsOf are the rows of a ranking, by official rank; who has too few reviews last.
func (s *Service) rowsOf(ranking *Ranking) filled {
	f := filled{apart: ranking.Apart}
	rank := func(n int) any {
		if n == 0 {
			return nil
		}
		return int64(n)
	}
	for _, places := range [][]Place{ranking.Ranked, ranking.TooFew} {
		for _, p := range places {
			row := cells([]any{rank(p.Rank), rank(p.FairRank), p.Code, p.Name}, s.counted(), p.Counts, p.Fair, rank(p.Before))
			f.rows = append(f.rows, row)
		}
	}
	if few := len(ranking.TooFew); few > 0 {
		f.note = fmt.Sprintf("最后%d行评价数不足%d条，样本不足，不排名。", few, s.Least())
	}
	return f
}

func (s *Service) entityRows(ctx context.Context, scope Scope, _ Period) (filled, error) {
	standings, err := s.Entities(ctx, scope)
	return s.shareRows(standings), err
}

func (s *Service) channelRows(ctx context.Context, scope Scope, _ Period) (filled, error) {
	standings, err := s.Channels(ctx, scope)
	return s.shareRows(standings), err
}

func (s *Service) shareRows(standings []Standing) (f filled) {
	var total int64
	for _, standing := range standings {
		total += standing.Counts.Total()
	}
	for _, standing := range standings {
		c := standing.Counts
		f.rows = append(f.rows, cells([]any{standing.Code, standing.Name}, s.counted(), c, rateOf(c.Total(), total)))
	}
	return f
}

func (s *Service) starRows(ctx context.Context, scope Scope, _ Period) (f filled, err error) {
	total, err := s.Total(ctx, scope)
	if err != nil {
		return filled{}, err
	}
	for stars := len(total); stars >= 1; stars-- {
		n := total[stars-1]
		f.rows = append(f.rows, []any{int64(stars), catalog.StarName(stars), n, rateOf(n, total.Total())})
	}
	return f, nil
}

func tagRows(praised bool) func(s *Service, ctx context.Context, scope Scope, period Period) (filled, error) {
	return func(s *Service, ctx context.Context, scope Scope, _ Period) (f filled, err error) {
		tagged, hidden, err := s.PublicTags(ctx, scope)
		if err != nil {
			return filled{}, err
		}
		if hidden {
			return filled{note: fmt.Sprintf("评价不足%d条，为保护评价人不显示标签。", fewest)}, nil
		}
		tags := tagged.Of(praised)
		var total int64
		for _, tag := range tags {
			total += tag.Count
		}
		for _, tag := range tags {
			f.rows = append(f.rows, []any{tag.ID, tag.Name, tag.Count, rateOf(tag.Count, total)})
		}
		if len(f.rows) == 0 {
			f.note = "这段时间没有人选标签。"
		}
		return f, nil
	}
}

func (s *Service) trendRows(ctx context.Context, scope Scope, period Period) (f filled, err error) {
	points, err := s.Trend(ctx, scope)
	if err != nil {
		return filled{}, err
	}
	before, err := s.Trend(ctx, scope.at(period.Before()))
	if err != nil {
		return filled{}, err
	}
	for i, point := range points {
		after := make([]any, 5)
		if i < len(before) && digits(before[i].Period) == digits(point.Period) {
			b := before[i]
			first, last := b.days()
			after = []any{b.Title(), dashed(first), dashed(last), b.Counts.Total(), nil}
			if b.Counts.Total() > 0 {
				after[4] = s.Score(b.Counts)
			}
		}
		first, last := point.days()
		f.rows = append(f.rows, cells([]any{point.Title(), dashed(first), dashed(last)}, s.counted(), point.Counts, after...))
	}
	return f, nil
}

// digits is how many digits a period has.
func digits(period int) int { return len(fmt.Sprint(period)) }

// Title is how a point is written in a table: 2026-06-15, 2026-06, or 2026-06-15至2026-06-30 for a part of a month, lest it be taken
// for all of it.
func (p Point) Title() string {
	switch first, last := p.days(); {
	case first == last:
		return dashed(first)
	case p.Part != Span{}:
		return dashed(first) + "至" + dashed(last)
	}
	return fmt.Sprintf("%04d-%02d", p.Period/100, p.Period%100)
}

// days are the first and the last day of a point of a day or a month, or of what of it is asked for.
func (p Point) days() (first, last int) {
	switch {
	case p.Period > lastMonth:
		return p.Period, p.Period
	case p.Part != Span{}:
		return p.Part.From, p.Part.To
	}
	first = p.Period*100 + 1
	return first, endOfMonth(first)
}

// dashed writes a day for programs and people: 2026-06-15.
func dashed(day int) string { return fmt.Sprintf("%04d-%02d-%02d", day/10000, day/100%100, day%100) }

func (s *Service) hourRows(ctx context.Context, scope Scope, _ Period) (f filled, err error) {
	if org.LevelOf(scope.Region) > org.LevelCounty {
		return filled{note: "县区以下的地区不按小时统计。"}, nil
	}
	hours, err := s.Hours(ctx, scope)
	for _, point := range hours {
		f.rows = append(f.rows, cells([]any{int64(point.Period % 100)}, s.counted(), point.Counts))
	}
	return f, err
}

func (s *Service) responseRows(ctx context.Context, scope Scope, _ Period) (f filled, err error) {
	f.note = "办结件数不分评价对象和渠道。"
	responses, own, err := s.responsesBy(ctx, scope, ByRegion)
	for i := range responses {
		f.rows = append(f.rows, append([]any{responses[i].Code, responses[i].Name}, responses[i].cells()...))
	}
	if f.apart = apartNote(scope.Region, len(f.rows), own, "件办结"); len(f.rows) == 0 && f.apart == "" {
		f.note = "这段时间没有办结的办件。"
	}
	return f, err
}
