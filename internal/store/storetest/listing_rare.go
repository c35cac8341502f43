package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

// rareAndMany are reviews of which some are rare: 6,000 of the last 60 days that are alike, 40 hotline ones of four hundred days, 60 of
// one day in as many regions and 5 like them of days before, 20 that lie in no region.
func (d *database) rareAndMany(t *testing.T) []review.Record {
	t.Helper()
	var records []review.Record
	add := func(region, entity string, stars int, ago time.Duration) {
		n := len(records)
		records = append(records, d.affair(n, func(r *review.Record) {
			r.Region, r.EntityCode, r.Stars, r.EvalTime = region, entity, stars, now.Add(-ago)
		}))
	}
	const day = 24 * time.Hour
	for n := range 6000 {
		add(places[n%len(places)], "egovAffair", 4+n/7%2, time.Duration(n)*(day/100))
	}
	for n := range 40 {
		add(places[n%len(places)], "hotlineAffair", 1+n%5, time.Duration(n)*10*day+time.Duration(n%3)*time.Hour)
	}
	for n := range 60 {
		add(fmt.Sprintf("4401060%02d000", n+10), "yssAffair", 3+n%3, 100*day+time.Duration(n%4)*time.Minute)
	}
	for n := range 5 {
		add(places[n], "yssAffair", 5, 200*day+time.Duration(n)*day)
	}
	for n := range 20 {
		add("GD", "egovGuide", 5, time.Duration(n/2)*30*day)
	}
	stored := slices.Clone(records)
	shuffle(stored)
	for some := range slices.Chunk(stored, 300) {
		d.accept(t, some...)
	}
	slices.SortFunc(records, newestFirst)
	return records
}

// foundByCounters: where the counters say that reviews are, all of a listing are, whatever it asks for and wherever it goes on.
func foundByCounters(t *testing.T, d *database) {
	records := d.migrated(t).rareAndMany(t)
	for range 30 { // others are open
		if _, err := d.CloseDay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	inSpots, inOthers := 0, 0
	holds := func(t fataler, scope figures.Scope, asked review.Listing) {
		t.Helper()
		listing, total, err := d.figures().Listing(t.Context(), scope, asked)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := d.figures().Total(t.Context(), scope); err != nil || total != want {
			t.Fatalf("%+v: %v in all, %v; want %v", scope, total, err, want)
		}
		naive := asked
		naive.EntityCode, naive.From, naive.To = scope.Entity, beijing.DayStart(scope.Span.From), beijing.DayStart(scope.Span.To).AddDate(0, 0, 1)
		if scope.Region != org.AllRegions {
			naive.RegionFrom, naive.RegionTo = org.Range(scope.Region)
		}
		if diff := cmp.Diff(among(records, naive), d.newest(t, listing)); diff != "" {
			t.Fatalf("%+v from %d by %+v: %s", scope, asked.Offset, listing, diff)
		}
		switch filtered := scope.Entity != "" || asked.Stars != 0; {
		case len(listing.Spots) > 0:
			inSpots++
		case filtered && listing.Spots == nil:
			inOthers++
		}
	}
	always := figures.Span{From: 20200101, To: 20300101}
	regions := append([]string{"0", "440106015000", "440199000000"}, places...)
	for _, region := range regions {
		for _, entity := range []string{"egovAffair", "hotlineAffair", "yssAffair", "egovGuide", "none"} {
			for stars := range 6 {
				scope := figures.Scope{Region: region, Entity: entity, Span: always}
				holds(t, scope, review.Listing{Stars: stars, Limit: 25})
				holds(t, scope, review.Listing{Stars: stars, Offset: 1, Limit: 5})
				holds(t, scope, review.Listing{Stars: stars, Offset: 10, Limit: 5})
			}
		}
	}
	for _, r := range records {
		if r.EntityCode != "egovAffair" { // from each of the rare ones on
			after := review.Listing{Limit: 5, After: &review.Position{EvalTime: r.EvalTime, Serial: r.Serial}}
			holds(t, figures.Scope{Region: "0", Entity: r.EntityCode, Span: always}, after)
		}
	}
	if inSpots == 0 || inOthers == 0 {
		t.Errorf("%d listings were read in spots and %d among others: both must be tried", inSpots, inOthers)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := now.AddDate(0, 0, -rapid.SampledFrom([]int{0, 20, 70, 101, 200, 1000}).Draw(t, "from days ago"))
		to := now.AddDate(0, 0, -rapid.SampledFrom([]int{-1, 0, 15, 99, 150}).Draw(t, "to days ago"))
		asked := review.Listing{
			Stars:  rapid.IntRange(0, 5).Draw(t, "stars"),
			Offset: rapid.SampledFrom([]int{0, 0, 1, 7, 30, 2000}).Draw(t, "offset"),
			Limit:  rapid.SampledFrom([]int{1, 5, 20, 100}).Draw(t, "limit"),
		}
		if rapid.Bool().Draw(t, "goes on") {
			after := records[rapid.IntRange(0, len(records)-1).Draw(t, "after")]
			asked.Offset, asked.After = 0, &review.Position{EvalTime: after.EvalTime, Serial: after.Serial}
		}
		holds(t, figures.Scope{
			Region: rapid.SampledFrom(regions).Draw(t, "region"),
			Entity: rapid.SampledFrom([]string{"", "egovAffair", "hotlineAffair", "hotlineAffair", "yssAffair", "egovGuide"}).Draw(t, "entity"),
			Span:   figures.Span{From: beijing.Day(from), To: beijing.Day(to)},
		}, asked)
	})
}
