package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var withdrawTests = []test{
	{"a withdrawn review leaves figures, listings and its case, once", withdrawOnce},
	{"what was withdrawn can't be said again", withdrawnAgain},
	{"an affair whose only review was withdrawn is not reviewed, and stays so when it changes", withdrawnOfAffair},
	{"a withdrawal and an affair that come at once agree", withdrawAtOnce},
	{"the progress of a case is in the figures at once", caseProgress},
}

func (d *database) withdraw(t fataler, serial string) {
	t.Helper()
	if err := withdraw(t.Context(), d.Store, serial, now); err != nil {
		t.Fatal(err)
	}
}

// withdraw takes a review that counts out of all figures: a bad one by an appeal that is granted, another by a finding that is confirmed.
func withdraw(ctx context.Context, s *store.Store, serial string, at time.Time) error {
	_, err := s.ChangeCase(ctx, serial, func(c followup.Case) (followup.Change, error) {
		change := caseChange(c, followup.Accept, at)
		change.Case.State, change.Case.Supervised, change.Withdrawn = followup.Dismissed, false, "恶意差评"
		return change, nil
	})
	if fault.KindOf(err) != fault.Missing {
		return err
	}
	slot, _ := review.SlotOfSerial(serial)
	f := integrity.Finding{
		Kind: integrity.Device, Day: 20260612, Place: integrity.Place{Hall: serial}, Count: 1, Concerned: 1,
		Reviews: []integrity.Concerned{{Serial: serial, Slot: slot}},
	}
	if err := s.KeepFindings(ctx, f.Day, 1, []integrity.Finding{f}, at); err != nil {
		return err
	}
	found, err := s.Findings(ctx, integrity.Filter{Bounds: integrity.Bounds{Hall: serial}}, integrity.Page{Limit: 1})
	if err != nil {
		return err
	}
	return s.RuleFinding(ctx, integrity.Ruling{ID: found[0].ID, Version: found[0].Version, State: integrity.Confirmed, Serials: []string{serial}, Actor: "wang"})
}

// noteProgress says how far the case of a bad review that counts has come.
func noteProgress(ctx context.Context, s *store.Store, serial string, p followup.Progress) error {
	_, err := s.ChangeCase(ctx, serial, func(c followup.Case) (followup.Change, error) {
		change := caseChange(c, followup.FeedBack, now)
		change.Case.Progress = p
		return change, nil
	})
	return err
}

// caseChange is a move of a case that changes nothing yet.
func caseChange(c followup.Case, move followup.Move, at time.Time) followup.Change {
	c.Version++
	return followup.Change{Case: c, Event: &followup.Event{
		Serial: c.Serial, Slot: c.Slot, Version: c.Version, At: at, Party: followup.OfAbove, Move: move, From: c.State, To: c.State,
	}}
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
			err = withdraw(t.Context(), d.Store, serials[i/2]["serial"].(string), now)
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
	bad := d.affair(1, stars(2), func(r *review.Record) { r.HallCode = "H1" })
	d.accept(t, bad, d.affair(2))
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
			if err := noteProgress(t.Context(), d.Store, bad.Serial, c.progress); err != nil {
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
	want := []figures.CaseStanding{{Code: "H1", Name: "H1", Cases: figures.Cases{Opened: 1, Rectified: 1}}}
	if got, err := d.figures().CasesBy(t.Context(), lately, figures.ByHall); err != nil || !cmp.Equal(want, got) {
		t.Errorf("by halls: got %v, %v; want %v", got, err, want)
	}
	d.withdraw(t, bad.Serial)
	if err := noteProgress(t.Context(), d.Store, bad.Serial, followup.Progress{CalledBack: true}); err != nil {
		t.Fatal(err)
	}
	if got := d.cases(t, lately); got != (figures.Cases{}) {
		t.Errorf("withdrawn: got %+v, want no case", got)
	}
	d.agrees(t)
}
