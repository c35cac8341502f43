package storetest

import (
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

// history draws reviews and affairs with versions, and what must be counted in the end.
func (d *database) history(t *rapid.T) (reviews []review.Record, versions [][]affair.Record, want figures.Merged) {
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
	want = figures.Merged{}
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
			if review.Bad(r.Stars) {
				want.AddCases(caseOf(r), figures.Counts{1})
			}
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
		Flagged: r.Flags != 0, Day: r.Day, Hour: r.EvalTime.In(beijing.Zone).Hour(), Weight: 1,
	}
}

func caseOf(r review.Record) *figures.Case {
	return &figures.Case{
		Region: r.Region, Department: r.DepartmentCode, Hall: r.HallCode, Entity: r.EntityCode, Channel: r.Channel, Day: r.Day,
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
		records, counters := d.recounted(t)
		for name, got := range map[string]figures.Tally{"records": records, "counters": counters} {
			if difference := minus(want.Counters(d.kept(t)), got); len(difference) > 0 {
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
		AND f.region_code = r.region_code AND f.department_code = r.department_code AND (f.due_at = 0 OR f.hall_code = r.hall_code)
		WHERE (f.serial IS NOT NULL) <> (r.stars <= 2 AND r.state = 1)`)
	if len(wrong) > 0 {
		t.Fatalf("cases and bad reviews differ: %v", wrong)
	}
}
