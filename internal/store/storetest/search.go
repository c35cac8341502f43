package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var searchTests = []test{
	{"a search is what looking at all reviews would give, page by page", searches},
	{"a search that reads a bounded number of reviews goes on where it stopped, and misses none", boundedSearches},
	{"reviews without an affair and those whose data is doubtful are found", searchesOfData},
	{"a found review is read whole", foundWhole},
	{"every search walks an index in order", searchPlans},
}

// searchedPlaces are regions of every level; the town of the last lies right below its city.
var searchedPlaces = []string{
	"440100000000", "440106000000", "440106001000", "440106001002", "440106002000", "440103000000", "440300000000", "440305000000", "441900003000",
}

// searched stores reviews of all kinds and gives them newest first.
func (d *database) searched(t *testing.T, n int) []review.Found {
	t.Helper()
	d.migrated(t)
	var records []review.Record
	for i := range n {
		records = append(records, d.affair(i, stars(i%5+1), func(r *review.Record) {
			r.Region = searchedPlaces[i%len(searchedPlaces)]
			r.EntityCode, r.Channel = entities[i/2%len(entities)], []string{"portal", "hall-qr", "yss"}[i/3%3]
			r.DepartmentCode, r.AppCode = fmt.Sprintf("D%d", i%4), fmt.Sprintf("app%d", i%3)
			if i%2 == 0 {
				r.HallCode, r.WindowCode = fmt.Sprintf("H%d", i%6), fmt.Sprintf("H%dW%d", i%6, i%3)
			}
			r.Tags = [][]string{{"510"}, {"510", "513"}, {"5101", "Ab1"}, {"aB1"}, nil}[i%5]
			r.EvalTime = now.Add(-time.Duration(i%11) * time.Hour)
			r.Unverified = i%13 == 5
		}))
	}
	for some := range slices.Chunk(records, 25) {
		d.accept(t, some...)
	}
	var found []review.Found
	for i, r := range records {
		validity := review.Counting
		switch {
		case r.Unverified:
			validity = review.Unverified
		case i%17 == 3:
			d.withdraw(t, r.Serial)
			validity = review.Withdrawn
		}
		found = append(found, review.Found{Facts: r.Facts, Serial: r.Serial, Region: r.Region, Validity: validity})
	}
	slices.SortFunc(found, func(a, b review.Found) int {
		return newestFirst(review.Record{Facts: a.Facts, Serial: a.Serial}, review.Record{Facts: b.Facts, Serial: b.Serial})
	})
	return found
}

// fits is a search by its definition.
func fits(f *review.Found, q *review.Query) bool {
	is := func(wanted, value string) bool { return wanted == "" || wanted == value }
	return (q.RegionFrom == "" || q.RegionFrom <= f.Region && f.Region < q.RegionTo) &&
		is(q.Department, f.DepartmentCode) && is(q.Hall, f.HallCode) && is(q.Window, f.WindowCode) &&
		is(q.Entity, f.EntityCode) && is(q.Channel, f.Channel) && is(q.App, f.AppCode) &&
		(q.Stars == 0 || q.Stars == f.Stars) && (!q.Bad || f.Stars <= 2) && (q.Tag == "" || slices.Contains(f.Tags, q.Tag)) &&
		(q.Validity == 0 || q.Validity == f.Validity) && (q.Number == "" || q.Number == f.Serial || q.Number == f.Subject) &&
		(q.From.IsZero() || !f.EvalTime.Before(q.From)) && (q.To.IsZero() || f.EvalTime.Before(q.To))
}

func region(code string) func(*review.Query) {
	return func(q *review.Query) { q.RegionFrom, q.RegionTo = org.Range(code) }
}

// chosenSearch is a search by some conditions of every kind.
func chosenSearch(r *rand.Rand, all []review.Found) (q review.Query) {
	one := &all[r.IntN(len(all))]
	for _, set := range []func(){
		func() {
			region(append(searchedPlaces, "440000000000", "450000000000")[r.IntN(len(searchedPlaces)+2)])(&q)
		},
		func() { q.Department = one.DepartmentCode },
		func() { q.Hall = one.HallCode },
		func() { q.Window = one.WindowCode },
		func() { q.Stars = one.Stars },
		func() { q.Bad = true },
		func() { q.Tag = []string{"510", "51", "%", "5_0", "5101", "Ab1", "aB1", "ab1"}[r.IntN(8)] },
		func() { q.Entity = one.EntityCode },
		func() { q.Channel = one.Channel },
		func() { q.App = one.AppCode },
		func() { q.Validity = one.Validity },
		func() { q.Number = []string{one.Serial, one.Subject, "nothing"}[r.IntN(3)] },
		func() { q.From = now.Add(-time.Duration(r.IntN(12)) * time.Hour) },
		func() { q.To = now.Add(-time.Duration(r.IntN(12)) * time.Hour) },
	} {
		if r.IntN(5) == 0 {
			set()
		}
	}
	return q
}

