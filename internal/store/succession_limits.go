package store

import (
	"context"
	"database/sql"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
)

// limitBounds are the columns of limits of cases that say where they hold.
var limitBounds = map[org.Kind][]string{org.OfDepartment: {"department_code"}, org.OfRegion: {"region_code"}}

// moveLimits gives limits of cases the codes that count now: no case lies under the former ones any more. Where limits are set for
// those codes already they stay.
func (s *Store) moveLimits(ctx context.Context, tx *sql.Tx, successions *org.Successions) (entries []audit.Entry, err error) {
	condition, arguments := s.formerIn(successions, limitBounds, 0)
	found, err := all(ctx, tx, "SELECT region_code, department_code, verify_days, rectify_days, decide_days FROM deadline_rule WHERE "+condition+
		" ORDER BY department_code, region_code"+s.engine.locking(),
		func(r *followup.Rule) []any { return []any{&r.Region, &r.Department, &r.Verify, &r.Rectify, &r.Decide} }, arguments...)
	if err != nil {
		return nil, err
	}
	for _, was := range found {
		is := was
		is.Region, is.Department = successions.Code(org.OfRegion, was.Region), successions.Code(org.OfDepartment, was.Department)
		if is == was { // a code that leads nowhere else
			continue
		}
		moved, err := insertRule(ctx, tx, is)
		if err != nil {
			return nil, err
		}
		if err := removeRule(ctx, tx, was); err != nil {
			return nil, err
		}
		entries = append(entries, audit.Entry{Action: "deadline.change", Object: objectOfRule(was), Before: limitsText(was.Limits)})
		if moved {
			entries = append(entries, audit.Entry{Action: "deadline.change", Object: objectOfRule(is), After: limitsText(is.Limits)})
		}
	}
	return entries, nil
}
