package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
)

// limitsMove are limits of cases that were set for codes which are given up: they hold for the ones that took their place, unless those
// have limits of their own.
func limitsMove(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	done(t, d.SaveRegisters(t.Context(), org.Changes{Departments: []org.Department{
		{Code: "D1", Name: "原局", RegionCode: "440103000000"},
		{Code: "D2", Name: "现局", RegionCode: "440106000000"},
		{Code: "D3", Name: "原二局", RegionCode: "440103000000"},
		{Code: "D4", Name: "现二局", RegionCode: "440106000000"},
	}}))
	days := func(n int) followup.Limits { return followup.Limits{Verify: n, Rectify: n, Decide: n} }
	rules := []struct{ was, now followup.Rule }{
		{followup.Rule{Department: "D1", Limits: days(1)}, followup.Rule{Department: "D2", Limits: days(1)}},
		{followup.Rule{Region: "440103000000", Department: "D1", Limits: days(2)}, followup.Rule{Region: "440104000000", Department: "D2", Limits: days(2)}},
		{followup.Rule{Region: "440103001000", Limits: days(3)}, followup.Rule{Region: "440104001000", Limits: days(3)}},
		{followup.Rule{Region: "440100000000", Limits: days(4)}, followup.Rule{Region: "440100000000", Limits: days(4)}},
		{followup.Rule{Department: "D4", Limits: days(5)}, followup.Rule{Department: "D4", Limits: days(5)}},
		{followup.Rule{Department: "D3", Limits: days(6)}, followup.Rule{}}, // D4 has its own
	}
	var want []followup.Rule
	for _, rule := range rules {
		done(t, o.SaveRule(t.Context(), followup.Actor{Login: "root"}, rule.was, followup.Limits{}))
		if rule.now.Limits != (followup.Limits{}) {
			want = append(want, rule.now)
		}
	}
	before := d.count(t, "audit WHERE action = 'deadline.change'")
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: "D1", Code: "D2"}, org.Succession{Kind: org.OfDepartment, Former: "D3", Code: "D4"},
		org.Succession{Kind: org.OfRegion, Former: "440103000000", Code: "440104000000"})
	got, err := o.Rules(t.Context())
	done(t, err)
	byPlace := func(a, b followup.Rule) int {
		return cmp.Or(strings.Compare(a.Department, b.Department), strings.Compare(a.Region, b.Region))
	}
	slices.SortFunc(want, byPlace)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	noted := []map[string]any{
		{"object": "deadline:/440103001000", "before": "verify 3, rectify 3, decide 3", "after": ""},
		{"object": "deadline:/440104001000", "before": "", "after": "verify 3, rectify 3, decide 3"},
		{"object": "deadline:D1/", "before": "verify 1, rectify 1, decide 1", "after": ""},
		{"object": "deadline:D1/440103000000", "before": "verify 2, rectify 2, decide 2", "after": ""},
		{"object": "deadline:D2/", "before": "", "after": "verify 1, rectify 1, decide 1"},
		{"object": "deadline:D2/440104000000", "before": "", "after": "verify 2, rectify 2, decide 2"},
		{"object": "deadline:D3/", "before": "verify 6, rectify 6, decide 6", "after": ""},
	}
	entries := d.rows(t, "SELECT object, before, after FROM audit WHERE action = 'deadline.change' ORDER BY number LIMIT 100 OFFSET $1", before)
	slices.SortFunc(entries, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["object"]), fmt.Sprint(b["object"]))
	})
	if diff := gocmp.Diff(noted, entries); diff != "" {
		t.Error(diff)
	}
}