// pagesOf are the serial numbers that a search gives, page by page.
func (d *database) pagesOf(t *testing.T, q review.Query) (serials []string, pages int) {
	t.Helper()
	serials = []string{}
	for range 1000 {
		page, err := d.SearchReviews(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for i := range page.Found {
			serials = append(serials, page.Found[i].Serial)
		}
		if len(page.Found) > q.Limit || len(page.Found) < q.Limit && page.Next != nil && !page.Cut {
			t.Fatalf("%+v: a page of %d, and more: %v", q, len(page.Found), page.Next)
		}
		if q.After = page.Next; page.Next == nil {
			return serials, pages
		}
	}
	t.Fatalf("%+v: the pages do not end", q)
	return nil, 0
}

func searches(t *testing.T, d *database) {
	all := d.searched(t, 180)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same searches every time
	found := 0
	for range 300 {
		q := chosenSearch(r, all)
		want := []string{}
		for i := range all {
			if fits(&all[i], &q) {
				want = append(want, all[i].Serial)
			}
		}
		q.Limit = 1 + r.IntN(40)
		got, _ := d.pagesOf(t, q)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v: %s", q, diff)
		}
		found += min(len(got), 1)
	}
	if found < 60 {
		t.Errorf("only %d searches found anything", found)
	}
}

func boundedSearches(t *testing.T, d *database) {
	all := d.searched(t, 120)
	for name, q := range map[string]review.Query{
		"channel": {Channel: "yss"}, "tag in a city": {Tag: "513", RegionFrom: "440100000000", RegionTo: "4401:"},
		"nothing": {App: "other"}, "hall": {Hall: "H2", Stars: 5},
	} {
		want := []string{}
		for i := range all {
			if fits(&all[i], &q) {
				want = append(want, all[i].Serial)
			}
		}
		q.Limit, q.Read = 50, 7
		got, pages := d.pagesOf(t, q)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if pages < 2 {
			t.Errorf("%s: it came back after %d pages, want more: it may read 7 reviews at a time", name, pages)
		}
	}
}

