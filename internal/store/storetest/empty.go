package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var emptyTests = []test{
	{"only a database of the test environment is emptied", emptyRefuses},
	{"whoever shows figures sees that a database was emptied", emptySeen},
	{"codes that were emptied are registered again, also by a process beside", emptyRegistersAgain},
	{"what comes while a database is emptied is there whole or not at all", emptyMeanwhile},
	{"a review that comes in the middle of emptying waits", emptyInTheMiddle},
	{"emptying and a review of an unknown affair do not wait in a circle", emptyWithoutCircle},
}

// emptied empties a database of the test environment.
func (d *database) emptied(t fataler) {
	t.Helper()
	if _, err := d.Claim(t.Context(), store.Environment, "test"); err != nil {
		t.Fatal(err)
	}
	if err := d.Empty(t.Context(), "test"); err != nil {
		t.Fatalf("empty: %v", err)
	}
}

func emptyRefuses(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1))
	for _, environment := range []string{"", "production"} {
		if environment != "" {
			if _, err := d.Claim(t.Context(), store.Environment, environment); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Empty(t.Context(), "test"); !errors.Is(err, store.ErrNotTest) {
			t.Errorf("environment %q: got %v, want a refusal", environment, err)
		}
	}
	if got := d.count(t, "review"); got != 1 {
		t.Errorf("got %d reviews, want the one that was there", got)
	}
}

func emptySeen(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affairs(0, 10)...)
	d.take(t, d.completed(1), d.completed(20))
	d.foldAll(t)
	version := func() string {
		v, err := d.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	d.emptied(t)
	if got := d.count(t, "audit WHERE action = 'database.empty'"); got != 1 {
		t.Errorf("%d entries of the audit log say so, want 1", got)
	}
	if after := version(); after == before {
		t.Errorf("the version of the figures is %s before and after", after)
	}
	if got := d.total(t, everywhere("")); got != 0 {
		t.Errorf("%d reviews are counted, want none", got)
	}
	for _, table := range []string{"once", "review", "followup", "affair", "counter", "counter_change"} {
		if got := d.count(t, table); got != 0 {
			t.Errorf("%s holds %d rows, want none", table, got)
		}
	}
	d.agrees(t)
}

func emptyRegistersAgain(t *testing.T, d *database) {
	d.migrated(t)
	beside := *d
	beside.Store, beside.registry = d.process(t)
	registered := map[string]string{"region": "440199000000", "department": "D1", "item": "I1"}
	for n, process := range []*database{d, &beside} {
		into := store.Registers{Registry: process.registry, Entities: catalog.NewEntitySet(nil), Tags: catalog.NewTags(nil)}
		for again := range 2 {
			process.accept(t, d.affair(10*n+again, told("440199", "D1", "部门", "I1")))
			for table, code := range registered {
				if got := d.rows(t, "SELECT code FROM "+table+" WHERE code = $1 AND pending", code); len(got) != 1 {
					t.Errorf("process %d, emptied %d times: %s %s is not registered", n, again, table, code)
				}
			}
			d.emptied(t)
			if err := process.Load(t.Context(), into); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func emptyMeanwhile(t *testing.T, d *database) {
	d.migrated(t)
	beside, _ := d.process(t)
	d.emptied(t)
	const batches = 40 // of each lane, and of affairs
	var coming sync.WaitGroup
	defer coming.Wait()
	for lane := range min(lanes, d.MaxLanes()) {
		coming.Go(func() {
			for n := lane; n < batches*lanes; n += lanes {
				guide := func(r *review.Record) { r.Kind, r.Subject = review.Guide, itemCode }
				if _, err := beside.Accept(t.Context(), lane, []review.Record{d.affair(2*n, stars(n%5+1)), d.affair(2*n+1, stars(n%5+1), guide)}); err != nil {
					t.Errorf("accept: %v", err)
				}
			}
		})
	}
	coming.Go(func() {
		for n := range batches {
			var records []affair.Record
			for i := range 20 { // new ones, and every other time changed ones
				records = append(records, d.completed(i+20*(n/2), func(r *affair.Record) { r.ItemName = fmt.Sprintf("第%d版", n) }))
			}
			if _, err := beside.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: records, At: now}); err != nil {
				t.Errorf("take affairs: %v", err)
			}
		}
	})
	for range 5 {
		d.emptied(t)
		d.agrees(t)
	}
	coming.Wait()
	d.agrees(t)
	if once, reviews := d.count(t, "once"), d.count(t, "review"); once != reviews {
		t.Errorf("there are %d keys of %d reviews", once, reviews)
	}
	d.emptied(t)
	d.foldAll(t)
	if got := d.total(t, everywhere("")); got != 0 {
		t.Errorf("%d reviews are counted, want none", got)
	}
	d.agrees(t)
}

// emptyInTheMiddle stops emptying behind the facts and before the records, where a review would leave facts without a record.
func emptyInTheMiddle(t *testing.T, d *database) {
	if store.IsEmbedded(d.address) {
		return // SQLite has one writer
	}
	d.migrated(t)
	d.accept(t, d.affairs(0, 3)...)
	if _, err := d.Claim(t.Context(), store.Environment, "test"); err != nil {
		t.Fatal(err)
	}
	d.behindLock(t, "withdrawal",
		func() error { return d.Empty(t.Context(), "test") },
		func() error {
			_, err := d.Accept(t.Context(), 0, d.affairs(3, 6))
			return err
		})
	d.agrees(t)
	if got := d.total(t, everywhere("")); got != 3 {
		t.Errorf("%d reviews are counted, want the three that came later", got)
	}
}

// emptyWithoutCircle begins to empty while a review has its key and neither its record nor looked for its affair.
func emptyWithoutCircle(t *testing.T, d *database) {
	if store.IsEmbedded(d.address) {
		return // SQLite has one writer
	}
	d.migrated(t)
	d.emptied(t)
	d.strangers(t, 0)
	deadlocks := func() any {
		return d.rows(t, "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()")[0]["n"]
	}
	before := deadlocks()
	d.behindLock(t, "review",
		func() error {
			_, err := d.Accept(t.Context(), 0, d.affairs(100, 101)) // as the strangers were: its statements are prepared
			return err
		},
		func() error { return d.Empty(t.Context(), "test") })
	d.agrees(t)
	if got := deadlocks(); got != before {
		t.Errorf("there were %v deadlocks before and are %v", before, got)
	}
}

// behindLock begins first and then second, each when the one before waits, while a table is kept from who writes it, and lets go.
func (d *database) behindLock(t *testing.T, table string, first, second func() error) {
	t.Helper()
	stop, err := d.raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stop.Rollback() //nolint:errcheck // it is only held
	if _, err := stop.ExecContext(t.Context(), "LOCK TABLE "+table+" IN SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	const waiting = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	var begun []<-chan error
	for n, do := range []func() error{first, second} {
		done := make(chan error, 1)
		go func() { done <- do() }()
		begun = append(begun, done)
		for deadline := time.Now().Add(30 * time.Second); len(done) == 0 && d.rows(t, waiting)[0]["n"] != int64(n+1); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("nobody waits: %v", d.rows(t, waiting))
			}
		}
	}
	if err := stop.Rollback(); err != nil {
		t.Fatal(err)
	}
	for _, done := range begun {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
