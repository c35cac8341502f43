package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/haochaping/haochaping/internal/app"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
)

// The bar of every query of the board: a hundredth of the same figure by GROUP BY.
const (
	boardBar = 100
	boardAim = 300
)

// byTime is the longest period, in days, that GROUP BY is given by the index of times; of a longer one it looks at every review.
const byTime = 92

// boardFigure is a figure as the board asks for it, and as it is counted from the reviews.
type boardFigure struct {
	name string
	// ask gives how many reviews, or tags, the figure counted in all.
	ask func(ctx context.Context, s *figures.Service, scope figures.Scope) (int64, error)
	// by is what the reviews are grouped by, where which of them; from is where they are from, when not review alone.
	by, where, from string
}

func boardFigures(engine string) []boardFigure {
	ranked := func(subject figures.Subject) func(context.Context, *figures.Service, figures.Scope) (int64, error) {
		return func(ctx context.Context, s *figures.Service, scope figures.Scope) (sum int64, err error) {
			ranking, err := s.Rank(ctx, subject, scope, figures.Scope{})
			for _, places := range [][]figures.Place{ranking.Ranked, ranking.TooFew} {
				for i := range places {
					sum += places[i].Counts.Total()
				}
			}
			return sum, err
		}
	}
	stood := func(ask func(*figures.Service, context.Context, figures.Scope) ([]figures.Standing, error)) func(context.Context, *figures.Service, figures.Scope) (int64, error) {
		return func(ctx context.Context, s *figures.Service, scope figures.Scope) (sum int64, err error) {
			standings, err := ask(s, ctx, scope)
			for i := range standings {
				sum += standings[i].Counts.Total()
			}
			return sum, err
		}
	}
	tags, tag := "review CROSS JOIN LATERAL unnest(string_to_array(tags, ',')) AS chosen(tag)", "chosen.tag"
	if engine == sqlite {
		tags, tag = `review JOIN json_each('["' || replace(tags, ',', '","') || '"]') AS chosen`, "chosen.value"
	}
	return []boardFigure{
		{"regions", ranked(figures.Regions), "substr(region_code, 1, 4)", "substr(region_code, 3, 2) <> '00'", ""},
		{"departments", ranked(figures.AllDepartments), "department_code", "department_code <> ''", ""},
		{"halls", ranked(figures.Halls), "hall_code", "hall_code <> ''", ""},
		{"total and stars", func(ctx context.Context, s *figures.Service, scope figures.Scope) (int64, error) {
			total, err := s.Total(ctx, scope)
			return total.Total(), err
		}, "1", "", ""},
		{"channels", stood((*figures.Service).Channels), "channel", "", ""},
		{"entities", stood((*figures.Service).Entities), "entity_code", "", ""},
		{"tags", func(ctx context.Context, s *figures.Service, scope figures.Scope) (sum int64, err error) {
			praised, err := s.Tags(ctx, scope, true)
			for _, tag := range praised {
				sum += tag.Count
			}
			return sum, err
		}, tag, "tags <> '' AND stars >= 3", tags},
		{"trend", func(ctx context.Context, s *figures.Service, scope figures.Scope) (sum int64, err error) {
			points, err := s.Trend(ctx, scope)
			for i := range points {
				sum += points[i].Counts.Total()
			}
			return sum, err
		}, "day", "", ""},
	}
}

// grouped is the statement that counts a figure from the reviews.
func (f *boardFigure) grouped(scope figures.Scope, long bool) (text string, arguments []any) {
	by, from := f.by, f.from
	if by == "day" && long {
		by = "day / 100"
	}
	if from == "" {
		from = "review"
	}
	text = "SELECT " + by
	for stars := 1; stars <= 5; stars++ {
		text += fmt.Sprintf(", sum(CASE WHEN stars = %d THEN 1 ELSE 0 END)", stars)
	}
	text += " FROM " + from
	if long {
		text += " WHERE day >= $1 AND day <= $2"
		arguments = []any{scope.Span.From, scope.Span.To}
	} else {
		text += " WHERE eval_time >= $1 AND eval_time < $2"
		arguments = []any{beijing.DayStart(scope.Span.From).UnixMicro(), beijing.DayStart(beijing.AddDays(scope.Span.To, 1)).UnixMicro()}
	}
	if f.where != "" {
		text += " AND " + f.where
	}
	for _, filter := range []struct{ column, value string }{{"entity_code", scope.Entity}, {"channel", scope.Channel}} {
		if filter.value != "" {
			arguments = append(arguments, filter.value)
			text += fmt.Sprintf(" AND %s = $%d", filter.column, len(arguments))
		}
	}
	return text + " GROUP BY 1", arguments
}