func searchesOfData(t *testing.T, d *database) {
	d.migrated(t)
	ago := func(days int) func(*review.Record) {
		return func(r *review.Record) { r.EvalTime, r.Region = now.AddDate(0, 0, -days), searchedPlaces[days%2] }
	}
	doubtful := func(flag review.Flag) func(*review.Record) { return func(r *review.Record) { r.Flags = flag } }
	records := []review.Record{
		d.affair(0, ago(0)), d.affair(1, ago(1), doubtful(review.TimesOutOfOrder)), d.affair(2, ago(2)),
		d.affair(3, ago(3), func(r *review.Record) { r.Kind = review.Guide }), d.affair(4, ago(4), func(r *review.Record) { r.Unverified = true }),
		d.affair(5, ago(5)), d.affair(6, ago(6), doubtful(review.DoneAfterReview), func(r *review.Record) { r.Kind = review.Hotline }),
	}
	d.accept(t, records...)
	d.take(t, d.completed(2))
	d.withdraw(t, records[5].Serial)
	for _, c := range []struct {
		name string
		q    review.Query
		want string
	}{
		{"without an affair", review.Query{Orphan: true}, "0 1 4"},
		{"without an affair for two days", review.Query{Orphan: true, To: now.AddDate(0, 0, -1)}, "4"},
		{"without an affair, in a county", review.Query{Orphan: true, RegionFrom: "440106000000", RegionTo: "440106:"}, "1"},
		{"doubtful: one was done after its review", review.Query{Doubtful: true}, "1 2 6"},
		{"doubtful and without an affair", review.Query{Doubtful: true, Orphan: true}, "1"},
	} {
		want := []string{}
		for _, n := range strings.Fields(c.want) {
			want = append(want, records[n[0]-'0'].Serial)
		}
		c.q.Limit = 2
		got, _ := d.pagesOf(t, c.q)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func foundWhole(t *testing.T, d *database) {
	d.migrated(t)
	r := d.affair(1, func(r *review.Record) {
		r.HallCode, r.WindowCode, r.WorkNo, r.Flags = "H1", "H1W1", "007", review.TimesOutOfOrder
		r.EvalTime = r.EvalTime.Add(654321 * time.Microsecond)
	})
	bare := d.affair(2, func(r *review.Record) {
		r.UserType, r.CertificateType, r.ApplyTime, r.DoneTime, r.Tags = nil, nil, time.Time{}, time.Time{}, nil
	})
	d.accept(t, r, bare)
	for _, r := range []review.Record{r, bare} {
		got, ok, err := d.FindReview(t.Context(), r.Serial)
		if err != nil || !ok {
			t.Fatalf("got %v, %v", ok, err)
		}
		want := review.Found{
			Facts: r.Facts, Serial: r.Serial, Region: r.Region, Validity: review.Counting, Flags: r.Flags, ReceivedAt: r.ReceivedAt, Sealed: r.Sealed,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		page, err := d.SearchReviews(t.Context(), review.Query{Number: r.Subject, Limit: 2})
		if err != nil || len(page.Found) != 1 || page.Next != nil {
			t.Fatalf("by its number got %v, %v", page, err)
		}
		if diff := cmp.Diff(want, page.Found[0]); diff != "" {
			t.Error(diff)
		}
	}
	for _, serial := range []string{"", "x", d.serials.Next(3)} {
		if _, ok, err := d.FindReview(t.Context(), serial); ok || err != nil {
			t.Errorf("%q: got %v, %v, want nothing", serial, ok, err)
		}
	}
}

// searchPlans wants each kind of search to read its index from the newest on, without sorting all that fits.
func searchPlans(t *testing.T, d *database) {
	d.searched(t, 180)
	// Thousands more of the same, beside the store: an engine chooses by how many there are.
	d.exec(t, `INSERT INTO review (slot, identity, serial, kind, app_code, entity_code, channel, subject, item_code, item_name, department_code, department_name,
			region_sent, region_code, work_no, stars, accept_stars, deal_stars, tags, day, eval_time, flags, person_index, certificate_index, sealed,
			received_at, hall_code, window_code, state)
		WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
		SELECT r.slot, r.identity, r.serial || CAST(n AS text), r.kind, r.app_code, r.entity_code, r.channel, r.subject || CAST(n AS text), r.item_code, r.item_name,
			'D' || CAST(n % 50 AS text), r.department_name, r.region_sent, CASE WHEN n % 10 = 7 THEN '4402' || CAST(10000000 + n / 10 % 80 * 1000 AS text) ELSE '44' || CAST(1000 + n % 9 * 100 + n / 9 % 10 AS text) || '001000' END, r.work_no,
			CASE WHEN n % 1000 = 0 THEN 1 ELSE 5 END, 0, 0, r.tags, r.day, r.eval_time - n * CAST(1000000 AS bigint), r.flags, r.person_index, r.certificate_index, r.sealed,
			r.received_at, CASE WHEN n % 3 = 0 THEN 'H' || CAST(n % 60 AS text) ELSE '' END, '', CASE WHEN n % 900 = 0 THEN 3 ELSE 1 END
		FROM (SELECT * FROM review ORDER BY serial LIMIT 1) AS r, n`)
	d.exec(t, "ANALYZE review")
	for name, c := range map[string]struct {
		index string
		q     review.Query
	}{
		"everywhere": {"review_newest", review.Query{}},
		"province":   {"review_newest", review.Query{RegionFrom: "440000000000", RegionTo: "44:"}},
		"city":       {"review_region_newest", review.Query{RegionFrom: "441000000000", RegionTo: "4410:"}},
		"county":     {"review_region_newest", review.Query{RegionFrom: "441005000000", RegionTo: "441005:"}},
		"town":       {"review_region_newest", review.Query{RegionFrom: "441005001000", RegionTo: "441005001:"}},
		"large city": {"review_newest", review.Query{RegionFrom: "440200000000", RegionTo: "4402:"}},
		"department": {"review_department_newest", review.Query{Department: "D7"}},
		"hall":       {"review_hall_newest", review.Query{Hall: "H6"}},
		"bad":        {"review_bad_newest", review.Query{Bad: true}},
		"withdrawn":  {"review_apart_newest", review.Query{Validity: review.Withdrawn}},
		"number":     {"review_affair", review.Query{Number: "x"}},
	} {
		for page, after := range map[string]*review.Position{"first": nil, "next": {EvalTime: now.Add(-time.Hour), Serial: "0"}} {
			c.q.From, c.q.To, c.q.After, c.q.Limit = now.AddDate(0, 0, -30), now.AddDate(0, 0, 1), after, 51
			text, arguments, err := d.SearchQuery(t.Context(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			plan := d.explained(t, text, arguments...)
			if !strings.Contains(plan, c.index) || strings.Contains(plan, "Seq Scan on review") ||
				strings.Contains(plan, "SCAN review") && !strings.Contains(plan, "SCAN review USING") {
				t.Errorf("%s, %s page: want %s:\n%s", name, page, c.index, plan)
			}
			if sorts := strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE"); sorts && name != "number" && name != "city" && name != "county" && name != "town" {
				t.Errorf("%s, %s page: it sorts all that fits:\n%s", name, page, plan)
			}
		}
	}
}

// explained is how the engine runs a statement.
func (d *database) explained(t *testing.T, text string, arguments ...any) string {
	t.Helper()
	explain := "EXPLAIN "
	if store.IsEmbedded(d.address) {
		explain = "EXPLAIN QUERY PLAN "
	}
	var lines []string
	for _, row := range d.rows(t, explain+text, arguments...) {
		for _, name := range []string{"detail", "QUERY PLAN"} {
			if line, ok := row[name]; ok {
				lines = append(lines, fmt.Sprint(line))
			}
		}
	}
	return strings.Join(lines, "\n")
}
