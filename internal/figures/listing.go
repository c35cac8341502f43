package figures

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

const (
	// mostPassed is how many reviews a listing may pass by on the way to its own before it asks on which days these are.
	mostPassed = 5000
	// deepestSpots is how far a listing may reach that is read in spots.
	deepestSpots = 1000
	// mostOfDay is in how many regions of a day it is looked for one by one.
	mostOfDay = 40
	// meanwhile is how many reviews may leave the figures between a look at the counters and one at the reviews.
	meanwhile = 10
)

// Listing says where the reviews of a scope are that a listing with these stars, place and length reaches: the counters know it. So a
// page costs what it shows, however many other reviews there are, and however long ago its own were. The scope's counts come with it.
func (s *Service) Listing(ctx context.Context, scope Scope, l review.Listing) (located review.Listing, total Counts, err error) {
	l.EntityCode, l.Channel = scope.Entity, scope.Channel
	if scope.Region != org.AllRegions {
		l.RegionFrom, l.RegionTo = org.Range(scope.Region)
	}
	scope.Span.From = max(scope.Span.From, firstDay)
	if within(scope) || l.EntityCode != "" || l.Channel != "" || l.Stars != 0 || l.Offset > 0 {
		total, err = s.locate(ctx, &scope, &l)
	} else {
		total, err = s.Total(ctx, scope)
	}
	l.From, l.To = beijing.DayStart(scope.Span.From), beijing.DayStart(scope.Span.To).AddDate(0, 0, 1)
	return l, total, err
}

// within says that a scope is a part of the platform's province.
func within(scope Scope) bool { return org.LevelOf(scope.Region) > org.LevelProvince }

// locate bounds a listing to the days that its page is of, and to the regions where it has any.
func (s *Service) locate(ctx context.Context, scope *Scope, l *review.Listing) (total Counts, err error) {
	reach := reach{skip: int64(l.Offset), limit: int64(l.Limit), stars: l.Stars, from: scope.Span.To}
	if l.After != nil {
		reach.after = beijing.Day(l.After.EvalTime)
		reach.from = min(reach.from, reach.after)
	}
	all, err := s.byPeriod(ctx, *scope, s.apart(scope.Span, reach.from))
	if err != nil {
		return total, err
	}
	for _, h := range all {
		total.Add(h.counts)
	}
	held := reach.newest(all)
	if l.Channel == "" && len(held) > 0 {
		rare, err := s.rare(ctx, *scope, all, held, &reach)
		if err != nil {
			return total, err
		}
		if rare {
			if held, err = s.byDay(ctx, *scope, held, &reach); err != nil {
				return total, err
			}
			if reach.enough() <= deepestSpots {
				l.Offset = int(reach.skip)
				l.Spots, err = s.spots(ctx, *scope, held, &reach)
				return total, err
			}
		}
	}
	if len(held) == 0 {
		l.Spots = []review.Spot{}
		return total, nil
	}
	l.Offset, scope.Span.To = int(reach.skip), daysOfPeriod(held[0].period).To
	if l.Channel == "" { // else it is looked for among all that is near the newest
		scope.Span.From = daysOfPeriod(held[len(held)-1].period).From
	}
	if within(*scope) && !reach.bad() {
		l.Regions, err = s.PlacesWith(ctx, *scope, l.Stars)
	}
	return total, err
}

// apart covers a span as Span.periods does, but for the month of one of its days, which is covered by its days. Each of them lies in
// the span.
func (s *Service) apart(span Span, day int) []int {
	day = max(span.From, min(day, beijing.Day(s.now().Add(ahead))))
	first, last := max(span.From, day/100*100+1), min(span.To, endOfMonth(day))
	return slices.Concat(s.periods(Span{span.From, beijing.AddDays(first, -1)}),
		Span{first, last}.days(longestByDay), s.periods(Span{beijing.AddDays(last, 1), span.To}))
}

// reach is what a listing reaches from a day on: after skip reviews with these stars (0 is any) the next limit. Those of the day in
// which it goes on (0 is none) are not counted: some of them are behind it.
type reach struct {
	skip, limit        int64
	stars, from, after int
}

// enough is how many are to be found.
func (r *reach) enough() int64 { return r.skip + r.limit + meanwhile }

// of are those of counts that are listed.
func (r *reach) of(counts Counts) int64 {
	if r.stars == 0 {
		return counts.Total()
	}
	return counts[r.stars-1]
}

// passed are those of counts that the walk to the listed ones comes by: bad ones have an index of their own.
func (r *reach) passed(counts Counts) int64 {
	if r.bad() {
		return counts[0] + counts[1]
	}
	return counts.Total()
}

func (r *reach) bad() bool { return r.stars > 0 && review.Bad(r.stars) }

// holding is a day or a month that holds reviews of a listing.
type holding struct {
	period int
	counts Counts
}

