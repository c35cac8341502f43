package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

var affairTests = []test{
	{"an affair is new, then the same, then changed", states},
	{"every column of an affair is read back, new and changed", affairColumns},
	{"of two rows with one serial number the later counts", laterCounts},
	{"a preview says the same as taking, and writes nothing", preview},
	{"a batch that fails leaves nothing of it", failsWhole},
	{"the cursor moves with the rows, or not at all", cursors},
	{"a rejected row stands in the list until its affair arrives", rejectedRows},
	{"a rejected row without a serial number is put right by its key", rejectedByKey},
	{"personal data of affairs is sealed", affairsSealed},
	{"a citizen finds his unreviewed affairs of a hall", ownAffairs},
	{"reviews without an affair are listed, oldest first, page by page", orphans},
	{"a source is one holder's until his time is over", leases},
	{"items are covered when one of their affairs is reviewed", coverage},
	{"codes that affairs bring are registered", affairRegisters},
}

// affairService takes affairs as a process does.
func (d *database) affairService(t *testing.T, now func() time.Time) *affair.Service {
	t.Helper()
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	places := &review.Placement{Registry: d.registry, Root: "440000000000"}
	return affair.NewService(d.Store, places, sealer, privacy.NewBlinder(keys), now)
}

// one is an affair as a source tells it.
func one(n int, changes ...func(*affair.Affair)) affair.Affair {
	a := affair.Affair{
		SerialNo: fmt.Sprint("S", n), ItemCode: itemCode, ItemName: "设立登记", DepartmentCode: department, HallCode: hallCode,
		DoneTime: now.Add(-time.Duration(n) * time.Hour),
		Personal: affair.Personal{UserID: "u1", UserName: "欧阳修", ContactPhone: "13800138000", CertificateNo: "44010619900101001x", OfficerName: "诸葛亮"},
	}
	for _, change := range changes {
		change(&a)
	}
	return a
}

func batchOf(affairs ...affair.Affair) affair.Batch {
	b := affair.Batch{Source: "front", Columns: []string{"办件编号", "备注"}}
	for i, a := range affairs {
		b.Rows = append(b.Rows, affair.Row{Affair: a, Cells: []string{a.SerialNo, "甲"}, Where: fmt.Sprintf("第 %d 行", i+2)})
	}
	return b
}

type taker func(context.Context, affair.Batch) ([]affair.Verdict, error)

