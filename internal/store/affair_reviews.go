package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

var (
	// caseInsertion opens the case of a review that counts from now on.
	caseInsertion = &insertion{
		table: "followup", columns: followupInsertion.columns, conflict: "ON CONFLICT (slot, serial) DO NOTHING",
	}
	caseChange = &insertion{table: "followup", columns: []column{
		{"slot", "int2"}, {"serial", "text"}, {"region_code", "text"}, {"department_code", "text"}, {"hall_code", "text"},
	}, keys: 2}
	reviewChange = &insertion{table: "review", columns: []column{
		{"slot", "int2"},
		{"serial", "text"},
		{"entity_code", "text"},
		{"department_code", "text"},
		{"department_name", "text"},
		{"region_code", "text"},
		{"item_code", "text"},
		{"item_name", "text"},
		{"hall_code", "text"},
		{"window_code", "text"},
		{"work_no", "text"},
		{"flags", "int2"},
		{"state", "int2"},
		{"filled", "int2"},
		{"own_region", "text"},
	}, keys: 2}
)

// matching is what a taking does to reviews and counters, behind the gates.
type matching struct {
	taking   *affairTaking
	changes  [][]any // of affairs that were there
	reviewed [][]any // counts of new ones
	reviews  [][]any
	opened   [][]any // cases
	cases    [][]any // changes of cases
	facts    []figures.Fact
	moved    figures.Completions
	moves    figures.CaseMoves
	// successions put codes that count now in the place of those that were given up.
	successions *org.Successions
}

func newMatching(t *affairTaking, successions *org.Successions) *matching {
	return &matching{taking: t, moved: figures.Completions{}, moves: figures.CaseMoves{}, successions: successions}
}

