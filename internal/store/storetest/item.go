package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/org"
)

var itemTests = []test{
	{"items are found by every filter, within bounds, page by page", findItems},
	{"an item is placed once, and noted", saveItem},
	{"of two who change an entry at once the second one changes nothing", changeAtOnce},
	{"codes that wait are counted within bounds", countPending},
	{"what changes of registers is noted, an import as one", noteRegisters},
	{"how far records are moved is told", tellMoving},
}

var againTests = []test{
	{"a source that is to be read again is read from its beginning, once", readAgain},
}

const (
	inGuangzhou = "440100000000"
	inShenzhen  = "440300000000"
)

// withItems has two departments and four items.
func (d *database) withItems(t *testing.T) {
	t.Helper()
	d.migrated(t)
	for _, statement := range []string{
		"INSERT INTO department (code, name, region_code, pending) VALUES ('D1', '市公安局', '440100000000', false), ('D2', '', '440300000000', true)",
		"INSERT INTO item (code, name, department_code, pending) VALUES ('I1', '身份证补领', 'D1', false), ('I2', '', 'D1', true), ('I3', '100%_纳税', 'D2', true), ('I4', '散件ETC', '', true)",
		"INSERT INTO region (code, name, pending) VALUES ('440199000000', '', true), ('440399000000', '', true)",
	} {
		d.exec(t, statement)
	}
}

func bounded(region string) org.Bounds {
	from, to := org.Range(region)
	return org.Bounds{RegionFrom: from, RegionTo: to}
}

