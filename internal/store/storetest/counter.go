package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"pgregory.net/rapid"
)

var counterTests = []test{
	{"a sum is what counting the records would give, before, between and after folding", sums},
	{"what was accepted is in the figures at once, while others fold", sumsMeanwhile},
	{"a sum is whole while more waits than is kept in memory", sumFarBehind},
	{"folding twice changes nothing", foldTwice},
	{"two processes that fold side by side count once", foldSideBySide},
	{"lanes have counter rows of their own", laneRows},
}

// everywhere asks for the reviews of all regions in all time.
func everywhere(entity string) figures.Query {
	return figures.Query{
		Dimensions: []figures.Dimension{figures.Region(org.LevelAll)}, From: "0", To: "1", Entity: entity,
		Periods: []int{beijing.Month(beijing.Day(now)), beijing.Month(beijing.Day(now)) - 1},
	}
}

func (d *database) sum(t fataler, q figures.Query) []figures.Row {
	t.Helper()
	rows, err := d.Sum(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// total sums the rows of a query up.
func (d *database) total(t fataler, q figures.Query) int64 {
	t.Helper()
	var total int64
	for _, row := range d.sum(t, q) {
		total += row.Counts.Total()
	}
	return total
}

// chosen draws records of few codes and days, so that they meet in the counters.
func (d *database) chosen(t *rapid.T) []review.Record {
	records := make([]review.Record, rapid.IntRange(1, 12).Draw(t, "records"))
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	for n := range records {
		records[n] = d.affair(n, func(r *review.Record) {
			r.Region = pick("region", places...)
			r.DepartmentCode, r.ItemCode, r.WorkNo = pick("department", "", "D1", "D2"), pick("item", "", "I1", "I2"), pick("officer", "", "W1")
			r.AppCode, r.EntityCode, r.Channel = pick("app", "a1", "a2"), pick("entity", entities...), pick("channel", "portal", "yss")
			r.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"510", "207", "108"}), 0, 3, rapid.ID).Draw(t, "tags")
			r.Stars = rapid.IntRange(1, 5).Draw(t, "stars")
			r.AcceptStars, r.DealStars = rapid.IntRange(0, 5).Draw(t, "accept"), rapid.IntRange(0, 5).Draw(t, "deal")
			r.Flags = review.Flag(rapid.IntRange(0, 1).Draw(t, "flags"))
			r.EvalTime = now.AddDate(0, -rapid.IntRange(0, 2).Draw(t, "months"), -rapid.IntRange(0, 2).Draw(t, "days"))
		})
	}
	return records
}

// askedFor draws a query over such records. Its periods don't overlap.
func askedFor(t *rapid.T) figures.Query {
	q := figures.Query{
		Entity:  rapid.SampledFrom(append(entities, "", "")).Draw(t, "of entity"),
		Channel: rapid.SampledFrom([]string{"", "", "", "portal", "yss", "none"}).Draw(t, "of channel"),
		Split:   figures.Split{Entity: rapid.Bool().Draw(t, "by entity"), Channel: rapid.Bool().Draw(t, "by channel"), Period: rapid.Bool().Draw(t, "by period")},
		To:      "\U0010FFFF",
	}
	dimensions := []figures.Dimension{figures.Department, figures.Item, figures.Officer, figures.App, figures.FlaggedApp}
	for level := org.LevelAll; level <= org.LevelVillage; level++ {
		dimensions = append(dimensions, figures.Region(level), figures.Tag(level))
	}
	q.Dimensions = rapid.SliceOfNDistinct(rapid.SampledFrom(dimensions), 1, 5, rapid.ID).Draw(t, "dimensions")
	switch rapid.SampledFrom([]string{"all", "below", "between", "one"}).Draw(t, "bounds") {
	case "below":
		q.From, q.To = org.Range(rapid.SampledFrom(places).Draw(t, "parent"))
	case "between":
		between := rapid.SampledFrom([][2]string{{"D1", "D2"}, {"I1", "I2"}, {"a1", "a2"}, {"440100000000", "440300000000"}}).Draw(t, "codes")
		q.From, q.To = between[0], between[1]
	case "one":
		q.From = rapid.SampledFrom([]string{"D1", "I2", "W1", "a1", "0", "440100000000", "440106000000/510"}).Draw(t, "code")
		q.To = q.From + "\x01"
	}
	for months := range 3 {
		first := now.AddDate(0, -months, 0)
		switch rapid.SampledFrom([]string{"not at all", "as a month", "by days"}).Draw(t, "month") {
		case "as a month":
			q.Periods = append(q.Periods, beijing.Month(beijing.Day(first)))
		case "by days":
			for days := range rapid.IntRange(1, 3).Draw(t, "days of it") {
				q.Periods = append(q.Periods, beijing.Day(first.AddDate(0, 0, -days)))
			}
		}
	}
	return q
}

