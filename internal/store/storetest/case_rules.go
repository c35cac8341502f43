package storetest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

func caseMoves(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, bare, stars(1))
	d.accept(t, r)
	o.keep(t)
	seen := func(scope followup.Scope) bool {
		t.Helper()
		found, err := o.List(t.Context(), followup.Actor{Login: "x", Scope: scope}, followup.Filter{}, nil, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) == 1
	}
	if seen(followup.Scope{Department: department}) {
		t.Error("it lies in a department that nobody named")
	}
	done := d.completed(1)
	done.HallCode = "H7"
	d.take(t, done)
	for _, scope := range []followup.Scope{{Department: done.DepartmentCode}, {Hall: "H7"}, {Region: done.Region}} {
		if !seen(scope) {
			t.Errorf("the case did not follow its review to %+v", scope)
		}
	}
	d.give(t, org.Succession{Kind: org.OfHall, Former: "H7", Code: "H8"})
	d.moveAll(t)
	if seen(followup.Scope{Hall: "H7"}) || !seen(followup.Scope{Hall: "H8"}) {
		t.Error("the case did not follow its review to another hall")
	}
}

// openedWhileMoved is a case whose review goes to another hall between the keeper's look and its opening.
func openedWhileMoved(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1, bare, stars(1), func(r *review.Record) { r.HallCode = "H6" }))
	cases, err := d.UnopenedCases(t.Context(), 10)
	if err != nil || len(cases) != 1 {
		t.Fatalf("got %d cases, %v; want one", len(cases), err)
	}
	d.give(t, org.Succession{Kind: org.OfHall, Former: "H6", Code: "H8"})
	d.moveAll(t)
	c := &cases[0]
	if err := d.OpenCases(t.Context(), []followup.Opening{{Serial: c.Serial, Slot: c.Slot, Hall: c.Hall, Due: now}}); err != nil {
		t.Fatal(err)
	}
	if got := d.rows(t, "SELECT serial FROM followup WHERE hall_code = 'H8' AND due_at > 0"); len(got) != 1 {
		t.Error("the case lies where its review was before")
	}
}

