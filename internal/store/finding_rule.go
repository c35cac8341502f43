package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

// RuleFinding stores a decision; see integrity.Store. The finding is locked first: nobody else locks one. Then its reviews as for every other change of them,
// all gates before the first of them.
func (s *Store) RuleFinding(ctx context.Context, r integrity.Ruling) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		was, err := findingWithin(ctx, tx, r.ID, r.Bounds, s.engine.locking())
		if err != nil {
			return err
		}
		if was.Version != r.Version {
			return findingOutdated(ctx, tx, &was)
		}
		now := s.now()
		moved := 0
		switch {
		case r.State == integrity.Confirmed:
			moved, err = s.withdrawConcerned(ctx, tx, &was, r.Serials, now)
		case was.State == integrity.Confirmed:
			moved, err = s.returnConcerned(ctx, tx, r.ID)
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE finding SET state = $2, version = version + 1 WHERE id = $1", r.ID, string(r.State)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO finding_decision (finding, version, state, reviews, actor, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			r.ID, r.Version+1, string(r.State), moved, r.Actor, r.Reason, now.UnixMicro())
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{
			Actor: r.Actor, Action: "integrity.decide", Object: "finding:" + r.ID, Before: string(was.State), After: fmt.Sprintf("%s, %d reviews", r.State, moved), Reason: r.Reason,
		})
	})
	if err != nil {
		return fmt.Errorf("decide about a finding: %w", err)
	}
	return nil
}