// newest are those of the periods, newest first, that hold anything of what is reached. The first ones are skipped where they hold no
// more than is to be skipped.
func (r *reach) newest(periods []holding) (held []holding) {
	left := r.enough()
	for _, h := range periods {
		switch n := r.of(h.counts); {
		case n <= 0 || daysOfPeriod(h.period).From > r.from || left <= 0:
		case len(held) == 0 && n <= r.skip:
			r.skip -= n
			left -= n
		default:
			held = append(held, h)
			if h.period != r.after {
				left -= n
			}
		}
	}
	return held
}

// byPeriod are a scope's counts in each of the periods that has any, the newest first.
func (s *Service) byPeriod(ctx context.Context, scope Scope, periods []int) (held []holding, err error) {
	if len(periods) == 0 {
		return nil, nil
	}
	query := s.whole(scope)
	query.Split.Period, query.Periods = true, periods
	rows, err := s.store.Sum(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("sum periods: %w", err)
	}
	for _, row := range rows {
		held = append(held, holding{row.Period, row.Counts})
	}
	slices.SortFunc(held, func(a, b holding) int { return cmp.Compare(daysOfPeriod(b.period).From, daysOfPeriod(a.period).From) })
	return held, nil
}

// daysOfPeriod are the days of a day or a month.
func daysOfPeriod(period int) Span {
	if period > lastMonth {
		return Span{period, period}
	}
	return Span{period*100 + 1, endOfMonth(period*100 + 1)}
}

// rare says that a walk to what a listing reaches would pass by too many others.
func (s *Service) rare(ctx context.Context, scope Scope, others, held []holding, reach *reach) (bool, error) {
	scope.Span = Span{daysOfPeriod(held[len(held)-1].period).From, daysOfPeriod(held[0].period).To}
	walk := scope
	if walk.Entity = ""; reach.bad() {
		walk.Region = org.AllRegions // it goes through all bad ones
	}
	switch {
	case scope.Entity == "" && reach.stars == 0:
		return false, nil // all are its own
	case walk != scope:
		var err error
		if others, err = s.byPeriod(ctx, walk, s.apart(scope.Span, reach.from)); err != nil {
			return false, err
		}
	}
	own := map[int]Counts{}
	for _, h := range held {
		own[h.period] = h.counts
	}
	passed, left := 0.0, float64(reach.enough())
	for _, h := range others {
		if days := daysOfPeriod(h.period); days.From < scope.Span.From || days.To > scope.Span.To {
			continue
		}
		share := 1.0
		if n := float64(reach.of(own[h.period])); n > 0 && h.period != reach.after {
			share = min(1, left/n)
			left -= n
		}
		passed += share * float64(reach.passed(h.counts))
	}
	return passed > mostPassed, nil
}

// byDay are the days of periods that hold what is reached, the newest first.
func (s *Service) byDay(ctx context.Context, scope Scope, held []holding, reach *reach) ([]holding, error) {
	var days []int
	for _, h := range held {
		days = append(days, daysOfPeriod(h.period).days(longestByDay)...)
	}
	byDay, err := s.byPeriod(ctx, scope, days)
	return reach.newest(byDay), err
}

// spots are the regions that have any of what is reached on each of the days.
func (s *Service) spots(ctx context.Context, scope Scope, held []holding, reach *reach) ([]review.Spot, error) {
	spots := []review.Spot{}
	var days []int
	for _, h := range held {
		days = append(days, h.period)
	}
	if len(days) == 0 { // they left meanwhile
		return spots, nil
	}
	from, to := org.Range(scope.Region)
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: everyRegion, From: from, To: to, Entity: scope.Entity, Split: Split{Period: true}, Periods: days,
	})
	if err != nil {
		return nil, fmt.Errorf("sum regions by days: %w", err)
	}
	own := reach.own(rows)
	for _, h := range held {
		spot := review.Spot{From: beijing.DayStart(h.period), To: beijing.DayStart(h.period).AddDate(0, 0, 1)}
		regions, known := own[h.period], int64(0)
		for _, n := range regions {
			known += n
		}
		if len(regions) > mostOfDay || known < reach.of(h.counts) { // it is everywhere, or some are in no region
			spots = append(spots, spot)
			continue
		}
		for _, spot.Region = range slices.Sorted(maps.Keys(regions)) {
			spots = append(spots, spot)
		}
	}
	return spots, nil
}

// own are how many of the listed are in each region itself, by days. What is in a region was counted in all above it as well.
func (r *reach) own(rows []Row) map[int]map[string]int64 {
	own := map[int]map[string]int64{}
	for _, row := range rows {
		n := r.of(row.Counts)
		if n == 0 {
			continue
		}
		if own[row.Period] == nil {
			own[row.Period] = map[string]int64{}
		}
		above := org.Ancestors(row.Code)
		own[row.Period][row.Code] += n
		own[row.Period][above[len(above)-2].Code] -= n
	}
	for _, regions := range own {
		maps.DeleteFunc(regions, func(_ string, n int64) bool { return n <= 0 })
	}
	return own
}