// wantStates takes a batch and compares the states.
func wantStates(t *testing.T, take taker, b affair.Batch, want ...affair.State) {
	t.Helper()
	verdicts, err := take(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	var got []affair.State
	for _, v := range verdicts {
		got = append(got, v.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states: %s", diff)
	}
}

func states(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	wantStates(t, s.Take, batchOf(one(1), one(2)), affair.New, affair.New)
	wantStates(t, s.Take, batchOf(one(1), one(2), one(3)), affair.Same, affair.Same, affair.New)
	for _, change := range []func(*affair.Affair){
		func(a *affair.Affair) { a.UserName = "李四" },
		func(a *affair.Affair) { a.Result = "不予受理" },
		func(a *affair.Affair) { a.ApplyTime = a.DoneTime.Add(-time.Hour) },
		func(a *affair.Affair) { zero := 0; a.UserType = &zero },
	} {
		wantStates(t, s.Take, batchOf(one(1, change), one(2)), affair.Changed, affair.Same)
	}
	wantStates(t, s.Take, affair.Batch{Source: "front"})
	d.wantCompletions(t, 3, 0)
	d.agrees(t)
}

func laterCounts(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	other := func(a *affair.Affair) { a.WorkNo = "W2" }
	wantStates(t, s.Take, batchOf(one(1), one(1), one(1, other)), affair.New, affair.Same, affair.Changed)
	wantStates(t, s.Take, batchOf(one(1), one(1, other)), affair.Changed, affair.Changed)
	got := d.rows(t, "SELECT work_no FROM affair")
	if diff := cmp.Diff([]map[string]any{{"work_no": "W2"}}, got); diff != "" {
		t.Error(diff)
	}
	d.wantCompletions(t, 1, 0)
	d.agrees(t)
}

func preview(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	wantStates(t, s.Take, batchOf(one(1), one(2)), affair.New, affair.New)
	future := one(4, func(a *affair.Affair) { a.DoneTime = now.Add(time.Hour) })
	b := batchOf(one(1), one(2, func(a *affair.Affair) { a.WorkNo = "W2" }), one(3), future)
	b.Cursor = &affair.Cursor{Value: "1", Key: "S3"}
	want := []affair.State{affair.Same, affair.Changed, affair.New, affair.Rejected}
	wantStates(t, s.Preview, b, want...)
	wantStates(t, s.Preview, b, want...)
	if got := d.count(t, "affair") + d.count(t, "affair_rejected") + d.count(t, "affair_cursor"); got != 2 {
		t.Errorf("%d rows are stored after a preview, want 2", got)
	}
	wantStates(t, s.Take, b, want...)
}

func failsWhole(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	d.accept(t, d.affair(1, func(r *review.Record) { r.Subject, r.Unverified = "S1", true }))
	d.exec(t, "DROP TABLE affair_cursor")
	b := batchOf(one(1), one(2, func(a *affair.Affair) { a.DoneTime = now.Add(time.Hour) }))
	b.Cursor = &affair.Cursor{Value: "1", Key: "S3"}
	if _, err := s.Take(t.Context(), b); err == nil {
		t.Fatal("taken without a place for the cursor")
	}
	if got := d.count(t, "affair") + d.count(t, "affair_rejected") + d.count(t, "counter_change"); got != 0 {
		t.Errorf("%d rows are stored", got)
	}
	if got := d.rows(t, "SELECT state, filled FROM review"); !cmp.Equal(got, []map[string]any{{"state": int64(2), "filled": int64(0)}}) {
		t.Errorf("the review is %v", got)
	}
}

func cursors(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	if _, found, err := s.Cursor(t.Context(), "front"); found || err != nil {
		t.Fatalf("found %v, %v before anything was read", found, err)
	}
	for _, want := range []affair.Cursor{{Value: "2026-06-15 09:00:00", Key: "S1"}, {Value: "2026-06-15 09:00:00", Key: "S2"}} {
		b := batchOf(one(1))
		b.Cursor = &want
		if _, err := s.Take(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		got, found, err := s.Cursor(t.Context(), "front")
		if !found || err != nil || got != want {
			t.Errorf("got %v, %v, %v, want %v", got, found, err, want)
		}
	}
	if _, err := s.Take(t.Context(), batchOf(one(2))); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := s.Cursor(t.Context(), "front"); got.Key != "S2" {
		t.Errorf("a batch without a cursor moved it to %v", got)
	}
	other := batchOf(one(3))
	other.Source, other.Cursor = "a front before it", &affair.Cursor{Value: "2026-06-01 00:00:00", Key: "S3"}
	if _, err := s.Take(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := s.Cursor(t.Context(), "front"); got.Key != "S2" {
		t.Errorf("another source's cursor is taken for its own: %v", got)
	}
}

func affairsSealed(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	b := batchOf(one(1), one(2, func(a *affair.Affair) { a.DoneTime = now.Add(time.Hour) }))
	b.Rows[1].Cells = []string{"S2", "欧阳修", "13800138000", "44010619900101001x"}
	wantStates(t, s.Take, b, affair.New, affair.Rejected)
	for _, table := range []string{"affair", "affair_rejected"} {
		text := fmt.Sprintf("%s", d.rows(t, "SELECT * FROM "+table))
		for _, secret := range []string{"欧阳修", "13800138000", "44010619900101001", "诸葛亮"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %s in the clear", table, secret)
			}
		}
	}
}

func ownAffairs(t *testing.T, d *database) {
	d.migrated(t)
	s := d.affairService(t, clock)
	elsewhere := func(a *affair.Affair) { a.HallCode = "H9" }
	nowhere := func(a *affair.Affair) { a.HallCode = "" }
	others := func(a *affair.Affair) { a.CertificateNo = "440106199001010028" }
	nobodys := func(a *affair.Affair) { a.CertificateNo = "" }
	old := func(a *affair.Affair) { a.DoneTime = now.AddDate(-1, 0, 0) }
	_, err := s.Take(t.Context(), batchOf(one(1), one(2), one(3, elsewhere), one(4, nowhere), one(5, others), one(6, nobodys), one(7, old), one(8), one(9)))
	if err != nil {
		t.Fatal(err)
	}
	// Of the affairs 2, 8 and 9 the first was reviewed at the counter, the second by another person.
	d.accept(t,
		d.affair(2, func(r *review.Record) { r.Subject, r.PersonIndex = "S2", privacy.Digest{} }),
		d.affair(8, func(r *review.Record) { r.Subject = "S8" }),
		d.affair(1, func(r *review.Record) { r.Kind, r.Subject, r.PersonIndex = review.Hotline, "S1", privacy.Digest{} })) // a work order's number
	find := func(certificate string) (serials []string) {
		affairs, err := s.Unreviewed(t.Context(), certificate, "u1", hallCode)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range affairs {
			serials = append(serials, a.SerialNo)
			if a.ItemName != "设立登记" || a.ItemCode != itemCode || a.DoneTime.IsZero() {
				t.Errorf("got %+v", a)
			}
		}
		return serials
	}
	if diff := cmp.Diff([]string{"S1", "S4", "S8", "S9"}, find("44010619900101001X")); diff != "" {
		t.Error(diff)
	}
	if got := find(""); got != nil {
		t.Errorf("nobody finds %v", got)
	}
	reviews := d.service(t, d.Store, privacy.NewKeys()) // another installation's keys: nobody known
	if _, err := reviews.Submit(t.Context(), submission(1, func(r *review.Review) { r.Subject, r.UserID = "S9", "u1" })); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"S1", "S4", "S8", "S9"}, find("44010619900101001X")); diff != "" {
		t.Errorf("under another key: %s", diff)
	}
}

func orphans(t *testing.T, d *database) {
	d.migrated(t)
	s := d.affairService(t, clock)
	ago := func(days int) func(*review.Record) {
		return func(r *review.Record) { r.EvalTime = now.AddDate(0, 0, -days) }
	}
	var batch []review.Record
	for n := range 6 {
		batch = append(batch, d.affair(n, ago(n)))
	}
	batch = append(batch, d.affair(6, ago(6), func(r *review.Record) { r.Kind = review.Guide }), d.affair(7, ago(7), func(r *review.Record) { r.Unverified = true }))
	d.accept(t, batch...)
	d.take(t, d.completed(4))
	var got []string
	var after *affair.OrphanPosition
	for {
		page, err := s.Orphans(t.Context(), 2, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			got = append(got, fmt.Sprint(o.SerialNo[len(itemCode)+8:], " ", o.Unverified))
			after = &affair.OrphanPosition{EvalTime: o.EvalTime, Serial: o.Serial}
		}
	}
	if diff := cmp.Diff([]string{"0007 true", "0005 false", "0003 false"}, got); diff != "" {
		t.Error(diff)
	}
}

func leases(t *testing.T, d *database) {
	at := now
	s := d.migrated(t).affairService(t, func() time.Time { return at })
	want := func(holder string, want bool) {
		t.Helper()
		if got, err := s.Lease(t.Context(), "front", holder, time.Minute); got != want || err != nil {
			t.Errorf("%s holds it: %v, %v, want %v", holder, got, err, want)
		}
	}
	want("a", true)
	want("b", false)
	at = at.Add(50 * time.Second)
	want("a", true)
	at = at.Add(59 * time.Second)
	want("b", false)
	at = at.Add(time.Second)
	want("b", true)
	want("a", false)
	if err := s.Release(t.Context(), "front", "a"); err != nil {
		t.Fatal(err)
	}
	want("a", false)
	if err := s.Release(t.Context(), "front", "b"); err != nil {
		t.Fatal(err)
	}
	want("a", true)
}
