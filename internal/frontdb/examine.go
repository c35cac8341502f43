package frontdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
)

// Examination is what a person who sets a source up wants to know.
type Examination struct {
	// Mapped are the columns that were found, by our fields' names.
	Mapped map[string]Column
	// Cursor and Key are those that the pages follow.
	Cursor, Key Column
	// Daily says that the cursor knows no time of day: today's rows are read tomorrow. Clock says that it is a time at all.
	Daily, Clock bool
	// Unmapped are the source's other columns.
	Unmapped []string
	// Sample are the newest rows.
	Sample affair.Page
	// Newest is the greatest cursor where that is a time.
	Newest time.Time
	// Estimate is how many rows the planner expects, Sorts whether it must sort all of them for each page.
	Estimate int64
	Sorts    bool
	// NoCursor says that there are rows without a cursor, which are never read.
	NoCursor bool
	// MayWrite says that the user may do more than read.
	MayWrite bool
	// Took is the time that reading the sample took.
	Took time.Duration
}

// Column is a column of the source with its type.
type Column struct{ Name, Type string }

// Examine looks at the source, its newest rows and how it is read.
func (d *Database) Examine(ctx context.Context, sample int) (*Examination, error) {
	e := &Examination{Mapped: map[string]Column{}}
	err := d.read(ctx, func(tx *sql.Tx) error {
		s, err := d.look(ctx, tx)
		if err != nil {
			return err
		}
		for i, c := range s.columns {
			e.Mapped[s.fields[i]] = Column{c.name, c.typed}
		}
		e.Cursor, e.Key = Column{s.cursor.name, s.cursor.typed}, Column{s.key.name, s.key.typed}
		e.Daily, e.Clock, e.Unmapped = s.cursor.kind == day, s.cursor.kind.clock(), s.unmapped
		begun := time.Now()
		var got fetched
		if err := got.fetch(ctx, tx, len(s.columns), d.newest(s, sample), nil); err != nil {
			return err
		}
		if e.Sample, err = d.cut(s, got, sample); err != nil {
			return err
		}
		e.Took = time.Since(begun)
		if len(e.Sample.Where) > 0 {
			e.Newest = d.moment(s.cursor, e.Sample.Where[0].Value)
		}
		return d.estimate(ctx, tx, s, e)
	})
	return e, d.whichColumn(ctx, err)
}

// newest is the statement that reads the newest rows.
func (d *Database) newest(s *shape, limit int) string {
	return d.selection(s) + " WHERE " + s.cursor.quoted + " IS NOT NULL ORDER BY " + s.cursor.quoted + " DESC, " + s.key.quoted + " DESC" +
		d.dialect.limit(limit)
}

func (d *Database) estimate(ctx context.Context, tx *sql.Tx, s *shape, e *Examination) (err error) {
	if e.Estimate, _, err = d.dialect.explain(ctx, tx, "SELECT "+s.cursor.quoted+" FROM "+s.from, nil); err != nil {
		return err
	}
	if n := len(e.Sample.Where); n > 0 {
		conditions, err := d.dialect.after(s.cursor, s.key, e.Sample.Where[n-1])
		if err != nil {
			return err
		}
		for _, c := range conditions {
			_, sorts, err := d.dialect.explain(ctx, tx, d.statement(s, planPage, c.text), c.arguments)
			if err != nil {
				return err
			}
			e.Sorts = e.Sorts || sorts
		}
	}
	var one int
	err = tx.QueryRowContext(ctx, "SELECT 1 FROM "+s.from+" WHERE "+s.cursor.quoted+" IS NULL OR "+s.key.quoted+" IS NULL"+d.dialect.limit(1)).Scan(&one)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.NoCursor = err == nil
	e.MayWrite, err = d.dialect.mayWrite(ctx, tx, &d.options)
	return err
}

// planPage is the size of the page whose plan is asked for.
const planPage = 2000
