package frontdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
)

// textLimit is the most characters of a cell that are fetched: more than any field may hold, so that one too long is
// seen, and little enough that a page stays small whatever column is mapped.
const textLimit = 1000

// everything is no condition at all.
var everything = []condition{{}}

// Page reads the rows after a cursor that have rested, at most limit; nil is from the beginning.
func (d *Database) Page(ctx context.Context, after *affair.Cursor, limit int) (affair.Page, error) {
	return d.page(ctx, limit, func(s *shape) ([]condition, error) {
		if after == nil {
			return everything, nil
		}
		return d.dialect.after(s.cursor, s.key, *after)
	})
}

// Recent reads again what is younger than age, and comes after a cursor where one is given. A cursor that is no clock
// does not know what is young: there is nothing then.
func (d *Database) Recent(ctx context.Context, age time.Duration, after *affair.Cursor, limit int) (affair.Page, error) {
	return d.page(ctx, limit, func(s *shape) ([]condition, error) {
		if !s.cursor.kind.clock() {
			return nil, nil
		}
		if after == nil {
			return []condition{{text: d.dialect.recent(s.cursor, age)}}, nil
		}
		return d.dialect.after(s.cursor, s.key, *after)
	})
}

// page reads the rows of the conditions, one after the other, until there are enough.
func (d *Database) page(ctx context.Context, limit int, where func(s *shape) ([]condition, error)) (page affair.Page, err error) {
	err = d.read(ctx, func(tx *sql.Tx) error {
		s, err := d.look(ctx, tx)
		if err != nil {
			return err
		}
		conditions, err := where(s)
		if err != nil {
			return err
		}
		var got fetched
		for _, c := range conditions {
			rested, some, err := d.rested(ctx, tx, s, len(c.arguments))
			if err != nil {
				return err
			}
			if missing := limit + 1 - len(got.rows); some && missing > 0 {
				statement := d.statement(s, missing, c.text, rested.text)
				if err := got.fetch(ctx, tx, len(s.columns), statement, append(c.arguments, rested.arguments...)); err != nil {
					return err
				}
			}
		}
		page, err = d.cut(s, got, limit)
		return err
	})
	return page, d.whichColumn(ctx, err)
}

// statement is the one that reads a page.
func (d *Database) statement(s *shape, limit int, conditions ...string) string {
	var text strings.Builder
	text.WriteString(d.selection(s))
	word := " WHERE "
	for _, condition := range conditions {
		if condition != "" {
			text.WriteString(word + condition)
			word = " AND "
		}
	}
	text.WriteString(" ORDER BY " + s.cursor.quoted + ", " + s.key.quoted + d.dialect.limit(limit))
	return text.String()
}

// selection is the columns' texts, and the cursor and the key as they are. Their names are nobody else's, lest ORDER BY means them.
func (d *Database) selection(s *shape) string {
	var text strings.Builder
	text.WriteString("SELECT ")
	for i, c := range s.columns {
		fmt.Fprintf(&text, "%s AS c%d, ", d.dialect.text(c, d.options.Zone), i)
	}
	text.WriteString(d.dialect.exact(s.cursor) + " AS at_cursor, " + d.dialect.exact(s.key) + " AS at_key FROM " + s.from)
	return text.String()
}

// fetched are rows as they came, each with its place.
type fetched struct {
	rows  [][]string
	where []affair.Cursor
}

// fetch adds the rows of a statement, which has a cursor and a key behind its columns.
func (f *fetched) fetch(ctx context.Context, tx *sql.Tx, width int, statement string, arguments []any) error {
	rows, err := tx.QueryContext(ctx, statement, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	cells := make([]sql.NullString, width+2)
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make([]string, width)
		for i := range row {
			row[i] = strings.TrimSpace(cells[i].String) // char(n) is filled with spaces
		}
		f.rows = append(f.rows, row)
		f.where = append(f.where, affair.Cursor{Value: cells[width].String, Key: cells[width+1].String})
	}
	return rows.Err()
}

// cut makes a page of rows of which one more than wanted was asked for, so that the page ends where the cursor changes.
func (d *Database) cut(s *shape, got fetched, limit int) (affair.Page, error) {
	page := affair.Page{Columns: s.fields}
	end := len(got.rows)
	if end > limit {
		page.More = true
		for end = limit; end > 0 && got.where[end-1] == got.where[end]; end-- {
		}
		if end == 0 {
			return page, &Error{cause: unfit, text: fmt.Sprintf("有 %d 行以上的 %s 和 %s 都相同，无法分页续读，请换一个不重复的 key 列",
				limit, s.cursor.name, s.key.name)}
		}
	}
	page.Rows, page.Where = got.rows[:end], got.where[:end]
	if end > 0 {
		page.Reached = d.moment(s.cursor, got.where[end-1].Value)
	}
	return page, nil
}

// moment is when a cursor's clock says; zero when it is no clock.
func (d *Database) moment(c column, value string) time.Time {
	zone := time.FixedZone("", int(d.options.Zone/time.Second))
	layout := map[kind]string{instant: time.DateTime, absolute: time.DateTime, day: time.DateOnly}[c.kind]
	t, err := time.ParseInLocation(layout, value, zone) // fractions of seconds are taken, too
	if layout == "" || err != nil {
		return time.Time{}
	}
	return t
}

// mark is how far a cursor that is no clock had come when it was looked at.
type mark struct {
	at    time.Time
	value string
}

// rested is the condition that rows have rested, and whether any have. Where the cursor is no clock, rows have rested that were there a settle
// time ago: their greatest cursor was seen then.
func (d *Database) rested(ctx context.Context, tx *sql.Tx, s *shape, bound int) (c condition, some bool, err error) {
	if s.cursor.kind.clock() {
		return condition{text: d.dialect.settled(s.cursor, d.options.Settle)}, true, nil
	}
	var greatest sql.NullString
	statement := "SELECT " + d.dialect.exact(s.cursor) + " FROM " + s.from + " WHERE " + s.cursor.quoted + " IS NOT NULL ORDER BY " +
		s.cursor.quoted + " DESC" + d.dialect.limit(1)
	if err := tx.QueryRowContext(ctx, statement).Scan(&greatest); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return c, false, err
	}
	value, some := d.mark(time.Now(), greatest.String)
	if !some {
		return c, false, nil
	}
	c, err = d.dialect.upTo(s.cursor, value, bound)
	return c, true, err
}

// mark notes how far the cursor has come now, and gives how far it had come a settle time ago.
func (d *Database) mark(now time.Time, greatest string) (value string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.marks); n == 0 || d.marks[n-1].value != greatest {
		d.marks = append(d.marks, mark{now, greatest})
	}
	last := -1
	for i, m := range d.marks {
		if now.Sub(m.at) >= d.options.Settle {
			last = i
		}
	}
	if last < 0 {
		return "", false
	}
	d.marks = d.marks[last:]
	return d.marks[0].value, d.marks[0].value != ""
}

// clockText is an offset as databases read it: +08:00.
func clockText(zone time.Duration) string {
	return time.Time{}.In(time.FixedZone("", int(zone/time.Second))).Format("-07:00")
}
