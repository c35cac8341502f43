package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/review"
)

const findingColumns = `id, kind, day, region_code, department_code, hall_code, window_code, strength, seen, expected_tenths, concerned, evidence, state, version, found_at`

func scanFinding(scan func(...any) error) (integrity.Stored, error) {
	var f integrity.Stored
	var tenths int
	var evidence string
	var found int64
	err := scan(&f.ID, &f.Kind, &f.Day, &f.Place.Region, &f.Place.Department, &f.Place.Hall, &f.Place.Window, &f.Strength, &f.Count, &tenths,
		&f.Concerned, &evidence, &f.State, &f.Version, &found)
	if err != nil {
		return f, err
	}
	f.Expected, f.FoundAt = float64(tenths)/10, time.UnixMicro(found)
	return f, json.Unmarshal([]byte(evidence), &f.Evidence)
}

func findingConditions(f integrity.Filter) *conditions {
	w := &conditions{}
	w.add("day >= ?", f.From)
	w.when(f.To != 0, "day <= ?", f.To)
	w.when(f.State != "", "state = ?", string(f.State))
	w.when(f.Kind != "", "kind = ?", string(f.Kind))
	w.within("", bounds(f.Bounds))
	if f.Serial != "" {
		slot, ok := review.SlotOfSerial(f.Serial)
		if !ok {
			slot = -1 // none of ours
		}
		w.add("id IN (SELECT finding FROM finding_review WHERE serial = ? AND slot = ?)", f.Serial, slot)
	}
	return w
}

// Findings lists findings; see integrity.Store.
func (s *Store) Findings(ctx context.Context, f integrity.Filter, page integrity.Page) ([]integrity.Stored, error) {
	w := findingConditions(f)
	if page.After != nil {
		w.add("(day, id) < (?, ?)", page.After.Day, page.After.ID)
	}
	limit := w.bind(page.Limit)
	var found []integrity.Stored
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+findingColumns+" FROM finding WHERE "+w.text()+" ORDER BY day DESC, id DESC LIMIT "+
		limit, w.arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		f, err := scanFinding(rows.Scan)
		found = append(found, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", s.readFault(err))
	}
	return found, nil
}

// CountFindings counts them; see integrity.Store.
func (s *Store) CountFindings(ctx context.Context, f integrity.Filter, most int) (n int, err error) {
	w := findingConditions(f)
	query := "SELECT count(*) FROM (SELECT 1 FROM finding WHERE " + w.text() + " LIMIT " + w.bind(most) + ") AS found"
	err = s.engine.reader().QueryRowContext(ctx, query, w.arguments...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count findings: %w", s.readFault(err))
	}
	return n, nil
}

// findingWithin reads one finding that a person sees; lock is an engine's locking, or empty.
func findingWithin(ctx context.Context, by queryer, id string, within integrity.Bounds, lock string) (integrity.Stored, error) {
	w := &conditions{}
	w.add("id = ?", id)
	w.within("", bounds(within))
	f, err := scanFinding(by.QueryRowContext(ctx, "SELECT "+findingColumns+" FROM finding WHERE "+w.text()+lock, w.arguments...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fault.NewMissing("没有这条异常线索，或不在您的管辖范围内")
	}
	return f, err
}

// Finding is one with its reviews and decisions; see integrity.Store.
func (s *Store) Finding(ctx context.Context, id string, bounds integrity.Bounds) (f integrity.Stored, reviews []integrity.ConcernedReview, decided []integrity.Decided, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		if f, err = findingWithin(ctx, tx, id, bounds, ""); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT r.serial, r.stars, r.eval_time, r.item_name, r.channel, r.work_no, r.state, c.withdrawn
			FROM finding_review c JOIN review r ON r.slot = c.slot AND r.serial = c.serial WHERE c.finding = $1 ORDER BY c.position`, id)
		err = each(rows, err, func(rows *sql.Rows) error {
			var r integrity.ConcernedReview
			var at int64
			var state review.Validity
			var gone int
			err := rows.Scan(&r.Serial, &r.Stars, &at, &r.ItemName, &r.Channel, &r.WorkNo, &state, &gone)
			r.EvalTime, r.Counts, r.Withdrawn = time.UnixMicro(at), state == review.Counting, gone == 1
			reviews = append(reviews, r)
			return err
		})
		if err != nil {
			return err
		}
		rows, err = tx.QueryContext(ctx, "SELECT version, state, reviews, actor, reason, at FROM finding_decision WHERE finding = $1 ORDER BY version", id)
		return each(rows, err, func(rows *sql.Rows) error {
			var d integrity.Decided
			var at int64
			err := rows.Scan(&d.Version, &d.State, &d.Reviews, &d.Actor, &d.Reason, &at)
			d.At = time.UnixMicro(at)
			decided = append(decided, d)
			return err
		})
	})
	if err != nil && fault.KindOf(err) == fault.Internal {
		err = fmt.Errorf("read a finding: %w", err)
	}
	return f, reviews, decided, err
}
