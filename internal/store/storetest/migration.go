package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/pressly/goose/v3"
)

var migrationTests = []test{
	{"a database that is not migrated says what to do", unmigrated},
	{"migrating twice changes nothing", migrateTwice},
	{"a newer schema is worked on as long as it serves this program, then refused", newerSchema},
	{"an older program stores and counts while a newer one migrates and serves beside it", sideBySide},
	{"reference data is there from the start", referenceData},
	{"ready proves a durable write", ready},
	{"what can't be reached is unavailable", closed},
}

func registers() store.Registers {
	return store.Registers{
		Registry: org.NewRegistry(nil, nil), Entities: catalog.NewEntitySet(nil), Tags: catalog.NewTags(nil),
	}
}

func unmigrated(t *testing.T, d *database) {
	d.Store, _ = d.process(t)
	d.raw = openRaw(t, d.address)
	for range 2 { // asking does not migrate
		err := d.CheckSchema(t.Context())
		if err == nil || !strings.Contains(err.Error(), "haochaping migrate") {
			t.Fatalf("got %v, want the command that migrates", err)
		}
	}
	if err := d.Ready(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("ready: got %v, want it to be unavailable", err)
	}
	if err := d.Load(t.Context(), registers()); err == nil {
		t.Error("registers that are not there were loaded")
	}
	if made := d.definitions(t); len(made) > 0 { // doctor changes nothing, and a restore wants a database without tables
		t.Errorf("asking made %v", made)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.CheckSchema(t.Context()); err != nil {
		t.Errorf("once migrated: %v", err)
	}
}

func migrateTwice(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1), d.affair(2, stars(1)))
	d.foldAll(t)
	d.accept(t, d.affair(3))
	d.exec(t, "UPDATE region SET name = '另称' WHERE code = '440100000000'")
	d.exec(t, "UPDATE tag SET retired = true, name = '旧词' WHERE tag_id = '510'")
	d.exec(t, "UPDATE entity SET name = '另称', position = 9 WHERE code = 'egovAffair'")
	tables := map[string]string{
		"once": "serial", "review": "serial", "followup": "serial", "counter_change": "id", "region": "code", "department": "code",
		"item": "code", "entity": "code", "tag": "tag_id", "counter": "dimension, period, entity_code, channel, code", "counter_state": "id", "goose_db_version": "id",
	}
	read := func() map[string][]map[string]any {
		rows := map[string][]map[string]any{}
		for _, table := range slices.Collect(maps.Keys(tables)) {
			rows[table] = d.rows(t, "SELECT * FROM "+table+" ORDER BY "+tables[table])
		}
		return rows
	}
	before := read()
	other, _ := d.process(t)
	for _, migrate := range []*store.Store{d.Store, other} {
		d.exec(t, "DELETE FROM region WHERE code = '440103001000'") // what a program brings is there again
		if err := migrate.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := migrate.CheckSchema(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, read()); diff != "" {
		t.Error(diff)
	}
}

func newerSchema(t *testing.T, d *database) {
	d.migrated(t)
	const newer = store.OldestServed + 1000
	d.exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", newer, true)
	for _, step := range []struct {
		oldest string
		serves bool
	}{{fmt.Sprint(store.OldestServed), true}, {fmt.Sprint(newer), false}} {
		d.exec(t, "UPDATE setting SET value = $1 WHERE name = 'oldest program served'", step.oldest)
		for what, err := range map[string]error{"check": d.CheckSchema(t.Context()), "migrate": d.Migrate(t.Context())} {
			switch {
			case step.serves && err != nil:
				t.Errorf("%s, with %s: %v", what, step.oldest, err)
			case !step.serves && (err == nil || !strings.Contains(err.Error(), "请换用新版本的程序")):
				t.Errorf("%s, with %s: got %v, want what to do", what, step.oldest, err)
			}
		}
		if got := d.rows(t, "SELECT value FROM setting WHERE name = 'oldest program served'"); got[0]["value"] != step.oldest {
			t.Errorf("it serves %v, want %s as before", got, step.oldest)
		}
	}
}

// newerMigration is what the next version may do while this one goes on: all that docs/decisions.md allows an expanding step.
const newerMigration = `-- +goose Up
ALTER TABLE review ADD COLUMN newer text;
ALTER TABLE review ADD COLUMN newer_kind smallint NOT NULL DEFAULT 7;
ALTER TABLE counter_change ADD COLUMN newer bigint;
CREATE TABLE newer (id bigint NOT NULL PRIMARY KEY, said text NOT NULL);
CREATE INDEX review_newer ON review (newer_kind, eval_time, serial);
`

