package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"pgregory.net/rapid"
)

var caseListTests = []test{
	{"whatever is looked for, pages forwards and backwards are what a filter of all cases gives, and so are the counts", caseWorklist},
	{"a worklist is a range of an index, whatever bounds it", caseWorklistIndex},
	{"what can't be looked for is told", caseWorklistFaults},
}

// Who and where the cases of a worklist are.
var (
	listRegions     = []string{"440106000000", "440106001000", "440103000000", "440300000000", "441900003000", "441900004000", "440106002000", "440000000000", "0"}
	listDepartments = []string{"", "D1", "D2"}
	listHalls       = []string{"", "H1", "H2"}
	listLogins      = []string{"", "li", "wang"}
)

// worklist makes count cases of all kinds, and gives them in order.
func (o *office) worklist(t *testing.T, count int) []followup.Case {
	t.Helper()
	for n := range count {
		r := o.d.affair(n, stars(1+n%2), func(r *review.Record) {
			r.Region, r.DepartmentCode = listRegions[n%len(listRegions)], listDepartments[n/2%3]
			r.HallCode, r.WorkNo = listHalls[n/3%3], []string{"", "007", "008"}[n/5%3]
		})
		o.d.accept(t, r)
		due := now.Add(time.Duration(n%5-2) * 24 * time.Hour)
		state := followup.States[n%len(followup.States)]
		ended := 0
		if state.Ended() {
			ended = 1
		}
		o.d.exec(t, `UPDATE followup SET state = $1, due_at = $2, ended = $3, hall_code = $4, assignee = $5, supervised = $6 WHERE serial = $7`,
			string(state), due.UnixMicro(), ended, r.HallCode, listLogins[n/4%3], n/6%2, r.Serial)
	}
	var all []followup.Case
	for _, row := range o.d.rows(t, "SELECT serial FROM followup") {
		all = append(all, o.find(t, row["serial"].(string)))
	}
	slices.SortFunc(all, func(a, b followup.Case) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Slot, b.Slot), strings.Compare(a.Serial, b.Serial))
	})
	return all
}

// covers says the same as Scope.Covers by another way.
func covers(scope followup.Scope, c *followup.Case) bool {
	within := scope.Region == ""
	for _, place := range org.Ancestors(c.Region) {
		within = within || place.Code == scope.Region
	}
	return within && slices.Contains([]string{"", c.Department}, scope.Department) && slices.Contains([]string{"", c.Hall}, scope.Hall)
}

