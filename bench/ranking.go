package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
)

// rankingTimes is how often a figure is read in one measurement, groupTimes how often it is counted from the reviews.
const (
	rankingTimes = 20
	groupTimes   = 1
)

// rankedDays is the period of the figures that are compared.
const rankedDays = 90

// rankings compares figures from counters with GROUP BY on the reviews, by days alone and with months.
func rankings(ctx context.Context, b *bench, engine string) error {
	full, err := b.stock(ctx, b.host, engine, someMonths(), b.reviews)
	if err != nil {
		return err
	}
	to := beijing.AddDays(beijing.Day(time.Now()), -1)
	from := beijing.AddDays(to, 1-rankedDays)
	c := &comparison{title: fmt.Sprintf("%s: figures of %d days from counters over GROUP BY on %s", engine, rankedDays, full.bulk), brief: true}
	for _, ranked := range []struct {
		name      string
		dimension figures.Dimension
		column    string
		digits    int
		bar, aim  float64
	}{
		{"regions (cities)", figures.Region(org.LevelCity), "region_code", 4, 200, 1000},
		{"departments", figures.Department, "department_code", 0, 30, 100},
		{"windows", figures.Window, "window_code", 0, 40, 100},
		{"items", figures.Item, "item_code", 0, 0, 0},
		{"officers", figures.Officer, "work_no", 0, 0, 0},
	} {
		grouped := ranked.name + ", GROUP BY"
		c.sides = append(c.sides, side{grouped, full.group(groupBy(ranked.column, ranked.digits), from, to)})
		for _, way := range []struct {
			name    string
			periods []int
		}{{"by day", daysOf(from, to)}, {"with months", monthsOf(from, to)}} {
			counted := ranked.name + ", counters " + way.name
			query := figures.Query{Dimensions: []figures.Dimension{ranked.dimension}, To: "\U0010FFFF", Periods: way.periods}
			c.sides = append(c.sides, side{counted, func(ctx context.Context) (reading, error) {
				return timed(ctx, rankingTimes, func(ctx context.Context) error {
					rows, err := full.store.Sum(ctx, query)
					if err == nil && len(rows) == 0 {
						err = fmt.Errorf("no figures")
					}
					return err
				})
			}})
			c.ratios = append(c.ratios, ratio{
				name: counted, of: grouped, over: counted, value: medianTime, bar: ranked.bar, aim: ranked.aim,
			})
		}
	}
	return b.compare(ctx, c)
}

// province is a stock of a province's reviews of two years. Comparisons of one run share it, since loading takes longest; who
// changes it takes it away.
func (b *bench) province(ctx context.Context, engine string) (*stock, error) {
	if s := b.provinces[engine]; s != nil {
		return s, nil
	}
	s, err := b.stock(ctx, b.lasting, engine, province(), b.reviews)
	if err == nil {
		b.provinces[engine] = s
	}
	return s, err
}

// stock is a database with many reviews.
type stock struct {
	bulk  *bulk
	house *house
	store *store.Store
	side  *sql.DB
	// address is that of the database.
	address string
}

func (b *bench) stock(ctx context.Context, on *host, engine string, where *setting, reviews int) (*stock, error) {
	h, err := newHouse()
	if err != nil {
		return nil, err
	}
	address, lanes := on.database(engine), b.lanes
	if engine == sqlite {
		lanes = 1
	}
	s := &stock{house: h, bulk: newBulk(h.sealer, where, reviews, lanes), address: address}
	if s.store, err = openStore(ctx, h, address, lanes); err != nil {
		return nil, err
	}
	on.Cleanup(func() { _ = s.store.Close() })
	if err := s.bulk.load(ctx, address); err != nil {
		return nil, err
	}
	h.registry.Learn(nil, where.departments())
	s.side, err = openSide(address)
	on.Cleanup(func() { _ = s.side.Close() })
	return s, err
}

// group is a side that counts from the reviews.
func (s *stock) group(query string, from, to int) func(ctx context.Context) (reading, error) {
	return func(ctx context.Context) (reading, error) {
		return timed(ctx, groupTimes, func(ctx context.Context) error {
			rows, err := s.side.QueryContext(ctx, query, from, to)
			if err != nil {
				return err
			}
			defer rows.Close() //nolint:errcheck // rows.Err tells
			found := 0
			for rows.Next() {
				found++
			}
			if found == 0 {
				return fmt.Errorf("no groups: %w", rows.Err())
			}
			return rows.Err()
		})
	}
}

func daysOf(from, to int) []int {
	var days []int
	for day := from; day <= to; day = beijing.AddDays(day, 1) {
		days = append(days, day)
	}
	return days
}

// monthsOf are whole months and the days that are left.
func monthsOf(from, to int) []int {
	var periods []int
	for day := from; day <= to; {
		if end := beijing.AddDays(beijing.Day(beijing.DayStart(day).AddDate(0, 1, 0)), -1); day%100 == 1 && end <= to {
			periods = append(periods, beijing.Month(day))
			day = beijing.AddDays(end, 1)
			continue
		}
		periods = append(periods, day)
		day = beijing.AddDays(day, 1)
	}
	return periods
}
