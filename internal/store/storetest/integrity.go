package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/workday"
)

var integrityTests = []test{
	{"fraud is found once, confirmed it leaves the figures, taken back it returns, and dismissed it does not come again", findingJudged},
	{"a review of two confirmed findings returns when both are taken back", findingShared},
	{"what came of an affair while its review was away counts when it returns", findingOfAffair},
	{"many processes examine a day once, and again when late reviews came", findingOnce},
	{"who decides after another is told so, and who does not see it finds nothing", findingBounds},
	{"origins are kept of reviews that have one, and swept", findingOrigins},
}

// inspector examines days with a clock of his own.
type inspector struct {
	*integrity.Service
	d   *database
	now time.Time
}

// traces opens what the tests seal: nothing was said.
type traces struct{}

func (traces) Traces([]byte, string) (said, telephone string, err error) {
	return "", "", errors.New("nothing is sealed")
}

func (d *database) inspector(t testing.TB) *inspector {
	t.Helper()
	i := &inspector{d: d, now: now}
	var err error
	i.Service, err = integrity.NewService(integrity.Needs{
		Store: d.Store, Opener: traces{}, Blinder: privacy.NewBlinder(privacy.NewKeys()), Calendar: workday.China(), Now: func() time.Time { return i.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// gamed are reviews that one telephone gave of a window on a day before, by as many persons.
func (d *database) gamed(day, from, count int) (records []review.Record) {
	for n := from; n < from+count; n++ {
		records = append(records, d.affair(n, bare, stars(5), func(r *review.Record) {
			r.Channel, r.HallCode, r.WindowCode, r.WorkNo = catalog.HallQR, "H1", "H1W1", "007"
			r.EvalTime = beijing.DayStart(day).Add(9*time.Hour + time.Duration(n)*20*time.Minute)
			r.Day = day
			r.Device, r.Address = digest("device", 1), digest("address", 1)
			r.PersonIndex = digest("person", n)
		}))
	}
	return records
}

func (i *inspector) keep(t fataler) {
	t.Helper()
	i.d.foldAll(t)
	if err := i.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (i *inspector) all(t fataler, f integrity.Filter) []integrity.Stored {
	t.Helper()
	found, err := i.Findings(t.Context(), f, integrity.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// one is the only finding.
func (i *inspector) one(t fataler) integrity.Stored {
	t.Helper()
	found := i.all(t, integrity.Filter{})
	if len(found) != 1 {
		t.Fatalf("got %v, want one finding", found)
	}
	return found[0]
}

var judge = integrity.Judge{Login: "wang", WorkNo: "1"}

func (i *inspector) decide(t fataler, id string, state integrity.State, serials ...string) {
	t.Helper()
	f, _, _, err := i.Finding(t.Context(), id, integrity.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Decide(t.Context(), judge, id, f.Version, integrity.Choice{State: state, Reason: "核实了", Serials: serials}); err != nil {
		t.Fatal(err)
	}
}

func serialsOf(records []review.Record) (serials []string) {
	for i := range records {
		serials = append(serials, records[i].Serial)
	}
	return serials
}

func findingJudged(t *testing.T, d *database) {
	d.migrated(t)
	i := d.inspector(t)
	gamed, honest := d.gamed(20260612, 1, 6), d.affair(50)
	d.accept(t, append(slices.Clone(gamed), honest)...)
	for range 2 {
		i.keep(t)
		i.now = i.now.Add(7 * time.Hour)
	}
	f := i.one(t)
	if f.Kind != integrity.Device || f.Day != 20260612 || f.Place.Window != "H1W1" || f.Count != 6 || f.State != integrity.Open || f.Concerned != 6 {
		t.Errorf("got %+v", f)
	}
	counted := func(want int64) {
		t.Helper()
		if got := d.total(t, everywhere("")); got != want {
			t.Errorf("%d reviews are counted, want %d", got, want)
		}
		d.agrees(t)
		d.foldAll(t)
		d.agrees(t)
	}
	chosen := serialsOf(gamed[:5]) // one is honest, says who looked
	i.decide(t, f.ID, integrity.Confirmed, append(chosen, honest.Serial)...)
	counted(2)
	_, reviews, decided, err := i.Finding(t.Context(), f.ID, integrity.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range reviews {
		if out := n < 5; r.Serial != gamed[n].Serial || r.Withdrawn != out || r.Counts == out {
			t.Errorf("review %d: got %+v", n, r)
		}
		own, err := d.Store.ByPerson(t.Context(), gamed[n].PersonIndex, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if out := n < 5; len(own) != 1 || own[0].Withdrawn != out {
			t.Errorf("review %d: its author is told %+v", n, own)
		}
	}
	if len(decided) != 1 || decided[0].Reviews != 5 || decided[0].Actor != "wang" || decided[0].Reason != "核实了" {
		t.Errorf("got %+v", decided)
	}
	i.now = i.now.Add(7 * time.Hour)
	i.keep(t) // the day has other numbers now
	if got := i.one(t); got.State != integrity.Confirmed {
		t.Errorf("after another examination: got %+v", got)
	}
	i.decide(t, f.ID, integrity.Open)
	counted(7)
	i.decide(t, f.ID, integrity.Dismissed)
	d.accept(t, d.gamed(20260612, 20, 3)...)
	i.now = i.now.Add(7 * time.Hour)
	i.keep(t)
	if got := i.one(t); got.State != integrity.Dismissed || got.Count != 6 {
		t.Errorf("dismissed, and examined again: got %+v", got)
	}
	counted(10)
	noted := d.rows(t, "SELECT action, before, after FROM audit ORDER BY number")
	want := []map[string]any{
		{"action": "integrity.decide", "before": "open", "after": "confirmed, 5 reviews"},
		{"action": "integrity.decide", "before": "confirmed", "after": "open, 5 reviews"},
		{"action": "integrity.decide", "before": "open", "after": "dismissed, 0 reviews"},
	}
	if diff := cmp.Diff(want, noted); diff != "" {
		t.Error(diff)
	}
}

func findingShared(t *testing.T, d *database) {
	d.migrated(t)
	gamed := d.gamed(20260612, 1, 6)
	d.accept(t, gamed...)
	var findings []integrity.Finding
	for _, kind := range []integrity.Kind{integrity.Device, integrity.Words} {
		f := integrity.Finding{Kind: kind, Day: 20260612, Place: integrity.Place{Hall: "H1", Window: "H1W1"}, Count: 6, Concerned: 6}
		for n := range gamed {
			f.Reviews = append(f.Reviews, integrity.Concerned{Serial: gamed[n].Serial, Slot: gamed[n].Slot})
		}
		findings = append(findings, f)
	}
	if err := d.KeepFindings(t.Context(), 20260612, 6, findings, now); err != nil {
		t.Fatal(err)
	}
	i := d.inspector(t)
	both := i.all(t, integrity.Filter{})
	for n, step := range []struct {
		of      int
		state   integrity.State
		serials []string
		want    int64
	}{
		{0, integrity.Confirmed, serialsOf(gamed), 0},
		{1, integrity.Confirmed, serialsOf(gamed[:2]), 0},
		{0, integrity.Open, nil, 4},
		{0, integrity.Confirmed, serialsOf(gamed[:1]), 4},
		{1, integrity.Open, nil, 5},
		{0, integrity.Open, nil, 6},
	} {
		i.decide(t, both[step.of].ID, step.state, step.serials...)
		if got := d.total(t, everywhere("")); got != step.want {
			t.Errorf("step %d: %d reviews are counted, want %d", n, got, step.want)
		}
		d.agrees(t)
	}
	for n, want := range []int{4, 2} {
		_, reviews, decided, err := i.Finding(t.Context(), both[n].ID, integrity.Bounds{})
		if err != nil || len(reviews) != len(gamed) || len(decided) != want {
			t.Errorf("finding %d: %d reviews, %d decisions, %v; want %d and %d", n, len(reviews), len(decided), err, len(gamed), want)
		}
	}
	if left := d.count(t, "withdrawal"); left != 0 {
		t.Errorf("%d withdrawals are left", left)
	}
}

func findingOfAffair(t *testing.T, d *database) {
	d.migrated(t)
	i := d.inspector(t)
	gamed := d.gamed(20260612, 1, 6)
	gamed[2].Subject = gamed[0].Subject // of another person
	d.accept(t, gamed...)
	d.take(t, d.completed(1))
	i.keep(t)
	f := i.one(t)
	i.decide(t, f.ID, integrity.Confirmed, serialsOf(gamed)...)
	d.agrees(t)
	changed := d.completed(1)
	changed.DepartmentCode, changed.Content = "D9", digest("content", 1, "D9")
	d.take(t, changed, d.completed(2)) // one that is known otherwise, one that is known now
	i.decide(t, f.ID, integrity.Open)
	d.agrees(t)
	want := []map[string]any{{"reviewed": int64(2)}, {"reviewed": int64(1)}}
	if diff := cmp.Diff(want, d.rows(t, "SELECT reviewed FROM affair ORDER BY serial_no")); diff != "" {
		t.Error(diff)
	}
	if got := d.rows(t, "SELECT department_code FROM review WHERE serial = $1", gamed[0].Serial)[0]["department_code"]; got != "D9" {
		t.Errorf("the review is of department %v, want what its affair says now", got)
	}
}

func findingOnce(t *testing.T, d *database) {
	d.migrated(t)
	i := d.inspector(t)
	d.accept(t, d.gamed(20260612, 1, 6)...)
	d.foldAll(t)
	claimed := make([]int, 8)
	atOnce(len(claimed), func(n int) {
		day, _, err := d.ClaimDay(t.Context(), 20260601, 20260614, now, now.Add(-6*time.Hour), now.Add(time.Hour))
		if err != nil {
			t.Error(err)
		}
		claimed[n] = day
	})
	slices.Sort(claimed)
	if !slices.Equal(claimed, []int{0, 0, 0, 0, 0, 0, 0, 20260612}) {
		t.Errorf("claimed %v, want one day once", claimed)
	}
	i.keep(t)
	if found := i.all(t, integrity.Filter{}); len(found) != 0 {
		t.Errorf("got %v while another process has the day", found)
	}
	i.now = now.Add(2 * time.Hour) // that one died
	i.keep(t)
	first := i.one(t)
	d.accept(t, d.gamed(20260612, 30, 2)...)
	i.keep(t)
	if got := i.one(t); got.Count != first.Count {
		t.Errorf("examined again at once: %+v", got)
	}
	i.now = i.now.Add(7 * time.Hour)
	i.keep(t)
	if got := i.one(t); got.Count != 8 || got.Version != 0 {
		t.Errorf("with two more: got %+v", got)
	}
}

func findingBounds(t *testing.T, d *database) {
	d.migrated(t)
	i := d.inspector(t)
	gamed := d.gamed(20260612, 1, 6)
	d.accept(t, gamed...)
	i.keep(t)
	f := i.one(t)
	choice := integrity.Choice{State: integrity.Confirmed, Reason: "查实", Serials: serialsOf(gamed)}
	for _, tt := range []struct {
		name    string
		by      integrity.Judge
		version int
		choice  integrity.Choice
		want    fault.Kind
	}{
		{"of another hall", integrity.Judge{Login: "sun", Bounds: integrity.Bounds{Hall: "H2"}}, 0, choice, fault.Missing},
		{"who was rated", integrity.Judge{Login: "qian", WorkNo: "007"}, 0, choice, fault.Conflict},
		{"who has seen another version", judge, 1, choice, fault.Conflict},
		{"without a reason", judge, 0, integrity.Choice{State: integrity.Dismissed, Reason: " "}, fault.Invalid},
		{"without a review", judge, 0, integrity.Choice{State: integrity.Confirmed, Reason: "查实", Serials: []string{"x"}}, fault.Invalid},
		{"who opens what is open", judge, 0, integrity.Choice{State: integrity.Open, Reason: "查实"}, fault.Conflict},
	} {
		if err := i.Decide(t.Context(), tt.by, f.ID, tt.version, tt.choice); fault.KindOf(err) != tt.want {
			t.Errorf("%s: got %v, want kind %v", tt.name, err, tt.want)
		}
	}
	kinds := make([]fault.Kind, 4)
	atOnce(len(kinds), func(n int) {
		err := i.Decide(t.Context(), integrity.Judge{Login: fmt.Sprint("judge", n)}, f.ID, 0, choice)
		if kinds[n] = fault.KindOf(err); err == nil {
			kinds[n] = -1
		}
	})
	slices.Sort(kinds)
	if want := []fault.Kind{-1, fault.Conflict, fault.Conflict, fault.Conflict}; !slices.Equal(kinds, want) {
		t.Errorf("four at once: got %v, want %v", kinds, want)
	}
	d.agrees(t)
	for _, tt := range []struct {
		filter integrity.Filter
		want   int
	}{
		{integrity.Filter{State: integrity.Confirmed, Kind: integrity.Device, From: 20260612, To: 20260612, Bounds: integrity.Bounds{Hall: "H1"}}, 1},
		{integrity.Filter{State: integrity.Open}, 0},
		{integrity.Filter{Kind: integrity.Burst}, 0},
		{integrity.Filter{From: 20260613}, 0},
		{integrity.Filter{Serial: serialsOf(gamed)[1]}, 1},
		{integrity.Filter{Serial: serialsOf(gamed)[1], State: integrity.Open}, 0},
		{integrity.Filter{Serial: d.affair(9).Serial}, 0},
		{integrity.Filter{Serial: "nonsense"}, 0},
		{integrity.Filter{Bounds: integrity.Bounds{RegionFrom: "440300000000", RegionTo: "440400000000"}}, 0},
	} {
		if n, err := i.Count(t.Context(), tt.filter, 10); err != nil || n != tt.want || len(i.all(t, tt.filter)) != tt.want {
			t.Errorf("%+v: got %d, %v; want %d", tt.filter, n, err, tt.want)
		}
	}
}

func findingOrigins(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, append(d.gamed(20260612, 1, 3), d.affair(9))...)
	if got := d.count(t, "review_origin"); got != 3 {
		t.Errorf("%d origins are kept, want 3", got)
	}
	for _, tt := range []struct {
		before time.Time
		most   int
		want   int
	}{{now.Add(-time.Hour), 10, 0}, {now.Add(time.Hour), 2, 2}, {now.Add(time.Hour), 10, 1}} {
		if n, err := d.SweepOrigins(t.Context(), tt.before, tt.most); err != nil || n != tt.want {
			t.Errorf("%v: swept %d, %v; want %d", tt, n, err, tt.want)
		}
	}
	officers := []integrity.OfficerMarks{{Hall: "H1", WorkNo: "007", Marks: []integrity.Mark{{1}, {2}}}, {Hall: "H1", WorkNo: "008", Marks: []integrity.Mark{{2}}}}
	for range 2 {
		if err := d.SetOfficerMarks(t.Context(), officers); err != nil {
			t.Fatal(err)
		}
	}
	known, err := d.Officers(t.Context())
	want := map[integrity.Mark][]integrity.OfficerMark{{1}: {{Hall: "H1", WorkNo: "007"}}, {2}: {{Hall: "H1", WorkNo: "007"}, {Hall: "H1", WorkNo: "008"}}}
	if diff := cmp.Diff(want, known); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if counts, err := d.CountOfficerMarks(t.Context()); err != nil || counts["H1"] != 2 {
		t.Errorf("got %v, %v; want two officers", counts, err)
	}
}
