package moderation

import (
	"context"
	"slices"
)

// Again is what was found when remarks that are public were judged once more.
type Again struct {
	Remarks int // that were looked at; reviews with nothing said are none
	Masked  int // of which more is masked now, or would be
	Held    int // that wait for a person now, or would
	Unread  int // reviews that do not open: nothing of them is shown
	// Decided are serial numbers of remarks that tell of persons and that a person let pass: only a person changes that.
	Decided []string
}

// Add adds what was found elsewhere.
func (a *Again) Add(b *Again) {
	a.Remarks += b.Remarks
	a.Masked += b.Masked
	a.Held += b.Held
	a.Unread += b.Unread
	a.Decided = append(a.Decided, b.Decided...)
}

// JudgeAgain judges some of what is public once more by the rules and words of now (Policy.Stricter): those that come after a serial
// number, by serial number. With apply what is new is stored, otherwise only told. Last is the number to go on after, empty when there are no more.
func (s *Service) JudgeAgain(ctx context.Context, after string, apply bool) (found Again, last string, err error) {
	rows, err := s.store.Public(ctx, after, checked)
	if err != nil {
		return found, "", err
	}
	var settled []Settled
	for i := range rows {
		row := &rows[i]
		said, persons, err := s.opener.Said(row.Sealed, row.Serial)
		if err != nil {
			found.Unread++
			continue
		}
		if said == "" {
			continue
		}
		found.Remarks++
		to := s.policy.Stricter(said, persons, row.Publication)
		switch {
		case row.Version > 0:
			if tells(Check(said, persons, nil), row.Publication.Spans) {
				found.Decided = append(found.Decided, row.Serial)
			}
			continue
		case to.State == Waiting:
			found.Held++
		case to.State == row.Publication.State && slices.Equal(to.Spans, row.Publication.Spans):
			continue
		default:
			found.Masked++
		}
		settled = append(settled, Settled{Serial: row.Serial, From: row.Publication, To: to, Heard: true})
	}
	if apply && len(settled) > 0 {
		if err := s.store.Settle(ctx, settled); err != nil {
			return Again{}, after, err
		}
	}
	if len(rows) == checked {
		last = rows[len(rows)-1].Serial
	}
	return found, last, nil
}

// tells says whether something that was found is not masked.
func tells(v Verdict, masked Spans) bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return !masked.cover(f) })
}
