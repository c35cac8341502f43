package storetest

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/keyring"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
)

var keyTests = []test{
	{"every sealed column is sealed again, whoever goes on with it, and opens meanwhile", resealEverything},
	{"a key seals only when every node that is alive knows it, and retires only when nobody seals with it", rotateAmongNodes},
	{"a key file that lacks a key in use, or has another one of its number, is refused with its number", refuseWrongKeys},
	{"what does not open stays, is told, and keeps its key from being retired", resealForged},
}

// ringed is one process with its key file.
type ringed struct {
	*keyring.Ring
	*keyring.Operator
	sealer *privacy.Sealer
	file   string
}

func (d *database) ringed(t *testing.T, s *store.Store, name, file string) *ringed {
	t.Helper()
	keys, err := privacy.ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	return &ringed{keyring.NewRing(s, sealer, file, name, keys, clock), keyring.NewOperator(s, file, clock), sealer, file}
}

func (r *ringed) again(sealed []byte, context string) ([]byte, error) {
	plain, err := r.sealer.Open(sealed, context)
	if err != nil {
		return nil, err
	}
	return r.sealer.Seal(plain, context), nil
}

func keyFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	done(t, privacy.CreateKeyFile(file))
	return file
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from) //nolint:gosec // the test's own file
	done(t, err)
	done(t, os.WriteFile(to, text, 0o600)) //nolint:gosec // the test's own file
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sealedRow is one value in one sealed column, and what it is bound to.
type sealedRow struct{ column, where, context string }

// fill stores a value in every sealed column but those of reviews and sessions, which others store.
func (d *database) fill(t *testing.T, sealer *privacy.Sealer) []sealedRow {
	t.Helper()
	seal := func(context string) []byte { return sealer.Seal([]byte("plain "+context), context) }
	d.exec(t, "INSERT INTO app (app_code, paasid, name, entities, require_digest, disabled, secret, old_secret, created_at) VALUES ('a1', 'p1', '', '', false, false, $1, $2, 0)",
		seal(integrator.SecretContext("a1")), seal(integrator.SecretContext("a1")))
	d.exec(t, `INSERT INTO staff (login, name, role, region_code, department_code, hall_code, seat_code, work_no, state, password, must_change, email, totp, totp_pending, totp_step, created_at, login_at, version)
		VALUES ('l1', '', '', '', '', '', '', '', '', '', false, $1, $2, $3, 0, 0, 0, 1)`,
		seal(identity.EmailContext("l1")), seal(identity.TOTPContext("l1")), seal(identity.TOTPContext("l1")))
	d.exec(t, `INSERT INTO subscription (id, channel, name, login, work_no, recipient, target, secret, events, region, department, hall, minutes, active, created_at, told_at, version)
		VALUES ('s1', '', '', '', '', '', $1, $2, '', '', '', '', 0, false, 0, 0, 1)`, seal(notice.TargetContext("s1")), seal(notice.SecretContext("s1")))
	d.exec(t, "INSERT INTO session (token, data, expires_at) VALUES ($1, $2, 9000000000000000)", []byte{1, 0xab}, seal("session:"+hex.EncodeToString([]byte{1, 0xab})))
	d.exec(t, "INSERT INTO affair_rejected (key, source, serial_no, sealed, at) VALUES ('k1', 'f1', '', $1, 0)", seal(affair.RejectedContext("f1", "k1")))
	d.exec(t, `INSERT INTO erasure (id, login, kind, wanted, reason, state, stage, place, before_at, reviews, affairs, rejected, cases, at, ended_at, version)
		VALUES ('e1', 'l1', '', $1, '', 3, 0, '', 0, 0, 0, 0, 0, 0, 0, 1)`, seal("erasure:e1"))
	d.exec(t, `INSERT INTO case_event (slot, serial, version, at, party, actor, name, move, state_from, state_to, claim, reached, assignee, words)
		VALUES (3, 'c1', 12, 0, '', '', '', '', '', '', '', 0, '', $1)`, seal(followup.WordsContext("c1", 12)))
	d.exec(t, "INSERT INTO case_file (slot, serial, id, kind, size, at, actor, name, content) VALUES (3, 'c1', 'f1', '', 0, 0, '', $1, $2)",
		seal(followup.NameContext("c1", "f1")), seal(followup.FileContext("c1", "f1")))
	d.exec(t, `INSERT INTO affair (slot, serial_no, source, content, app_code, item_code, item_name, department_code, department_name, region_sent, region_code, hall_code, window_code, work_no,
		result, done_time, sealed, reviewed, updated_at) VALUES (5, 'n1', '', $1, '', '', '', '', '', '', '', '', '', '', '', 0, $2, 0, 0)`, []byte{1}, seal(affair.SealedContext("n1")))
	return []sealedRow{
		{"app.secret", "app_code = 'a1'", integrator.SecretContext("a1")},
		{"app.old_secret", "app_code = 'a1'", integrator.SecretContext("a1")},
		{"staff.email", "login = 'l1'", identity.EmailContext("l1")},
		{"staff.totp", "login = 'l1'", identity.TOTPContext("l1")},
		{"staff.totp_pending", "login = 'l1'", identity.TOTPContext("l1")},
		{"subscription.target", "id = 's1'", notice.TargetContext("s1")},
		{"subscription.secret", "id = 's1'", notice.SecretContext("s1")},
		{"session.data", "1 = 1", "session:01ab"},
		{"affair_rejected.sealed", "key = 'k1'", affair.RejectedContext("f1", "k1")},
		{"erasure.wanted", "id = 'e1'", "erasure:e1"},
		{"case_event.words", "serial = 'c1'", followup.WordsContext("c1", 12)},
		{"case_file.name", "serial = 'c1'", followup.NameContext("c1", "f1")},
		{"case_file.content", "serial = 'c1'", followup.FileContext("c1", "f1")},
		{"affair.sealed", "serial_no = 'n1'", affair.SealedContext("n1")},
	}
}