func caseRules(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	province := followup.Actor{Login: "root"}
	rule := followup.Rule{Region: "440100000000", Limits: followup.Limits{Verify: 2, Rectify: 5, Decide: 1}}
	special := followup.Rule{Department: department, Limits: followup.Limits{Verify: 1, Rectify: 4, Decide: 9}}
	beside := followup.Rule{Region: "440300000000", Department: department, Limits: followup.Limits{Verify: 7, Rectify: 8, Decide: 9}}
	for _, r := range []followup.Rule{rule, special, beside, {Region: "440300000000", Limits: followup.Standard}} {
		if err := o.SaveRule(t.Context(), province, r, followup.Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	was := special.Limits
	special.Rectify = 6
	if err := o.SaveRule(t.Context(), province, special, was); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveRule(t.Context(), province, "440300000000", "", followup.Standard); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveRule(t.Context(), province, "440300000000", "", followup.Standard); err != nil {
		t.Errorf("none is there any more: %v", err)
	}
	got, err := o.Rules(t.Context())
	if diff := cmp.Diff([]followup.Rule{rule, special, beside}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, tt := range []struct {
		by   followup.Actor
		rule followup.Rule
		want fault.Kind
	}{
		{province, followup.Rule{Limits: followup.Limits{Verify: 0, Rectify: 1, Decide: 1}}, fault.Invalid},
		{province, followup.Rule{Limits: followup.Limits{Verify: 1, Rectify: followup.MaxLimit + 1, Decide: 1}}, fault.Invalid},
		{province, followup.Rule{Region: "4401", Limits: followup.Standard}, fault.Invalid},
		{cityAdmin, followup.Rule{Limits: followup.Standard}, fault.Conflict},
		{cityAdmin, followup.Rule{Region: "440300000000", Limits: followup.Standard}, fault.Conflict},
		{handler, followup.Rule{Region: county, Limits: followup.Standard}, fault.Conflict},
	} {
		if err := o.SaveRule(t.Context(), tt.by, tt.rule, followup.Limits{}); fault.KindOf(err) != tt.want {
			t.Errorf("%+v by %s: got %v", tt.rule, tt.by.Login, err)
		}
	}
	r, other := d.affair(1, stars(1)), d.affair(2, stars(1), func(r *review.Record) { r.DepartmentCode = "" })
	d.accept(t, r, other)
	o.keep(t)
	if a, b := beijing.Day(o.find(t, r.Serial).Due), beijing.Day(o.find(t, other.Serial).Due); a != 20260616 || b != 20260617 {
		t.Errorf("got %d by the department's limits and %d by the city's", a, b)
	}
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	if got := beijing.Day(o.find(t, r.Serial).Due); got != 20260624 {
		t.Errorf("got %d, want six working days", got)
	}
	want := []map[string]any{
		{"object": "deadline:/440100000000", "before": "", "after": "verify 2, rectify 5, decide 1"},
		{"object": "deadline:" + department + "/", "before": "", "after": "verify 1, rectify 4, decide 9"},
		{"object": "deadline:" + department + "/440300000000", "before": "", "after": "verify 7, rectify 8, decide 9"},
		{"object": "deadline:/440300000000", "before": "", "after": "verify 3, rectify 10, decide 3"},
		{"object": "deadline:" + department + "/", "before": "verify 1, rectify 4, decide 9", "after": "verify 1, rectify 6, decide 9"},
		{"object": "deadline:/440300000000", "before": "verify 3, rectify 10, decide 3", "after": ""},
	}
	if diff := cmp.Diff(want, d.rows(t, "SELECT object, before, after FROM audit WHERE action = 'deadline.change' ORDER BY number")); diff != "" {
		t.Error(diff)
	}
}

// caseRulesAtOnce are limits that two set at once: one of them is told that the other was there.
func caseRulesAtOnce(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	at := func(days int) followup.Rule {
		return followup.Rule{Region: "440100000000", Limits: followup.Limits{Verify: days, Rectify: days, Decide: days}}
	}
	for round := range 5 {
		seen := followup.Limits{}
		if round > 0 {
			rules, err := o.Rules(t.Context())
			if err != nil || len(rules) != 1 {
				t.Fatalf("got %d rules, %v", len(rules), err)
			}
			seen = rules[0].Limits
		}
		told := make(chan error, 2)
		for n := range 2 {
			go func() { told <- o.SaveRule(t.Context(), followup.Actor{Login: "root"}, at(10*round+n+1), seen) }()
		}
		one, other := <-told, <-told
		if one != nil {
			one, other = other, one
		}
		if one != nil || fault.KindOf(other) != fault.Conflict {
			t.Errorf("round %d: one got %v, the other %v", round, one, other)
		}
	}
	if n := d.count(t, "audit WHERE action = 'deadline.change'"); n != 5 {
		t.Errorf("%d changes are noted, want 5", n)
	}
}

func caseAssigned(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	var picks []followup.Pick
	for n := range 4 {
		r := d.affair(n, stars(1))
		if n == 1 {
			rated(&r)
		}
		d.accept(t, r)
		picks = append(picks, followup.Pick{Serial: r.Serial})
	}
	o.act(t, &handler, picks[2].Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	got, err := o.Assign(t.Context(), countyAdmin, ratedOfficer, append(picks, followup.Pick{Serial: d.serials.Next(1)}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "不能指派给被评价人", "已由李四", "", "没有"} {
		if (got[i].Fault == "") != (want == "") || !strings.Contains(got[i].Fault, want) {
			t.Errorf("%d: got %q, want %q", i, got[i].Fault, want)
		}
	}
	o.keep(t)
	mine, err := o.List(t.Context(), countyAdmin, followup.Filter{Assignee: "qian"}, nil, nil, 10)
	if err != nil || len(mine) != 2 {
		t.Errorf("got %v, %v; want the two that were assigned", mine, err)
	}
	counts, err := o.Count(t.Context(), ratedOfficer, followup.Scope{})
	if want := (followup.Counts{Open: 3, Unassigned: 1, Mine: 2}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v: nothing of the case about himself", counts, err, want)
	}
	if got, err := o.Assign(t.Context(), countyAdmin, followup.Actor{}, []followup.Pick{{Serial: picks[0].Serial, Version: 1}}); err != nil || got[0].Fault != "" {
		t.Errorf("back to nobody: got %v, %v", got, err)
	}
	if c := o.find(t, picks[0].Serial); c.Assignee != "" || c.Version != 2 {
		t.Errorf("got %+v", c)
	}
	if _, err := o.Assign(t.Context(), countyAdmin, handler, make([]followup.Pick, followup.MaxPicks+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too many: got %v", err)
	}
}
