package storetest

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/pressly/goose/v3"
	"pgregory.net/rapid"
)

var closingTests = []test{
	{"sums are right however many days are closed, for who knows of it and who does not", sumsWhileClosing},
	{"processes that accept, fold and close side by side count once", closeSideBySide},
	{"a day that is not over is not closed", closeInTime},
	{"the clock jumps forwards and back", clockJumps},
	{"an empty database has nothing to close", nothingToClose},
	{"hours are counted of today and of the last closed day", hours},
	{"the version is another one when a figure may be", version},
	{"a database of before keeps its figures", migrateCounters},
}

// kept says which counters there are.
func (d *database) kept(t fataler) (kept figures.Kept) {
	t.Helper()
	err := d.raw.QueryRowContext(t.Context(), "SELECT through, hours FROM counter_state").Scan(&kept.Through, &kept.Hours)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// openFrom makes it that no day after through is closed, as it was when that day had just ended. What is open then must not
// have been counted yet.
func (d *database) openFrom(t fataler, through int) {
	t.Helper()
	d.exec(t, "UPDATE counter_state SET through = $1", through)
}

func closeDays(t fataler, s *store.Store, most int) {
	t.Helper()
	for range most {
		closed, err := s.CloseDay(t.Context())
		if err != nil {
			t.Fatalf("close a day: %v", err)
		}
		if !closed {
			return
		}
	}
}

func sumsWhileClosing(t *testing.T, d *database) {
	d.migrated(t)
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"once", "review", "followup", "counter_change", "counter"} {
			d.exec(rt, "DELETE FROM "+table)
		}
		d.openFrom(rt, beijing.AddDays(20260331, rapid.IntRange(0, 70).Draw(rt, "days closed")))
		reader, _ := d.process(t)
		closer, _ := d.process(t)
		defer reader.Close() //nolint:errcheck // closed again in the end, which tells
		defer closer.Close() //nolint:errcheck // closed again in the end, which tells
		if _, err := reader.Sum(rt.Context(), everywhere("")); err != nil {
			rt.Fatal(err)
		}
		records := d.chosen(rt)
		stored := 0
		for step := range 6 {
			switch rapid.SampledFrom([]string{"accept", "fold", "close"}).Draw(rt, "step") {
			case "accept":
				if next := stored + rapid.IntRange(0, len(records)-stored).Draw(rt, "accepted"); next > stored {
					d.acceptOn(rt, step%2, records[stored:next]...)
					stored = next
				}
			case "fold":
				if err := foldAll(rt, closer); err != nil {
					rt.Fatal(err)
				}
			case "close":
				closeDays(rt, closer, rapid.IntRange(1, 80).Draw(rt, "closed"))
			}
			q := askedFor(rt)
			want := counted(records[:stored], q)
			for name, s := range map[string]*store.Store{"who closed": closer, "who does not know": reader} {
				got, err := s.Sum(rt.Context(), q)
				if err != nil {
					rt.Fatal(err)
				}
				if diff := cmp.Diff(want, got, equateEmpty); diff != "" {
					rt.Fatalf("%s, %+v: %s", name, q, diff)
				}
			}
		}
		d.agrees(rt)
	})
}

var equateEmpty = cmp.Transformer("none", func(rows []figures.Row) []figures.Row { return slices.Clone(rows) })

