package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
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
func (s *Store) SaveDeadlineRule(ctx context.Context, r followup.Rule, seen followup.Limits) error {
	return s.changeRule(ctx, r, seen)
}

// RemoveDeadlineRule takes limits away; see followup.Store.
func (s *Store) RemoveDeadlineRule(ctx context.Context, region, department string, seen followup.Limits) error {
	return s.changeRule(ctx, followup.Rule{Region: region, Department: department}, seen)
}

// changeRule sets limits, or takes them away where those of r are zero, in place of those that were seen, and notes what they were.
func (s *Store) changeRule(ctx context.Context, r followup.Rule, seen followup.Limits) error {
	none := followup.Limits{}
	err := s.write(ctx, func(tx *sql.Tx) error {
		now, err := s.limitsNow(ctx, tx, r.Region, r.Department)
		switch {
		case err != nil:
			return err
		case now == r.Limits: // it was sent twice
			return nil
		case now != seen:
			return overtaken(now, seen, r.Limits)
		}
		entry := audit.Entry{Action: "deadline.change", Object: objectOfRule(r)}
		switch {
		case r.Limits == none:
			entry.Before = limitsText(now)
			err = removeRule(ctx, tx, r)
		case now == none:
			entry.After = limitsText(r.Limits)
			var made bool
			if made, err = insertRule(ctx, tx, r); err == nil && !made { // somebody else's came first
				if now, err = s.limitsNow(ctx, tx, r.Region, r.Department); err == nil {
					err = overtaken(now, seen, r.Limits)
				}
			}
		default:
			entry.Before, entry.After = limitsText(now), limitsText(r.Limits)
			_, err = tx.ExecContext(ctx, "UPDATE deadline_rule SET verify_days = $3, rectify_days = $4, decide_days = $5 WHERE department_code = $1 AND region_code = $2",
				r.Department, r.Region, r.Verify, r.Rectify, r.Decide)
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

// limitsNow are the limits of a region and department, zero for none.
func (s *Store) limitsNow(ctx context.Context, tx *sql.Tx, region, department string) (now followup.Limits, err error) {
	err = tx.QueryRowContext(ctx, "SELECT verify_days, rectify_days, decide_days FROM deadline_rule WHERE department_code = $1 AND region_code = $2"+
		s.engine.locking(), department, region).Scan(&now.Verify, &now.Rectify, &now.Decide)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return now, err
}

// insertRule says whether it did; where there are limits they stay.
func insertRule(ctx context.Context, tx *sql.Tx, r followup.Rule) (made bool, err error) {
	done, err := tx.ExecContext(ctx, `INSERT INTO deadline_rule (department_code, region_code, verify_days, rectify_days, decide_days)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (department_code, region_code) DO NOTHING`, r.Department, r.Region, r.Verify, r.Rectify, r.Decide)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func removeRule(ctx context.Context, tx *sql.Tx, r followup.Rule) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM deadline_rule WHERE department_code = $1 AND region_code = $2", r.Department, r.Region)
	return err
}

func objectOfRule(r followup.Rule) string { return "deadline:" + r.Department + "/" + r.Region }

// overtaken says that other limits are there than were seen.
func overtaken(now, seen, wanted followup.Limits) error {
	none := followup.Limits{}
	switch {
	case wanted == none:
		return fault.NewConflict("这条时限刚被别人修改过，现在是" + now.Words() + "，没有删除。请看过再决定要不要删")
	case now == none:
		return fault.NewConflict("这条时限刚被别人删除，没有保存。仍要设置的，请再保存一次")
	case seen == none:
		return fault.NewConflict("这里已经设置了时限（" + now.Words() + "），没有保存。要换成您填的，请再保存一次")
	default:
		return fault.NewConflict("这条时限刚被别人修改过（现在是" + now.Words() + "），没有保存。要换成您填的，请再保存一次")
	}
}

func limitsText(l followup.Limits) string {
	return fmt.Sprintf("verify %d, rectify %d, decide %d", l.Verify, l.Rectify, l.Decide)
}
