package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/figures"
)

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
