package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"pgregory.net/rapid"
)

var affairMatchTests = []test{
	{"what a review misses is filled in from its affair, in either order", filledIn},
	{"a review is filled in anew when its affair changes", filledAnew},
	{"contradictions are flagged and nothing is overwritten", contradictions},
	{"a review that nothing vouched for counts once its affair is known, in either order", vouchedFor},
	{"several reviews of one affair count it once", severalReviews},
	{"a submission that comes again is no further review of its affair", knownReview},
	{"a review finds its affair after many that have none", knownAfterStrangers},
	{"any order of reviews, affairs and changes gives the same figures", anyOrder},
	{"a review and its affair that come at once find each other", atOnceMatched},
	{"first reviews of one affair that come at once count it once", firstReviewsAtOnce},
	{"one affair that comes from two sides at once is there once", affairAtOnce},
}

// completed is the nth completed affair, of which affair(n) is a review; changes make it another.
func (d *database) completed(n int, changes ...func(*affair.Record)) affair.Record {
	r := affair.Record{Affair: affair.Affair{
		SerialNo: fmt.Sprintf("%s20260610%04d", itemCode, n), ItemCode: itemCode, ItemName: "设立登记",
		DepartmentCode: department, DepartmentName: "天河区市场监督管理局", RegionCode: county, AppCode: "app1",
		DoneTime: now.Add(-time.Duration(n)*time.Minute - time.Hour),
	}, Source: "front", Region: county}
	for _, change := range changes {
		change(&r)
	}
	r.Slot, r.Day, r.Content = affair.SlotOf(r.SerialNo), beijing.Day(r.DoneTime), digest("content", r.Affair)
	return r
}

// take takes affairs and fails the test when that can't be done.
func (d *database) take(t fataler, records ...affair.Record) []affair.State {
	t.Helper()
	states, err := d.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: records, At: now})
	if err != nil {
		t.Fatalf("take affairs: %v", err)
	}
	if len(states) != len(records) {
		t.Fatalf("got %d states for %d affairs", len(states), len(records))
	}
	return states
}

// bare is a review that tells nothing but what is judged, and how.
func bare(r *review.Record) {
	r.DepartmentCode, r.DepartmentName, r.RegionCode, r.ItemCode, r.ItemName = "", "", "", "", ""
	r.Region = "440000000000"
}

// inEitherOrder runs a test on a fresh pair of review and affair, the one first and then the other first.
func inEitherOrder(t *testing.T, d *database, r func(n int) review.Record, a func(n int) affair.Record, check func(t *testing.T, n int)) {
	d.migrated(t)
	for n, name := range []string{"review first", "affair first"} {
		t.Run(name, func(t *testing.T) {
			if n == 0 {
				d.accept(t, r(n))
			}
			d.take(t, a(n))
			if n == 1 {
				d.accept(t, r(n))
			}
			check(t, n)
			d.agrees(t)
		})
	}
}

const (
	hallCode   = "440106000001"
	windowCode = "4401060000010003"
)

func inHall(r *affair.Record) { r.HallCode, r.WindowCode, r.WorkNo = hallCode, windowCode, "A07" }