// sideBySide lets this program, as the older one, serve without a pause while a newer one brings the schema on and serves, too: both
// lanes store under load, what one stored the other knows, and counters agree.
func sideBySide(t *testing.T, d *database) {
	d.migrated(t)
	older := d.Store
	migrated, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; n < 40 || !closedChannel(migrated); n++ {
			if _, err := older.Accept(t.Context(), 0, []review.Record{d.affair(n, stars(1+n%5))}); err != nil {
				t.Errorf("the older one, review %d: %v", n, err)
			}
			if _, err := older.Fold(t.Context()); err != nil {
				t.Errorf("the older one folds: %v", err)
			}
			if err := older.Ready(t.Context()); err != nil {
				t.Errorf("the older one: %v", err)
			}
		}
	}()
	dialect := goose.DialectPostgres
	if store.IsEmbedded(d.address) {
		dialect = goose.DialectSQLite3
	}
	const number = store.OldestServed + 1000
	provider, err := goose.NewProvider(dialect, d.raw, fstest.MapFS{
		fmt.Sprintf("%05d_newer.sql", number): &fstest.MapFile{Data: []byte(newerMigration)},
	}, goose.WithAllowOutofOrder(true))
	if err != nil {
		t.Fatal(err)
	}
	_, err = provider.Up(t.Context())
	close(migrated)
	if err != nil {
		t.Errorf("the newer one migrates: %v", err)
	}
	newer, _ := d.process(t)
	if err := newer.CheckSchema(t.Context()); err != nil {
		t.Errorf("started on the newer schema: %v", err)
	}
	outcomes, err := newer.Accept(t.Context(), 1, []review.Record{d.affair(0), d.affair(1_000_000)})
	<-done
	if err != nil || outcomes[1].State != review.Stored {
		t.Errorf("beside it: %v, %v", outcomes, err)
	}
	if outcomes, err = older.Accept(t.Context(), 0, []review.Record{d.affair(1_000_000)}); err != nil || outcomes[0].State == review.Stored {
		t.Errorf("what the other one stored is stored again: %v, %v", outcomes, err)
	}
	if once, reviews := d.count(t, "once"), d.count(t, "review"); once != reviews || reviews < 41 {
		t.Errorf("%d reviews under %d keys", reviews, once)
	}
	d.agrees(t)
	d.foldAll(t)
	d.agrees(t)
}

func closedChannel(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func referenceData(t *testing.T, d *database) {
	d.migrated(t)
	for table, want := range map[string]int{
		"region": len(org.Guangdong()), "entity": len(catalog.Specified()) + len(catalog.Added()), "tag": len(catalog.National()),
		"department": 0, "item": 0, "app": 0, "review": 0,
	} {
		if got := d.count(t, table); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
}

func ready(t *testing.T, d *database) {
	d.migrated(t)
	if err := d.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{"id": int64(1), "at": now.UnixMicro()}}
	if diff := cmp.Diff(want, d.rows(t, "SELECT * FROM heartbeat")); diff != "" {
		t.Error(diff)
	}
	// A batch that was stored just now is a proof as well; only on a machine that stands still is it too old by the time it is asked.
	for n := range 10 {
		d.exec(t, "DELETE FROM heartbeat")
		storing, _ := d.process(t)
		if _, err := storing.Accept(t.Context(), 0, []review.Record{d.affair(n)}); err != nil {
			t.Fatal(err)
		}
		if err := storing.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d.count(t, "heartbeat") == 0 {
			return
		}
	}
	t.Error("one more durable write is made while reviews are stored")
}

func closed(t *testing.T, d *database) {
	d.migrated(t)
	if err := d.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Accept(t.Context(), 0, d.affairs(0, 1)); err == nil {
		t.Error("a closed store accepted a review")
	}
	if err := d.Ready(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("ready: got %v, want it to be unavailable", err)
	}
	var told *fault.Error
	if err := d.Ready(t.Context()); !errors.As(err, &told) || told.RetryAfter < time.Second {
		t.Errorf("ready: got %v, want when to come again", err)
	}
	if _, err := d.Newest(t.Context(), review.Listing{To: now, Limit: 1}); err == nil {
		t.Error("a closed store listed reviews")
	}
}