// value reads a sealed value beside the store.
func (d *database) value(t *testing.T, r sealedRow) []byte {
	t.Helper()
	table, column, _ := strings.Cut(r.column, ".")
	sealed, _ := d.rows(t, "SELECT "+column+" FROM "+table+" WHERE "+r.where)[0][column].([]byte)
	return sealed
}

// reseal goes on with pieces until there is no more to do, and says how many values were sealed again and how many don't open.
func (r *ringed) reseal(t *testing.T, s *store.Store, each func()) (sealed, failed int) {
	t.Helper()
	for range 1000 {
		piece, err := s.Reseal(t.Context(), r.sealer.Active(), r.again)
		done(t, err)
		sealed, failed = sealed+piece.Sealed, failed+piece.Failed
		if !piece.Going {
			return sealed, failed
		}
		each()
	}
	t.Fatal("sealing again does not come to an end")
	return 0, 0
}

func resealEverything(t *testing.T, d *database) {
	d.migrated(t)
	a := d.ringed(t, d.Store, "a", keyFile(t))
	done(t, a.Join(t.Context()))
	rows := d.fill(t, a.sealer)
	var named []string
	for _, r := range rows {
		named = append(named, r.column)
	}
	for _, column := range store.SealedColumns() {
		if !slices.Contains(named, column) && column != "review.sealed" {
			t.Errorf("this test stores nothing in %s", column)
		}
	}
	const reviews = 450 // more than two pieces
	for n := 0; n < reviews; n += 50 {
		records := d.affairs(1000+n, 1000+n+50)
		for i := range records {
			records[i].Sealed = a.sealer.Seal([]byte("plain "+records[i].Serial), records[i].Serial)
			rows = append(rows, sealedRow{"review.sealed", "serial = '" + records[i].Serial + "'", records[i].Serial})
		}
		d.accept(t, records...)
	}
	for _, r := range rows {
		if sealed := d.value(t, r); len(sealed) < 2 || sealed[1] != 1 { // algorithm, key
			t.Fatalf("%s is not sealed with the first key", r.column)
		}
	}

	id, added, err := a.Add(t.Context())
	if err != nil || !added || id != 2 {
		t.Fatalf("add: %d, %v, %v", id, added, err)
	}
	if again, added, err := a.Add(t.Context()); err != nil || added || again != 2 {
		t.Fatalf("adding again goes on with the same one: %d, %v, %v", again, added, err)
	}
	done(t, a.Refresh(t.Context()))
	done(t, a.Activate(t.Context(), 2))
	if piece, err := d.Reseal(t.Context(), 1, a.again); err != nil || piece.Going {
		t.Fatalf("who seals with the former key seals nothing again: %+v, %v", piece, err)
	}
	if piece, err := d.Reseal(t.Context(), 2, a.again); err != nil || piece.Going {
		t.Fatalf("sealed again while a node still seals with the former key: %+v, %v", piece, err)
	}
	done(t, a.Refresh(t.Context()))
	if a.sealer.Active() != 2 {
		t.Fatal("the ring does not seal with the key that counts")
	}
	// Another process goes on wherever the first one was when it died, and everything opens meanwhile.
	other, _ := d.process(t)
	b := d.ringed(t, other, "b", a.file)
	done(t, b.Join(t.Context()))
	for range 8 {
		_, err := d.Reseal(t.Context(), 2, a.again)
		done(t, err)
	}
	pieces := 0
	sealed, failed := b.reseal(t, other, func() {
		if pieces++; pieces%5 == 1 {
			for _, i := range []int{0, 5, len(rows) - 1, len(rows) - 250} {
				if _, err := a.sealer.Open(d.value(t, rows[i]), rows[i].context); err != nil {
					t.Errorf("%s does not open meanwhile: %v", rows[i].column, err)
				}
			}
		}
	})
	if failed != 0 || sealed == 0 || sealed >= len(rows) {
		t.Errorf("the second process sealed %d of %d again, %d don't open", sealed, len(rows), failed)
	}
	counts, err := d.SealedWith(t.Context())
	done(t, err)
	total := int64(0)
	for _, c := range counts {
		if total += c.Values; c.Key != 2 {
			t.Errorf("%d of %s are still sealed with key %d", c.Values, c.Column, c.Key)
		}
	}
	if total != int64(len(rows)) {
		t.Errorf("%d values are sealed, want %d", total, len(rows))
	}
	kept, err := a.Retire(t.Context(), 1)
	done(t, err)
	held, err := privacy.ReadKeys(a.file)
	done(t, err)
	if held.Fingerprint(1) != "" || held.Active != 2 {
		t.Errorf("the key file holds %v, active %d", held.IDs(), held.Active)
	}
	if old, err := privacy.ReadKeys(kept); err != nil || old.Fingerprint(1) == "" {
		t.Errorf("the retired key is not kept: %v", err)
	}
	newer, err := privacy.NewSealer(held, privacy.SM4)
	done(t, err)
	for _, r := range rows {
		if plain, err := newer.Open(d.value(t, r), r.context); err != nil || string(plain) != "plain "+r.context {
			t.Errorf("%s: %q, %v", r.column, plain, err)
		}
	}
	if links := d.count(t, "audit"); links != 3 {
		t.Errorf("%d entries in the audit log, want those of adding, activating, retiring", links)
	}
}