func filledIn(t *testing.T, d *database) {
	inEitherOrder(t, d,
		func(n int) review.Record { return d.affair(n, bare, stars(1)) },
		func(n int) affair.Record { return d.completed(n, inHall) },
		func(t *testing.T, n int) {
			subject := d.completed(n).SerialNo
			got := d.rows(t, `SELECT department_code, department_name, region_sent, region_code, item_code, item_name, hall_code,
				window_code, work_no, flags, state FROM review WHERE subject = $1`, subject)
			want := []map[string]any{{
				"department_code": department, "department_name": "天河区市场监督管理局", "region_sent": "", "region_code": county,
				"item_code": itemCode, "item_name": "设立登记", "hall_code": hallCode, "window_code": windowCode, "work_no": "A07",
				"flags": int64(0), "state": int64(1),
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			got = d.rows(t, `SELECT f.region_code, f.department_code FROM followup f JOIN review r ON r.serial = f.serial WHERE r.subject = $1`, subject)
			if diff := cmp.Diff([]map[string]any{{"region_code": county, "department_code": department}}, got); diff != "" {
				t.Errorf("its case: %s", diff)
			}
			for dimension, code := range map[figures.Dimension]string{
				figures.Region(org.LevelCounty): county, figures.Department: department, figures.Hall: hallCode, figures.Window: windowCode,
				figures.Officer: hallCode + "-A07", figures.Item: itemCode,
			} {
				if got := d.total(t, codeQuery(dimension, code)); got != int64(n+1) {
					t.Errorf("dimension %d counts %d reviews, want %d", dimension, got, n+1)
				}
			}
		})
}

// codeQuery asks for one code in the month of now.
func codeQuery(dimension figures.Dimension, code string) figures.Query {
	return figures.Query{
		Dimensions: []figures.Dimension{dimension}, From: code, To: code + "\x01", Periods: []int{beijing.Month(beijing.Day(now))},
	}
}

func filledAnew(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1, bare, stars(2)))
	d.take(t, d.completed(1, inHall))
	d.foldAll(t)
	d.take(t, d.completed(1, func(a *affair.Record) {
		a.DepartmentCode, a.RegionCode, a.Region, a.ItemCode = "D2", "440300000000", "440300000000", "I2"
	}))
	d.agrees(t)
	got := d.rows(t, `SELECT r.department_code, r.region_code, r.item_code, r.hall_code, r.work_no, f.region_code AS case_region,
		f.department_code AS case_department FROM review r JOIN followup f ON f.serial = r.serial`)
	want := []map[string]any{{
		"department_code": "D2", "region_code": "440300000000", "item_code": "I2", "hall_code": "", "work_no": "",
		"case_region": "440300000000", "case_department": "D2",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d.take(t, d.completed(1, func(a *affair.Record) { a.DepartmentCode, a.RegionCode, a.Region = "", "", "440000000000" }))
	d.agrees(t)
	if got := d.total(t, codeQuery(figures.Department, "D2")); got != 0 {
		t.Errorf("%d reviews are still the former department's", got)
	}
}

func contradictions(t *testing.T, d *database) {
	inEitherOrder(t, d,
		func(n int) review.Record {
			return d.affair(n, func(r *review.Record) { r.HallCode, r.WorkNo = "H9", "" })
		},
		func(n int) affair.Record {
			return d.completed(n, inHall, func(a *affair.Record) {
				a.DepartmentCode, a.RegionCode, a.Region, a.DoneTime = "D2", "440300000000", "440300000000", now.Add(time.Hour)
			})
		},
		func(t *testing.T, n int) {
			got := d.rows(t, "SELECT department_code, hall_code, work_no, window_code, flags FROM review WHERE subject = $1", d.completed(n).SerialNo)
			want := []map[string]any{{
				"department_code": department, "hall_code": "H9", "work_no": "", "window_code": "",
				"flags": int64(review.OtherDepartment | review.DoneAfterReview),
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if got := d.total(t, codeQuery(figures.FlaggedApp, "app1")); got != int64(n+1) {
				t.Errorf("%d reviews of the app are doubtful, want %d", got, n+1)
			}
		})
	d.take(t, d.completed(0), d.completed(1)) // it was a mistake
	d.agrees(t)
	if got := d.total(t, codeQuery(figures.FlaggedApp, "app1")); got != 0 {
		t.Errorf("%d reviews stay doubtful without a contradiction", got)
	}
}

func vouchedFor(t *testing.T, d *database) {
	inEitherOrder(t, d,
		func(n int) review.Record {
			return d.affair(n, stars(1), func(r *review.Record) { r.Unverified = true })
		},
		func(n int) affair.Record { return d.completed(n) },
		func(t *testing.T, n int) {
			if got := d.total(t, everywhere("")); got != int64(n+1) {
				t.Errorf("%d reviews count, want %d", got, n+1)
			}
			if got := d.count(t, "followup"); got != n+1 {
				t.Errorf("%d cases are open, want %d", got, n+1)
			}
		})
}

// completions gives how many affairs of everywhere are completed, and how many of them are reviewed.
func (d *database) completions(t fataler) (completed, reviewed int64) {
	t.Helper()
	q := everywhere("")
	q.Dimensions = []figures.Dimension{figures.AffairRegion(org.LevelAll)}
	for _, row := range d.sum(t, q) {
		completed += row.Counts[0]
		reviewed += row.Counts[1]
	}
	return completed, reviewed
}

func (d *database) wantCompletions(t fataler, completed, reviewed int64) {
	t.Helper()
	if c, r := d.completions(t); c != completed || r != reviewed {
		t.Fatalf("%d affairs are completed and %d reviewed, want %d and %d", c, r, completed, reviewed)
	}
}

// another is a further person's review of the affair of affair(n).
func (d *database) another(n, person int, changes ...func(*review.Record)) review.Record {
	r := d.affair(1000*person+n, changes...)
	r.Subject = d.affair(n).Subject
	return r
}

func severalReviews(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.another(1, 1), d.another(1, 2))
	d.wantCompletions(t, 0, 0)
	d.take(t, d.completed(1), d.completed(2), d.completed(3))
	d.wantCompletions(t, 3, 1)
	d.accept(t, d.another(1, 3), d.another(2, 1), d.another(2, 2))
	d.wantCompletions(t, 3, 2)
	d.accept(t, d.another(2, 3))
	d.foldAll(t)
	d.wantCompletions(t, 3, 2)
	d.agrees(t)
	got := d.rows(t, "SELECT reviewed FROM affair ORDER BY serial_no")
	if diff := cmp.Diff([]map[string]any{{"reviewed": int64(3)}, {"reviewed": int64(3)}, {"reviewed": int64(0)}}, got); diff != "" {
		t.Error(diff)
	}
}

func knownReview(t *testing.T, d *database) {
	d.migrated(t)
	d.take(t, d.completed(1), d.completed(2))
	r := d.affair(1)
	d.accept(t, r)
	outcomes := d.accept(t, d.again(r), d.rival(r), d.affair(2))
	if outcomes[0].State != review.Known || outcomes[1].State != review.Taken || outcomes[2].State != review.Stored {
		t.Errorf("got %v", outcomes)
	}
	d.wantCompletions(t, 2, 2)
	d.agrees(t)
	got := d.rows(t, "SELECT reviewed FROM affair ORDER BY serial_no")
	if diff := cmp.Diff([]map[string]any{{"reviewed": int64(1)}, {"reviewed": int64(1)}}, got); diff != "" {
		t.Error(diff)
	}
}

// history draws reviews and affairs with versions, and what must be counted in the end.
func (d *database) history(t *rapid.T) (reviews []review.Record, versions [][]affair.Record, want figures.Tally) {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	for n := range rapid.IntRange(1, 4).Draw(t, "affairs") {
		versions = append(versions, nil)
		for range rapid.IntRange(0, 3).Draw(t, "versions") {
			versions[n] = append(versions[n], d.completed(n, func(a *affair.Record) {
				a.DepartmentCode, a.ItemCode, a.WorkNo = pick("department", "", "D1", "D2"), pick("item", "I1", "I2"), pick("officer", "", "W1")
				a.HallCode, a.WindowCode, a.AppCode = pick("hall", "", "H1", "H2"), pick("window", "", "N1"), pick("app", "", "a1")
				a.RegionCode = pick("region", "", places[0], places[1])
				if a.Region = a.RegionCode; a.Region == "" {
					a.Region = "440000000000"
				}
				a.DoneTime = now.AddDate(0, -rapid.IntRange(0, 1).Draw(t, "months"), rapid.IntRange(-1, 1).Draw(t, "days"))
			}))
		}
	}
	want = figures.Tally{}
	reviewed := map[string]bool{}
	for n := range rapid.IntRange(0, 8).Draw(t, "reviews") {
		of := rapid.IntRange(0, len(versions)-1).Draw(t, "of")
		r := d.affair(100+n, stars(rapid.IntRange(1, 5).Draw(t, "stars")), func(r *review.Record) {
			r.Subject = d.completed(of).SerialNo
			r.DepartmentCode, r.ItemCode, r.WorkNo = pick("department", "", "D1", "D2"), pick("item", "", "I1"), pick("officer", "", "W2")
			r.HallCode, r.WindowCode, r.RegionCode = pick("hall", "", "H1"), pick("window", "", "N2"), pick("region", "", places[2])
			if r.Region = r.RegionCode; r.Region == "" {
				r.Region = "440000000000"
			}
			r.Unverified = rapid.Bool().Draw(t, "unverified")
		})
		reviews = append(reviews, r)
		reviewed[r.Subject] = true
		if known := versions[of]; len(known) > 0 {
			r.Complete(tells(known[len(known)-1]))
		}
		if !r.Unverified {
			want.Add(factOf(r))
		}
	}
	for _, known := range versions {
		if len(known) > 0 {
			a := known[len(known)-1]
			want.AddCompletion(completionOf(a), reviewed[a.SerialNo])
		}
	}
	return reviews, versions, want
}

// tells is what an affair tells its reviews.
func tells(a affair.Record) *review.Completed {
	return &review.Completed{
		DepartmentCode: a.DepartmentCode, DepartmentName: a.DepartmentName, ItemCode: a.ItemCode, ItemName: a.ItemName,
		HallCode: a.HallCode, WindowCode: a.WindowCode, WorkNo: a.WorkNo, Region: a.Region, RegionTold: a.RegionCode != "",
		DoneTime: a.DoneTime,
	}
}

func factOf(r review.Record) *figures.Fact {
	return &figures.Fact{
		Region: r.Region, Department: r.DepartmentCode, Item: r.ItemCode, Officer: officerOf(r.HallCode, r.WorkNo), App: r.AppCode,
		Entity: r.EntityCode, Channel: r.Channel, Hall: r.HallCode, Window: r.WindowCode, Tags: r.Tags, Stars: r.Stars,
		Flagged: r.Flags != 0, Day: r.Day, Weight: 1,
	}
}

func completionOf(a affair.Record) *figures.Completion {
	app := a.AppCode
	if app == "" {
		app = a.Source
	}
	return &figures.Completion{
		Region: a.Region, Department: a.DepartmentCode, Item: a.ItemCode, Officer: officerOf(a.HallCode, a.WorkNo), App: app,
		Hall: a.HallCode, Window: a.WindowCode, Day: a.Day,
	}
}

func officerOf(hall, workNo string) string {
	if hall == "" || workNo == "" {
		return workNo
	}
	return hall + "-" + workNo
}

func anyOrder(t *testing.T, d *database) {
	d.migrated(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, table := range []string{"once", "review", "followup", "counter_change", "counter", "affair"} {
			d.exec(t, "DELETE FROM "+table)
		}
		reviews, versions, want := d.history(t)
		for len(reviews)+len(slices.Concat(versions...)) > 0 {
			if rapid.Bool().Draw(t, "review next") && len(reviews) > 0 {
				n := rapid.IntRange(1, len(reviews)).Draw(t, "batch")
				d.accept(t, reviews[:n]...)
				reviews = reviews[n:]
			} else {
				var next []affair.Record
				for i := range versions {
					n := rapid.IntRange(0, len(versions[i])).Draw(t, "taken")
					next, versions[i] = append(next, versions[i][:n]...), versions[i][n:]
				}
				d.take(t, next...)
			}
			if rapid.IntRange(0, 3).Draw(t, "fold") == 0 {
				d.foldAll(t)
			}
		}
		records, counters, err := d.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]figures.Tally{"records": records, "counters": counters} {
			if difference := want.Minus(got); len(difference) > 0 {
				t.Fatalf("%s differ: %v", name, difference)
			}
		}
		d.casesAgree(t)
	})
}

// casesAgree fails the test when there is not a case for each bad review that counts, of its place.
func (d *database) casesAgree(t fataler) {
	t.Helper()
	wrong := d.rows(t, `SELECT r.serial, f.serial AS followup FROM review r LEFT JOIN followup f ON f.slot = r.slot AND f.serial = r.serial
		AND f.region_code = r.region_code AND f.department_code = r.department_code
		WHERE (f.serial IS NOT NULL) <> (r.stars <= 2 AND r.state = 1)`)
	if len(wrong) > 0 {
		t.Fatalf("cases and bad reviews differ: %v", wrong)
	}
}

// strangers stores so many batches whose affairs are not known that PostgreSQL takes it that the next ones are not, either.
func (d *database) strangers(t *testing.T, from int) {
	t.Helper()
	for n := range 17 {
		d.accept(t, d.affair(from+n))
	}
}

func knownAfterStrangers(t *testing.T, d *database) {
	d.migrated(t)
	d.take(t, d.completed(1, inHall), d.completed(2, inHall))
	d.strangers(t, 100)
	d.accept(t, d.affair(1, bare), d.affair(3))
	d.accept(t, d.affair(2, bare))
	d.wantCompletions(t, 2, 2)
	d.agrees(t)
	if got := d.rows(t, "SELECT subject FROM review WHERE hall_code <> ''"); len(got) != 2 {
		t.Errorf("%d reviews found their affairs, want 2", len(got))
	}
}

func atOnceMatched(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	third, _ := d.process(t)
	const rounds, each = 12, 8
	for round := range rounds {
		if round%2 == 0 {
			d.strangers(t, 10_000+100*round)
		}
		var reviews []review.Record
		var affairs []affair.Record
		for i := range each {
			reviews = append(reviews, d.affair(each*round+i, bare, func(r *review.Record) { r.Unverified = true }))
			affairs = append(affairs, d.completed(each*round+i, inHall))
		}
		atOnce(3, func(i int) {
			switch i {
			case 0:
				if _, err := d.Accept(t.Context(), 0, reviews[:each/2]); err != nil {
					t.Error(err)
				}
			case 1:
				if _, err := third.Accept(t.Context(), 0, reviews[each/2:]); err != nil {
					t.Error(err)
				}
			case 2:
				if _, err := other.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: affairs, At: now}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if got := d.rows(t, "SELECT r.subject FROM review r JOIN affair a ON a.serial_no = r.subject WHERE r.filled = 0 OR r.state <> 1 OR r.hall_code = ''"); len(got) > 0 {
		t.Errorf("%d reviews did not find their affairs: %v", len(got), got)
	}
	d.wantCompletions(t, rounds*each, rounds*each)
	d.agrees(t)
}

func firstReviewsAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	const affairs, people = 6, 4
	processes := []*store.Store{d.Store}
	for len(processes) < people {
		other, _ := d.process(t)
		processes = append(processes, other)
	}
	for n := range affairs {
		d.take(t, d.completed(n))
	}
	batches := make([][]review.Record, people)
	for person := range people {
		for n := range affairs {
			batches[person] = append(batches[person], d.another(n, person+1))
		}
	}
	atOnce(people, func(i int) {
		if _, err := processes[i].Accept(t.Context(), 0, batches[i]); err != nil {
			t.Error(err)
		}
	})
	d.wantCompletions(t, affairs, affairs)
	d.agrees(t)
	for _, row := range d.rows(t, "SELECT serial_no, reviewed FROM affair") {
		if row["reviewed"] != int64(people) {
			t.Errorf("affair %v has %v reviews, want %d", row["serial_no"], row["reviewed"], people)
		}
	}
}

func affairAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	const affairs, sides = 40, 4
	states := make([][]affair.State, sides)
	atOnce(sides, func(i int) {
		by := d.Store
		if i%2 == 1 {
			by = other
		}
		var records []affair.Record
		for n := range affairs {
			records = append(records, d.completed(n, func(a *affair.Record) { a.WorkNo = fmt.Sprint("W", i) }))
		}
		if i > 1 {
			slices.Reverse(records)
		}
		var err error
		if states[i], err = by.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: records, At: now}); err != nil {
			t.Error(err)
		}
	})
	fresh := 0
	for _, side := range states {
		for _, state := range side {
			if state == affair.New {
				fresh++
			}
		}
	}
	if fresh != affairs {
		t.Errorf("%d affairs were told to be new, want %d", fresh, affairs)
	}
	d.wantCompletions(t, affairs, 0)
	d.agrees(t)
}
