package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

// heldReview is a stored review that is going to be changed: nobody else changes it until the transaction ends.
type heldReview struct {
	review.Record
	state    review.Validity
	progress int          // of its case; noCase when there is none
	affair   *foundAffair // when it is known; only of hold
}

// noCase is the progress of a review without a case.
const noCase = -1

// heldColumns are what is read of a review that is going to be changed.
const heldColumns = `slot, serial, kind, app_code, entity_code, channel, subject, item_code, item_name, department_code, department_name,
	region_sent, region_code, hall_code, window_code, work_no, stars, accept_stars, deal_stars, tags, day, eval_time, flags, state, filled,
	own_region, coalesce((SELECT f.progress FROM followup f WHERE f.slot = review.slot AND f.serial = review.serial), -1)`

// scanHeld reads heldColumns.
func scanHeld(scan func(...any) error) (*heldReview, error) {
	r := &heldReview{}
	var tags string
	var at int64
	err := scan(&r.Slot, &r.Serial, &r.Kind, &r.AppCode, &r.EntityCode, &r.Channel, &r.Subject, &r.ItemCode, &r.ItemName,
		&r.DepartmentCode, &r.DepartmentName, &r.RegionCode, &r.Region, &r.HallCode, &r.WindowCode, &r.WorkNo,
		&r.Stars, &r.AcceptStars, &r.DealStars, &tags, &r.Day, &at, &r.Flags, &r.state, &r.Filled, &r.OwnRegion, &r.progress)
	r.Tags, r.EvalTime, r.Unverified = splitTags(tags), time.UnixMicro(at), r.state == review.Unverified
	return r, err
}

// hold reads and locks one review, behind the gate of its affair and after the affair itself, as all do; fault.Missing when
// there is no such review.
func (s *Store) hold(ctx context.Context, tx *sql.Tx, serial string) (*heldReview, error) {
	missing := fault.NewMissing("没有流水号为 " + serial + " 的评价")
	slot, ok := review.SlotOfSerial(serial)
	if !ok {
		return nil, missing
	}
	var kind review.Kind
	var subject string
	err := tx.QueryRowContext(ctx, "SELECT kind, subject FROM review WHERE serial = $1 AND slot = $2", serial, slot).Scan(&kind, &subject)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	var of *foundAffair
	if kind == review.Affair {
		at := affair.SlotOf(subject)
		if err := s.engine.gate(ctx, tx, []int{at}); err != nil {
			return nil, err
		}
		of, err = scanAffair(tx.QueryRowContext(ctx, affairQuery+"a.serial_no = $1 AND a.slot = $2"+s.engine.locking(), subject, at).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			of, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	held, err := scanHeld(tx.QueryRowContext(ctx, "SELECT "+heldColumns+" FROM review WHERE serial = $1 AND slot = $2"+s.engine.locking(), serial, slot).Scan)
	held.affair = of
	return held, err
}

// insertParts runs the statements that have rows.
func (s *Store) insertParts(ctx context.Context, tx *sql.Tx, parts []part) error {
	for _, part := range parts {
		if len(part.rows) == 0 {
			continue
		}
		if err := s.engine.insertMany(ctx, tx, part.into, part.rows); err != nil {
			return err
		}
	}
	return nil
}

// caseParts are the counter changes of cases, if there are any.
func caseParts(moves figures.CaseMoves) []part {
	if len(moves) == 0 {
		return nil
	}
	return []part{{changeInsertion, [][]any{{0, rand.Text(), figures.EncodeCases(moves)}}}}
}

// slotsOf are the slots of affairs, in order.
func slotsOf(serials []string) []int {
	slots := make([]int, len(serials))
	for i, serial := range serials {
		slots[i] = affair.SlotOf(serial)
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}
