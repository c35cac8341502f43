// Package storetest holds a store on any engine against what it promises to the domains: every test runs on every
// engine.
package storetest

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

// Run tests one engine. empty gives the address of a fresh, empty database, copied that of a fresh one which begins as another
// that nobody has open.
func Run(t *testing.T, empty func(t testing.TB) string, copied func(t testing.TB, original string) string) {
	original := empty(t)
	prepare(t, original)
	run(t, empty, empty, migrationTests)
	prepared := func(t testing.TB) string { return copied(t, original) }
	for _, group := range [][]test{
		acceptTests, registerTests, listingTests, counterTests, closingTests, recountTests, affairTests, affairMatchTests, appTests, sharedTests, poisonTests, venueTests, sessionTests, withdrawTests, successionTests, storyTests, moderationTests,
		staffTests,
		caseTests, caseListTests, caseStoryTests,
		tagTests, scanTests,
		auditTests, jobTests, noticeTests,
		refusalTests, nonceTests, itemTests, againTests,
		searchTests,
		settingTests,
		integrityTests,
		keyTests, erasureTests,
		emptyTests,
		backupTests,
		slowTests,
	} {
		run(t, empty, prepared, group)
	}
}

func run(t *testing.T, empty, fresh func(t testing.TB) string, group []test) {
	for _, test := range group {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, &database{address: fresh(t), serials: review.NewSerials(clock), empty: empty})
		})
	}
}

// test is one promise. Its database holds nothing of anybody's: most begin with migrated.
type test struct {
	name string
	run  func(t *testing.T, d *database)
}

// now is the time in all tests but those of many processes: a Monday morning.
var now = time.Date(2026, 6, 15, 10, 0, 0, 0, beijing.Zone)

func clock() time.Time { return now }

// lanes is how many lanes the tests use, at most: more than one, so that their counters must be added up.
const lanes = 4

// database is a fresh database under test.
type database struct {
	address string
	serials *review.Serials
	empty   func(t testing.TB) string // one more, fresh and empty
	// What migrated sets.
	*store.Store
	registry *org.Registry
	raw      *sql.DB // beside the store, as nobody but a test may
}

// migrated migrates the database, opens it, and reads its registers.
func (d *database) migrated(t testing.TB) *database {
	t.Helper()
	d.Store, d.registry = d.process(t)
	d.raw = openRaw(t, d.address)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.registry.Replace(org.Guangdong(), nil)
	return d
}

// process opens the database as one more process does, whose registry is empty yet.
func (d *database) process(t testing.TB) (*store.Store, *org.Registry) {
	t.Helper()
	return d.processAt(t, clock)
}

// processAt is one more process with a clock of its own.
func (d *database) processAt(t testing.TB, clock func() time.Time) (*store.Store, *org.Registry) {
	t.Helper()
	registry := org.NewRegistry(nil, nil)
	opened, err := store.Open(t.Context(), store.Options{URL: d.address, Lanes: lanes, Registry: registry, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return opened, registry
}

func openRaw(t testing.TB, address string) *sql.DB {
	t.Helper()
	raw, err := rawOf(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := raw.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return raw
}

func rawOf(address string) (*sql.DB, error) {
	if store.IsEmbedded(address) {
		return sql.Open("sqlite", "file:"+filepath.ToSlash(store.EmbeddedFile(address))+"?_pragma=busy_timeout(20000)")
	}
	return sql.Open("pgx", address)
}

// exec runs a statement beside the store.
func (d *database) exec(t fataler, statement string, arguments ...any) {
	t.Helper()
	if _, err := d.raw.ExecContext(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// count counts the rows of a table.
func (d *database) count(t fataler, table string) (n int) {
	t.Helper()
	if err := d.raw.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatalf("count %s: %v", table, err)
	}
	return n
}

// rows reads a query as one map of columns a row; whole numbers are int64, bytes []byte, NULL nil.
func (d *database) rows(t fataler, query string, arguments ...any) []map[string]any {
	t.Helper()
	rows, err := d.raw.QueryContext(t.Context(), query, arguments...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	columns, err := rows.Columns()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var all []map[string]any
	for rows.Next() {
		values := make([]any, len(columns))
		fields := make([]any, len(columns))
		for i := range values {
			fields[i] = &values[i]
		}
		if err := rows.Scan(fields...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		row := map[string]any{}
		for i, name := range columns {
			row[name] = values[i]
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// accept stores a batch on lane 0 and fails the test when that can't be done.
func (d *database) accept(t fataler, records ...review.Record) []review.Outcome {
	t.Helper()
	return d.acceptOn(t, 0, records...)
}

func (d *database) acceptOn(t fataler, lane int, records ...review.Record) []review.Outcome {
	t.Helper()
	outcomes, err := d.Accept(t.Context(), lane, records)
	if err != nil {
		t.Fatalf("accept: %v", err)
	}
	if len(outcomes) != len(records) {
		t.Fatalf("got %d outcomes for %d records", len(outcomes), len(records))
	}
	return outcomes
}

// foldAll folds until nothing waits.
func (d *database) foldAll(t fataler) {
	t.Helper()
	if err := foldAll(t, d.Store); err != nil {
		t.Fatal(err)
	}
	if waiting := d.count(t, "counter_change"); waiting != 0 {
		t.Fatalf("after folding all %d changes wait", waiting)
	}
}

func foldAll(t fataler, s *store.Store) error {
	for range 1000 {
		if waiting, err := s.Fold(t.Context()); err != nil || waiting == 0 {
			return err
		}
	}
	return errors.New("folding does not come to an end")
}

// agrees fails the test when the counters are not what a recount of the records gives.
func (d *database) agrees(t fataler) {
	t.Helper()
	if difference := d.difference(t); len(difference) > 0 {
		t.Fatalf("counters differ from a recount: %v", difference)
	}
}
