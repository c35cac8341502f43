package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

var _ followup.Store = (*Store)(nil)

// caseColumns are of a case f with its review r.
const caseColumns = `f.slot, f.serial, f.state, f.version, f.stars, f.region_code, f.department_code, f.opened_at, f.since_at, f.due_at,
	f.assignee, f.supervised, f.late, f.rounds, f.appeals, f.appeal_level, f.claim, f.told, f.progress,
	r.hall_code, r.work_no, r.entity_code, r.channel, r.item_name, r.department_name, r.eval_time`

// caseOwnColumns are those that caseColumns has of the case itself, where it is found by itself.
const caseOwnColumns = `slot, serial, state, version, stars, region_code, department_code, opened_at, since_at, due_at,
	assignee, supervised, late, rounds, appeals, appeal_level, claim, told, progress`

// ofReview joins them.
const ofReview = " JOIN review r ON r.slot = f.slot AND r.serial = f.serial "

// scanCase reads caseColumns.
func scanCase(scan func(...any) error) (followup.Case, error) {
	var c followup.Case
	var opened, since, due, reviewed int64
	var supervised, late, told, progress int
	err := scan(&c.Slot, &c.Serial, &c.State, &c.Version, &c.Stars, &c.Region, &c.Department, &opened, &since, &due,
		&c.Assignee, &supervised, &late, &c.Rounds, &c.Appeals, &c.AppealLevel, &c.Claim, &told, &progress,
		&c.Hall, &c.WorkNo, &c.Entity, &c.Channel, &c.ItemName, &c.DepartmentName, &reviewed)
	c.Opened, c.Since, c.Due, c.ReviewedAt = moment(opened), moment(since), moment(due), moment(reviewed)
	c.Supervised, c.Late, c.Told, c.Progress = supervised != 0, late != 0, told != 0, progressOf(progress)
	if c.Since.IsZero() {
		c.Since = c.Opened
	}
	return c, err
}

// progressOf reads what progressColumn wrote.
func progressOf(n int) followup.Progress {
	return followup.Progress{
		Rectified: n&rectified != 0, InTime: n&inTime != 0, CalledBack: n&calledBack != 0, Satisfied: n&satisfied != 0,
	}
}

func noCaseOf(serial string) error {
	return fault.NewMissing("没有流水号为 " + serial + " 的差评工单")
}

// FindCase reads one case; see followup.Store.
func (s *Store) FindCase(ctx context.Context, serial string) (followup.Case, error) {
	slot, ours := review.SlotOfSerial(serial)
	if !ours {
		return followup.Case{}, noCaseOf(serial)
	}
	c, err := scanCase(s.engine.reader().QueryRowContext(ctx,
		"SELECT "+caseColumns+" FROM followup f"+ofReview+"WHERE f.slot = $1 AND f.serial = $2", slot, serial).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return followup.Case{}, noCaseOf(serial)
	}
	if err != nil {
		return followup.Case{}, fmt.Errorf("read a case: %w", s.readFault(err))
	}
	return c, nil
}

// CaseEvents are those of one case; see followup.Store.
func (s *Store) CaseEvents(ctx context.Context, serial string) ([]followup.Event, error) {
	slot, _ := review.SlotOfSerial(serial)
	var events []followup.Event
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT slot, serial, version, at, party, actor, name, move, state_from, state_to, claim, reached,
		assignee, words FROM case_event WHERE slot = $1 AND serial = $2 ORDER BY version`, slot, serial)
	err = each(rows, err, func(rows *sql.Rows) error {
		var e followup.Event
		var at int64
		var reached int
		err := rows.Scan(&e.Slot, &e.Serial, &e.Version, &at, &e.Party, &e.Actor, &e.Name, &e.Move, &e.From, &e.To, &e.Claim, &reached,
			&e.Assignee, &e.Sealed)
		e.At, e.Reached = moment(at), reached != 0
		events = append(events, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the events of a case: %w", s.readFault(err))
	}
	return events, nil
}

// fileColumns are of evidence without its content.
const fileColumns = "id, kind, size, at, actor, name"

func scanFile(scan func(...any) error, more ...any) (followup.SealedFile, error) {
	var f followup.SealedFile
	var at int64
	err := scan(append([]any{&f.ID, &f.Kind, &f.Size, &at, &f.Actor, &f.Name}, more...)...)
	f.At = moment(at)
	return f, err
}

// CaseFiles lists evidence; see followup.Store.
func (s *Store) CaseFiles(ctx context.Context, serial string) ([]followup.SealedFile, error) {
	slot, _ := review.SlotOfSerial(serial)
	var files []followup.SealedFile
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+fileColumns+" FROM case_file WHERE slot = $1 AND serial = $2 ORDER BY at, id", slot, serial)
	err = each(rows, err, func(rows *sql.Rows) error {
		f, err := scanFile(rows.Scan)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the evidence of a case: %w", s.readFault(err))
	}
	return files, nil
}

// CaseFile reads one piece of evidence; see followup.Store.
func (s *Store) CaseFile(ctx context.Context, serial, id string) (followup.SealedFile, error) {
	slot, _ := review.SlotOfSerial(serial)
	var content []byte
	f, err := scanFile(s.engine.reader().QueryRowContext(ctx, "SELECT "+fileColumns+", content FROM case_file WHERE slot = $1 AND serial = $2 AND id = $3",
		slot, serial, id).Scan, &content)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fault.NewMissing("没有这个附件")
	}
	if err != nil {
		return f, fmt.Errorf("read the evidence of a case: %w", s.readFault(err))
	}
	f.Content = content
	return f, nil
}
