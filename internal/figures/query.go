package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Query asks the store for sums of counters, with the facts not yet folded.
type Query struct {
	Dimensions []Dimension
	// From and To bound the codes: From <= code < To.
	From, To        string
	Entity, Channel string // empty is all
	// Split says what rows are told apart by, beside the code.
	Split Split
	// Periods are hours yyyymmddhh of today and yesterday, days yyyymmdd and months yyyymm, without overlap. Which counters
	// they are put together from is the store's affair.
	Periods []int
}

// Split says by what the rows of a query are told apart; what is not split is added up.
type Split struct{ Entity, Channel, Period bool }

// Row is one code's sum. What the query does not split is empty, or 0.
type Row struct {
	Code, Entity, Channel string
	Period                int
	Counts                Counts
}

// Compare orders rows by code, evaluation object, channel and period.
func (r Row) Compare(o Row) int {
	if order := strings.Compare(r.Code, o.Code); order != 0 {
		return order // nearly always, and thousands of rows are sorted
	}
	return cmp.Or(strings.Compare(r.Entity, o.Entity), strings.Compare(r.Channel, o.Channel), cmp.Compare(r.Period, o.Period))
}

// OfAffairs says whether the query asks for counters of completed affairs; those of reviews are never asked for with them.
func (q *Query) OfAffairs() bool { return len(q.Dimensions) > 0 && q.Dimensions[0].ofAffairs() }

// row is where a counter of an asked period is summed up.
func (q *Query) row(key Key) Row {
	row := Row{Code: key.Code}
	if q.Split.Entity {
		row.Entity = key.Entity
	}
	if q.Split.Channel {
		row.Channel = key.Channel
	}
	if q.Split.Period {
		row.Period = key.Period
	}
	return row
}

// Reading is which counters answer a part of a query.
type Reading struct {
	Dimensions []int
	// Entity and Channel are what counters are read of: one, Any for the sum over all, or empty for each.
	Entity, Channel string
	Periods         []int
	// Of says of which period of the query each of Periods is a part.
	Of map[int]int
}

// Single says that the reading has one counter of each code, but for evaluation objects of one channel, and for lanes.
func (r *Reading) Single() bool {
	return len(r.Dimensions) == 1 && len(r.Periods) == 1 && r.Channel != ""
}

// Readings are the counters that answer the query when the days up to through, and no others, are closed.
func (q *Query) Readings(through int) (readings []Reading) {
	add := func(r Reading, periods []int) {
		if r.Periods = periods; len(periods) > 0 {
			readings = append(readings, r)
		}
	}
	for _, kind := range []func(Dimension) bool{
		Dimension.public, Dimension.monthly, func(d Dimension) bool { return !d.public() && !d.monthly() },
	} {
		each := Reading{Entity: q.Entity, Channel: q.Channel}
		for _, d := range q.Dimensions {
			if kind(d) {
				each.Dimensions = append(each.Dimensions, int(d))
			}
		}
		if len(each.Dimensions) == 0 {
			continue
		}
		first, closed := Dimension(each.Dimensions[0]), through //nolint:gosec // a dimension
		if first.monthly() {
			closed = lastDay // months are all there is
		}
		c := cover(q.Periods, closed, first.public(), q.Split.Period)
		each.Of = c.of
		summed := each
		if first.public() && q.Channel == "" && !q.Split.Channel {
			summed.Channel = Any
			if q.Entity == "" && !q.Split.Entity {
				summed.Entity = Any
			}
		}
		if summed.Channel == each.Channel {
			add(each, slices.Concat(c.closed, c.open))
			continue
		}
		add(summed, c.closed)
		add(each, c.open)
	}
	return readings
}

// Counting adds facts that are not folded yet to the sums of a query.
type Counting struct {
	query      *Query
	dimensions [lastDimension + 1]bool
	periods    map[int]bool
	add        func(row Row, n, weight int)
}

// Counting gives add what facts add to the sums: n is 1 to 5.
func (q *Query) Counting(add func(row Row, n, weight int)) *Counting {
	c := &Counting{query: q, periods: make(map[int]bool, len(q.Periods)), add: add}
	for _, d := range q.Dimensions {
		c.dimensions[d] = true
	}
	for _, period := range q.Periods {
		c.periods[period] = true
	}
	return c
}

func (c *Counting) wanted(d Dimension) bool { return c.dimensions[d] }

// excludes says that the query's filters leave out a review.
func (c *Counting) excludes(entity, channel string) bool {
	return c.query.Entity != "" && c.query.Entity != entity || c.query.Channel != "" && c.query.Channel != channel
}

// count counts in each asked period in which a day, and an hour of it, lies.
func (c *Counting) count(key Key, day, hour, n, weight int) {
	if key.Code < c.query.From || key.Code >= c.query.To {
		return
	}
	periods := [3]int{day, beijing.Month(day), 0}
	if key.Dimension.monthly() {
		periods[0] = 0
	}
	if hour != UnknownHour && key.Dimension.hourly() {
		periods[2] = hourOf(day, hour)
	}
	for _, key.Period = range periods {
		if c.periods[key.Period] {
			c.add(c.query.row(key), n, weight)
		}
	}
}

// asks says whether the query asks for a period in which a day lies.
func (c *Counting) asks(day, hour int) bool {
	return c.periods[day] || c.periods[beijing.Month(day)] || c.periods[hourOf(day, hour)]
}

// fact counts a fact.
func (c *Counting) fact(f *Fact) {
	if c.excludes(f.Entity, f.Channel) || !c.asks(f.Day, f.Hour) {
		return
	}
	f.each(c.wanted, func(key Key, stars int) { c.count(key, f.Day, f.Hour, stars, f.Weight) })
}

// Store keeps counters.
type Store interface {
	// Sum gives one row a code and what the query splits, in the order of Row.Compare; rows of nothing are left out.
	Sum(ctx context.Context, query Query) ([]Row, error)
	// Version is a text that is another one when a figure may be another one. It is cheap.
	Version(ctx context.Context) (string, error)
	// Fold moves facts that wait into counter rows, a bounded number at a time, and says how many changes still wait.
	Fold(ctx context.Context) (waiting int, err error)
	// CloseDay closes one more day that is over, which makes sums of it. closed is false when all days are.
	CloseDay(ctx context.Context) (closed bool, err error)
	// Recount tells each, at one moment and in the order of keys, every counter that the stored records give or that is kept, the
	// facts not yet folded with it. Its memory does not grow with either.
	Recount(ctx context.Context, each func(key Key, records, counters Counts) error) error
}

// Version is a text that is another one when a figure may be another one, be it that other formulas are in use. It costs one
// cheap query.
func (s *Service) Version(ctx context.Context) (string, error) {
	version, err := s.store.Version(ctx)
	if err != nil {
		return "", fmt.Errorf("version of figures: %w", err)
	}
	if use := s.use.Load(); use.version > 0 {
		version += fmt.Sprintf("-%d", use.version)
	}
	return version, nil
}
