package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

var (
	withdrawalInsertion = &insertion{
		table: "withdrawal", columns: []column{{"slot", "int2"}, {"serial", "text"}, {"at", "int8"}, {"why", "text"}},
	}
	withdrawnChange = &insertion{table: "review", columns: []column{{"slot", "int2"}, {"serial", "text"}, {"state", "int2"}}, keys: 2}
	dismissedChange = &insertion{table: "followup", columns: []column{
		{"slot", "int2"}, {"serial", "text"}, {"state", "text"}, {"since_at", "int8"}, {"due_at", "int8"}, {"ended", "int2"}, {"supervised", "int2"},
	}, keys: 2}
)

// Withdraw takes a review out of all figures and listings and dismisses its case, in one durable transaction. It is kept, and
// so are its keys: the same can't be said again. A review that was withdrawn before stays as it is; fault.Missing when there
// is none.
func (s *Store) Withdraw(ctx context.Context, serial string, at time.Time, why string) error {
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		h, err := s.hold(ctx, tx, serial)
		if err != nil || h.state == review.Withdrawn {
			return err
		}
		return s.insertParts(ctx, tx, h.withdrawalParts(at, why))
	})
	if err != nil {
		return fmt.Errorf("withdraw a review: %w", err)
	}
	return nil
}

// withdrawalParts are the statements by which a review that was not withdrawn yet leaves all figures and its case is dismissed.
func (h *heldReview) withdrawalParts(at time.Time, why string) []part {
	parts := []part{
		{withdrawalInsertion, [][]any{{h.Slot, h.Serial, at.UnixMicro(), why}}},
		{withdrawnChange, [][]any{{h.Slot, h.Serial, int(review.Withdrawn)}}},
	}
	if h.affair != nil {
		left := h.affair.reviewed - 1
		parts = append(parts, part{reviewedChange, [][]any{{h.affair.serialNo, h.affair.slot, left}}})
		if left == 0 {
			moved := figures.Completions{}
			moved.Add(h.affair.of, 0, -1)
			parts = append(parts, completionParts(moved)...)
		}
	}
	if h.state == review.Counting {
		parts = append(parts, h.leaveFigures(at)...)
	}
	return parts
}

// leaveFigures takes a review that counts out of the figures, and its case.
func (h *heldReview) leaveFigures(at time.Time) []part {
	gone := fact(&h.Record)
	gone.Weight = -1
	parts := []part{{changeInsertion, [][]any{{0, rand.Text(), figures.Encode([]figures.Fact{gone})}}}}
	if h.progress == noCase {
		return parts
	}
	moves := figures.CaseMoves{}
	moves.Minus(caseOf(&h.Record), caseCounts(h.progress))
	parts = append(parts, part{dismissedChange, [][]any{{h.Slot, h.Serial, string(followup.Dismissed), at.UnixMicro(), at.UnixMicro(), 1, 0}}})
	return append(parts, caseParts(moves)...)
}
