package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

var (
	affairInsertion = &insertion{table: "affair", columns: []column{
		{"serial_no", "text"},
		{"slot", "int2"},
		{"source", "text"},
		{"content", "bytea"},
		{"app_code", "text"},
		{"item_code", "text"},
		{"item_name", "text"},
		{"department_code", "text"},
		{"department_name", "text"},
		{"region_sent", "text"},
		{"region_code", "text"},
		{"hall_code", "text"},
		{"window_code", "text"},
		{"work_no", "text"},
		{"result", "text"},
		{"user_type", "int2"},
		{"certificate_type", "int2"},
		{"apply_time", "int8"},
		{"done_time", "int8"},
		{"certificate_index", "bytea"},
		{"sealed", "bytea"},
		{"reviewed", "int4"},
		{"updated_at", "int8"},
	}}
	affairChange   = &insertion{table: "affair", columns: affairInsertion.columns, keys: 2}
	reviewedChange = &insertion{table: "affair", columns: []column{{"serial_no", "text"}, {"slot", "int2"}, {"reviewed", "int4"}}, keys: 2}
)

// TakeAffairs stores a taking in one durable transaction; see affair.Store. Two that bring the same new affair at once wait
// for one another, and the one that comes second begins again.
func (s *Store) TakeAffairs(ctx context.Context, taking affair.Taking) ([]affair.State, error) {
	for attempt := 1; ; attempt++ {
		t := &affairTaking{store: s, Taking: &taking}
		err := s.writeOn(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
			*t = affairTaking{store: s, Taking: &taking}
			return t.run(ctx, conn, tx)
		})
		if errors.Is(err, errDuplicate) && attempt < attempts {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.known.learn(&t.registers)
		return t.states, nil
	}
}

// PreviewAffairs gives the states that TakeAffairs would give; see affair.Store.
func (s *Store) PreviewAffairs(ctx context.Context, records []affair.Record) ([]affair.State, error) {
	t := &affairTaking{store: s, Taking: &affair.Taking{Records: records}}
	err := s.snapshot(ctx, func(tx *sql.Tx) error { return t.compare(ctx, tx) })
	return t.states, err
}

// affairTaking is one attempt.
type affairTaking struct {
	*affair.Taking
	store     *Store
	states    []affair.State
	fresh     []*affair.Record // new ones, and those that change one that is there, each in order
	changed   []*affair.Record
	registers batch // codes to be registered
}

func (t *affairTaking) run(ctx context.Context, conn *sql.Conn, tx *sql.Tx) error {
	if err := t.store.engine.enter(ctx, tx); err != nil {
		return err
	}
	if err := t.compare(ctx, tx); err != nil {
		return err
	}
	insert := func(into *insertion, rows [][]any) error {
		if len(rows) == 0 {
			return nil
		}
		return t.store.engine.insertMany(ctx, tx, into, rows)
	}
	if len(t.fresh) > 0 {
		if err := t.store.engine.insertAffairs(ctx, conn, tx, t); err != nil {
			return err
		}
	}
	m := newMatching(t, t.store.known.registry.Successions())
	if err := m.run(ctx, tx); err != nil {
		return err
	}
	t.register()
	insertParts := func(parts []part) error {
		for _, part := range parts {
			if err := insert(part.into, part.rows); err != nil {
				return err
			}
		}
		return nil
	}
	if err := insertParts(slices.Concat(m.parts(), t.registers.registerParts())); err != nil {
		return err
	}
	if err := t.dropCorrected(ctx, tx); err != nil {
		return err
	}
	return insertParts(t.otherParts())
}

// compare tells which records are new or differ from what is there.
func (t *affairTaking) compare(ctx context.Context, tx *sql.Tx) error {
	t.states = make([]affair.State, len(t.Records))
	if len(t.Records) == 0 {
		return nil
	}
	if err := t.store.engine.byKeys(ctx, tx); err != nil {
		return err
	}
	contents := make(map[string]string, len(t.Records))
	rows, err := tx.QueryContext(ctx, "SELECT serial_no, content FROM affair WHERE "+t.store.engine.anyText("serial_no", "$1"), //nolint:gosec // the engine's own condition
		t.store.engine.texts(t.serials()))
	err = each(rows, err, func(rows *sql.Rows) error {
		var serial string
		var content []byte
		err := rows.Scan(&serial, &content)
		contents[serial] = string(content)
		return err
	})
	if err != nil {
		return err
	}
	type standing struct {
		stored string // as it is in the database, if it is there
		known  bool
		last   *affair.Record
	}
	standings := make(map[string]*standing, len(t.Records))
	for i := range t.Records {
		r := &t.Records[i]
		at := standings[r.SerialNo]
		if at == nil {
			at = &standing{}
			at.stored, at.known = contents[r.SerialNo]
			standings[r.SerialNo] = at
		}
		switch {
		case at.last == nil && !at.known:
			t.states[i] = affair.New
		case at.last == nil && at.stored == string(r.Content[:]), at.last != nil && at.last.Content == r.Content:
			t.states[i] = affair.Same
		default:
			t.states[i] = affair.Changed
		}
		at.last = r
	}
	for i := range t.Records {
		r := &t.Records[i]
		switch at := standings[r.SerialNo]; {
		case at.last != r:
		case !at.known:
			t.fresh = append(t.fresh, r)
		case at.stored != string(r.Content[:]):
			t.changed = append(t.changed, r)
		}
	}
	slices.SortFunc(t.fresh, compareAffairs)
	slices.SortFunc(t.changed, compareAffairs)
	return nil
}

