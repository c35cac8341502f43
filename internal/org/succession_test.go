package org

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSuccessions(t *testing.T) {
	s := NewSuccessions([]Succession{
		{OfDepartment, "D1", "D2"},
		{OfRegion, "440106000000", "440199000000"}, // a county with all its towns
		{OfRegion, "440106001000", "440103002000"}, // but for one
		{OfRegion, "445300000000", "441200000000"}, // a city
		{OfRegion, "440199005000", "440103005000"}, // a town's code that was given up before a county came above it
	})
	for _, c := range []struct {
		kind     Kind
		in, want string
	}{
		{OfDepartment, "D1", "D2"},
		{OfDepartment, "D2", "D2"},
		{OfDepartment, "", ""},
		{OfHall, "D1", "D1"},
		{OfRegion, "440106000000", "440199000000"},
		{OfRegion, "440106002000", "440199002000"},
		{OfRegion, "440106002003", "440199002003"},
		{OfRegion, "440106001000", "440103002000"},
		{OfRegion, "440106001007", "440103002007"},
		{OfRegion, "440106005000", "440103005000"},
		{OfRegion, "440107000000", "440107000000"},
		{OfRegion, "445302000000", "441202000000"},
		{OfRegion, "X-1", "X-1"},
		{OfRegion, "0", "0"},
	} {
		if got := s.Code(c.kind, c.in); got != c.want {
			t.Errorf("%s %s counts under %s, want %s", c.kind, c.in, got, c.want)
		}
	}
	var none *Successions
	if got := none.Code(OfRegion, "440106000000"); got != "440106000000" || none.Len() != 0 || none.Former(OfRegion) != nil {
		t.Errorf("without successions: got %s", got)
	}
}

// A chain never is stored, but must not hang who meets one.
func TestSuccessionsEnd(t *testing.T) {
	codes := []string{"440000000000", "440100000000", "440300000000", "440106000000", "440306000000", "440106001000"}
	rapid.Check(t, func(t *rapid.T) {
		var list []Succession
		for range rapid.IntRange(0, 6).Draw(t, "successions") {
			pick := rapid.SampledFrom(codes)
			list = append(list, Succession{OfRegion, pick.Draw(t, "former"), pick.Draw(t, "code")})
		}
		NewSuccessions(list).Code(OfRegion, rapid.SampledFrom(codes).Draw(t, "code"))
	})
}

func TestRegistryFindsFormerCodes(t *testing.T) {
	registry := NewRegistry(nil, nil)
	registry.Replace(
		[]Region{{Code: "440100000000", Name: "广州市"}, {Code: "440106000000", Name: "天河区"}, {Code: "440199000000", Name: "新区"}},
		[]Department{{Code: "D1", Name: "旧局", RegionCode: "440106000000"}, {Code: "D2", Name: "新局", RegionCode: "440106000000"}},
		Succession{OfRegion, "440106000000", "440199000000"}, Succession{OfDepartment, "D1", "D2"})
	want := Department{Code: "D2", Name: "新局", RegionCode: "440199000000"}
	for _, code := range []string{"D1", "D2"} {
		if got, ok := registry.Department(code); !ok || got != want {
			t.Errorf("department %s: got %+v, %v; want %+v", code, got, ok, want)
		}
	}
	if got := registry.RegionName("440106000000"); got != "新区" {
		t.Errorf("the former region is called %s", got)
	}
	if diff := cmp.Diff([]Region{{Code: "440199000000", Name: "新区"}}, registry.Children("440100000000")); diff != "" {
		t.Errorf("children of the city: %s", diff)
	}
	registry.Learn([]Region{{Code: "440106003000", Pending: true}}, []Department{{Code: "D1", Name: "再来"}})
	if got, ok := registry.Region("440106003000"); ok {
		t.Errorf("learnt %+v under a code that was given up", got)
	}
	if got := registry.Departments(); len(got) != 1 || got[0] != want {
		t.Errorf("got departments %+v, want %+v", got, want)
	}
}
