package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// insertion is a statement that inserts rows, or with keys one that changes rows found by their first columns: columns with
// their PostgreSQL types.
type insertion struct {
	table    string
	columns  []column
	conflict string
	keys     int
	// rowText, plainText and unnestText are the statement, made once.
	rowText, plainText, unnestText atomic.Pointer[string]
}

// once gives a text that is made when it is asked for first.
func once(text *atomic.Pointer[string], build func() string) string {
	if made := text.Load(); made != nil {
		return *made
	}
	made := build()
	text.Store(&made)
	return made
}

type column struct{ name, kind string }

func (i *insertion) names() string {
	names := make([]string, len(i.columns))
	for n, c := range i.columns {
		names[n] = c.name
	}
	return strings.Join(names, ", ")
}

var (
	receiptInsertion = &insertion{table: "receipt", columns: []column{
		{"slot", "int2"}, {"code", "bytea"}, {"serial", "text"},
	}}
	followupInsertion = &insertion{table: "followup", columns: []column{
		{"slot", "int2"},
		{"serial", "text"},
		{"state", "text"},
		{"stars", "int2"},
		{"region_code", "text"},
		{"department_code", "text"},
		{"opened_at", "int8"},
	}}
	changeInsertion = &insertion{table: "counter_change", columns: []column{
		{"lane", "int2"}, {"id", "text"}, {"facts", "bytea"},
	}}
	regionInsertion = &insertion{
		table:    "region",
		columns:  []column{{"code", "text"}, {"name", "text"}, {"pending", "bool"}},
		conflict: "ON CONFLICT (code) DO NOTHING",
	}
	departmentInsertion = &insertion{
		table:    "department",
		columns:  []column{{"code", "text"}, {"name", "text"}, {"region_code", "text"}, {"pending", "bool"}},
		conflict: "ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE department.name = ''",
	}
	itemInsertion = &insertion{
		table:    "item",
		columns:  []column{{"code", "text"}, {"name", "text"}, {"department_code", "text"}, {"pending", "bool"}},
		conflict: "ON CONFLICT (code) DO NOTHING",
	}
)

// takenQuery finds who holds a once-only key.
const takenQuery = "SELECT identity, serial FROM once WHERE slot = $1 AND once_key = $2"

// batch is what is stored in one transaction.
type batch struct {
	lane    int
	records []*review.Record
	// Codes that arrived and are not registered yet: they are kept as 待确认 (contract.md 4).
	regions     []org.Region
	departments []org.Department
	items       []item
	affairs     foundAffairs // of the batch's reviews, as far as they are known
	successions *org.Successions
}

type item struct{ code, name, department string }

// part is rows for one table.
type part struct {
	into *insertion
	rows [][]any
}

