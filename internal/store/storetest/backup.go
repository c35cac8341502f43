package storetest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/pressly/goose/v3"
)

var backupTests = []test{
	{"a backup made while reviews come in is restored whole, and goes on", restoredWhole},
	{"a restore that fails leaves the database empty", restoreFails},
	{"a restore that did not end is refused by all but a restore", restoreHalf},
	{"a backup is restored only into an empty database of its engine and no older program", restoreRefused},
	{"a backup of an older schema is brought up to date", restoreOlder},
}

// elsewhere is a fresh, empty database of the same engine.
func (d *database) elsewhere(t testing.TB) *database {
	t.Helper()
	return &database{address: d.empty(t), serials: d.serials, empty: d.empty}
}

func (d *database) options() store.Options {
	return store.Options{URL: d.address, Lanes: lanes, Registry: org.NewRegistry(nil, nil), Now: clock}
}

// backUp makes a backup, and gives it opened.
func (d *database) backUp(t *testing.T) *backup.Reader {
	t.Helper()
	return d.backUpWhile(t, func() {})
}

// while is a source during whose writing down something happens.
type while struct {
	backup.Source
	happens func()
}

func (w while) Dump(ctx context.Context, begin func(backup.Content) (io.Writer, error)) error {
	return w.Source.Dump(ctx, func(c backup.Content) (io.Writer, error) {
		w.happens()
		return begin(c)
	})
}

func (d *database) backUpWhile(t *testing.T, happens func()) *backup.Reader {
	t.Helper()
	keys := privacy.NewKeys()
	file := filepath.Join(t.TempDir(), "a"+backup.Extension)
	if _, err := backup.Make(t.Context(), file, &backup.Making{Source: while{d.Store, happens}, Keys: keys, Algorithm: privacy.AES, Now: clock}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := backup.Verify(file, keys); err != nil {
		t.Fatal(err)
	}
	r, err := backup.Open(file, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func restoredWhole(t *testing.T, d *database) {
	d.migrated(t)
	d.notes(t, audit.Entry{Action: "app.create", Object: "app:a"})
	d.exec(t, "INSERT INTO session (token, data, expires_at) VALUES ($1, $1, 1)", []byte{1})
	const before = 90
	reviews, stop := d.affairs(0, 6000), make(chan struct{})
	enough, ended := make(chan struct{}), make(chan int)
	go func() { // as one more process would, three at a time, one of them bad
		n := 0
		defer func() { ended <- n }()
		for n < len(reviews) {
			select {
			case <-stop:
				return
			default:
			}
			reviews[n].Stars = 1
			if _, err := d.Accept(t.Context(), 0, reviews[n:n+3]); err != nil {
				t.Errorf("accept: %v", err)
			}
			if n%15 == 0 {
				if _, err := d.Fold(t.Context()); err != nil {
					t.Errorf("fold: %v", err)
				}
			}
			if n += 3; n == before {
				close(enough)
			}
		}
	}()
	<-enough
	late := d.affair(9999) // comes when the moment of the backup is over
	made := d.backUpWhile(t, func() { d.accept(t, late) })
	close(stop)
	last := <-ended

	to := d.elsewhere(t)
	if err := store.Vacant(t.Context(), to.options(), made.Content); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), to.options(), &made.Head, made); err != nil {
		t.Fatal(err)
	}
	to.migrated(t)
	to.agrees(t)
	if diff := cmp.Diff(d.definitions(t), to.definitions(t)); diff != "" {
		t.Errorf("tables, indexes and keys are not what they were: %s", diff)
	}
	stored := to.count(t, "review")
	t.Logf("%d reviews before the backup, %d in it, %d at its end", before, stored, last)
	if stored < before || stored > last || stored%3 != 0 {
		t.Errorf("%d reviews are restored; %d came before the backup, %d in all, three at a time", stored, before, last)
	}
	if bad, keys := to.count(t, "followup"), to.count(t, "once"); bad != stored/3 || keys != stored {
		t.Errorf("%d cases and %d keys of %d reviews", bad, keys, stored)
	}
	var again []review.Record
	var want []review.Outcome
	for i := range before {
		again = append(again, to.again(reviews[i]))
		want = append(want, review.Outcome{Serial: reviews[i].Serial, State: review.Known})
	}
	if diff := cmp.Diff(want, to.accept(t, again...)); diff != "" {
		t.Errorf("reviews that were acknowledged before the backup: %s", diff)
	}
	if diff := cmp.Diff([]review.Outcome{{Serial: late.Serial, State: review.Stored}}, to.accept(t, late)); diff != "" {
		t.Errorf("a review that came after the moment of the backup: %s", diff)
	}
	to.accept(t, reviews[:last]...) // those that came after it are sent again: none collides, none is twice
	to.foldAll(t)
	to.agrees(t)
	if got := to.count(t, "review"); got != last+1 {
		t.Errorf("%d reviews are stored in the end, want %d", got, last+1)
	}
	if got := to.count(t, "session"); got != 0 {
		t.Errorf("%d sessions go on", got)
	}
	if got := to.verdict(t); got != "sound" {
		t.Errorf("the audit chain: %s", got)
	}
	if got := to.count(t, "audit WHERE action = 'backup.restore'"); got != 1 {
		t.Errorf("%d entries say that it was restored", got)
	}
}

// definitions are those of the indexes and keys, as the engine tells them.
func (d *database) definitions(t *testing.T) []map[string]any {
	t.Helper()
	if store.IsEmbedded(d.address) {
		return d.rows(t, "SELECT name, sql FROM sqlite_schema ORDER BY name")
	}
	return d.rows(t, `SELECT indexname, indexdef, (SELECT string_agg(conname || ' ' || pg_get_constraintdef(c.oid), ';' ORDER BY conname) FROM pg_constraint c
			WHERE c.conrelid = (i.tablename)::regclass) AS keys
		FROM pg_indexes i WHERE schemaname = 'public' ORDER BY indexname`)
}

// failing reads so much and fails then.
type failing struct {
	io.Reader
	left int
	fail func() error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, f.fail()
	}
	n, err := f.Reader.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, err
}