func findItems(t *testing.T, d *database) {
	d.withItems(t)
	for _, c := range []struct {
		name   string
		filter org.ItemFilter
		want   []string
	}{
		{"all", org.ItemFilter{}, []string{"I1", "I2", "I3", "I4"}},
		{"behind one", org.ItemFilter{After: "I2"}, []string{"I3", "I4"}},
		{"one", org.ItemFilter{Code: "I2"}, []string{"I2"}},
		{"those that wait", org.ItemFilter{Pending: true}, []string{"I2", "I3", "I4"}},
		{"those that are placed", org.ItemFilter{Placed: true}, []string{"I1"}},
		{"a code's beginning", org.ItemFilter{Text: "I3"}, []string{"I3"}},
		{"a code's beginning in small letters", org.ItemFilter{Text: "i3"}, []string{"I3"}},
		{"a part of a name in small letters", org.ItemFilter{Text: "件etc"}, []string{"I4"}},
		{"a part of a name", org.ItemFilter{Text: "证补"}, []string{"I1"}},
		{"a sign that LIKE knows", org.ItemFilter{Text: "%_"}, []string{"I3"}},
		{"of a department", org.ItemFilter{Department: "D1"}, []string{"I1", "I2"}},
		{"within a region", org.ItemFilter{Bounds: bounded(inGuangzhou)}, []string{"I1", "I2"}},
		{"within a department", org.ItemFilter{Bounds: org.Bounds{Department: "D2"}}, []string{"I3"}},
		{"of a department out of bounds", org.ItemFilter{Department: "D1", Bounds: bounded(inShenzhen)}, nil},
	} {
		c.filter.Limit = 10
		found, err := d.Items(t.Context(), c.filter)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got []string
		for _, i := range found {
			got = append(got, i.Code)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if found, err := d.Items(t.Context(), org.ItemFilter{Limit: 2}); err != nil || len(found) != 2 {
		t.Errorf("got %d items, %v", len(found), err)
	}
}

func (d *database) noted(t *testing.T) (noted []string) {
	t.Helper()
	for _, row := range d.rows(t, "SELECT actor, action, object, before, after FROM audit ORDER BY number") {
		noted = append(noted, fmt.Sprintf("%s %s %s: %s → %s", row["actor"], row["action"], row["object"], row["before"], row["after"]))
	}
	return noted
}

func saveItem(t *testing.T, d *database) {
	d.withItems(t)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "sheng"})
	all, err := d.Items(t.Context(), org.ItemFilter{Limit: 100})
	if err != nil || len(all) < 2 {
		t.Fatal(all, err)
	}
	before := map[string]org.Item{}
	for _, item := range all {
		before[item.Code] = item
	}
	placed := org.Item{Code: "I2", Name: "护照补发", DepartmentCode: "D1"}
	for range 2 { // the same again changes nothing
		if now, err := d.SaveItem(ctx, placed, ""); err != nil || now == nil || *now != placed {
			t.Fatalf("got %v, %v", now, err)
		}
	}
	for item, want := range before {
		if got, err := d.Items(t.Context(), org.ItemFilter{Code: item, Limit: 1}); item != "I2" && (err != nil || !cmp.Equal(got, []org.Item{want})) {
			t.Errorf("another item became %v, %v", got, err)
		}
	}
	if now, err := d.SaveItem(ctx, org.Item{Code: "I9"}, ""); err != nil || now != nil {
		t.Errorf("one that is not there: %v, %v", now, err)
	}
	got, err := d.Items(t.Context(), org.ItemFilter{Code: "I2", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]org.Item{placed}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{"sheng item.save item:I2: name= department=D1 pending=true → name=护照补发 department=D1 pending=false"}
	if diff := cmp.Diff(want, d.noted(t)); diff != "" {
		t.Error(diff)
	}
}

func changeAtOnce(t *testing.T, d *database) {
	d.withItems(t)
	waits := org.Item{Code: "I2", DepartmentCode: "D1", Pending: true}
	first, second := org.Item{Code: "I2", Name: "护照补发", DepartmentCode: "D1"}, org.Item{Code: "I2", Name: "护照换发", DepartmentCode: "D2"}
	if now, err := d.SaveItem(t.Context(), first, waits.Seen()); err != nil || *now != first {
		t.Fatalf("got %v, %v", now, err)
	}
	if now, err := d.SaveItem(t.Context(), second, waits.Seen()); err != nil || *now != first {
		t.Errorf("the second one is told %v, %v; want what the first one did", now, err)
	}
	region, department := org.Region{Code: "440199000000", Pending: true}, org.Department{Code: "D2", RegionCode: inShenzhen, Pending: true}
	for _, c := range []struct {
		name string
		of   func(name string) org.Changes
	}{
		{"regions", func(name string) org.Changes {
			return org.Changes{Regions: []org.Region{{Code: region.Code, Name: name}}, Before: org.Registers{Regions: []org.Region{region}}}
		}},
		{"departments", func(name string) org.Changes {
			return org.Changes{Departments: []org.Department{{Code: "D2", Name: name, RegionCode: inShenzhen}}, Before: org.Registers{Departments: []org.Department{department}}}
		}},
		{"items", func(name string) org.Changes {
			return org.Changes{Items: []org.Item{{Code: "I2", Name: name, DepartmentCode: "D1"}}, Before: org.Registers{Items: []org.Item{first}}}
		}},
		{"new items", func(name string) org.Changes {
			return org.Changes{Items: []org.Item{{Code: "I9", Name: name, DepartmentCode: "D1"}}}
		}},
	} {
		if err := d.SaveRegisters(t.Context(), c.of("甲")); err != nil {
			t.Errorf("%s: the first one: %v", c.name, err)
		}
		if err := d.SaveRegisters(t.Context(), c.of("乙")); !errors.Is(err, org.ErrChanged) {
			t.Errorf("%s: the second one: %v", c.name, err)
		}
	}
	for _, table := range []string{"region", "department", "item"} {
		if got := d.rows(t, "SELECT code FROM "+table+" WHERE name = '乙'"); len(got) > 0 {
			t.Errorf("%s: what the first one did was overwritten", table)
		}
	}
}

func countPending(t *testing.T, d *database) {
	d.withItems(t)
	for _, c := range []struct {
		bounds org.Bounds
		want   org.Pending
	}{
		{org.Bounds{}, org.Pending{Regions: 2, Departments: 1, Items: 3}},
		{bounded(inGuangzhou), org.Pending{Regions: 1, Items: 1}},
		{bounded(inShenzhen), org.Pending{Regions: 1, Departments: 1, Items: 1}},
		{org.Bounds{Department: "D2"}, org.Pending{Departments: 1, Items: 1}},
	} {
		got, err := d.CountPending(t.Context(), c.bounds)
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%+v: got %+v, want %+v", c.bounds, got, c.want)
		}
	}
	d.exec(t, "INSERT INTO succession (kind, former, code, at, moved_at) VALUES ('department', 'D2', 'D1', 0, 0)")
	if got, err := d.CountPending(t.Context(), org.Bounds{}); err != nil || got.Departments != 0 {
		t.Errorf("a code that was given up still waits: %+v, %v", got, err)
	}
}

