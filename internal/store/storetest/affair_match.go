package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
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
