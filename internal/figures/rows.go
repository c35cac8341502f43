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

func (s *Service) summaryRows(ctx context.Context, scope Scope, period Period) (rows [][]any, note string, err error) {
	titles := []string{period.Title(), period.Earlier()}
	for i, p := range []Period{period, period.Before()} {
		summary, err := s.Summary(ctx, scope.at(p))
		if err != nil {
			return nil, "", err
		}
		row := cells([]any{titles[i], p.Span.Title()}, s.counted(), summary.Counts, summary.Response.cells()...)
		rows = append(rows, append(row, summary.Cases.cells()...))
	}
	if scope.Entity != "" || scope.Channel != "" {
		note = "办结件数不分评价对象和渠道，选定后不计算主动评价率和覆盖率。"
	}
	return rows, note, nil
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

func (s *Service) rankingRows(ctx context.Context, subject Subject, scope Scope, period Period) (rows [][]any, note string, err error) {
	ranking, err := s.Rank(ctx, subject, scope, scope.at(period.Before()))
	if err != nil {
		return nil, "", err
	}
	rows, note = s.rowsOf(&ranking)
	return rows, note, nil
}

// rowsOf are the rows of a ranking, by official rank; who has too few reviews last.
func (s *Service) rowsOf(ranking *Ranking) (rows [][]any, note string) {
	rank := func(n int) any {
		if n == 0 {
			return nil
		}
		return int64(n)
	}
	for _, places := range [][]Place{ranking.Ranked, ranking.TooFew} {
		for _, p := range places {
			row := cells([]any{rank(p.Rank), rank(p.FairRank), p.Code, p.Name}, s.counted(), p.Counts, p.Fair, rank(p.Before))
			rows = append(rows, row)
		}
	}
	if few := len(ranking.TooFew); few > 0 {
		note = fmt.Sprintf("最后%d行评价数不足%d条，样本不足，不排名。", few, s.Least())
	}
	return rows, note
}

func (s *Service) entityRows(ctx context.Context, scope Scope, _ Period) ([][]any, string, error) {
	standings, err := s.Entities(ctx, scope)
	return s.shareRows(standings), "", err
}

func (s *Service) channelRows(ctx context.Context, scope Scope, _ Period) ([][]any, string, error) {
	standings, err := s.Channels(ctx, scope)
	return s.shareRows(standings), "", err
}

func (s *Service) shareRows(standings []Standing) (rows [][]any) {
	var total int64
	for _, standing := range standings {
		total += standing.Counts.Total()
	}
	for _, standing := range standings {
		c := standing.Counts
		rows = append(rows, cells([]any{standing.Code, standing.Name}, s.counted(), c, rateOf(c.Total(), total)))
	}
	return rows
}

func (s *Service) starRows(ctx context.Context, scope Scope, _ Period) (rows [][]any, note string, err error) {
	total, err := s.Total(ctx, scope)
	if err != nil {
		return nil, "", err
	}
	for stars := len(total); stars >= 1; stars-- {
		n := total[stars-1]
		rows = append(rows, []any{int64(stars), catalog.StarName(stars), n, rateOf(n, total.Total())})
	}
	return rows, "", nil
}

func tagRows(praised bool) func(s *Service, ctx context.Context, scope Scope, period Period) ([][]any, string, error) {
	return func(s *Service, ctx context.Context, scope Scope, _ Period) (rows [][]any, note string, err error) {
		tagged, hidden, err := s.PublicTags(ctx, scope)
		if err != nil {
			return nil, "", err
		}
		if hidden {
			return nil, fmt.Sprintf("评价不足%d条，为保护评价人不显示标签。", fewest), nil
		}
		tags := tagged.Of(praised)
		var total int64
		for _, tag := range tags {
			total += tag.Count
		}
		for _, tag := range tags {
			rows = append(rows, []any{tag.ID, tag.Name, tag.Count, rateOf(tag.Count, total)})
		}
		if len(rows) == 0 {
			note = "这段时间没有人选标签。"
		}
		return rows, note, nil
	}
}

func (s *Service) trendRows(ctx context.Context, scope Scope, period Period) (rows [][]any, note string, err error) {
	points, err := s.Trend(ctx, scope)
	if err != nil {
		return nil, "", err
	}
	before, err := s.Trend(ctx, scope.at(period.Before()))
	if err != nil {
		return nil, "", err
	}
	for i, point := range points {
		after := []any{nil, nil, nil}
		if i < len(before) && digits(before[i].Period) == digits(point.Period) {
			b := before[i]
			after = []any{b.Title(), b.Counts.Total(), nil}
			if b.Counts.Total() > 0 {
				after[2] = s.Score(b.Counts)
			}
		}
		rows = append(rows, cells([]any{point.Title()}, s.counted(), point.Counts, after...))
	}
	return rows, "", nil
}

// digits is how many digits a period has.
func digits(period int) int { return len(fmt.Sprint(period)) }

// Title is how a point is written in a table: 2026-06-15 or 2026-06.
func (p Point) Title() string {
	if p.Period > 999999 {
		return fmt.Sprintf("%04d-%02d-%02d", p.Period/10000, p.Period/100%100, p.Period%100)
	}
	return fmt.Sprintf("%04d-%02d", p.Period/100, p.Period%100)
}

func (s *Service) hourRows(ctx context.Context, scope Scope, _ Period) (rows [][]any, note string, err error) {
	if org.LevelOf(scope.Region) > org.LevelCounty {
		return nil, "县区以下的地区不按小时统计。", nil
	}
	hours, err := s.Hours(ctx, scope)
	for _, point := range hours {
		rows = append(rows, cells([]any{int64(point.Period % 100)}, s.counted(), point.Counts))
	}
	return rows, "", err
}

func (s *Service) responseRows(ctx context.Context, scope Scope, _ Period) (rows [][]any, note string, err error) {
	note = "办结件数不分评价对象和渠道。"
	responses, err := s.Responses(ctx, scope, ByRegion)
	for i := range responses {
		rows = append(rows, append([]any{responses[i].Code, responses[i].Name}, responses[i].cells()...))
	}
	if len(rows) == 0 {
		note = "这段时间没有办结的办件。"
	}
	return rows, note, err
}
