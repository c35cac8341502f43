package figures

import (
	"context"
	"fmt"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// Point is what was counted in a period: an hour yyyymmddhh, a day yyyymmdd or a month yyyymm.
type Point struct {
	Period int
	// Part are the days of a month of which not all are asked for, or over; none of a whole month, a day or an hour.
	Part   Span
	Counts Counts
}

// longestByDay is how many days a trend may have that is told by days.
const longestByDay = 92

// Trend is the scope by days, or by months when it is longer than 92 days; empty ones stand there, none after today.
func (s *Service) Trend(ctx context.Context, scope Scope) ([]Point, error) {
	scope.Span = Span{max(scope.Span.From, firstDay), min(scope.Span.To, beijing.Day(s.now()))}
	query := s.whole(scope)
	query.Split.Period = true
	if days := scope.Span.days(longestByDay + 1); len(days) <= longestByDay {
		query.Periods = days
		return s.points(ctx, query, days, func(period int) int { return period })
	}
	points, err := s.points(ctx, query, scope.Span.months(s.now()), monthOf)
	for i := range points {
		first := points[i].Period*100 + 1
		last := endOfMonth(first)
		if part := (Span{max(first, scope.Span.From), min(last, scope.Span.To)}); part != (Span{first, last}) {
			points[i].Part = part
		}
	}
	return points, err
}

// days are the days of a span, at most so many.
func (s Span) days(most int) (days []int) {
	for day := s.From; day <= s.To && len(days) < most; day = beijing.AddDays(day, 1) {
		days = append(days, day)
	}
	return days
}

// monthOf is the month that a counter's period lies in: a month, a pentad (a digit more) or a day (two digits more).
func monthOf(period int) int {
	for period > 999999 {
		period /= 10
	}
	return period
}

// Hours is today by hours, up to the one that runs; for regions down to counties.
func (s *Service) Hours(ctx context.Context, scope Scope) ([]Point, error) {
	if org.LevelOf(scope.Region) > org.LevelCounty {
		return nil, nil
	}
	now := s.now().In(beijing.Zone)
	var hours []int
	for hour := range now.Hour() + 1 {
		hours = append(hours, beijing.Day(now)*100+hour)
	}
	query := s.whole(scope)
	query.Split.Period, query.Periods = true, hours
	return s.points(ctx, query, hours, func(period int) int { return period })
}

// points puts rows told apart by period in their places.
func (s *Service) points(ctx context.Context, query Query, periods []int, place func(period int) int) ([]Point, error) {
	rows, err := s.store.Sum(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("sum a course: %w", err)
	}
	points := make([]Point, len(periods))
	at := map[int]*Point{}
	for i, period := range periods {
		points[i].Period = period
		at[period] = &points[i]
	}
	for _, row := range rows {
		if point := at[place(row.Period)]; point != nil {
			point.Counts.Add(row.Counts)
		}
	}
	return points, nil
}
