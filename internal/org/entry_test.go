package org

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
)

func entryService() (*Service, *memory) {
	m := &memory{stored: Registers{
		Regions: Guangdong(),
		Departments: []Department{
			{Code: "D1", Name: "市公安局", RegionCode: "440100000000"}, {Code: "D2", RegionCode: "440300000000", Pending: true},
		},
	}}
	registry := NewRegistry(m.stored.Regions, m.stored.Departments)
	return NewService(m, registry), m
}

func TestAnEntryIsPlannedAsALineOfAList(t *testing.T) {
	s, _ := entryService()
	for _, c := range []struct {
		name    string
		kind    Kind
		entry   Entry
		fields  []string // at fault
		touches []Touch
		counts  [3]int // new, changed, same
	}{
		{"a new department", OfDepartment, Entry{Code: "D9", Name: "民政局", Region: "广州市"}, nil, []Touch{{Kind: OfDepartment, Code: "D9", Region: "440100000000"}}, [3]int{1, 0, 0}},
		{"one as it is", OfDepartment, Entry{Code: "D1", Name: "市公安局", Region: "4401"}, nil, nil, [3]int{0, 0, 1}},
		{
			"one that is moved is touched at both places", OfDepartment,
			Entry{Code: "D1", Name: "市公安局", Region: "深圳市"},
			nil,
			[]Touch{{Kind: OfDepartment, Code: "D1", Region: "440300000000"}, {Kind: OfDepartment, Code: "D1", Region: "440100000000"}},
			[3]int{0, 1, 0},
		},
		{
			"one that takes another's place", OfDepartment,
			Entry{Code: "D1", Name: "市公安局", Region: "4401", Former: "D2"},
			nil,
			[]Touch{{Kind: OfDepartment, Code: "D2", Region: "440300000000"}, {Kind: OfDepartment, Code: "D1", Region: "440100000000"}},
			[3]int{0, 0, 1},
		},
		{"a region", OfRegion, Entry{Code: "440198", Name: "空港区"}, nil, []Touch{{Kind: OfRegion, Code: "440198000000", Region: "440198000000"}}, [3]int{1, 0, 0}},
		{"a town without its county", OfRegion, Entry{Code: "440198001", Name: "空港镇"}, []string{"code"}, nil, [3]int{}},
		{"a town of a city without counties", OfRegion, Entry{Code: "441900999", Name: "某镇"}, nil, []Touch{{Kind: OfRegion, Code: "441900999000", Region: "441900999000"}}, [3]int{1, 0, 0}},
		{"everything at once", OfDepartment, Entry{Code: "", Name: strings.Repeat("长", 101), Region: "火星"}, []string{"code", "name", "region"}, nil, [3]int{}},
		{"nothing at all", OfDepartment, Entry{Name: " "}, []string{"code", "name", "region"}, nil, [3]int{}},
		{"a code that is none", OfRegion, Entry{Code: "GD", Name: "别处"}, []string{"code"}, nil, [3]int{}},
		{"itself", OfDepartment, Entry{Code: "D1", Name: "市公安局", Region: "4401", Former: "D1"}, []string{"former"}, nil, [3]int{}},
		{"one whose streets meet others' there", OfRegion, Entry{Code: "440103", Name: "荔湾区", Former: "440104"}, slices.Repeat([]string{"former"}, 18), nil, [3]int{}},
		{"another level", OfRegion, Entry{Code: "440100", Name: "广州市", Former: "440106"}, []string{"former"}, nil, [3]int{}},
	} {
		p, err := s.PlanEntry(t.Context(), c.kind, c.entry)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var fields []string
		for _, f := range p.Faults {
			fields = append(fields, f.Field)
			if f.Cell != "" || strings.Contains(f.Reason, "行") {
				t.Errorf("%s: a form has neither cells nor lines: %s", c.name, f)
			}
		}
		if diff := cmp.Diff(c.fields, fields); diff != "" {
			t.Errorf("%s: fields at fault: %s (%v)", c.name, diff, p.Faults)
		}
		if diff := cmp.Diff(c.touches, p.Touches()); diff != "" {
			t.Errorf("%s: touches: %s", c.name, diff)
		}
		if got := [3]int{p.New, p.Changed, p.Same}; got != c.counts {
			t.Errorf("%s: got %v, want %v", c.name, got, c.counts)
		}
	}
}

