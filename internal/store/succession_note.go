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

// registerNotes says for the audit log what changes would change of what is stored now.
func registerNotes(now *org.Registers, changes *org.Changes) (entries []audit.Entry) {
	if len(changes.Regions)+len(changes.Departments)+len(changes.Items)+len(changes.Successions) > notedSingly {
		after := fmt.Sprintf("regions=%d departments=%d successions=%d", len(changes.Regions), len(changes.Departments), len(changes.Successions))
		if n := len(changes.Items); n > 0 {
			after += fmt.Sprintf(" items=%d", n)
		}
		return []audit.Entry{{Action: "registers.import", Object: "registers", After: after}}
	}
	before := map[string]string{}
	for _, r := range now.Regions {
		before["region:"+r.Code] = toldRegion(r)
	}
	for _, d := range now.Departments {
		before["department:"+d.Code] = toldDepartment(d)
	}
	for _, i := range now.Items {
		before["item:"+i.Code] = toldItem(i)
	}
	for _, r := range changes.Regions {
		object := "region:" + r.Code
		entries = append(entries, audit.Entry{Action: "region.save", Object: object, Before: before[object], After: toldRegion(r)})
	}
	for _, d := range changes.Departments {
		object := "department:" + d.Code
		entries = append(entries, audit.Entry{Action: "department.save", Object: object, Before: before[object], After: toldDepartment(d)})
	}
	for _, i := range changes.Items {
		object := "item:" + i.Code
		entries = append(entries, audit.Entry{Action: "item.save", Object: object, Before: before[object], After: toldItem(i)})
	}
	for _, one := range changes.Successions {
		entries = append(entries, audit.Entry{Action: string(one.Kind) + ".merge", Object: string(one.Kind) + ":" + one.Former, After: "into=" + one.Code})
	}
	return entries
}

func toldItem(i org.Item) string {
	return fmt.Sprintf("name=%s department=%s pending=%t", i.Name, i.DepartmentCode, i.Pending)
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