func caseWorklist(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	all := o.worklist(t, 240)
	soon := o.now // until the end of the next working day, found out by asking
	for day := range 3 {
		moment := now.AddDate(0, 0, day)
		if u, _, _ := o.Urgency(&followup.Case{State: followup.Pending, Due: moment}); day > 0 && u == followup.DueSoon {
			soon = moment
		}
	}
	soon = time.Date(soon.Year(), soon.Month(), soon.Day(), 23, 59, 59, 0, soon.Location())
	rapid.Check(t, func(t *rapid.T) {
		scope := func(name string) followup.Scope {
			return followup.Scope{
				Region:     rapid.SampledFrom([]string{"", "", "", "", "", "", "440000000000", "440100000000", "440106000000", "440106001000", "441900003000", "440300000000"}).Draw(t, name+" region"),
				Department: rapid.SampledFrom([]string{"", "", "", "", "", "D1"}).Draw(t, name+" department"),
				Hall:       rapid.SampledFrom([]string{"", "", "", "", "", "H1"}).Draw(t, name+" hall"),
			}
		}
		by := followup.Actor{Login: "li", Scope: scope("own"), WorkNo: rapid.SampledFrom([]string{"", "007"}).Draw(t, "work number")}
		f := followup.Filter{
			State:      rapid.SampledFrom(append(make([]followup.State, 14), followup.States...)).Draw(t, "state"),
			Ended:      rapid.IntRange(0, 3).Draw(t, "ended") == 0,
			Within:     scope("within"),
			Urgency:    rapid.SampledFrom([]followup.Urgency{"", "", followup.PastDue, followup.DueSoon, followup.InTime}).Draw(t, "urgency"),
			Supervised: rapid.IntRange(0, 4).Draw(t, "supervised") == 0,
			Assignee:   rapid.SampledFrom([]string{"", "", "", "", "li", followup.Unassigned}).Draw(t, "assignee"),
		}
		if rapid.IntRange(0, 5).Draw(t, "by serial number") == 0 {
			f.Serial = strings.ToLower(all[rapid.IntRange(0, len(all)-1).Draw(t, "which")].Serial[:rapid.IntRange(1, 20).Draw(t, "length")])
		}
		if rapid.IntRange(0, 4).Draw(t, "by due") == 0 {
			f.DueBefore = now.Add(time.Duration(rapid.IntRange(-96, 96).Draw(t, "hours")) * time.Hour)
		}
		var want []followup.Case
		var counts followup.Counts
		for i := range all {
			c := &all[i]
			if !covers(by.Scope, c) || !covers(f.Within, c) || by.WorkNo != "" && by.WorkNo == c.WorkNo {
				continue
			}
			urgency := followup.InTime
			if !c.State.Ended() && c.State != followup.Awaiting {
				if c.Due.Before(now) {
					urgency = followup.PastDue
				} else if !c.Due.After(soon) {
					urgency = followup.DueSoon
				}
			}
			count := func(n *int, is bool) {
				if is && !c.State.Ended() {
					*n++
				}
			}
			count(&counts.Open, true)
			count(&counts.Overdue, urgency == followup.PastDue)
			count(&counts.Soon, urgency == followup.DueSoon)
			count(&counts.Supervised, c.Supervised)
			count(&counts.Appealed, c.State == followup.Appealed)
			count(&counts.Unassigned, c.Assignee == "" && c.State != followup.Awaiting)
			count(&counts.Mine, c.Assignee == "li")
			ended := f.Ended
			if f.State != "" {
				ended = f.State == followup.Closed || f.State == followup.Dismissed
			}
			if ended != c.State.Ended() || f.State != "" && f.State != c.State || f.Urgency != "" && f.Urgency != urgency && !ended ||
				f.Supervised && !c.Supervised || f.Assignee == "li" && c.Assignee != "li" || f.Assignee == followup.Unassigned && c.Assignee != "" ||
				!f.DueBefore.IsZero() && !c.Due.Before(f.DueBefore) || !strings.HasPrefix(c.Serial, strings.ToUpper(f.Serial)) {
				continue
			}
			want = append(want, *c)
		}
		page := rapid.IntRange(1, 40).Draw(t, "page")
		var got []followup.Case
		for after := (*followup.Position)(nil); ; {
			some, err := o.List(t.Context(), by, f, after, nil, page)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, some...)
			if len(some) < page {
				break
			}
			after = followup.PositionOf(&some[page-1])
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("forwards (-want +got): %s", diff)
		}
		if len(want) > 0 {
			last := rapid.IntRange(0, len(want)-1).Draw(t, "before")
			some, err := o.List(t.Context(), by, f, nil, followup.PositionOf(&want[last]), page)
			if diff := gocmp.Diff(want[max(0, last-page):last], some); err != nil || diff != "" && last > 0 {
				t.Fatalf("backwards (-want +got): %v %s", err, diff)
			}
		}
		counted, err := o.Count(t.Context(), by, f.Within)
		if err != nil || counted != counts {
			t.Fatalf("got %+v, %v; want %+v", counted, err, counts)
		}
	})
}

// caseWorklistIndex makes many cases and asks the engine how it would find a page.
func caseWorklistIndex(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	series := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
	d.exec(t, `INSERT INTO followup (slot, serial, state, stars, region_code, department_code, opened_at, due_at, hall_code, assignee) `+series+
		`SELECT i % 32, CAST(i AS text), 'pending', 1, CAST(440100000000 + (i % 21) * 100000000 + (i % 11) * 1000000 AS text), 'D' || CAST(i % 300 AS text), 1, i, 'H' || CAST(i % 300 AS text),
		'L' || CAST(i % 300 AS text) FROM n`)
	d.exec(t, "ANALYZE followup")
	for index, f := range map[string]followup.Filter{
		"followup_due":        {},
		"followup_city":       {Within: followup.Scope{Region: "440300000000"}},
		"followup_county":     {Within: followup.Scope{Region: "440305000000"}},
		"followup_department": {Within: followup.Scope{Department: "D7"}},
		"followup_hall":       {Within: followup.Scope{Hall: "H7"}},
		"followup_assignee":   {Assignee: "L7"},
	} {
		for name, after := range map[string]*followup.Position{"first": nil, "next": {Due: time.UnixMicro(9000), Slot: 3, Serial: "9000"}} {
			q := followup.Query{Filter: f, Now: now, Soon: now, After: after, Limit: 20}
			plan := d.plan(t, q)
			if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN followup") && !strings.Contains(plan, "SCAN followup USING") ||
				strings.Contains(plan, "Seq Scan on followup") {
				t.Errorf("%s page: want %s:\n%s", name, index, plan)
			}
		}
	}
	_ = o
}

// plan is how the engine finds a worklist's page.
func (d *database) plan(t *testing.T, q followup.Query) string {
	t.Helper()
	text, arguments := store.CaseListQuery(q)
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

func caseWorklistFaults(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	for _, f := range []followup.Filter{
		{State: "x"},
		{Urgency: "x"},
		{Within: followup.Scope{Region: "x"}},
		{Serial: strings.Repeat("0", 65)},
		{Assignee: strings.Repeat("a", 129)},
		{Within: followup.Scope{Department: strings.Repeat("d", 65)}},
	} {
		if _, err := o.List(t.Context(), countyAdmin, f, nil, nil, 10); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: got %v", f, err)
		}
	}
}
