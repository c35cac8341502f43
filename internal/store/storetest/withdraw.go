package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

var withdrawTests = []test{
	{"a withdrawn review leaves figures, listings and its case, once", withdrawOnce},
	{"what was withdrawn can't be said again", withdrawnAgain},
	{"an affair whose only review was withdrawn is not reviewed, and stays so when it changes", withdrawnOfAffair},
	{"a review that nothing vouched for can be withdrawn", withdrawnUnverified},
	{"what is not there can't be withdrawn", withdrawMissing},
	{"a withdrawal and an affair that come at once agree", withdrawAtOnce},
	{"the progress of a case is in the figures at once", caseProgress},
}

func (d *database) withdraw(t fataler, serial string) {
	t.Helper()
	if err := d.Withdraw(t.Context(), serial, now, "恶意差评"); err != nil {
		t.Fatal(err)
	}
}

// figures are a service over the store.
func (d *database) figures() *figures.Service {
	return figures.NewService(figures.Needs{Store: d.Store, Registry: d.registry, Now: clock})
}

// lately is everything of the last weeks.
var lately = figures.Scope{Region: "0", Span: figures.Span{From: 20260401, To: 20260630}}

func (d *database) cases(t fataler, scope figures.Scope) figures.Cases {
	t.Helper()
	cases, err := d.figures().Cases(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func withdrawOnce(t *testing.T, d *database) {
	d.migrated(t)
	bad, other := d.affair(1, stars(1)), d.affair(2, stars(2))
	d.accept(t, bad, other)
	d.foldAll(t)
	for range 2 {
		d.withdraw(t, bad.Serial)
		if got := d.total(t, everywhere("")); got != 1 {
			t.Errorf("%d reviews are counted, want 1", got)
		}
		if got := d.cases(t, lately); got != (figures.Cases{Opened: 1}) {
			t.Errorf("got %+v, want the other case", got)
		}
		listed, err := d.Newest(t.Context(), review.Listing{From: now.AddDate(0, -1, 0), To: now.Add(time.Hour), Limit: 10})
		if err != nil || len(listed) != 1 || listed[0].Serial != other.Serial {
			t.Errorf("got %v, %v; want the other review", listed, err)
		}
		d.agrees(t)
		d.foldAll(t)
	}
	want := []map[string]any{{"serial": bad.Serial, "state": "dismissed"}, {"serial": other.Serial, "state": "pending"}}
	if diff := cmp.Diff(want, d.rows(t, "SELECT serial, state FROM followup ORDER BY serial")); diff != "" {
		t.Error(diff)
	}
	noted := []map[string]any{{"slot": int64(bad.Slot), "serial": bad.Serial, "at": now.UnixMicro(), "why": "恶意差评"}}
	if diff := cmp.Diff(noted, d.rows(t, "SELECT * FROM withdrawal")); diff != "" {
		t.Error(diff)
	}
}

func withdrawnAgain(t *testing.T, d *database) {
	d.migrated(t)
	r := d.affair(1, stars(1))
	d.accept(t, r)
	d.withdraw(t, r.Serial)
	got := d.accept(t, d.again(r), d.rival(r))
	want := []review.Outcome{{Serial: r.Serial, State: review.Known}, {Serial: r.Serial, State: review.Taken}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := d.total(t, everywhere("")); got != 0 {
		t.Errorf("%d reviews are counted, want none", got)
	}
	d.agrees(t)
}

func withdrawnOfAffair(t *testing.T, d *database) {
	inEitherOrder(t, d,
		func(n int) review.Record { return d.affair(n, bare, stars(1)) },
		func(n int) affair.Record { return d.completed(n) },
		func(t *testing.T, n int) {
			serial := d.rows(t, "SELECT serial FROM review WHERE subject = $1", d.completed(n).SerialNo)[0]["serial"].(string)
			reviewed := func() any {
				return d.rows(t, "SELECT reviewed FROM affair WHERE serial_no = $1", d.completed(n).SerialNo)[0]["reviewed"]
			}
			if got := reviewed(); got != int64(1) {
				t.Errorf("the affair has %d reviews, want 1", got)
			}
			d.withdraw(t, serial)
			if got := reviewed(); got != int64(0) {
				t.Errorf("the affair has %d reviews, want none", got)
			}
			d.agrees(t)
			changed := d.completed(n)
			changed.DepartmentCode, changed.Content = "D9", digest("content", n, "D9")
			d.take(t, changed)
			if got := reviewed(); got != int64(0) {
				t.Errorf("the changed affair has %d reviews, want none", got)
			}
		})
}

func withdrawnUnverified(t *testing.T, d *database) {
	d.migrated(t)
	r := d.affair(1, bare, stars(1), func(r *review.Record) { r.Unverified = true })
	d.accept(t, r)
	d.withdraw(t, r.Serial)
	d.take(t, d.completed(1))
	if got := d.total(t, everywhere("")); got != 0 {
		t.Errorf("%d reviews are counted, want none", got)
	}
	d.agrees(t)
}

func withdrawMissing(t *testing.T, d *database) {
	d.migrated(t)
	for _, serial := range []string{"", "no serial number", d.serials.Next(3)} {
		if err := d.Withdraw(t.Context(), serial, now, ""); fault.KindOf(err) != fault.Missing {
			t.Errorf("%q: got %v, want that it is missing", serial, err)
		}
	}
}

func withdrawAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	const count = 12
	for n := range count {
		d.accept(t, d.affair(n, bare, stars(1)))
	}
	serials := d.rows(t, "SELECT serial FROM review ORDER BY serial")
	atOnce(2*count, func(i int) {
		var err error
		if i%2 == 0 {
			err = d.Withdraw(t.Context(), serials[i/2]["serial"].(string), now, "")
		} else {
			_, err = d.TakeAffairs(t.Context(), affair.Taking{Source: "front", Records: []affair.Record{d.completed(i / 2)}, At: now})
		}
		if err != nil {
			t.Error(err)
		}
	})
	if got := d.total(t, everywhere("")); got != 0 {
		t.Errorf("%d reviews are counted, want none", got)
	}
	d.agrees(t)
}

func caseProgress(t *testing.T, d *database) {
	d.migrated(t)
	bad, good := d.affair(1, stars(2), func(r *review.Record) { r.HallCode = "H1" }), d.affair(2)
	d.accept(t, bad, good)
	for _, c := range []struct {
		progress followup.Progress
		want     figures.Cases
	}{
		{followup.Progress{Rectified: true, InTime: true}, figures.Cases{Opened: 1, Rectified: 1, InTime: 1}},
		{followup.Progress{Rectified: true, InTime: true, CalledBack: true, Satisfied: true}, figures.Cases{Opened: 1, Rectified: 1, InTime: 1, CalledBack: 1, Satisfied: 1}},
		{followup.Progress{InTime: true, CalledBack: true}, figures.Cases{Opened: 1, CalledBack: 1}},
		{followup.Progress{}, figures.Cases{Opened: 1}},
		{followup.Progress{Rectified: true}, figures.Cases{Opened: 1, Rectified: 1}},
	} {
		for range 2 {
			if err := d.NoteProgress(t.Context(), bad.Serial, c.progress); err != nil {
				t.Fatal(err)
			}
			for _, region := range []string{"0", "440000000000", county} {
				if got := d.cases(t, figures.Scope{Region: region, Span: lately.Span}); got != c.want {
					t.Errorf("%+v: got %+v in %s, want %+v", c.progress, got, region, c.want)
				}
			}
			d.agrees(t)
			d.foldAll(t)
		}
	}
	if err := d.NoteProgress(t.Context(), good.Serial, followup.Progress{Rectified: true}); err != nil {
		t.Errorf("a review without a case: %v", err)
	}
	want := []figures.CaseStanding{{Code: "H1", Name: "H1", Cases: figures.Cases{Opened: 1, Rectified: 1}}}
	if got, err := d.figures().CasesBy(t.Context(), lately, figures.ByHall); err != nil || !cmp.Equal(want, got) {
		t.Errorf("by halls: got %v, %v; want %v", got, err, want)
	}
	d.withdraw(t, bad.Serial)
	if err := d.NoteProgress(t.Context(), bad.Serial, followup.Progress{CalledBack: true}); err != nil {
		t.Fatal(err)
	}
	if got := d.cases(t, lately); got != (figures.Cases{}) {
		t.Errorf("withdrawn: got %+v, want no case", got)
	}
	d.agrees(t)
}
