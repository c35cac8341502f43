package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/org"
)

// notedSingly is how many changes of registers are noted one by one; more are an import, which is noted as one.
const notedSingly = 20

// registerNotes says for the audit log what changes would change; it is asked before they are stored.
func (s *Store) registerNotes(ctx context.Context, tx *sql.Tx, changes *org.Changes) ([]audit.Entry, error) {
	if len(changes.Regions)+len(changes.Departments)+len(changes.Successions) > notedSingly {
		return []audit.Entry{{
			Action: "registers.import", Object: "registers",
			After: fmt.Sprintf("regions=%d departments=%d successions=%d", len(changes.Regions), len(changes.Departments), len(changes.Successions)),
		}}, nil
	}
	var entries []audit.Entry
	for _, r := range changes.Regions {
		var was org.Region
		before := ""
		err := tx.QueryRowContext(ctx, "SELECT name, pending FROM region WHERE code = $1", r.Code).Scan(&was.Name, &was.Pending)
		switch {
		case err == nil:
			before = toldRegion(was)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
		entries = append(entries, audit.Entry{Action: "region.save", Object: "region:" + r.Code, Before: before, After: toldRegion(r)})
	}
	for _, d := range changes.Departments {
		var was org.Department
		before := ""
		err := tx.QueryRowContext(ctx, "SELECT name, region_code, pending FROM department WHERE code = $1", d.Code).
			Scan(&was.Name, &was.RegionCode, &was.Pending)
		switch {
		case err == nil:
			before = toldDepartment(was)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
		entries = append(entries, audit.Entry{Action: "department.save", Object: "department:" + d.Code, Before: before, After: toldDepartment(d)})
	}
	for _, one := range changes.Successions {
		entries = append(entries, audit.Entry{Action: string(one.Kind) + ".merge", Object: string(one.Kind) + ":" + one.Former, After: "into=" + one.Code})
	}
	return entries, nil
}

func toldRegion(r org.Region) string { return fmt.Sprintf("name=%s pending=%t", r.Name, r.Pending) }

func toldDepartment(d org.Department) string {
	return fmt.Sprintf("name=%s region=%s pending=%t", d.Name, d.RegionCode, d.Pending)
}

// Moving says how far records have been moved; see org.Store.
func (s *Store) Moving(ctx context.Context) (p org.Progress, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		var stage int
		var begun int64
		err := tx.QueryRowContext(ctx, "SELECT stage, begun FROM moving WHERE id = 1").Scan(&stage, &begun)
		switch {
		case err == nil:
			p.Going, p.Affairs, p.Since = true, stage == movingAffairs, moment(begun)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM succession WHERE moved_at = 0").Scan(&p.Waiting)
	})
	if err != nil {
		return p, fmt.Errorf("ask how far records are moved: %w", err)
	}
	return p, nil
}