func closeSideBySide(t *testing.T, d *database) {
	d.migrated(t)
	d.openFrom(t, beijing.AddDays(beijing.Day(now), -60))
	const batches, workers = 60, 3
	stop, working := make(chan struct{}), sync.WaitGroup{}
	for range workers {
		other, _ := d.process(t)
		working.Go(func() {
			for {
				if _, err := other.Fold(t.Context()); err != nil {
					t.Errorf("fold: %v", err)
				}
				if _, err := other.CloseDay(t.Context()); err != nil {
					t.Errorf("close: %v", err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	q := everywhere("")
	for n := range batches {
		d.acceptOn(t, n%lanes, d.affair(2*n, daysAgo(n)), d.affair(2*n+1, daysAgo(n), func(r *review.Record) { r.Region = places[n%len(places)] }))
		if got := d.total(t, figures.Query{Dimensions: q.Dimensions, From: q.From, To: q.To, Periods: []int{202603, 202604, 202605, 202606}}); got != int64(2*n+2) {
			t.Errorf("after %d reviews the figure is %d", 2*n+2, got)
			break
		}
	}
	close(stop)
	working.Wait()
	d.foldAll(t)
	closeDays(t, d.Store, 100)
	if got, want := d.kept(t).Through, beijing.AddDays(beijing.Day(now), -1); got != want {
		t.Errorf("closed through %d, want %d", got, want)
	}
	d.agrees(t)
}

func closeInTime(t *testing.T, d *database) {
	at := now
	d.migrated(t)
	d.openFrom(t, 20260612)
	s, _ := d.processAt(t, func() time.Time { return at })
	want := func(through int, closed ...bool) {
		t.Helper()
		for _, want := range closed {
			if got, err := s.CloseDay(t.Context()); got != want || err != nil {
				t.Errorf("closed %v, %v; want %v", got, err, want)
			}
		}
		if got := d.kept(t).Through; got != through {
			t.Errorf("closed through %d, want %d", got, through)
		}
	}
	want(20260614, true, true, false, false)
	at = time.Date(2026, 6, 15, 23, 59, 59, 0, beijing.Zone)
	want(20260614, false)
	at = time.Date(2026, 6, 16, 0, 0, 0, 0, beijing.Zone)
	want(20260615, true, false)
	at = now // a clock that was put back opens nothing
	want(20260615, false)
}

func nothingToClose(t *testing.T, d *database) {
	d.migrated(t)
	if got, want := d.kept(t), (figures.Kept{Through: 20260614}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	d.accept(t, d.affair(1), d.affair(2, daysAgo(40)))
	d.foldAll(t)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if closed, err := d.CloseDay(t.Context()); closed || err != nil {
		t.Errorf("closed %v, %v", closed, err)
	}
	d.agrees(t)
}

func hours(t *testing.T, d *database) {
	d.migrated(t)
	at := now
	s, _ := d.processAt(t, func() time.Time { return at })
	hour := func(day, hour int) func(*review.Record) {
		return func(r *review.Record) { r.EvalTime = beijing.DayStart(day).Add(time.Duration(hour) * time.Hour) }
	}
	d.accept(t, d.affair(1, hour(20260613, 9)), d.affair(2, hour(20260614, 23)), d.affair(3, hour(20260615, 0)), d.affair(4, hour(20260615, 9)),
		d.affair(5, hour(20260615, 9), func(r *review.Record) { r.EntityCode = "egovGuide" }))
	q := figures.Query{
		Dimensions: []figures.Dimension{figures.Region(org.LevelCity)}, From: "440100000000", To: "440100000001", Split: figures.Split{Period: true},
		Periods: []int{2026061409, 2026061423, 2026061500, 2026061508, 2026061509},
	}
	row := func(period int, n int64) figures.Row {
		return figures.Row{Code: "440100000000", Period: period, Counts: figures.Counts{4: n}}
	}
	for _, when := range []string{"before folding", "folded"} {
		if diff := cmp.Diff([]figures.Row{row(2026061423, 1), row(2026061500, 1), row(2026061509, 2)}, d.sum(t, q)); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
		d.agrees(t)
		d.foldAll(t)
	}
	q.Entity, q.Split.Channel = "egovAffair", true
	want := row(2026061509, 1)
	want.Channel = "portal"
	if got := d.sum(t, q); len(got) != 3 || got[2] != want {
		t.Errorf("of an evaluation object: got %v", got)
	}
	at = at.AddDate(0, 0, 1)
	closeDays(t, s, 10)
	d.accept(t, d.affair(6, hour(20260614, 9))) // too late for its hour
	d.foldAll(t)
	wanted := []map[string]any{{"period": int64(2026061500)}, {"period": int64(2026061509)}}
	if diff := cmp.Diff(wanted, d.rows(t, "SELECT DISTINCT period FROM counter WHERE period > 99999999 ORDER BY period")); diff != "" {
		t.Errorf("a day later: %s", diff)
	}
	d.agrees(t)
}

func version(t *testing.T, d *database) {
	d.migrated(t)
	seen := map[string]bool{}
	fresh := func(when string, want bool) {
		t.Helper()
		got, err := d.Version(t.Context())
		if err != nil || seen[got] == want {
			t.Errorf("%s: the version is %q, %v", when, got, err)
		}
		seen[got] = true
	}
	fresh("at first", true)
	fresh("again", false)
	for n := range 3 {
		d.acceptOn(t, n%2, d.affair(n))
		fresh(fmt.Sprint("after review ", n), true)
	}
	d.accept(t, d.again(d.affair(1)))
	fresh("after a review that is known", false)
	d.take(t, d.completed(50))
	fresh("after an affair", true)
	d.foldAll(t)
	fresh("folded", true) // it need not be, but it must not be one of before: those have other figures
	d.foldAll(t)
	fresh("when nothing is to be folded", false)
	d.accept(t, d.affair(7))
	fresh("after one more", true)
	if err := d.Adjust(t.Context(), figures.Tally{}); err != nil {
		t.Fatal(err)
	}
	fresh("repaired", true)
}

// migrateCounters goes back to the schema in which months were counted with their days, and forth again.
func migrateCounters(t *testing.T, d *database) {
	d.migrated(t)
	var batch []review.Record
	for n := range 40 {
		given := n%5 + 1
		if n >= 20 {
			given = n%3 + 3 // cases that wait are not counted by an older program
		}
		batch = append(batch, d.affair(n, daysAgo(2*n), stars(given), func(r *review.Record) {
			r.Region, r.EntityCode, r.Channel, r.HallCode = places[n%len(places)], entities[n%3], []string{"portal", "yss"}[n%2], hallCode
		}))
	}
	d.acceptOn(t, 0, batch[:10]...)
	d.acceptOn(t, 1, batch[10:20]...)
	d.take(t, d.completed(60), d.completed(61), d.completed(62)) // of no review
	d.foldAll(t)
	d.acceptOn(t, 1, batch[20:]...)

	dialect, folder := goose.DialectPostgres, "postgres"
	if store.IsEmbedded(d.address) {
		dialect, folder = goose.DialectSQLite3, "sqlite"
	}
	before, err := goose.NewProvider(dialect, d.raw, os.DirFS("migrations/"+folder))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.DownTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	months := d.rows(t, "SELECT DISTINCT period FROM counter WHERE dimension = 20 AND period < 1000000 ORDER BY period")
	if len(months) != 2 {
		t.Fatalf("months of before: %v", months)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := d.kept(t), (figures.Kept{Through: beijing.AddDays(batch[len(batch)-1].Day, -1), Hours: 20260616}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	holds := func(when string) {
		t.Helper()
		s, _ := d.process(t)
		for range 20 {
			q := rapid.Custom(askedFor).Example()
			got, err := s.Sum(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(counted(batch, q), got, equateEmpty); diff != "" {
				t.Fatalf("%s, %+v: %s", when, q, diff)
			}
		}
		d.agrees(t)
	}
	holds("migrated")
	closeDays(t, d.Store, 30)
	holds("partly closed")
	d.foldAll(t)
	closeDays(t, d.Store, 100)
	holds("all closed")
}

// daysAgo is a review that was made some days before.
func daysAgo(n int) func(*review.Record) {
	return func(r *review.Record) { r.EvalTime = now.AddDate(0, 0, -n) }
}