func compareAffairs(a, b *affair.Record) int { return strings.Compare(a.SerialNo, b.SerialNo) }

// serials are the serial numbers of the records.
func (t *affairTaking) serials() []string {
	serials := make([]string, len(t.Records))
	for i := range t.Records {
		serials[i] = t.Records[i].SerialNo
	}
	return serials
}

// row is an affair's row in the order of affairInsertion.
func (t *affairTaking) row(r *affair.Record, reviewed int) []any {
	var certificate any
	if r.CertificateIndex != ([16]byte{}) {
		certificate = r.CertificateIndex[:]
	}
	sealed := r.Sealed
	if sealed == nil {
		sealed = []byte{}
	}
	return []any{
		r.SerialNo, r.Slot, r.Source, r.Content[:], r.AppCode, r.ItemCode, r.ItemName, r.DepartmentCode, r.DepartmentName,
		r.RegionCode, r.Region, r.HallCode, r.WindowCode, r.WorkNo, r.Result, optional(r.UserType), optional(r.CertificateType),
		micros(r.ApplyTime), r.DoneTime.UnixMicro(), certificate, sealed, reviewed, t.At.UnixMicro(),
	}
}

// copied is an affair's row for a COPY, the same as row.
func (t *affairTaking) copied(c copying, r *affair.Record) copying {
	c = c.row(len(affairInsertion.columns)).texts(r.SerialNo).int2(r.Slot).texts(r.Source).bytes(r.Content[:])
	c = c.texts(r.AppCode, r.ItemCode, r.ItemName, r.DepartmentCode, r.DepartmentName, r.RegionCode, r.Region, r.HallCode,
		r.WindowCode, r.WorkNo, r.Result)
	c = c.optional(r.UserType).optional(r.CertificateType).moment(r.ApplyTime).moment(r.DoneTime)
	if r.CertificateIndex == ([16]byte{}) {
		c = c.null()
	} else {
		c = c.bytes(r.CertificateIndex[:])
	}
	return c.bytes(r.Sealed).int4(0).moment(t.At)
}

// register finds the codes that are not registered yet.
func (t *affairTaking) register() {
	f := t.store.known.finder()
	for _, records := range [][]*affair.Record{t.fresh, t.changed} {
		for _, r := range records {
			f.add(r.RegionCode, r.Region, r.DepartmentCode, r.DepartmentName, r.ItemCode, r.ItemName)
		}
	}
	f.fill(&t.registers)
}

var (
	refusalInsertion = &insertion{
		table:   "affair_rejected",
		columns: []column{{"key", "text"}, {"source", "text"}, {"serial_no", "text"}, {"sealed", "bytea"}, {"at", "int8"}},
		conflict: `ON CONFLICT (key, source) DO UPDATE SET serial_no = excluded.serial_no, sealed = excluded.sealed,
			at = excluded.at`,
	}
	cursorInsertion = &insertion{
		table:    "affair_cursor",
		columns:  []column{{"source", "text"}, {"value", "text"}, {"key", "text"}, {"at", "int8"}},
		conflict: "ON CONFLICT (source) DO UPDATE SET value = excluded.value, key = excluded.key, at = excluded.at",
	}
)

// otherParts are the refusals, each once, and the cursor.
func (t *affairTaking) otherParts() (parts []part) {
	last := make(map[string]affair.Refusal, len(t.Refusals))
	for _, r := range t.Refusals {
		last[r.Key] = r
	}
	if refusals := sortedValues(last); len(refusals) > 0 {
		parts = append(parts, part{refusalInsertion, rowsOf(refusals, func(r affair.Refusal) []any {
			return []any{r.Key, t.Source, r.SerialNo, r.Sealed, t.At.UnixMicro()}
		})})
	}
	if c := t.Cursor; c != nil {
		parts = append(parts, part{cursorInsertion, [][]any{{t.Source, c.Value, c.Key, t.At.UnixMicro()}}})
	}
	return parts
}

// dropCorrected forgets refusals whose affairs have arrived now, of whatever source, and those that came again by name.
func (t *affairTaking) dropCorrected(ctx context.Context, tx *sql.Tx) error {
	keys := append(t.serials(), t.Corrects...)
	if len(keys) == 0 {
		return nil
	}
	var some bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM affair_rejected)").Scan(&some)
	if err != nil || !some {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM affair_rejected WHERE "+t.store.engine.anyText("key", "$1"), //nolint:gosec // the engine's own condition
		t.store.engine.texts(keys))
	return err
}

// readAffairs counts every affair, and with a look at the reviews those that are reviewed.
func readAffairs(ctx context.Context, tx *sql.Tx, into *figures.Recounting) error {
	rows, err := tx.QueryContext(ctx, `SELECT region_code, department_code, item_code, hall_code, window_code, work_no, app_code, source,
		done_time, EXISTS (SELECT 1 FROM review r WHERE r.kind = 'affair' AND r.subject = a.serial_no AND r.state <> $1) FROM affair a`, int(review.Withdrawn))
	return each(rows, err, func(rows *sql.Rows) error {
		var c review.Completed
		var app, source string
		var done int64
		var reviewed bool
		err := rows.Scan(&c.Region, &c.DepartmentCode, &c.ItemCode, &c.HallCode, &c.WindowCode, &c.WorkNo, &app, &source, &done, &reviewed)
		if err != nil {
			return err
		}
		c.DoneTime = time.UnixMicro(done)
		of := completion(&c, app, source)
		return into.AddCompletion(&of, reviewed)
	})
}
