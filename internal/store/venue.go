package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/venue"
)

var _ venue.Store = (*Store)(nil)

// insertionOf inserts rows of text columns and whether each is retired.
func insertionOf(table, conflict string, names ...string) *insertion {
	columns := make([]column, len(names), len(names)+1)
	for i, name := range names {
		columns[i] = column{name, "text"}
	}
	columns = append(columns, retiredColumn)
	return &insertion{table: table, columns: columns, conflict: conflict}
}

var retiredColumn = column{"retired", "bool"}

var (
	hallColumns    = []string{"code", "region_code", "level", "name", "address", "telephone", "hours"}
	windowColumns  = []string{"code", "hall_code", "number", "name", "department_code", "department_name"}
	officerColumns = []string{"hall_code", "work_no", "name", "window_code"}

	hallInsertion   = insertionOf("hall", "", hallColumns...)
	windowInsertion = insertionOf("hall_window", "", windowColumns...)

	// What is changed is there already, so that it is always the conflict's way that is taken.
	hallChange = insertionOf("hall", `ON CONFLICT (code) DO UPDATE SET region_code = excluded.region_code, level = excluded.level,
		name = excluded.name, address = excluded.address, telephone = excluded.telephone, hours = excluded.hours,
		retired = excluded.retired`, hallColumns...)
	windowChange = insertionOf("hall_window", `ON CONFLICT (code) DO UPDATE SET number = excluded.number, name = excluded.name,
		department_code = excluded.department_code, department_name = excluded.department_name,
		retired = excluded.retired`, windowColumns...)
	officerChange = insertionOf("officer", `ON CONFLICT (hall_code, work_no) DO UPDATE SET name = excluded.name,
		window_code = excluded.window_code, retired = excluded.retired`, officerColumns...)
)

const (
	hallQuery    = "SELECT code, region_code, level, name, address, telephone, hours, retired FROM hall"
	windowQuery  = "SELECT code, hall_code, number, name, department_code, department_name, retired FROM hall_window"
	officerQuery = "SELECT hall_code, work_no, name, window_code, retired FROM officer"
)

func hallFields(h *venue.Hall) []any {
	return []any{&h.Code, &h.RegionCode, &h.Level, &h.Name, &h.Address, &h.Telephone, &h.Hours, &h.Retired}
}

func windowFields(w *venue.Window) []any {
	return []any{&w.Code, &w.HallCode, &w.Number, &w.Name, &w.DepartmentCode, &w.DepartmentName, &w.Retired}
}

func officerFields(o *venue.Officer) []any {
	return []any{&o.HallCode, &o.WorkNo, &o.Name, &o.WindowCode, &o.Retired}
}

// Venues gives all halls, windows and officers; see venue.Store.
func (s *Store) Venues(ctx context.Context) (halls []venue.Hall, windows []venue.Window, officers []venue.Officer, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if halls, err = all(ctx, tx, hallQuery+" ORDER BY code", hallFields); err != nil {
			return err
		}
		if windows, err = all(ctx, tx, windowQuery+" ORDER BY code", windowFields); err != nil {
			return err
		}
		officers, err = all(ctx, tx, officerQuery+" ORDER BY hall_code, work_no", officerFields)
		return err
	})
	return halls, windows, officers, err
}

// SaveVenues stores changes in one durable transaction; see venue.Store.
func (s *Store) SaveVenues(ctx context.Context, changes venue.Changes) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := s.seenVenues(ctx, tx, &changes.Seen); err != nil {
			return err
		}
		for _, part := range venueParts(&changes) {
			if len(part.rows) == 0 {
				continue
			}
			if err := s.engine.insertMany(ctx, tx, part.into, part.rows); err != nil {
				return err
			}
		}
		for _, n := range changes.Notes() {
			err := s.note(ctx, tx, audit.Entry{Action: n.Action, Object: n.Object, Before: n.Before, After: n.After, Reason: n.Reason})
			if err != nil {
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

// seenVenues is venue.ErrStale when something is not as a person saw it, and holds what is.
func (s *Store) seenVenues(ctx context.Context, tx *sql.Tx, seen *venue.Seen) error {
	held := s.engine.locking()
	for _, want := range seen.Halls {
		got, err := all(ctx, tx, hallQuery+" WHERE code = $1"+held, hallFields, want.Code)
		if err = stale(err, slices.Equal(got, []venue.Hall{want})); err != nil {
			return err
		}
	}
	for _, want := range seen.Windows {
		got, err := all(ctx, tx, windowQuery+" WHERE code = $1"+held, windowFields, want.Code)
		if err = stale(err, slices.Equal(got, []venue.Window{want})); err != nil {
			return err
		}
	}
	for _, want := range seen.Officers {
		got, err := all(ctx, tx, officerQuery+" WHERE hall_code = $1 AND work_no = $2"+held, officerFields, want.HallCode, want.WorkNo)
		if err = stale(err, slices.Equal(got, []venue.Officer{want})); err != nil {
			return err
		}
	}
	return nil
}

func stale(err error, asSeen bool) error {
	if err == nil && !asSeen {
		return venue.ErrStale
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
			return []any{o.HallCode, o.WorkNo, o.Name, o.WindowCode, o.Retired}
		})},
	}
}

func hallRow(h venue.Hall) []any {
	return []any{h.Code, h.RegionCode, h.Level, h.Name, h.Address, h.Telephone, h.Hours, h.Retired}
}

func windowRow(w venue.Window) []any {
	return []any{w.Code, w.HallCode, w.Number, w.Name, w.DepartmentCode, w.DepartmentName, w.Retired}
}