func rotateAmongNodes(t *testing.T, d *database) {
	d.migrated(t)
	a := d.ringed(t, d.Store, "a", keyFile(t))
	done(t, a.Join(t.Context()))
	copied := filepath.Join(t.TempDir(), "key")
	copyFile(t, a.file, copied)
	other, _ := d.process(t)
	b := d.ringed(t, other, "b", copied)
	done(t, b.Join(t.Context()))
	id, _, err := a.Add(t.Context())
	done(t, err)
	done(t, a.Refresh(t.Context()))
	conflict(t, a.Activate(t.Context(), id), "b")
	if lacking, err := a.Lacking(t.Context(), id); err != nil || !slices.Equal(lacking, []string{"b"}) {
		t.Errorf("lacking: %v, %v", lacking, err)
	}
	copyFile(t, a.file, copied)
	done(t, b.Refresh(t.Context()))
	done(t, a.Activate(t.Context(), id))
	done(t, a.Refresh(t.Context()))
	sealed := a.sealer.Seal([]byte("x"), "c")
	if _, err := b.sealer.Open(sealed, "c"); err != nil || b.sealer.Active() == id {
		t.Errorf("b seals with %d and can't open what a sealed: %v", b.sealer.Active(), err)
	}
	_, err = a.Retire(t.Context(), 1)
	conflict(t, err, "b")
	_, err = a.Retire(t.Context(), id)
	conflict(t, err, "正在使用")
	// A node that gives no sign of life any more is not waited for.
	late, _ := d.processAt(t, func() time.Time { return now.Add(keyring.Alive + time.Second) })
	operator := keyring.NewOperator(late, a.file, clock)
	if lacking, err := operator.Lacking(t.Context(), id+1); err != nil || len(lacking) != 0 {
		t.Errorf("dead nodes are waited for: %v, %v", lacking, err)
	}
	if _, err := operator.Retire(t.Context(), 1); err != nil {
		t.Error(err)
	}
	// Who comes back with the file of before seals nothing unreadable.
	if err := b.Refresh(t.Context()); err != nil || b.sealer.Active() != id {
		t.Errorf("b comes back: seals with %d, %v", b.sealer.Active(), err)
	}
}

