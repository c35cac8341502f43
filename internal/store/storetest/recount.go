package storetest

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

var recountTests = []test{
	{"a recount finds what is wrong and its difference repairs it", repair},
	{"a snapshot counts every record once", snapshot},
	{"a recount is of one moment", recountMeanwhile},
}

// recounted are the counters that records give, and those that are kept.
func (d *database) recounted(t fataler) (records, counters figures.Tally) {
	t.Helper()
	records, counters = figures.Tally{}, figures.Tally{}
	err := d.Recount(t.Context(), func(key figures.Key, r, c figures.Counts) error {
		for tally, counts := range map[*figures.Tally]figures.Counts{&records: r, &counters: c} {
			if counts != (figures.Counts{}) {
				(*tally)[key] = counts
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, counters
}

// difference is what must be added to counters.
func (d *database) difference(t fataler) figures.Tally {
	t.Helper()
	difference := figures.Tally{}
	_, err := figures.Recount(t.Context(), d.Store, func(key figures.Key, by figures.Counts) error {
		difference[key] = by
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return difference
}

func repair(t *testing.T, d *database) {
	d.migrated(t)
	for lane := range 2 {
		d.acceptOn(t, lane, d.affair(lane), d.affair(lane+10, stars(1)))
	}
	d.foldAll(t)
	d.accept(t, d.affair(20))
	d.agrees(t)

	day := beijing.Day(now)
	key := func(dimension figures.Dimension, code string) figures.Key {
		return figures.Key{Dimension: dimension, Period: day, Code: code, Entity: "egovAffair", Channel: "portal"}
	}
	one := "WHERE code = $1 AND period = $2 AND lane = 1 AND dimension >= 10"
	d.exec(t, "UPDATE counter SET n5 = n5 + 3 "+one, department, day)
	d.exec(t, "DELETE FROM counter "+one, county, day)
	d.exec(t, "INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5) "+
		"VALUES (23, $1, 'ghost', 'egovAffair', 'portal', 0, 0, 0, 2, 0, 0)", day)
	want := figures.Tally{
		key(figures.Department, department):          {4: -3},
		key(figures.Region(org.LevelCounty), county): {0: 1, 4: 1},
		key(figures.App, "ghost"):                    {2: -2},
	}
	sum := figures.Key{Dimension: figures.Hall, Period: 2026061, Code: "ghost", Entity: figures.Any, Channel: figures.Any}
	d.exec(t, "INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5) "+
		"VALUES (25, 2026061, 'ghost', '*', '*', -1, 0, 0, 0, 2, 0)")
	want[sum] = figures.Counts{3: -2}
	difference := d.difference(t)
	if diff := cmp.Diff(want, difference); diff != "" {
		t.Fatal(diff)
	}
	if err := d.Adjust(t.Context(), difference); err != nil {
		t.Fatal(err)
	}
	d.agrees(t)
	if err := d.Adjust(t.Context(), figures.Tally{}); err != nil {
		t.Errorf("nothing to repair: %v", err)
	}
	noted := d.rows(t, "SELECT action, after FROM audit ORDER BY number")
	if diff := cmp.Diff([]map[string]any{{"action": "counters.repair", "after": "改正统计数：4"}}, noted); diff != "" {
		t.Errorf("the audit log: %s", diff)
	}
	q := figures.Query{Dimensions: []figures.Dimension{figures.Department}, From: department, To: department + "\x01", Periods: []int{day}}
	if diff := cmp.Diff([]figures.Row{{Code: department, Counts: figures.Counts{2, 0, 0, 0, 3}}}, d.sum(t, q)); diff != "" {
		t.Errorf("the repaired figure: %s", diff)
	}
}

func snapshot(t *testing.T, d *database) {
	d.migrated(t)
	r := d.affair(1, stars(2), func(r *review.Record) {
		r.WorkNo, r.AcceptStars, r.DealStars, r.Flags, r.Tags = "W1", 3, 2, review.TimesOutOfOrder, []string{"207"}
	})
	d.accept(t, r)
	d.accept(t, d.again(r))
	facts := figures.Merged{}
	facts.Add(&figures.Fact{
		Region: county, Department: department, Item: itemCode, Officer: "W1", App: "app1", Entity: "egovAffair", Channel: "portal",
		Tags: []string{"207"}, Stars: 2, AcceptStars: 3, DealStars: 2, Flagged: true, Day: r.Day, Hour: 9, Weight: 1,
	})
	facts.AddCases(&figures.Case{Region: county, Department: department, Entity: "egovAffair", Channel: "portal", Day: r.Day}, figures.Counts{1})
	want := facts.Counters(d.kept(t))
	records, counters := d.recounted(t)
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("records: %s", diff)
	}
	if diff := cmp.Diff(want, counters); diff != "" {
		t.Errorf("counters: %s", diff)
	}
}

func recountMeanwhile(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	done := make(chan struct{})
	defer func() { <-done }()
	go func() {
		defer close(done)
		for n := range 60 {
			if _, err := other.Accept(t.Context(), 0, []review.Record{d.affair(n)}); err != nil {
				t.Errorf("accept: %v", err)
			}
			if _, err := other.Fold(t.Context()); err != nil {
				t.Errorf("fold: %v", err)
			}
		}
	}()
	for going := true; going; {
		select {
		case <-done:
			going = false
		default:
		}
		d.agrees(t)
	}
	if got := d.count(t, "review"); got != 60 {
		t.Errorf("%d reviews are stored, want 60", got)
	}
}

// minus is by how much a tally is above another one, where it is not the same.
func minus(a, b figures.Tally) figures.Tally {
	difference := maps.Clone(a)
	for key, counts := range b {
		by := counts.Negative()
		by.Add(difference[key])
		difference[key] = by
	}
	maps.DeleteFunc(difference, func(_ figures.Key, by figures.Counts) bool { return by == figures.Counts{} })
	return difference
}
