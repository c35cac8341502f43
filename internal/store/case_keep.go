package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/followup"
)

// caseList reads cases; what names the action.
func (s *Store) caseList(ctx context.Context, what, query string, arguments ...any) ([]followup.Case, error) {
	var cases []followup.Case
	rows, err := s.engine.reader().QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		c, err := scanCase(rows.Scan)
		cases = append(cases, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, s.readFault(err))
	}
	return cases, nil
}

// UnopenedCases are those that the keeper is to open; see followup.Store.
func (s *Store) UnopenedCases(ctx context.Context, limit int) ([]followup.Case, error) {
	return s.caseList(ctx, "find new cases", `SELECT `+caseColumns+` FROM (
		SELECT `+caseOwnColumns+` FROM followup WHERE due_at = 0 ORDER BY opened_at, slot, serial LIMIT $1) f`+ofReview+`ORDER BY f.opened_at, f.slot, f.serial`, limit)
}

// OpenCases opens cases; see followup.Store. Only when a case is due and where it lies is written, under no lock of the review:
// whoever opened it first did the same, and whoever moved the review meanwhile has said where it lies.
func (s *Store) OpenCases(ctx context.Context, openings []followup.Opening) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for _, o := range openings {
			result, err := tx.ExecContext(ctx, "UPDATE followup SET due_at = $3, hall_code = CASE hall_code WHEN '' THEN $4 ELSE hall_code END WHERE slot = $1 AND serial = $2 AND due_at = 0",
				o.Slot, o.Serial, o.Due.UnixMicro(), o.Hall)
			if err != nil {
				return err
			}
			if opened, err := result.RowsAffected(); err != nil || opened == 0 {
				if err != nil {
					return err
				}
				continue
			}
			if err := s.enqueueNews(ctx, tx, &followup.Case{Serial: o.Serial}, followup.NewsOpened); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("open cases: %w", err)
	}
	return nil
}

// DueCases are what is due before a moment; see followup.Store.
func (s *Store) DueCases(ctx context.Context, before time.Time, after *followup.Position, limit int) ([]followup.Case, error) {
	from, arguments := "", []any{before.UnixMicro(), limit, string(followup.Awaiting)}
	if after != nil {
		from = " AND (due_at, slot, serial) > ($4, $5, $6)"
		arguments = append(arguments, after.Due.UnixMicro(), after.Slot, after.Serial)
	}
	return s.caseList(ctx, "find cases that are due", `SELECT `+caseColumns+` FROM (
		SELECT `+caseOwnColumns+` FROM followup WHERE ended = 0 AND due_at > 0 AND due_at < $1 AND (state = $3 OR supervised = 0 OR told = 0)`+from+` ORDER BY due_at, slot, serial LIMIT $2) f`+
		ofReview+`ORDER BY f.due_at, f.slot, f.serial`, arguments...)
}

// TellDue queues the news that cases are due soon; see followup.Store.
func (s *Store) TellDue(ctx context.Context, cases []followup.Case) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range cases {
			c := &cases[i]
			result, err := tx.ExecContext(ctx, "UPDATE followup SET told = 1 WHERE slot = $1 AND serial = $2 AND version = $3 AND told = 0",
				c.Slot, c.Serial, c.Version)
			if err != nil {
				return err
			}
			told, err := result.RowsAffected()
			if err != nil {
				return err
			}
			if told == 0 {
				continue
			}
			if err := s.enqueueNews(ctx, tx, c, followup.NewsDueSoon); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tell of cases that are due: %w", err)
	}
	return nil
}
