package affair

import "strings"

// Tally is what became of a list so far.
type Tally struct {
	Rows  int
	Count map[State]int
	First []string // of what is rejected, with why; no cell's content
}

// NewTally is one of nothing.
func NewTally() *Tally { return &Tally{Count: map[State]int{}} }

// shownRejected is how many rejected rows a tally tells.
const shownRejected = 20

// Add adds the verdicts of a batch of a list.
func (t *Tally) Add(l *List, batch *Batch, verdicts []Verdict) {
	t.Rows += len(verdicts)
	for i, verdict := range verdicts {
		t.Count[verdict.State]++
		if verdict.State != Rejected || len(t.First) == shownRejected {
			continue
		}
		var reasons []string
		for _, v := range verdict.Violations {
			reasons = append(reasons, l.Place(v.Field)+v.Reason)
		}
		t.First = append(t.First, batch.Rows[i].Where+"："+strings.Join(reasons, "；"))
	}
}