// counted is the sum by its definition: every record is looked at for every dimension and period asked for.
func counted(records []review.Record, q figures.Query) []figures.Row {
	sums := map[figures.Row]figures.Counts{}
	count := func(r *review.Record, code string, stars int) {
		if code == "" || code < q.From || code >= q.To || q.Entity != "" && q.Entity != r.EntityCode || q.Channel != "" && q.Channel != r.Channel {
			return
		}
		for _, period := range q.Periods {
			if period != r.Day && period != r.Day/100 {
				continue
			}
			at := figures.Row{Code: code}
			if q.Split.Entity {
				at.Entity = r.EntityCode
			}
			if q.Split.Channel {
				at.Channel = r.Channel
			}
			if q.Split.Period {
				at.Period = period
			}
			sum := sums[at]
			sum[stars-1]++
			sums[at] = sum
		}
	}
	for i := range records {
		r := &records[i]
		officerStars, departmentStars := r.Stars, r.Stars
		if r.AcceptStars != 0 {
			officerStars = r.AcceptStars
		}
		if r.DealStars != 0 {
			departmentStars = r.DealStars
		}
		for _, dimension := range q.Dimensions {
			switch dimension {
			case figures.Department:
				count(r, r.DepartmentCode, departmentStars)
			case figures.Item:
				count(r, r.ItemCode, r.Stars)
			case figures.Officer:
				count(r, r.WorkNo, officerStars)
			case figures.App:
				count(r, r.AppCode, r.Stars)
			case figures.FlaggedApp:
				if r.Flags != 0 {
					count(r, r.AppCode, r.Stars)
				}
			default:
				for _, place := range org.Ancestors(r.Region) {
					if dimension == figures.Region(place.Level) {
						count(r, place.Code, r.Stars)
					}
					if dimension == figures.Tag(place.Level) {
						for _, tag := range r.Tags {
							count(r, place.Code+"/"+tag, r.Stars)
						}
					}
				}
			}
		}
	}
	rows := make([]figures.Row, 0, len(sums))
	for row, counts := range sums {
		row.Counts = counts
		rows = append(rows, row)
	}
	slices.SortFunc(rows, figures.Row.Compare)
	return rows
}

func sums(t *testing.T, d *database) {
	d.migrated(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, table := range []string{"once", "review", "followup", "counter_change", "counter"} {
			d.exec(t, "DELETE FROM "+table)
		}
		records := d.chosen(t)
		holds := func(when string, stored int) {
			q := askedFor(t)
			if diff := cmp.Diff(counted(records[:stored], q), d.sum(t, q)); diff != "" {
				t.Fatalf("%s, %+v: %s", when, q, diff)
			}
		}
		half := len(records) / 2
		if half > 0 {
			d.acceptOn(t, 0, records[:half]...)
			holds("before folding", half)
			d.foldAll(t)
			holds("folded", half)
		}
		d.acceptOn(t, 1, records[half:]...)
		holds("half folded", len(records))
		d.foldAll(t)
		holds("all folded", len(records))
		d.agrees(t)
	})
}

