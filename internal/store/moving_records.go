package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/review"
)

var affairPlaceChange = &insertion{table: "affair", columns: []column{
	{"serial_no", "text"}, {"slot", "int2"}, {"department_code", "text"}, {"region_code", "text"}, {"hall_code", "text"}, {"item_code", "text"},
}, keys: 2}

// moveAffairs gives affairs the codes that count now, with all that follows for their reviews, behind their gates.
func (m *mover) moveAffairs(ctx context.Context, tx *sql.Tx, serials []string) error {
	if err := m.store.engine.gate(ctx, tx, slotsOf(serials)); err != nil {
		return err
	}
	found, err := m.store.affairsOf(ctx, tx, serials)
	if err != nil {
		return err
	}
	var affairs []*affair.Record
	for _, a := range sortedValues(found) {
		affairs = append(affairs, &affair.Record{Affair: affair.Affair{SerialNo: a.serialNo}, Slot: a.slot})
	}
	follow := m.matching(affairs)
	reviews, err := follow.find(ctx, tx)
	if err != nil {
		return err
	}
	changes := part{into: affairPlaceChange}
	for _, r := range affairs {
		was := found[r.SerialNo]
		is := *was
		is.Completed.Settle(m.successions)
		is.of = completion(&is.Completed, was.of.App, "")
		follow.complete(&is, reviews[r.SerialNo])
		follow.moved.Add(was.of, -1, -min(was.reviewed, 1))
		follow.moved.Add(is.of, 1, min(is.reviewed, 1))
		changes.rows = append(changes.rows, []any{is.serialNo, is.slot, is.DepartmentCode, is.Region, is.HallCode, is.ItemCode})
	}
	return m.store.insertParts(ctx, tx, append([]part{changes}, follow.parts()...))
}

// affairsOf reads and locks affairs, behind their gates.
func (s *Store) affairsOf(ctx context.Context, tx *sql.Tx, serials []string) (foundAffairs, error) {
	found := foundAffairs{}
	rows, err := tx.QueryContext(ctx, affairQuery+s.engine.anyText("a.serial_no", "$1")+" ORDER BY a.serial_no, a.slot"+s.engine.locking(),
		s.engine.texts(serials))
	err = each(rows, err, func(rows *sql.Rows) error {
		a, err := scanAffair(rows.Scan)
		found[a.serialNo] = a
		return err
	})
	return found, err
}

// moveReviews gives reviews the codes that count now. What was filled in from their affairs is filled in again.
func (m *mover) moveReviews(ctx context.Context, tx *sql.Tx, serials []string) error {
	var slots []int
	for _, serial := range serials {
		slot, _ := review.SlotOfSerial(serial) // it is ours
		slots = append(slots, slot)
	}
	slices.Sort(slots)
	slots = slices.Compact(slots)
	condition := m.store.engine.anyOf("slot", "$1") + " AND " + m.store.engine.anyText("serial", "$2")
	arguments := []any{m.store.engine.list(slots), m.store.engine.texts(serials)}
	subjects, err := all(ctx, tx, "SELECT DISTINCT subject FROM review WHERE kind = 'affair' AND "+condition+" ORDER BY subject",
		func(subject *string) []any { return []any{subject} }, arguments...)
	if err != nil {
		return err
	}
	affairs := foundAffairs{}
	if len(subjects) > 0 {
		if err := m.store.engine.gate(ctx, tx, slotsOf(subjects)); err != nil {
			return err
		}
		if affairs, err = m.store.affairsOf(ctx, tx, subjects); err != nil {
			return err
		}
	}
	var held []*heldReview
	rows, err := tx.QueryContext(ctx, "SELECT "+heldColumns+" FROM review WHERE "+condition+" ORDER BY slot, serial"+m.store.engine.locking(), arguments...) //nolint:gosec // the engine's own condition
	err = each(rows, err, func(rows *sql.Rows) error {
		r, err := scanHeld(rows.Scan)
		held = append(held, r)
		return err
	})
	if err != nil {
		return err
	}
	follow := m.matching(nil)
	for _, is := range held {
		was := is.Record
		is.Settle(m.successions)
		if a := affairs[is.Subject]; a != nil && is.Kind == review.Affair {
			of := a.Completed
			of.Settle(m.successions)
			is.Complete(&of)
		}
		follow.change(&was, is)
	}
	return m.store.insertParts(ctx, tx, follow.parts())
}
