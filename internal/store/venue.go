package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/haochaping/haochaping/internal/venue"
)

var _ venue.Store = (*Store)(nil)

// insertionOf inserts rows of text columns.
func insertionOf(table, conflict string, names ...string) *insertion {
	columns := make([]column, len(names))
	for i, name := range names {
		columns[i] = column{name, "text"}
	}
	return &insertion{table: table, columns: columns, conflict: conflict}
}

var (
	hallColumns    = []string{"code", "region_code", "level", "name", "address", "telephone", "hours"}
	windowColumns  = []string{"code", "hall_code", "number", "name", "department_code", "department_name"}
	officerColumns = []string{"hall_code", "work_no", "name", "window_code"}

	hallInsertion   = insertionOf("hall", "", hallColumns...)
	windowInsertion = insertionOf("hall_window", "", windowColumns...)

	// What is changed is there already, so that it is always the conflict's way that is taken.
	hallChange = insertionOf("hall", `ON CONFLICT (code) DO UPDATE SET region_code = excluded.region_code, level = excluded.level,
		name = excluded.name, address = excluded.address, telephone = excluded.telephone, hours = excluded.hours`, hallColumns...)
	windowChange = insertionOf("hall_window", `ON CONFLICT (code) DO UPDATE SET number = excluded.number, name = excluded.name,
		department_code = excluded.department_code, department_name = excluded.department_name`, windowColumns...)
	officerChange = insertionOf("officer", `ON CONFLICT (hall_code, work_no) DO UPDATE SET name = excluded.name,
		window_code = excluded.window_code`, officerColumns...)
)

// Venues gives all halls, windows and officers; see venue.Store.
func (s *Store) Venues(ctx context.Context) (halls []venue.Hall, windows []venue.Window, officers []venue.Officer, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		halls, err = all(ctx, tx, "SELECT code, region_code, level, name, address, telephone, hours FROM hall ORDER BY code",
			func(h *venue.Hall) []any {
				return []any{&h.Code, &h.RegionCode, &h.Level, &h.Name, &h.Address, &h.Telephone, &h.Hours}
			})
		if err != nil {
			return err
		}
		windows, err = all(ctx, tx, "SELECT code, hall_code, number, name, department_code, department_name FROM hall_window ORDER BY code",
			func(w *venue.Window) []any {
				return []any{&w.Code, &w.HallCode, &w.Number, &w.Name, &w.DepartmentCode, &w.DepartmentName}
			})
		if err != nil {
			return err
		}
		officers, err = all(ctx, tx, "SELECT hall_code, work_no, name, window_code FROM officer ORDER BY hall_code, work_no",
			func(o *venue.Officer) []any { return []any{&o.HallCode, &o.WorkNo, &o.Name, &o.WindowCode} })
		return err
	})
	return halls, windows, officers, err
}

// SaveVenues stores changes in one durable transaction; see venue.Store.
func (s *Store) SaveVenues(ctx context.Context, changes venue.Changes) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for _, part := range venueParts(&changes) {
			if len(part.rows) == 0 {
				continue
			}
			if err := s.engine.insertMany(ctx, tx, part.into, part.rows); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errDuplicate) {
		return errors.Join(venue.ErrTaken, err)
	}
	return err
}

// venueParts are the statements of a change. Names and numbers are unique at every moment, and two that change may take
// each other's: so all that change first give theirs up for their own code, which nobody else is called.
func venueParts(changes *venue.Changes) []part {
	aside := func(v [][]any, name int) [][]any {
		for _, row := range v {
			row[name] = row[0]
		}
		return v
	}
	return []part{
		{hallChange, aside(rowsOf(changes.ChangedHalls, hallRow), 3)},
		{hallChange, rowsOf(changes.ChangedHalls, hallRow)},
		{hallInsertion, rowsOf(changes.NewHalls, hallRow)},
		{windowChange, aside(rowsOf(changes.ChangedWindows, windowRow), 2)},
		{windowChange, rowsOf(changes.ChangedWindows, windowRow)},
		{windowInsertion, rowsOf(changes.NewWindows, windowRow)},
		{officerChange, rowsOf(changes.Officers, func(o venue.Officer) []any {
			return []any{o.HallCode, o.WorkNo, o.Name, o.WindowCode}
		})},
	}
}

func hallRow(h venue.Hall) []any {
	return []any{h.Code, h.RegionCode, h.Level, h.Name, h.Address, h.Telephone, h.Hours}
}

func windowRow(w venue.Window) []any {
	return []any{w.Code, w.HallCode, w.Number, w.Name, w.DepartmentCode, w.DepartmentName}
}