func noteRegisters(t *testing.T, d *database) {
	d.withItems(t)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "sheng"})
	err := d.SaveRegisters(ctx, org.Changes{
		Regions:     []org.Region{{Code: "440199000000", Name: "新区"}},
		Departments: []org.Department{{Code: "D2", Name: "税务局", RegionCode: inShenzhen}, {Code: "D3", Name: "民政局", RegionCode: inGuangzhou}},
		Successions: []org.Succession{{Kind: org.OfDepartment, Former: "D9", Code: "D1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var many org.Changes
	for n := range 30 {
		many.Departments = append(many.Departments, org.Department{Code: fmt.Sprintf("E%02d", n), Name: "局", RegionCode: inGuangzhou})
	}
	if err := d.SaveRegisters(ctx, many); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveRegisters(ctx, org.Changes{Successions: []org.Succession{{Kind: org.OfDepartment, Former: "D8", Code: "D1"}}}); err == nil {
		t.Error("successions of another moment were taken")
	}
	want := []string{
		"sheng region.save region:440199000000: name= pending=true → name=新区 pending=false",
		"sheng department.save department:D2: name= region=440300000000 pending=true → name=税务局 region=440300000000 pending=false",
		"sheng department.save department:D3:  → name=民政局 region=440100000000 pending=false",
		"sheng department.merge department:D9:  → into=D1",
		"sheng registers.import registers:  → regions=0 departments=30 successions=0",
	}
	if diff := cmp.Diff(want, d.noted(t)); diff != "" {
		t.Error(diff)
	}
}

func tellMoving(t *testing.T, d *database) {
	d.migrated(t)
	tell := func() org.Progress {
		t.Helper()
		p, err := d.Moving(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if got := tell(); got != (org.Progress{}) {
		t.Errorf("before: %+v", got)
	}
	if err := d.SaveRegisters(t.Context(), org.Changes{Successions: []org.Succession{{Kind: org.OfDepartment, Former: "D9", Code: "D1"}}}); err != nil {
		t.Fatal(err)
	}
	if got := tell(); got != (org.Progress{Waiting: 1}) {
		t.Errorf("when it is asked for: %+v", got)
	}
	if _, err := d.MoveRecords(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := tell(); !got.Going || got.Affairs || !got.Since.Equal(now) || got.Waiting != 1 {
		t.Errorf("when the affairs are done: %+v", got)
	}
	if _, err := d.MoveRecords(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := tell(); got != (org.Progress{}) {
		t.Errorf("when all is done: %+v", got)
	}
}

func readAgain(t *testing.T, d *database) {
	d.migrated(t)
	other := func() bool {
		t.Helper()
		_, found, err := d.AffairCursor(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if _, err := d.TakeAffairs(t.Context(), affair.Taking{Source: "other", Cursor: &affair.Cursor{Value: "1", Key: "S9"}, At: now}); err != nil {
		t.Fatal(err)
	}
	take := func(key string) {
		t.Helper()
		if _, err := d.TakeAffairs(t.Context(), affair.Taking{Source: "front", Cursor: &affair.Cursor{Value: "1", Key: key}, At: now}); err != nil {
			t.Fatal(err)
		}
	}
	known := func() bool {
		t.Helper()
		if err := d.BeginAgain(t.Context(), "front"); err != nil {
			t.Fatal(err)
		}
		_, found, err := d.AffairCursor(t.Context(), "front")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	take("S1")
	if !known() {
		t.Fatal("the cursor is lost though nobody asked")
	}
	if err := d.ReadAgain(audit.With(t.Context(), audit.Origin{Actor: "sheng"}), "front"); err != nil {
		t.Fatal(err)
	}
	if err := d.BeginAgain(t.Context(), "other"); err != nil { // which nobody asked for
		t.Fatal(err)
	}
	if asked, err := d.AwaitedAgain(t.Context(), "other"); err != nil || asked {
		t.Errorf("another source is awaited: %v, %v", asked, err)
	}
	take("S2") // of a round that is under way
	if asked, err := d.AwaitedAgain(t.Context(), "front"); err != nil || !asked {
		t.Errorf("it is not awaited: %v, %v", asked, err)
	}
	if err := d.ReadAgain(audit.With(t.Context(), audit.Origin{Actor: "sheng"}), "third"); err != nil {
		t.Fatal(err)
	}
	if known() || !other() {
		t.Error("the next round does not begin from the beginning, or another source's does")
	}
	if asked, err := d.AwaitedAgain(t.Context(), "third"); err != nil || !asked {
		t.Errorf("a third source is no longer awaited: %v, %v", asked, err)
	}
	take("S1")
	if !known() {
		t.Error("it is read again and again")
	}
	if diff := cmp.Diff([]string{"sheng source.again source:front:  → from=beginning", "sheng source.again source:third:  → from=beginning"}, d.noted(t)); diff != "" {
		t.Error(diff)
	}
}
