package org

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNormalizeRegion(t *testing.T) {
	cases := []struct {
		in, want string
		ok       bool
	}{
		{"44", "440000000000", true},
		{"4401", "440100000000", true},
		{" 440106 ", "440106000000", true},
		{"440106001002", "440106001002", true},
		{"4", "", false},
		{"", "", false},
		{"4401060010021", "", false},
		{"44O1", "", false},
		{"000000000000", "", false},
	}
	for _, c := range cases {
		if got, ok := NormalizeRegion(c.in); got != c.want || ok != c.ok {
			t.Errorf("NormalizeRegion(%q) = %q, %v; want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestAncestors(t *testing.T) {
	cases := map[string][]Place{
		"440106001002": {
			{LevelAll, "0"},
			{LevelProvince, "440000000000"},
			{LevelCity, "440100000000"},
			{LevelCounty, "440106000000"},
			{LevelTown, "440106001000"},
			{LevelVillage, "440106001002"},
		},
		"441900003000": { // 东莞 has no counties
			{LevelAll, "0"}, {LevelProvince, "440000000000"}, {LevelCity, "441900000000"}, {LevelTown, "441900003000"},
		},
		"440000000000": {{LevelAll, "0"}, {LevelProvince, "440000000000"}},
		"GD":           {{LevelAll, "0"}},
	}
	for code, want := range cases {
		if diff := cmp.Diff(want, Ancestors(code)); diff != "" {
			t.Errorf("Ancestors(%s): %s", code, diff)
		}
	}
}

func TestRangeHoldsExactlyTheDescendants(t *testing.T) {
	codes := make([]string, 0, len(Guangdong()))
	for _, region := range Guangdong() {
		codes = append(codes, region.Code)
	}
	rapid.Check(t, func(t *rapid.T) {
		parent, code := rapid.SampledFrom(codes).Draw(t, "parent"), rapid.SampledFrom(codes).Draw(t, "code")
		from, to := Range(parent)
		inRange := from <= code && code < to
		isAncestor := slices.ContainsFunc(Ancestors(code), func(p Place) bool { return p.Code == parent })
		if inRange != isAncestor {
			t.Fatalf("%s in the range of %s: %v; ancestor: %v", code, parent, inRange, isAncestor)
		}
		if from, to := Range(AllRegions); code < from || code >= to {
			t.Fatalf("%s is not everywhere", code)
		}
	})
}

func TestGuangdongIsWhole(t *testing.T) {
	byLevel := map[Level]int{}
	registry := NewRegistry(Guangdong(), nil)
	for _, region := range Guangdong() {
		byLevel[LevelOf(region.Code)]++
		if region.Name == "" || strings.ContainsAny(region.Name, "\t\r ") {
			t.Errorf("region %s has the name %q", region.Code, region.Name)
		}
	}
	want := map[Level]int{LevelProvince: 1, LevelCity: 21, LevelCounty: 122, LevelTown: len(Guangdong()) - 144}
	if diff := cmp.Diff(want, byLevel); diff != "" {
		t.Error(diff)
	}
	if got := len(registry.Children("440000000000")); got != 21 {
		t.Errorf("the province has %d children, want its 21 cities", got)
	}
	for _, town := range registry.Children("441900000000") {
		if LevelOf(town.Code) != LevelTown {
			t.Errorf("东莞 has the child %v, want towns", town)
		}
	}
}

func TestRegistryLearnsOnlyWhatIsNew(t *testing.T) {
	registry := NewRegistry(Guangdong(), []Department{{Code: "d1", RegionCode: "440100000000", Pending: true}})
	registry.Learn([]Region{{Code: "440100000000", Name: "别名"}, {Code: "440199000000", Pending: true}},
		[]Department{{Code: "d1", Name: "市公安局", RegionCode: "440300000000"}})
	if got := registry.RegionName("440100000000"); got != "广州市" {
		t.Errorf("a known region was renamed to %s", got)
	}
	if got := registry.RegionName("440199000000"); got != "440199000000" {
		t.Errorf("the name of a region without one = %s, want its code", got)
	}
	want := Department{Code: "d1", Name: "市公安局", RegionCode: "440100000000", Pending: true}
	if got, _ := registry.Department("d1"); got != want {
		t.Errorf("department = %v, want %v", got, want)
	}
}

func TestRegionOfCreditCode(t *testing.T) {
	for in, want := range map[string]string{
		"11440100007482532N":               "440100000000",
		"11440106007482532N44201200100012": "440106000000",
		"006939748":                        "",
		"ZZ440100007482532N":               "",
		"11X40100007482532N":               "",
	} {
		if got, ok := RegionOfCreditCode(in); got != want || ok != (want != "") {
			t.Errorf("RegionOfCreditCode(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}
