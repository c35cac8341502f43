package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

var registerTests = []test{
	{"codes that arrive unknown are kept as pending", unknownCodes},
	{"codes of a review that was not stored stay unknown", refusedCodes},
	{"a department without a name gets the first one that is told", departmentName},
	{"what an administrator placed stays as it is", placedCodes},
	{"registers are loaded as they stand", loadRegisters},
}

// told makes a record tell these codes.
func told(region, department, departmentName, item string) func(*review.Record) {
	return func(r *review.Record) {
		r.RegionCode, r.DepartmentCode, r.DepartmentName, r.ItemCode, r.ItemName = region, department, departmentName, item, ""
		if item != "" {
			r.ItemName = "名称 " + item
		}
	}
}

func unknownCodes(t *testing.T, d *database) {
	d.migrated(t)
	registered := d.count(t, "region")
	d.accept(t,
		d.affair(1, told("440199", "D1", "新部门", "I1")),
		d.affair(2, told("440199000000", "D1", "另一个名称", "I1")), // the same codes, one of them in full
		d.affair(3, told("440106", "D2", "", "I2")),            // a region that is registered
		d.affair(4, told("X-1", "", "", "")),                   // no region at all
		d.affair(5, told("", "D2", "", "")),
	)
	for _, c := range []struct {
		query string
		want  []map[string]any
	}{
		{"SELECT code, name FROM region WHERE pending ORDER BY code", []map[string]any{
			{"code": "440199000000", "name": ""}, {"code": "X-1", "name": ""},
		}},
		{"SELECT code, name, region_code FROM department WHERE pending ORDER BY code", []map[string]any{
			{"code": "D1", "name": "新部门", "region_code": county}, {"code": "D2", "name": "", "region_code": county},
		}},
		{"SELECT code, name, department_code FROM item WHERE pending ORDER BY code", []map[string]any{
			{"code": "I1", "name": "名称 I1", "department_code": "D1"}, {"code": "I2", "name": "名称 I2", "department_code": "D2"},
		}},
	} {
		if diff := cmp.Diff(c.want, d.rows(t, c.query)); diff != "" {
			t.Errorf("%s: %s", c.query, diff)
		}
	}
	if got := d.count(t, "region"); got != registered+2 {
		t.Errorf("%d regions are registered, want %d and 2", got, registered)
	}
	if got, ok := d.registry.Department("D1"); !ok || got.RegionCode != county || !got.Pending {
		t.Errorf("the registry in memory knows %+v, %v", got, ok)
	}
	if got, ok := d.registry.Region("440199000000"); !ok || !got.Pending {
		t.Errorf("the registry in memory knows %+v, %v", got, ok)
	}
}

func refusedCodes(t *testing.T, d *database) {
	d.migrated(t)
	first := d.affair(1)
	d.accept(t, first)
	d.accept(t, d.rival(first, told("440199", "D1", "部门", "I1"))) // taken: nothing of it is stored
	d.accept(t, d.affair(2, told("440199", "D1", "部门", "I1")))
	for table, code := range map[string]string{"region": "440199000000", "department": "D1", "item": "I1"} {
		if got := d.rows(t, "SELECT code FROM "+table+" WHERE code = $1 AND pending", code); len(got) != 1 {
			t.Errorf("%s %s of a stored review is not registered", table, code)
		}
	}
}

func departmentName(t *testing.T, d *database) {
	d.migrated(t)
	other := *d
	other.Store, other.registry = d.process(t) // knows nothing of what d learns
	name := func() any {
		return d.rows(t, "SELECT name FROM department WHERE code = 'D1'")[0]["name"]
	}
	d.accept(t, d.affair(1, told("", "D1", "", "")))
	if got := name(); got != "" {
		t.Errorf("got %q, want no name yet", got)
	}
	d.accept(t, d.affair(2, told("", "D1", "市公安局", "")))
	if got := name(); got != "市公安局" {
		t.Errorf("got %q, want the first name that was told", got)
	}
	d.accept(t, d.affair(3, told("", "D1", "公安局", "")))
	other.accept(t, d.affair(4, told("", "D1", "广州市公安局", "")))
	if got := name(); got != "市公安局" {
		t.Errorf("got %q, want the first name to stay", got)
	}
}

func placedCodes(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1, told("440199", "D1", "旧称", "I1")))
	d.exec(t, "UPDATE region SET name = '开发区', pending = false WHERE code = '440199000000'")
	d.exec(t, "UPDATE department SET name = '市公安局', region_code = '440100000000', pending = false WHERE code = 'D1'")
	d.exec(t, "UPDATE item SET name = '居住证', department_code = 'D9', pending = false WHERE code = 'I1'")
	placed := func() [3][]map[string]any {
		return [3][]map[string]any{
			d.rows(t, "SELECT * FROM region WHERE code = '440199000000'"), d.rows(t, "SELECT * FROM department"), d.rows(t, "SELECT * FROM item"),
		}
	}
	before := placed()
	other := *d
	other.Store, other.registry = d.process(t)
	for n, process := range []*database{d, &other} {
		process.accept(t, d.affair(10+n, told("440199", "D1", "新称", "I1")))
		if diff := cmp.Diff(before, placed()); diff != "" {
			t.Errorf("process %d: %s", n, diff)
		}
	}
}

func loadRegisters(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affair(1, told("440199", "D1", "部门", "")))
	d.exec(t, "INSERT INTO entity (code, name, position) VALUES ('eAppAffair', '移动端已办事项', 0)")
	d.exec(t, "INSERT INTO tag (tag_id, entity_code, stars, name, core, retired) VALUES ('H1', 'eAppAffair', 5, '环境整洁', true, false)")
	d.exec(t, "UPDATE tag SET retired = true WHERE tag_id = '510'")

	into := registers()
	if err := d.Load(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	for _, want := range append(org.Guangdong(), org.Region{Code: "440199000000", Pending: true}) {
		if got, ok := into.Registry.Region(want.Code); !ok || got != want {
			t.Errorf("region %s: got %+v, %v; want %+v", want.Code, got, ok, want)
		}
	}
	want := org.Department{Code: "D1", Name: "部门", RegionCode: county, Pending: true}
	if got, _ := into.Registry.Department("D1"); got != want {
		t.Errorf("department: got %+v, want %+v", got, want)
	}
	entities := append([]catalog.Entity{{Code: "eAppAffair", Name: "移动端已办事项"}}, append(catalog.Specified(), catalog.Added()...)...)
	if diff := cmp.Diff(entities, into.Entities.All()); diff != "" {
		t.Errorf("evaluation objects in their order: %s", diff)
	}
	for _, tag := range catalog.National() {
		if got, want := into.Tags.Valid(tag.ID, "egovGuide", tag.Stars), tag.ID != "510"; got != want {
			t.Errorf("tag %s can be ticked: %v, want %v", tag.ID, got, want)
		}
		if got := into.Tags.Name(tag.ID); got != tag.Name {
			t.Errorf("tag %s: got name %s, want %s", tag.ID, got, tag.Name)
		}
	}
	own := []catalog.Tag{{ID: "H1", Entity: "eAppAffair", Stars: 5, Name: "环境整洁", Core: true}}
	if diff := cmp.Diff(own, into.Tags.For("eAppAffair", 0)); diff != "" {
		t.Errorf("tags of an evaluation object of its own: %s", diff)
	}
}