func refuseWrongKeys(t *testing.T, d *database) {
	d.migrated(t)
	a := d.ringed(t, d.Store, "a", keyFile(t))
	done(t, a.Join(t.Context()))
	before := filepath.Join(t.TempDir(), "before")
	copyFile(t, a.file, before)
	_, _, err := a.Add(t.Context())
	done(t, err)
	done(t, a.Refresh(t.Context()))
	done(t, a.Activate(t.Context(), 2))
	if err := d.ringed(t, d.Store, "b", before).Join(t.Context()); err == nil || !strings.Contains(err.Error(), "没有 2 号密钥") {
		t.Errorf("a file of before: %v", err)
	}
	keys, err := privacy.ReadKeys(before)
	done(t, err)
	done(t, privacy.ReplaceKeyFile(before, keys.With(2)))
	if err := d.ringed(t, d.Store, "b", before).Join(t.Context()); err == nil || !strings.Contains(err.Error(), "2 号密钥与数据库的不是同一个") {
		t.Errorf("another key of the same number: %v", err)
	}
	// A running process keeps what it has when its file goes bad.
	done(t, a.Refresh(t.Context()))
	done(t, os.WriteFile(a.file, []byte("{}"), 0o600))
	if err := a.Refresh(t.Context()); err == nil || a.sealer.Active() != 2 {
		t.Errorf("a bad file: %v, seals with %d", err, a.sealer.Active())
	}
}

func resealForged(t *testing.T, d *database) {
	d.migrated(t)
	a := d.ringed(t, d.Store, "a", keyFile(t))
	done(t, a.Join(t.Context()))
	d.fill(t, a.sealer)
	d.exec(t, "UPDATE affair SET sealed = $1", a.sealer.Seal([]byte("x"), "another record"))
	_, _, err := a.Add(t.Context())
	done(t, err)
	done(t, a.Refresh(t.Context()))
	done(t, a.Activate(t.Context(), 2))
	done(t, a.Refresh(t.Context()))
	if _, failed := a.reseal(t, d.Store, func() {}); failed != 2 { // in both passes
		t.Errorf("%d don't open, want the one in each of two passes", failed)
	}
	_, err = a.Retire(t.Context(), 1)
	conflict(t, err, "affair.sealed 1 条")
}

// conflict wants a fault.Conflict whose words hold a text.
func conflict(t *testing.T, err error, holds string) {
	t.Helper()
	var told *fault.Error
	if !errors.As(err, &told) || told.Kind != fault.Conflict || !strings.Contains(told.Message, holds) {
		t.Errorf("got %v, want a conflict that says %s", err, holds)
	}
}