func restoreFails(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affairs(0, 50)...)
	wrong := errors.New("the disk of the backup is gone")
	to := d.elsewhere(t)
	made := d.backUp(t)
	err := store.Restore(t.Context(), to.options(), &made.Head, &failing{made, 20_000, func() error { return wrong }})
	if !errors.Is(err, wrong) {
		t.Fatalf("got %v", err)
	}
	if store.IsEmbedded(to.address) {
		left, err := os.ReadDir(filepath.Dir(store.EmbeddedFile(to.address)))
		if err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
	} else {
		to.raw = openRaw(t, to.address)
		if tables := to.count(t, "pg_tables WHERE schemaname = 'public'"); tables != 0 {
			t.Errorf("%d tables are left", tables)
		}
	}
	made = d.backUp(t)
	if err := store.Restore(t.Context(), to.options(), &made.Head, made); err != nil {
		t.Fatal(err)
	}
	if to.migrated(t); to.count(t, "review") != 50 {
		t.Errorf("%d reviews are restored, want 50", to.count(t, "review"))
	}
}

func restoreHalf(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affairs(0, 50)...)
	to := d.elsewhere(t)
	made := d.backUp(t)
	refused := func() {
		t.Helper()
		s, err := store.Open(t.Context(), to.options())
		if err == nil {
			for name, do := range map[string]func(context.Context) error{
				"CheckSchema": s.CheckSchema, "Migrate": s.Migrate,
				"Dump": func(ctx context.Context) error { return s.Dump(ctx, nil) },
			} {
				if err := do(t.Context()); err == nil || !strings.Contains(err.Error(), "恢复没有完成") {
					t.Errorf("%s: got %v", name, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		} else if !strings.Contains(err.Error(), "恢复没有完成") {
			t.Errorf("open: got %v", err)
		}
	}
	looked := false
	done := make(chan error, 1)
	end := errors.New("end")
	go func() {
		done <- store.Restore(t.Context(), to.options(), &made.Head, &failing{made, 20_000, func() error {
			if !looked { // it stands still in the middle
				looked = true
				refused()
				other := d.backUp(t)
				if err := store.Restore(t.Context(), to.options(), &other.Head, other); err == nil || !strings.Contains(err.Error(), "另一个进程") {
					t.Errorf("a second restore beside the first: got %v", err)
				}
			}
			return end
		}})
	}()
	if err := <-done; !errors.Is(err, end) || !looked {
		t.Fatal(err)
	}
	// What a process leaves that is killed.
	if store.IsEmbedded(to.address) {
		name := store.EmbeddedFile(to.address) + ".restoring"
		log, err := os.ReadFile(store.EmbeddedFile(d.address) + "-wal")                                                                             // it would be played into the restored file
		if err := errors.Join(err, os.WriteFile(name, []byte("half"), 0o600), os.WriteFile(name+"-wal", log, 0o600)); err != nil || len(log) == 0 { //nolint:gosec // the test's own file
			t.Fatal(err, len(log))
		}
	} else {
		to.raw = openRaw(t, to.address)
		to.exec(t, "CREATE TABLE half_restored (id smallint)")
		to.exec(t, "CREATE TABLE review (half text)")
	}
	refused()
	d.accept(t, d.affair(50))
	made = d.backUp(t)
	if err := store.Restore(t.Context(), to.options(), &made.Head, made); err != nil {
		t.Fatal(err)
	}
	to.migrated(t)
	to.agrees(t)
	if got := to.count(t, "review"); got != 51 {
		t.Errorf("%d reviews are restored, want 51", got)
	}
}

func restoreRefused(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1))
	made := d.backUp(t)
	to := d.elsewhere(t)
	other := map[string]string{"sqlite": "postgres", "postgres": "sqlite"}[made.Engine]
	for _, tt := range []struct {
		name string
		into *database
		head backup.Content
		want string
	}{
		{"a database with reviews", d, made.Content, "只能恢复到空的数据库"},
		{"another engine", to, backup.Content{Engine: other, Schema: made.Schema}, "不能恢复到"},
		{"a newer schema", to, backup.Content{Engine: made.Engine, Schema: made.Schema + 1}, "更新的版本"},
	} {
		head := made.Head
		head.Content = tt.head
		err := store.Restore(t.Context(), tt.into.options(), &head, made)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	if store.IsEmbedded(to.address) { // the log of a database that was here would be played into the restored one
		if err := os.WriteFile(store.EmbeddedFile(to.address)+"-wal", []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := store.Restore(t.Context(), to.options(), &made.Head, made); fault.KindOf(err) != fault.Conflict {
			t.Errorf("beside a foreign log: got %v", err)
		}
	}
	if got := d.count(t, "review"); got != 1 {
		t.Errorf("the database that was refused has %d reviews", got)
	}
}

func restoreOlder(t *testing.T, d *database) {
	const older = 7
	d = d.elsewhere(t)
	d.Store, _ = d.process(t)
	d.raw = openRaw(t, d.address)
	dialect, folder := goose.DialectPostgres, "postgres"
	if store.IsEmbedded(d.address) {
		dialect, folder = goose.DialectSQLite3, "sqlite"
	}
	provider, err := goose.NewProvider(dialect, d.raw, os.DirFS(filepath.Join("migrations", folder)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	d.exec(t, "INSERT INTO setting (name, value) VALUES ('environment', 'test')")
	made := d.backUp(t)
	if made.Schema != older {
		t.Errorf("the backup says schema %d, want %d", made.Schema, older)
	}
	to := d.elsewhere(t)
	if err := store.Restore(t.Context(), to.options(), &made.Head, made); err != nil {
		t.Fatal(err)
	}
	to.Store, _ = to.process(t)
	if err := to.CheckSchema(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := to.Claim(t.Context(), store.Environment, "production"); err != nil || got != "test" {
		t.Errorf("the environment is %q, %v", got, err)
	}
}