func (m *matching) run(ctx context.Context, tx *sql.Tx) error {
	t := m.taking
	if len(t.fresh)+len(t.changed) == 0 {
		return nil
	}
	if err := t.store.engine.gate(ctx, tx, t.slots()); err != nil {
		return err
	}
	were, err := m.stored(ctx, tx)
	if err != nil {
		return err
	}
	// Another may have changed it meanwhile as it is to be.
	t.changed = slices.DeleteFunc(t.changed, func(r *affair.Record) bool { return string(were[r.SerialNo].content) == string(r.Content[:]) })
	reviews, err := m.find(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range t.fresh {
		is := foundFrom(r)
		is.reviewed = m.complete(is, reviews[r.SerialNo])
		m.moved.Add(is.of, 1, min(is.reviewed, 1))
		if is.reviewed > 0 {
			m.reviewed = append(m.reviewed, []any{r.SerialNo, r.Slot, is.reviewed})
		}
	}
	for _, r := range t.changed {
		was, is := were[r.SerialNo], foundFrom(r)
		is.reviewed = m.complete(is, reviews[r.SerialNo])
		m.moved.Add(was.of, -1, -min(was.reviewed, 1))
		m.moved.Add(is.of, 1, min(is.reviewed, 1))
		m.changes = append(m.changes, t.row(r, is.reviewed))
	}
	return nil
}

// slots are those of the new and changed affairs, in order.
func (t *affairTaking) slots() (slots []int) {
	for _, records := range [][]*affair.Record{t.fresh, t.changed} {
		for _, r := range records {
			slots = append(slots, r.Slot)
		}
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

// stored reads the affairs that are to be changed, and locks them.
func (m *matching) stored(ctx context.Context, tx *sql.Tx) (foundAffairs, error) {
	if len(m.taking.changed) == 0 {
		return nil, nil
	}
	serials := make([]string, len(m.taking.changed))
	for i, r := range m.taking.changed {
		serials[i] = r.SerialNo
	}
	return m.taking.store.affairsOf(ctx, tx, serials)
}

// find reads the reviews of the new and changed affairs, but not those that were withdrawn.
func (m *matching) find(ctx context.Context, tx *sql.Tx) (map[string][]*heldReview, error) {
	t, engine := m.taking, m.taking.store.engine
	serials := make([]string, 0, len(t.fresh)+len(t.changed))
	for _, records := range [][]*affair.Record{t.fresh, t.changed} {
		for _, r := range records {
			serials = append(serials, r.SerialNo)
		}
	}
	found := map[string][]*heldReview{}
	rows, err := tx.QueryContext(ctx, "SELECT "+heldColumns+" FROM review WHERE kind = 'affair' AND state <> $2 AND "+ //nolint:gosec // the engine's own condition
		engine.anyText("subject", "$1"), engine.texts(serials), int(review.Withdrawn))
	err = each(rows, err, func(rows *sql.Rows) error {
		r, err := scanHeld(rows.Scan)
		found[r.Subject] = append(found[r.Subject], r)
		return err
	})
	return found, err
}

// complete fills in an affair's reviews, and says how many there are.
func (m *matching) complete(a *foundAffair, reviews []*heldReview) int {
	for _, is := range reviews {
		was := is.Record
		is.Settle(m.successions)
		is.Complete(&a.Completed)
		m.change(&was, is)
	}
	return len(reviews)
}

// change stores what became of a review, and takes it out of the counters as it was.
func (m *matching) change(was *review.Record, is *heldReview) {
	state := stateColumn(&is.Record)
	if is.state == review.Withdrawn {
		state = int(review.Withdrawn)
	}
	m.reviews = append(m.reviews, []any{
		is.Slot, is.Serial, is.EntityCode, is.DepartmentCode, is.DepartmentName, is.Region, is.ItemCode, is.ItemName, is.HallCode,
		is.WindowCode, is.WorkNo, int(is.Flags), state, int(is.Filled), is.OwnRegion,
	})
	before, after := fact(was), fact(&is.Record)
	bad := review.Bad(is.Stars)
	switch {
	case state != int(review.Counting):
	case was.Unverified:
		m.facts = append(m.facts, after)
		if bad {
			m.opened = append(m.opened, caseRow(&is.Record, m.taking.At))
			m.moves.Add(caseOf(&is.Record), caseCounts(0))
		}
	case !sameFact(&before, &after):
		before.Weight = -1
		m.facts = append(m.facts, before, after)
		if !bad || is.progress == noCase {
			return
		}
		m.moves.Minus(caseOf(was), caseCounts(is.progress))
		m.moves.Add(caseOf(&is.Record), caseCounts(is.progress))
		if was.Region != is.Region || was.DepartmentCode != is.DepartmentCode || was.HallCode != is.HallCode {
			m.cases = append(m.cases, []any{is.Slot, is.Serial, is.Region, is.DepartmentCode, is.HallCode})
		}
	}
}

// sameFact compares what an affair or a code that was given up can change of a fact.
func sameFact(a, b *figures.Fact) bool {
	return a.Entity == b.Entity && a.Region == b.Region && a.Department == b.Department && a.Item == b.Item && a.Officer == b.Officer &&
		a.Hall == b.Hall && a.Window == b.Window && a.Flagged == b.Flagged
}

// parts are the statements, in the order of all locks.
func (m *matching) parts() (parts []part) {
	byKey := func(a, b []any) int { // slot, serial
		return cmp.Or(cmp.Compare(a[0].(int), b[0].(int)), strings.Compare(a[1].(string), b[1].(string)))
	}
	for _, rows := range [][][]any{m.reviews, m.opened, m.cases} {
		slices.SortFunc(rows, byKey)
	}
	parts = append(parts,
		part{affairChange, m.changes}, part{reviewedChange, m.reviewed}, part{reviewChange, m.reviews},
		part{caseInsertion, m.opened}, part{caseChange, m.cases})
	if len(m.facts) > 0 {
		parts = append(parts, part{changeInsertion, [][]any{{0, rand.Text(), figures.Encode(m.facts)}}})
	}
	return slices.Concat(parts, completionParts(m.moved), caseParts(m.moves))
}
