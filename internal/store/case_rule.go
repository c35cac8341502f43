package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/followup"
)

// DeadlineRules are the limits that are not standard; see followup.Store.
func (s *Store) DeadlineRules(ctx context.Context) ([]followup.Rule, error) {
	var rules []followup.Rule
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT region_code, department_code, verify_days, rectify_days, decide_days FROM deadline_rule
		ORDER BY department_code, region_code`)
	err = each(rows, err, func(rows *sql.Rows) error {
		var r followup.Rule
		err := rows.Scan(&r.Region, &r.Department, &r.Verify, &r.Rectify, &r.Decide)
		rules = append(rules, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the limits of cases: %w", s.readFault(err))
	}
	return rules, nil
}

// SaveDeadlineRule sets limits; see followup.Store.
func (s *Store) SaveDeadlineRule(ctx context.Context, r followup.Rule) error {
	return s.changeRule(ctx, r.Region, r.Department, &r.Limits)
}

// RemoveDeadlineRule takes limits away; see followup.Store.
func (s *Store) RemoveDeadlineRule(ctx context.Context, region, department string) error {
	return s.changeRule(ctx, region, department, nil)
}

// changeRule sets limits, or with nil takes them away, and notes what they were.
func (s *Store) changeRule(ctx context.Context, region, department string, limits *followup.Limits) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		entry := audit.Entry{Action: "deadline.change", Object: "deadline:" + department + "/" + region}
		var was followup.Limits
		err := tx.QueryRowContext(ctx, "SELECT verify_days, rectify_days, decide_days FROM deadline_rule WHERE department_code = $1 AND region_code = $2"+
			s.engine.locking(), department, region).Scan(&was.Verify, &was.Rectify, &was.Decide)
		switch {
		case err == nil:
			entry.Before = limitsText(was)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		case limits == nil:
			return nil
		}
		if limits == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM deadline_rule WHERE department_code = $1 AND region_code = $2", department, region)
		} else {
			entry.After = limitsText(*limits)
			_, err = tx.ExecContext(ctx, `INSERT INTO deadline_rule (department_code, region_code, verify_days, rectify_days, decide_days)
				VALUES ($1, $2, $3, $4, $5) ON CONFLICT (department_code, region_code) DO UPDATE SET
				verify_days = excluded.verify_days, rectify_days = excluded.rectify_days, decide_days = excluded.decide_days`,
				department, region, limits.Verify, limits.Rectify, limits.Decide)
		}
		if err != nil {
			return err
		}
		return s.note(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("change the limits of cases: %w", err)
	}
	return nil
}

func limitsText(l followup.Limits) string {
	return fmt.Sprintf("verify %d, rectify %d, decide %d", l.Verify, l.Rectify, l.Decide)
}