// findingOutdated is what a person is told whose finding was decided about meanwhile.
func findingOutdated(ctx context.Context, tx *sql.Tx, f *integrity.Stored) error {
	var actor string
	var at int64
	err := tx.QueryRowContext(ctx, "SELECT actor, at FROM finding_decision WHERE finding = $1 AND version = $2", f.ID, f.Version).Scan(&actor, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return fault.NewConflict("这条线索已由" + actor + "于" + beijing.FormatMinute(time.UnixMicro(at)) + "改为“" + f.State.Word() + "”。您的操作没有保存，请看过现在的情况再处理")
}

// holdAll reads and locks reviews in order, behind the gates of their affairs.
func (s *Store) holdAll(ctx context.Context, tx *sql.Tx, serials []string) ([]*heldReview, error) {
	slices.SortFunc(serials, func(a, b string) int { // by slot, then by number, as all lock them
		slotA, _ := review.SlotOfSerial(a)
		slotB, _ := review.SlotOfSerial(b)
		return cmp.Or(cmp.Compare(slotA, slotB), strings.Compare(a, b))
	})
	serials = slices.Compact(serials)
	var slots []int
	rows, err := tx.QueryContext(ctx, "SELECT subject FROM review WHERE kind = 'affair' AND "+s.engine.anyText("serial", "$1"), //nolint:gosec // the engine's own condition
		s.engine.texts(serials))
	err = each(rows, err, func(rows *sql.Rows) error {
		var subject string
		err := rows.Scan(&subject)
		slots = append(slots, affair.SlotOf(subject))
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(slots)
	if slots = slices.Compact(slots); len(slots) > 0 {
		if err := s.engine.gate(ctx, tx, slots); err != nil {
			return nil, err
		}
	}
	var held []*heldReview
	for _, serial := range serials {
		h, err := s.hold(ctx, tx, serial)
		if err != nil {
			return nil, err
		}
		held = append(held, h)
	}
	return held, nil
}

// withdrawConcerned takes reviews of a finding out of all figures, as a granted appeal does, and remembers which: those that count. A bad one stays, for it
// may only be appealed against.
func (s *Store) withdrawConcerned(ctx context.Context, tx *sql.Tx, f *integrity.Stored, serials []string, at time.Time) (moved int, err error) {
	concerned, err := s.concerned(ctx, tx, "SELECT serial FROM finding_review WHERE finding = $1", f.ID)
	if err != nil {
		return 0, err
	}
	held, err := s.holdAll(ctx, tx, slices.DeleteFunc(slices.Clone(serials), func(serial string) bool { return !slices.Contains(concerned, serial) }))
	if err != nil {
		return 0, err
	}
	left := map[string]int{} // reviews of affairs, which two of these may share
	for _, h := range held {
		if h.state == review.Withdrawn { // by another finding, perhaps: then it is gone until both are taken back
			_, err := tx.ExecContext(ctx, `UPDATE finding_review SET withdrawn = 1 WHERE finding = $1 AND serial = $2 AND slot = $3
				AND EXISTS (SELECT 1 FROM finding_review o WHERE o.serial = $2 AND o.slot = $3 AND o.withdrawn = 1)`, f.ID, h.Serial, h.Slot)
			if err != nil {
				return 0, err
			}
		}
		if h.state != review.Counting || review.Bad(h.Stars) {
			continue
		}
		if h.affair != nil {
			if n, seen := left[h.affair.serialNo]; seen {
				h.affair.reviewed = n
			}
			left[h.affair.serialNo] = h.affair.reviewed - 1
		}
		if err := s.insertParts(ctx, tx, h.withdrawalParts(at, "异常评价："+f.Kind.Word())); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE finding_review SET withdrawn = 1 WHERE finding = $1 AND serial = $2 AND slot = $3", f.ID, h.Serial, h.Slot); err != nil {
			return 0, err
		}
		moved++
	}
	return moved, nil
}

// returnConcerned brings the reviews back that a finding took out, unless another confirmed finding took them out as well.
func (s *Store) returnConcerned(ctx context.Context, tx *sql.Tx, id string) (moved int, err error) {
	serials, err := s.concerned(ctx, tx, `SELECT c.serial FROM finding_review c WHERE c.finding = $1 AND c.withdrawn = 1 AND NOT EXISTS
		(SELECT 1 FROM finding_review o WHERE o.serial = c.serial AND o.slot = c.slot AND o.finding <> c.finding AND o.withdrawn = 1)`, id)
	if err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE finding_review SET withdrawn = 0 WHERE finding = $1", id); err != nil {
		return 0, err
	}
	held, err := s.holdAll(ctx, tx, serials)
	if err != nil {
		return 0, err
	}
	back := map[string]int{}
	for _, h := range held {
		if h.state != review.Withdrawn {
			continue
		}
		if h.affair != nil {
			if n, seen := back[h.affair.serialNo]; seen {
				h.affair.reviewed = n
			}
			back[h.affair.serialNo] = h.affair.reviewed + 1
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM withdrawal WHERE slot = $1 AND serial = $2", h.Slot, h.Serial); err != nil {
			return 0, err
		}
		if err := s.insertParts(ctx, tx, h.returnParts(s.known.registry.Successions())); err != nil {
			return 0, err
		}
		moved++
	}
	return moved, nil
}

// returnParts are the statements by which a withdrawn good review counts again, as it would count if it had never left: what became of its affair and of
// codes meanwhile counts for it, too.
func (h *heldReview) returnParts(successions *org.Successions) (parts []part) {
	h.Settle(successions)
	if h.affair != nil {
		h.Complete(&h.affair.Completed)
		parts = append(parts, part{reviewedChange, [][]any{{h.affair.serialNo, h.affair.slot, h.affair.reviewed + 1}}})
		if h.affair.reviewed == 0 {
			moved := figures.Completions{}
			moved.Add(h.affair.of, 0, 1)
			parts = append(parts, completionParts(moved)...)
		}
	}
	return append(parts,
		part{reviewChange, [][]any{{
			h.Slot, h.Serial, h.EntityCode, h.DepartmentCode, h.DepartmentName, h.Region, h.ItemCode, h.ItemName, h.HallCode, h.WindowCode, h.WorkNo,
			int(h.Flags), int(review.Counting), int(h.Filled), h.OwnRegion,
		}}},
		part{changeInsertion, [][]any{{0, rand.Text(), figures.Encode([]figures.Fact{fact(&h.Record)})}}})
}

func (s *Store) concerned(ctx context.Context, tx *sql.Tx, query string, arguments ...any) (serials []string, err error) {
	rows, err := tx.QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var serial string
		err := rows.Scan(&serial)
		serials = append(serials, serial)
		return err
	})
	return serials, err
}
