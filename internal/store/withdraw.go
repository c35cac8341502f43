package store

import (
	"crypto/rand"
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

// withdrawalParts are the statements by which a review that counts leaves all figures and listings, and its case is dismissed. It is kept,
// and so are its keys: the same can't be said again.
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
	gone := fact(&h.Record)
	gone.Weight = -1
	parts = append(parts, part{changeInsertion, [][]any{{0, rand.Text(), figures.Encode([]figures.Fact{gone})}}})
	if h.progress == noCase {
		return parts
	}
	moves := figures.CaseMoves{}
	moves.Minus(caseOf(&h.Record), caseCounts(h.progress))
	parts = append(parts, part{dismissedChange, [][]any{{h.Slot, h.Serial, string(followup.Dismissed), at.UnixMicro(), at.UnixMicro(), 1, 0}}})
	return append(parts, caseParts(moves)...)
}
