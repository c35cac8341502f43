package storetest

import (
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

func caseAnswers(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, stars(1))
	d.accept(t, r)
	answer := func(version int, move followup.Move, words string) fault.Kind {
		t.Helper()
		err := o.Answer(t.Context(), r.Serial, version, move, words)
		if err == nil {
			return -1
		}
		return fault.KindOf(err)
	}
	if got := answer(0, followup.Satisfied, ""); got != fault.Conflict {
		t.Errorf("before he was answered: %d", got)
	}
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.FeedBack, Words: "已整改"})
	for _, move := range []followup.Move{followup.Rectify, followup.Accept, followup.Silence, followup.AssignMove, "x"} {
		if got := answer(2, move, "x"); got != fault.Invalid {
			t.Errorf("%s is not his to say: %d", move, got)
		}
	}
	if got := answer(1, followup.Satisfied, ""); got != fault.Conflict {
		t.Errorf("about what he did not see: %d", got)
	}
	if got := answer(2, followup.Complain, ""); got != fault.Invalid {
		t.Errorf("without words: %d", got)
	}
	// Of two answers one is taken, however often each is sent, and each time it is sent is told the same.
	results := make([]fault.Kind, 6)
	atOnce(len(results), func(i int) { results[i] = answer(2, followup.Complain, []string{"没有整改", "没有人来"}[i%2]) })
	first, second := fault.Kind(-1), fault.Conflict
	if results[1] == -1 {
		first, second = second, first
	}
	if want := []fault.Kind{first, second, first, second, first, second}; !slices.Equal(results, want) {
		t.Errorf("got %v, want %v", results, want)
	}
	if c := o.find(t, r.Serial); c.Rounds != 1 || c.Version != 3 {
		t.Errorf("%d rounds, version %d", c.Rounds, c.Version)
	}
	for _, move := range []followup.Move{followup.Silence, followup.Overdue, followup.Satisfied, followup.AssignMove} {
		if _, err := o.Act(t.Context(), countyAdmin, r.Serial, followup.AnyVersion, followup.Step{Move: move}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("staff: %s: got %v", move, err)
		}
	}
}

func caseMissing(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	good, unknown := d.affair(1), d.affair(2, bare, stars(1), func(r *review.Record) { r.Unverified = true })
	d.accept(t, good, unknown)
	for _, serial := range []string{"", "x", good.Serial, unknown.Serial, d.serials.Next(3)} {
		if _, err := o.Detail(t.Context(), countyAdmin, serial); fault.KindOf(err) != fault.Missing {
			t.Errorf("detail of %q: got %v", serial, err)
		}
		if _, err := o.Act(t.Context(), countyAdmin, serial, 0, followup.Step{Move: followup.Rectify, Words: "属实"}); fault.KindOf(err) != fault.Missing {
			t.Errorf("act on %q: got %v", serial, err)
		}
		if _, found, err := o.Story(t.Context(), serial); found || err != nil {
			t.Errorf("story of %q: got %v, %v", serial, found, err)
		}
	}
	d.registry.Replace(org.Guangdong(), nil)
	d.agrees(t)
}