// boardQueries compares every query of the board, on a province's reviews of two years, with the same figure by GROUP BY.
func boardQueries(ctx context.Context, b *bench, engine string) error {
	defer runtime.KeepAlive(app.Ballast()) // the program has it
	full, err := b.province(ctx, engine)
	if err != nil {
		return err
	}
	service := figures.NewService(figures.Needs{
		Store: full.store, Formulas: figures.Formulas{ThreeIsGood: true}, Registry: full.house.registry, Entities: full.house.entities,
		Tags: full.house.tags, Halls: full.bulk.directory(), Now: time.Now,
	})
	for _, filter := range []struct{ name, entity, channel string }{{"", "", ""}, {", one entity", "egovAffair", ""}, {", one channel", "", "hall-qr"}} {
		c := &comparison{title: fmt.Sprintf("%s: GROUP BY on %s over the board's queries%s", engine, full.bulk, filter.name), brief: true}
		for _, period := range boardPeriods() {
			for _, figure := range boardFigures(engine) {
				scope := figures.Scope{Region: "440000000000", Span: period.span, Entity: filter.entity, Channel: filter.channel}
				grouped, sum := full.counted(&figure, scope, period.long)
				c.add(figure.name+", "+period.name, grouped, full.asked(service, &figure, scope, sum))
			}
		}
		if err := b.compare(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// add compares a figure's GROUP BY with its query.
func (c *comparison) add(name string, grouped, asked func(ctx context.Context) (reading, error)) {
	group, query := name+" by GROUP BY", name+" by the board"
	c.sides = append(c.sides, side{group, grouped}, side{query, asked})
	c.ratios = append(c.ratios, ratio{name: name, of: group, over: query, value: medianTime, bar: boardBar, aim: boardAim})
}

type boardPeriod struct {
	name string
	span figures.Span
	long bool // longer than byTime
}

func boardPeriods() []boardPeriod {
	today := beijing.Day(time.Now())
	ended := beijing.AddDays(today/100*100+1, -1)/100*100 + 15
	var periods []boardPeriod
	for _, p := range []struct {
		name string
		span figures.Span
	}{
		{"30 days", figures.Span{From: beijing.AddDays(today, -29), To: today}},
		// The same of two parts of months, wherever today stands in its own.
		{"30 days to the middle of last month", figures.Span{From: beijing.AddDays(ended, -29), To: ended}},
		{"90 days", figures.Span{From: beijing.AddDays(today, -89), To: today}},
		{"this month", figures.Span{From: today/100*100 + 1, To: today}},
		{"this year", figures.Span{From: today/10000*10000 + 101, To: today}},
		{"two years", figures.Span{From: beijing.AddDays(today, -provinceDays), To: today}},
	} {
		periods = append(periods, boardPeriod{p.name, p.span, beijing.AddDays(p.span.From, byTime) <= p.span.To})
	}
	return periods
}

// counted is a side that counts from the reviews. It says what it counted last.
func (s *stock) counted(figure *boardFigure, scope figures.Scope, long bool) (measure func(ctx context.Context) (reading, error), sum *int64) {
	sum = new(int64)
	return func(ctx context.Context) (reading, error) {
		return timed(ctx, groupTimes, func(ctx context.Context) (err error) {
			*sum, err = s.sumOf(ctx, figure, scope, long)
			return err
		})
	}, sum
}

// sumOf adds up what GROUP BY counts.
func (s *stock) sumOf(ctx context.Context, figure *boardFigure, scope figures.Scope, long bool) (sum int64, err error) {
	query, arguments := figure.grouped(scope, long)
	rows, err := s.side.QueryContext(ctx, query, arguments...)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var by any
		var counts figures.Counts
		if err := rows.Scan(&by, &counts[0], &counts[1], &counts[2], &counts[3], &counts[4]); err != nil {
			return 0, err
		}
		sum += counts.Total()
	}
	return sum, rows.Err()
}

// asked is a side that asks as the board does. It must count what GROUP BY has just counted.
func (s *stock) asked(service *figures.Service, figure *boardFigure, scope figures.Scope, counted *int64) func(ctx context.Context) (reading, error) {
	return func(ctx context.Context) (reading, error) {
		return timed(ctx, rankingTimes, func(ctx context.Context) error {
			got, err := figure.ask(ctx, service, scope)
			if err == nil && got != *counted {
				err = fmt.Errorf("%s: the board counts %d, GROUP BY %d", figure.name, got, *counted)
			}
			return err
		})
	}
}