func sumsMeanwhile(t *testing.T, d *database) {
	d.migrated(t)
	folder, _ := d.process(t)
	stop, folding := make(chan struct{}), sync.WaitGroup{}
	defer folding.Wait()
	defer close(stop)
	folding.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := folder.Fold(t.Context()); err != nil {
				t.Errorf("fold: %v", err)
				return
			}
		}
	})
	// Two reviews a batch, so that changes come one by one; another folds them away meanwhile.
	for n := 0; n < 160; n += 2 {
		d.acceptOn(t, n/2%lanes, d.affair(n), d.affair(n+1))
		if got := d.total(t, everywhere("egovAffair")); got != int64(n+2) {
			t.Errorf("after %d reviews the figure is %d", n+2, got)
			break
		}
	}
	d.agrees(t)
}

// counters are the counter rows as they are stored.
func (d *database) counters(t fataler) []map[string]any {
	t.Helper()
	return d.rows(t, "SELECT * FROM counter ORDER BY dimension, period, entity_code, channel, code, lane")
}

// sumFarBehind has a place in the counters, and the same in five thousand changes that wait.
func sumFarBehind(t *testing.T, d *database) {
	d.migrated(t)
	const waiting = 5000
	d.accept(t, d.affair(0), d.affair(1))
	d.foldAll(t)
	d.accept(t, d.affair(2))
	d.exec(t, fmt.Sprintf(`INSERT INTO counter_change (lane, id, facts) WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < %d)
		SELECT lane, id || '-' || CAST(n AS text), facts FROM counter_change, n`, waiting))
	rows := d.sum(t, everywhere(""))
	if len(rows) != 1 || rows[0].Counts.Total() != 2+waiting {
		t.Errorf("got %+v, want one row of %d", rows, 2+waiting)
	}
}

func foldTwice(t *testing.T, d *database) {
	d.migrated(t)
	for lane := range lanes {
		for n := range 5 {
			d.acceptOn(t, lane, d.affair(lane*10+n), d.affair(lane*10+n+5, stars(2)))
		}
	}
	_, before := d.recounted(t)
	if got := d.count(t, "counter"); got != 0 {
		t.Fatalf("%d counter rows are there before folding", got)
	}
	d.foldAll(t)
	once := d.counters(t)
	if len(once) == 0 {
		t.Fatal("folding made no counter rows")
	}
	_, after := d.recounted(t)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("folding changed counters: %s", diff)
	}
	if waiting, err := d.Fold(t.Context()); err != nil || waiting != 0 {
		t.Errorf("folding again: %d wait, %v", waiting, err)
	}
	if diff := cmp.Diff(once, d.counters(t)); diff != "" {
		t.Errorf("folding again changed rows: %s", diff)
	}
	d.agrees(t)
}

func foldSideBySide(t *testing.T, d *database) {
	d.migrated(t)
	const batches = 200
	for n := range batches {
		d.acceptOn(t, n%2, d.affair(n, stars(n%5+1)))
	}
	processes := []*store.Store{d.Store}
	for range 2 {
		other, _ := d.process(t)
		processes = append(processes, other)
	}
	start, folding := make(chan struct{}), sync.WaitGroup{}
	for _, process := range processes {
		folding.Go(func() {
			<-start
			if err := foldAll(t, process); err != nil {
				t.Errorf("fold: %v", err)
			}
		})
	}
	close(start)
	folding.Wait()
	if got := d.count(t, "counter_change"); got != 0 {
		t.Errorf("%d changes wait", got)
	}
	if got := d.total(t, everywhere("")); got != batches {
		t.Errorf("the figure is %d, want %d", got, batches)
	}
	d.agrees(t)
}

func laneRows(t *testing.T, d *database) {
	d.migrated(t)
	for lane := range 3 {
		d.acceptOn(t, lane, d.affair(lane))
	}
	d.foldAll(t)
	got := d.rows(t, "SELECT lane, n5 FROM counter WHERE dimension = 10 AND code = '0' AND period = $1 ORDER BY lane", beijing.Day(now))
	var want []map[string]any
	for lane := range 3 {
		want = append(want, map[string]any{"lane": int64(lane), "n5": int64(1)})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := d.sum(t, everywhere("")); len(got) != 1 || got[0].Counts[4] != 3 {
		t.Errorf("the sum is %v, want one row of 3", got)
	}
}
