package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/sample"
)

// The bar of a list of reviews in the console: three times an index look-up of as many rows.
const (
	listBar  = 3
	listPage = 51 // the console's page, and one more
)

// listed is a list that the console shows.
type listed struct {
	name string
	of   func(b *bulk) review.Query // another one each time
}

func consoleLists() []listed {
	of := func(codes []string) string { return codes[rand.IntN(len(codes))] } //nolint:gosec // any will do
	within := func(region string) review.Query {
		from, to := org.Range(region)
		return review.Query{RegionFrom: from, RegionTo: to}
	}
	return []listed{
		{"a city", func(*bulk) review.Query { return within(of(cities())) }},
		{"a county", func(b *bulk) review.Query { return within(b.office().RegionCode) }},
		{"a department", func(b *bulk) review.Query { return review.Query{Department: b.office().Code} }},
		{"a hall", func(b *bulk) review.Query {
			return review.Query{Hall: b.halls[rand.IntN(len(b.halls))].Code} //nolint:gosec // any will do
		}},
		{"bad reviews", func(*bulk) review.Query { return review.Query{Bad: true} }},
		{"bad reviews of a city", func(*bulk) review.Query {
			q := within(of(cities()))
			q.Bad = true
			return q
		}},
		{"one channel", func(b *bulk) review.Query { return review.Query{Channel: b.channel()} }},
	}
}

// lists compares the first page of each list, on a province's reviews of two years, with the newest reviews of all, which an index
// gives as they stand.
func lists(ctx context.Context, b *bench, engine string) error {
	full, err := b.province(ctx, engine)
	if err != nil {
		return err
	}
	c := &comparison{title: fmt.Sprintf("%s: the console's lists over an index look-up, %s", engine, full.bulk), brief: true}
	const newest = "the newest of all"
	c.sides = append(c.sides, side{newest, full.search(func(*bulk) review.Query { return review.Query{} })})
	for _, list := range consoleLists() {
		c.sides = append(c.sides, side{list.name, full.search(list.of)})
		c.ratios = append(c.ratios, ratio{name: list.name, of: list.name, over: newest, value: medianTime, bar: listBar, atMost: true})
	}
	return b.compare(ctx, c)
}

// office is one of the departments that reviews are of.
func (b *bulk) office() sample.Department {
	return b.offices[b.items[rand.IntN(len(b.items))].DepartmentCode] //nolint:gosec // any will do
}

// search is a side that asks for the first page of lists. A place may have no reviews; over all measurements there must be some.
func (s *stock) search(of func(b *bulk) review.Query) func(ctx context.Context) (reading, error) {
	return func(ctx context.Context) (reading, error) {
		found := 0
		r, err := timed(ctx, rankingTimes, func(ctx context.Context) error {
			q := of(s.bulk)
			q.Limit = listPage
			page, err := s.store.SearchReviews(ctx, q)
			found += len(page.Found)
			return err
		})
		if err == nil && found == 0 {
			err = errors.New("no review was found")
		}
		return r, err
	}
}
