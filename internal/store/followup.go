package store

import (
	"context"
	"database/sql"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

// How far a case has come, as it is stored: the sum of these.
const (
	rectified = 1 << iota
	inTime
	calledBack
	satisfied
)

func progressColumn(p followup.Progress) (n int) {
	p = p.Whole()
	for bit, is := range map[int]bool{rectified: p.Rectified, inTime: p.InTime, calledBack: p.CalledBack, satisfied: p.Satisfied} {
		if is {
			n |= bit
		}
	}
	return n
}

// caseCounts are what a case adds to its counters.
func caseCounts(progress int) figures.Counts {
	counts := figures.Counts{1}
	for n, bit := range []int{rectified, inTime, calledBack, satisfied} {
		if progress&bit != 0 {
			counts[n+1] = 1
		}
	}
	return counts
}

// caseOf is what the case of a review is counted by.
func caseOf(r *review.Record) figures.Case {
	return figures.Case{
		Region: r.Region, Department: r.DepartmentCode, Hall: r.HallCode, Entity: r.EntityCode, Channel: r.Channel, Day: r.Day,
	}
}

// readCases counts every case that was not dismissed.
func readCases(ctx context.Context, tx *sql.Tx, into *figures.Recounting) error {
	rows, err := tx.QueryContext(ctx, `SELECT r.region_code, r.department_code, r.hall_code, r.entity_code, r.channel, r.day, f.progress
		FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial WHERE f.state <> $1`, string(followup.Dismissed))
	return each(rows, err, func(rows *sql.Rows) error {
		var c figures.Case
		var progress int
		err := rows.Scan(&c.Region, &c.Department, &c.Hall, &c.Entity, &c.Channel, &c.Day, &progress)
		if err != nil {
			return err
		}
		return into.AddCases(&c, caseCounts(progress))
	})
}