// Accept stores a batch in one durable transaction; see review.Store.
func (s *Store) Accept(ctx context.Context, lane int, records []review.Record) ([]review.Outcome, error) {
	// Keys in order, so that two processes never wait for one another in a circle.
	order := make([]int, len(records))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(records[a].Slot, records[b].Slot),
			bytes.Compare(records[a].OnceKey[:], records[b].OnceKey[:]),
			cmp.Compare(records[a].Serial, records[b].Serial)) // of two rivals the first one wins
	})
	sorted := make([]*review.Record, len(records))
	for i, from := range order {
		sorted[i] = &records[from]
	}
	b := &batch{lane: lane, records: sorted, successions: s.known.registry.Successions()}
	s.known.missing(b)

	var outcomes []review.Outcome
	err := s.retry(ctx, func() (err error) {
		outcomes, err = s.engine.accept(ctx, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(outcomes, func(o review.Outcome) bool { return o.State == review.Stored }) {
		stored := time.Now()
		s.stored.Store(&stored)
		s.known.learn(b)
	}
	answers := make([]review.Outcome, len(records))
	for i, from := range order {
		answers[from] = outcomes[i]
	}
	return answers, nil
}

// bySerial gives the records in the order of their serial numbers, in which they stand in their table: what comes one after another
// at the end of an index costs it least.
func bySerial(records []*review.Record) []*review.Record {
	return slices.SortedFunc(slices.Values(records), func(a, b *review.Record) int { return cmp.Compare(a.Serial, b.Serial) })
}

// rest is what is stored beside the keys and the records: unregistered codes, receipts, cases, facts; always in this order.
// A review that is not verified has neither case nor fact.
func (b *batch) rest(fresh []*review.Record) []part {
	if len(fresh) == 0 {
		return nil
	}
	parts := b.registerParts()
	add := func(into *insertion, rows [][]any) {
		if len(rows) > 0 {
			parts = append(parts, part{into, rows})
		}
	}
	var receipts, origins, cases [][]any
	var facts []figures.Fact
	opened := figures.CaseMoves{}
	for _, r := range fresh {
		if r.ReceiptKey != (privacy.Digest{}) {
			receipts = append(receipts, []any{r.Slot, r.ReceiptKey[:], r.Serial})
		}
		if r.Device != (privacy.Digest{}) || r.Address != (privacy.Digest{}) {
			origins = append(origins, []any{r.Slot, r.Serial, r.Device[:], r.Address[:]})
		}
		if r.Unverified {
			continue
		}
		facts = append(facts, fact(r))
		if review.Bad(r.Stars) {
			cases = append(cases, caseRow(r, r.ReceivedAt))
			opened.Add(caseOf(r), caseCounts(0))
		}
	}
	add(receiptInsertion, receipts)
	add(originInsertion, origins)
	add(followupInsertion, cases)
	parts = b.affairs.parts(parts, fresh)
	if len(facts) > 0 {
		// The first serial number is the change's own: no other batch holds it.
		changes := [][]any{{b.lane, fresh[0].Serial, figures.Encode(facts)}}
		if len(opened) > 0 {
			changes = append(changes, []any{b.lane, fresh[0].Serial + "-cases", figures.EncodeCases(opened)})
		}
		add(changeInsertion, changes)
	}
	return parts
}

// registerParts are the codes that are not registered yet.
func (b *batch) registerParts() (parts []part) {
	add := func(into *insertion, rows [][]any) {
		if len(rows) > 0 {
			parts = append(parts, part{into, rows})
		}
	}
	add(regionInsertion, rowsOf(b.regions, func(r org.Region) []any { return []any{r.Code, r.Name, r.Pending} }))
	add(departmentInsertion, rowsOf(b.departments, func(d org.Department) []any {
		return []any{d.Code, d.Name, d.RegionCode, d.Pending}
	}))
	add(itemInsertion, rowsOf(b.items, func(i item) []any { return []any{i.code, i.name, i.department, true} }))
	return parts
}

func rowsOf[T any](things []T, row func(T) []any) [][]any {
	rows := make([][]any, len(things))
	for i, thing := range things {
		rows[i] = row(thing)
	}
	return rows
}

// caseRow is the case of a bad review.
func caseRow(r *review.Record, opened time.Time) []any {
	return []any{r.Slot, r.Serial, string(followup.Pending), r.Stars, r.Region, r.DepartmentCode, opened.UnixMicro()}
}

func fact(r *review.Record) figures.Fact {
	return figures.Fact{
		Region: r.Region, Department: r.DepartmentCode, Item: r.ItemCode, Officer: officer(r.HallCode, r.WorkNo), App: r.AppCode,
		Entity: r.EntityCode, Channel: r.Channel, Hall: r.HallCode, Window: r.WindowCode, Tags: r.Tags,
		Stars: r.Stars, AcceptStars: r.AcceptStars, DealStars: r.DealStars,
		Flagged: r.Flags != 0, Day: r.Day, Hour: r.EvalTime.In(beijing.Zone).Hour(), Weight: 1,
	}
}

// officer is the code an officer is counted by: a number is unique within its hall, the hotline's within itself.
func officer(hall, workNo string) string {
	if hall == "" || workNo == "" {
		return workNo
	}
	return hall + "-" + workNo
}

func stateColumn(r *review.Record) int {
	if r.Unverified {
		return int(review.Unverified)
	}
	return int(review.Counting)
}

// micros is UTC microseconds, or NULL for a time that was not told.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func optional(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// stateOf says what a record is to the one that holds its once-only key.
func stateOf(r *review.Record, holder []byte) review.State {
	if bytes.Equal(r.Identity[:], holder) {
		return review.Known
	}
	return review.Taken
}