func TestARegionGoesAfterItsStreetsThatMeetOthers(t *testing.T) {
	m := standing()
	liwan := Entry{Code: "440103", Name: "荔湾区", Former: "440104"}
	service := func() *Service { return NewService(m, NewRegistry(m.stored.Regions, m.stored.Departments)) }
	p, err := service().PlanEntry(t.Context(), OfRegion, liwan)
	if err != nil || len(p.Faults) != 1 || !strings.HasSuffix(p.Faults[0].Reason, "请先把它并入别的区划") {
		t.Fatalf("got %v, %v", p, err)
	}
	m.stored.Successions = append(m.stored.Successions, Succession{OfRegion, "440104001000", "440103001000"})
	if p, err = service().PlanEntry(t.Context(), OfRegion, liwan); err != nil || len(p.Faults) > 0 {
		t.Fatalf("as it was told: got %v, %v", p.Faults, err)
	}
}

func TestPlansAreToldApart(t *testing.T) {
	s, _ := entryService()
	sign := func(e Entry) string {
		t.Helper()
		p, err := s.PlanEntry(t.Context(), OfDepartment, e)
		if err != nil {
			t.Fatal(err)
		}
		return p.Sign()
	}
	one := Entry{Code: "D9", Name: "民政局", Region: "广州市"}
	again := one
	if sign(one) != sign(again) {
		t.Error("the same plan has two signs")
	}
	other, merged := one, one
	other.Name, merged.Former = "民政厅", "D2"
	if sign(one) == sign(other) || sign(one) == sign(merged) {
		t.Error("two plans have one sign")
	}
}

// shelf keeps one item.
type shelf struct {
	memory
	item *Item
}

func (s *shelf) SaveItem(_ context.Context, item Item, seen string) (*Item, error) {
	if s.item == nil {
		return nil, nil
	}
	if !changed(s.item.Pending, s.item.Seen(), seen) {
		*s.item = item
	}
	return s.item, nil
}

func TestAnItemIsPlacedUnderADepartmentThatIsThere(t *testing.T) {
	_, m := entryService()
	registry := NewRegistry(Guangdong(), m.stored.Departments)
	registry.Replace(Guangdong(), m.stored.Departments, Succession{OfDepartment, "D0", "D1"})
	kept := &shelf{item: &Item{Code: "I1", Pending: true}}
	s := NewService(kept, registry)
	for name, item := range map[string]Item{
		"no name":               {Code: "I1", DepartmentCode: "D1"},
		"a long name":           {Code: "I1", Name: strings.Repeat("长", 101), DepartmentCode: "D1"},
		"no department":         {Code: "I1", Name: "身份证补领"},
		"an unknown one":        {Code: "I1", Name: "身份证补领", DepartmentCode: "D7"},
		"one that was given up": {Code: "I1", Name: "身份证补领", DepartmentCode: "D0"},
	} {
		if err := s.PlaceItem(t.Context(), item, ""); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := s.PlaceItem(t.Context(), Item{Code: "I1", Name: " 身份证补领 ", DepartmentCode: "D1", Pending: true}, kept.item.Seen()); err != nil {
		t.Fatal(err)
	}
	if want := (Item{Code: "I1", Name: "身份证补领", DepartmentCode: "D1"}); *kept.item != want {
		t.Errorf("got %+v, want %+v", *kept.item, want)
	}
	kept.item = nil
	if err := s.PlaceItem(t.Context(), Item{Code: "I1", Name: "身份证补领", DepartmentCode: "D1"}, ""); fault.KindOf(err) != fault.Missing {
		t.Errorf("one that is not there: %v", err)
	}
}
