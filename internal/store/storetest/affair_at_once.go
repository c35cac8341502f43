package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

func atOnceMatched(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	third, _ := d.process(t)
	const rounds, each = 12, 8
	for round := range rounds {
		if round%2 == 0 {
			d.strangers(t, 10_000+100*round)
		}
		var reviews []review.Record
		var affairs []affair.Record
		for i := range each {
			reviews = append(reviews, d.affair(each*round+i, bare, func(r *review.Record) { r.Unverified = true }))
			affairs = append(affairs, d.completed(each*round+i, inHall))
		}
		atOnce(3, func(i int) {
			switch i {
			case 0:
				if _, err := d.Accept(t.Context(), 0, reviews[:each/2]); err != nil {
					t.Error(err)
				}
			case 1:
				if _, err := third.Accept(t.Context(), 0, reviews[each/2:]); err != nil {
					t.Error(err)
				}
			case 2:
				if _, err := other.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: affairs, At: now}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if got := d.rows(t, "SELECT r.subject FROM review r JOIN affair a ON a.serial_no = r.subject WHERE r.filled = 0 OR r.state <> 1 OR r.hall_code = ''"); len(got) > 0 {
		t.Errorf("%d reviews did not find their affairs: %v", len(got), got)
	}
	d.wantCompletions(t, rounds*each, rounds*each)
	d.agrees(t)
}

func firstReviewsAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	const affairs, people = 6, 4
	processes := []*store.Store{d.Store}
	for len(processes) < people {
		other, _ := d.process(t)
		processes = append(processes, other)
	}
	for n := range affairs {
		d.take(t, d.completed(n))
	}
	batches := make([][]review.Record, people)
	for person := range people {
		for n := range affairs {
			batches[person] = append(batches[person], d.another(n, person+1))
		}
	}
	atOnce(people, func(i int) {
		if _, err := processes[i].Accept(t.Context(), 0, batches[i]); err != nil {
			t.Error(err)
		}
	})
	d.wantCompletions(t, affairs, affairs)
	d.agrees(t)
	for _, row := range d.rows(t, "SELECT serial_no, reviewed FROM affair") {
		if row["reviewed"] != int64(people) {
			t.Errorf("affair %v has %v reviews, want %d", row["serial_no"], row["reviewed"], people)
		}
	}
}

func affairAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	const affairs, sides = 40, 4
	states := make([][]affair.State, sides)
	atOnce(sides, func(i int) {
		by := d.Store
		if i%2 == 1 {
			by = other
		}
		var records []affair.Record
		for n := range affairs {
			records = append(records, d.completed(n, func(a *affair.Record) { a.WorkNo = fmt.Sprint("W", i) }))
		}
		if i > 1 {
			slices.Reverse(records)
		}
		var err error
		if states[i], err = by.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: records, At: now}); err != nil {
			t.Error(err)
		}
	})
	fresh := 0
	for _, side := range states {
		for _, state := range side {
			if state == affair.New {
				fresh++
			}
		}
	}
	if fresh != affairs {
		t.Errorf("%d affairs were told to be new, want %d", fresh, affairs)
	}
	d.wantCompletions(t, affairs, 0)
	d.agrees(t)
}
