package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

func caseKept(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	silent, late, soon := d.affair(1, stars(1)), d.affair(2, stars(1)), d.affair(3, stars(1))
	d.accept(t, silent, late, soon)
	o.keep(t)
	for _, r := range []review.Record{silent, soon} {
		o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	}
	o.act(t, &handler, silent.Serial, followup.Step{Move: followup.FeedBack, Words: "已整改"})
	at := func(day, hour, minute, second int) {
		o.now = beijing.DayStart(day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
		o.keep(t)
		o.keep(t)
	}
	at(20260616, 12, 0, 0) // the late one is due on Thursday
	d.wantNews(t, "opened", "opened", "opened")
	at(20260617, 0, 0, 1)
	d.wantNews(t, "opened", "opened", "opened", "due_soon")
	at(20260618, 23, 59, 59)
	if c := o.find(t, late.Serial); c.Supervised {
		t.Error("supervised before the limit passed")
	}
	at(20260619, 0, 0, 0)
	if c := o.find(t, late.Serial); !c.Supervised || c.State != followup.Pending || c.Version != 1 {
		t.Errorf("got %+v, want it supervised", c)
	}
	at(20260622, 23, 59, 59)
	if c := o.find(t, silent.Serial); c.State != followup.Awaiting {
		t.Errorf("got %s before seven days", c.State)
	}
	at(20260623, 0, 0, 0)
	if c := o.find(t, silent.Serial); c.State != followup.Closed || c.Progress != (followup.Progress{Rectified: true, InTime: true}) {
		t.Errorf("got %+v, want it closed, and nobody satisfied", c)
	}
	at(20260629, 9, 0, 0)
	d.wantNews(t, "opened", "opened", "opened", "due_soon", "supervised", "closed", "due_soon")
	if got := d.cases(t, lately); got != (figures.Cases{Opened: 3, Rectified: 1, InTime: 1}) {
		t.Errorf("got %+v", got)
	}
	counts, err := o.Count(t.Context(), handler, followup.Scope{})
	if want := (followup.Counts{Open: 2, Overdue: 1, Soon: 1, Supervised: 1, Unassigned: 2}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v", counts, err, want)
	}
	// What is late is answered late, and so it stays; the supervision ends with the answer.
	o.act(t, &handler, late.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	o.now = o.now.AddDate(0, 0, 30)
	o.act(t, &handler, late.Serial, followup.Step{Move: followup.FeedBack, Words: "已整改"})
	if c := o.find(t, late.Serial); c.Supervised || c.Progress != (followup.Progress{Rectified: true}) {
		t.Errorf("got %+v, want it rectified too late", c)
	}
	if d.count(t, "audit") != 5 {
		t.Errorf("%d entries of audit, want those of people alone", d.count(t, "audit"))
	}
	d.agrees(t)
}

func caseKeptAtOnce(t *testing.T, d *database) {
	first := d.migrated(t).office(t)
	const count = 12
	for n := range count {
		d.accept(t, d.affair(n, stars(1)))
	}
	offices := []*office{first}
	for range 3 {
		one, _ := d.process(t)
		offices = append(offices, (&database{Store: one}).office(t))
	}
	keep := func(at time.Time, want ...string) {
		t.Helper()
		atOnce(len(offices), func(i int) {
			offices[i].now = at
			if err := offices[i].Keep(t.Context()); err != nil {
				t.Error(err)
			}
		})
		d.wantNews(t, slices.Repeat(want, count)...)
	}
	keep(now, "opened")
	keep(beijing.DayStart(20260618), "opened", "due_soon")
	keep(beijing.DayStart(20260619), "opened", "due_soon", "supervised")
	if got := d.count(t, "case_event"); got != count {
		t.Errorf("%d events, want one for each case", got)
	}
	// A process that is behind the others changes nothing and tells nothing, even when the news were told meanwhile.
	d.exec(t, "UPDATE job SET state = 2")
	c := first.find(t, d.rows(t, "SELECT serial FROM followup ORDER BY serial")[0]["serial"].(string))
	if err := d.OpenCases(t.Context(), []followup.Opening{{Serial: c.Serial, Slot: c.Slot, Due: now}}); err != nil {
		t.Fatal(err)
	}
	if err := d.TellDue(t.Context(), []followup.Case{c}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, first.find(t, c.Serial)); diff != "" {
		t.Error(diff)
	}
	d.wantNews(t, slices.Repeat([]string{"opened", "due_soon", "supervised"}, count)...)
}
