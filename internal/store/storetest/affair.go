package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
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
}

// rejections gives the list as “serial number: where: fields”.
func rejections(t *testing.T, s *affair.Service, source string) (list []string) {
	t.Helper()
	err := s.EachRejected(t.Context(), source, func(r affair.RejectedRow) error {
		var fields []string
		for _, v := range r.Violations {
			fields = append(fields, v.Field)
		}
		list = append(list, fmt.Sprintf("%s %s: %s: %s: %v", r.Source, r.SerialNo, r.Where, strings.Join(fields, ","), r.Cells))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func rejectedRows(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	b := batchOf(one(1), one(2), one(3, func(a *affair.Affair) { a.DoneTime = now.Add(time.Hour) }))
	b.Rows[1].Violations = []fault.Violation{{Field: "affairName", Reason: "最多 100 个字符，现有 101 个"}}
	wantStates(t, s.Take, b, affair.New, affair.Rejected, affair.Rejected)
	wantStates(t, s.Take, b, affair.Same, affair.Rejected, affair.Rejected)
	want := []string{"front S2: 第 3 行: affairName: [S2 甲]", "front S3: 第 4 行: affairDoneTime: [S3 甲]"}
	if diff := cmp.Diff(want, rejections(t, s, "front")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, rejections(t, s, "")); diff != "" {
		t.Errorf("of all sources: %s", diff)
	}
	if got := rejections(t, s, "other"); got != nil {
		t.Errorf("of another source: %v", got)
	}
	if n, err := s.CountRejected(t.Context(), "front"); n != 2 || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
	corrected := batchOf(one(2))
	corrected.Source = "file" // wherever it comes from
	wantStates(t, s.Take, corrected, affair.New)
	if diff := cmp.Diff(want[1:], rejections(t, s, "")); diff != "" {
		t.Errorf("after S2 arrived: %s", diff)
	}
	if n, err := s.DropRejected(t.Context(), "front", now); n != 0 || err != nil {
		t.Errorf("dropped %d that came since, %v", n, err)
	}
	if n, err := s.DropRejected(t.Context(), "front", now.Add(time.Second)); n != 1 || err != nil {
		t.Errorf("dropped %d, %v, want 1", n, err)
	}
}

func rejectedByKey(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	b := batchOf(one(1), one(2))
	for i := range b.Rows {
		b.Rows[i].SerialNo, b.Rows[i].Cells = "", []string{"", fmt.Sprint(i)}
		b.Rows[i].Violations = []fault.Violation{{Field: "affairSerialNo", Reason: "不能为空"}}
	}
	wantStates(t, s.Take, b, affair.Rejected, affair.Rejected)
	wantStates(t, s.Take, b, affair.Rejected, affair.Rejected) // again, as after a fall of the process
	var keys []string
	err := s.EachRejected(t.Context(), "", func(r affair.RejectedRow) error {
		keys = append(keys, r.Key)
		return nil
	})
	if err != nil || len(keys) != 2 || keys[0] == keys[1] {
		t.Fatalf("got the keys %v, %v, want two", keys, err)
	}
	still := batchOf(one(1))
	still.Source, still.Rows[0] = "file", b.Rows[0]
	still.Rows[0].Corrects, still.Rows[0].Cells = keys[0], []string{"", "another try"}
	wantStates(t, s.Take, still, affair.Rejected)
	if n, err := s.CountRejected(t.Context(), "front"); n != 1 || err != nil {
		t.Errorf("%d wait beside what came again, %v, want 1", n, err)
	}
	keys = nil
	err = s.EachRejected(t.Context(), "file", func(r affair.RejectedRow) error {
		keys = append(keys, r.Key)
		return nil
	})
	if err != nil || len(keys) != 1 {
		t.Fatalf("got the keys %v, %v, want one", keys, err)
	}
	corrected := batchOf(one(1))
	corrected.Rows[0].Corrects = keys[0]
	wantStates(t, s.Take, corrected, affair.New)
	if n, err := s.CountRejected(t.Context(), "file"); n != 0 || err != nil {
		t.Errorf("%d wait, %v, want none", n, err)
	}
	if n, err := s.CountRejected(t.Context(), "front"); n != 1 || err != nil {
		t.Errorf("%d wait, %v, want 1", n, err)
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
		d.affair(8, func(r *review.Record) { r.Subject = "S8" }))
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

func coverage(t *testing.T, d *database) {
	d.migrated(t)
	item := func(code string) func(*affair.Record) {
		return func(a *affair.Record) { a.ItemCode, a.HallCode = code, hallCode }
	}
	d.take(t, d.completed(1, item("I1")), d.completed(2, item("I1")), d.completed(3, item("I2")), d.completed(4, item("I3")))
	d.accept(t, d.affair(1), d.affair(2), d.another(3, 1), d.another(3, 2))
	service := figures.NewService(figures.Needs{Store: d.Store, Registry: d.registry, Now: clock})
	scope := figures.Scope{Region: "440100000000", Span: figures.Span{From: 20260601, To: 20260630}}
	want := figures.Response{Completed: 4, Reviewed: 3, Items: 3, ReviewedItems: 2}
	for name, by := range map[string]struct {
		by   figures.By
		code string
	}{"region": {figures.ByRegion, county}, "department": {figures.ByDepartment, department}, "hall": {figures.ByHall, hallCode}} {
		for range 2 { // before and after folding
			got, err := service.Responses(t.Context(), scope, by.by)
			if err != nil || len(got) != 1 {
				t.Fatalf("%s: got %v, %v", name, got, err)
			}
			want.Code, want.Name = by.code, got[0].Name
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			d.foldAll(t)
		}
	}
	whole, err := service.Response(t.Context(), scope)
	if err != nil || whole.Rate() != 75 || whole.UnreviewedRate() != 25 || whole.Coverage() != 66.67 {
		t.Errorf("got %+v, %v", whole, err)
	}
	d.take(t, d.completed(4, item("I2"))) // it was another item
	if whole, err := service.Response(t.Context(), scope); err != nil || whole.Items != 2 || whole.Coverage() != 100 {
		t.Errorf("after the change: got %+v, %v", whole, err)
	}
	scope.Span = figures.Span{From: 20260501, To: 20260531}
	if whole, err := service.Response(t.Context(), scope); err != nil || whole.Completed != 0 || whole.Rate() != 0 {
		t.Errorf("in another month: got %+v, %v", whole, err)
	}
}

func affairRegisters(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	_, err := s.Take(t.Context(), batchOf(one(1, func(a *affair.Affair) {
		a.RegionCode, a.DepartmentCode, a.DepartmentName, a.ItemCode = "440199", "D7", "某局", "I7"
	})))
	if err != nil {
		t.Fatal(err)
	}
	got := d.rows(t, `SELECT d.name, d.region_code, i.name AS item FROM department d JOIN item i ON i.department_code = d.code
		JOIN region r ON r.code = d.region_code WHERE d.code = 'D7' AND i.code = 'I7'`)
	if diff := cmp.Diff([]map[string]any{{"name": "某局", "region_code": "440199000000", "item": "设立登记"}}, got); diff != "" {
		t.Error(diff)
	}
}

func affairColumns(t *testing.T, d *database) {
	d.migrated(t)
	person, certificate := 1, 999
	full := func(name string) affair.Record {
		r := d.completed(1, inHall, func(a *affair.Record) {
			a.ItemName, a.DepartmentName, a.Result, a.RegionCode = name, "Ａ'b\"c\\d\te", "😀办结", "440106"
			a.UserType, a.CertificateType, a.ApplyTime = &person, &certificate, now.Add(-72*time.Hour-time.Microsecond)
			a.Source, a.AppCode = "front", "app1"
		})
		r.CertificateIndex, r.Sealed = digest("certificate"), []byte{1, 0, 255}
		return r
	}
	bare := d.completed(2, func(a *affair.Record) {
		a.Affair = affair.Affair{SerialNo: "S2", ItemCode: "I2", DoneTime: time.UnixMicro(0)}
	})
	columns := func(r *affair.Record) map[string]any {
		return map[string]any{
			"slot": int64(r.Slot), "serial_no": r.SerialNo, "source": r.Source, "content": r.Content[:], "app_code": r.AppCode,
			"item_code": r.ItemCode, "item_name": r.ItemName, "department_code": r.DepartmentCode, "department_name": r.DepartmentName,
			"region_sent": r.RegionCode, "region_code": r.Region, "hall_code": r.HallCode, "window_code": r.WindowCode,
			"work_no": r.WorkNo, "result": r.Result, "user_type": nil, "certificate_type": nil, "apply_time": nil,
			"done_time": r.DoneTime.UnixMicro(), "certificate_index": nil, "sealed": []byte{}, "reviewed": int64(0),
			"updated_at": now.UnixMicro(),
		}
	}
	for _, name := range []string{"𠮷野家设立", "改"} {
		r := full(name)
		d.take(t, r, bare)
		want := columns(&r)
		want["user_type"], want["certificate_type"], want["apply_time"] = int64(1), int64(999), r.ApplyTime.UnixMicro()
		want["certificate_index"], want["sealed"] = r.CertificateIndex[:], r.Sealed
		got := d.rows(t, "SELECT * FROM affair ORDER BY serial_no")
		if diff := cmp.Diff([]map[string]any{want, columns(&bare)}, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
