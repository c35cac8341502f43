package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// CaseTable is how far the cases of bad reviews have come, by the regions one level below the scope's.
func (s *Service) CaseTable(ctx context.Context, scope Scope) (Table, error) {
	standings, own, err := s.casesBy(ctx, scope, ByRegion)
	if err != nil {
		return Table{}, fmt.Errorf("table of cases: %w", err)
	}
	return caseTable("cases", "差评整改", "地区", scope.Region, standings, own), nil
}

// caseTable is a table of cases; own are those of the region itself, which are in no row.
func caseTable(name, title, of, region string, standings []CaseStanding, own int64) Table {
	t := Table{Name: name, Title: title, Columns: append([]Column{{"code", of + "编码", "", ""}, {"name", of, "", ""}}, caseFigures()...)}
	f := filled{apart: apartNote(region, len(standings), own, "件工单")}
	for i := range standings {
		f.rows = append(f.rows, append([]any{standings[i].Code, standings[i].Name}, standings[i].Cases.cells()...))
	}
	t.fill(f, "这段时间没有差评工单。")
	return t
}

// ItemTable is the items of a scope with the most reviews, or with the most bad ones; at most so many.
func (s *Service) ItemTable(ctx context.Context, scope Scope, bad bool, most int) (Table, error) {
	t := Table{Name: "items", Title: "评价最多的事项", Columns: s.itemColumns(), Note: "这段时间没有事项的评价。"}
	weight := Counts.Total
	if bad {
		t.Name, t.Title, t.Note, weight = "baditems", "差评最多的事项", "这段时间没有事项的差评。", s.Bad
	}
	standings, err := s.standings(ctx, Items, scope)
	if err != nil {
		return Table{}, fmt.Errorf("table of items: %w", err)
	}
	standings = slices.DeleteFunc(standings, func(st Standing) bool { return weight(st.Counts) <= 0 })
	slices.SortFunc(standings, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(weight(b.Counts), weight(a.Counts)), strings.Compare(a.Code, b.Code))
	})
	var places []Place
	for _, st := range standings[:min(len(standings), most)] {
		places = append(places, Place{Code: st.Code, Counts: st.Counts})
	}
	if err := s.NameItems(ctx, places); err != nil {
		return Table{}, err
	}
	for i := range places {
		code := places[i].Code
		region := ""
		if place, known := s.placeOf(Items, code); known {
			region = s.registry.RegionName(place)
		}
		t.Rows = append(t.Rows, cells([]any{cmp.Or(places[i].Name, code), region, code}, s.counted(), places[i].Counts))
	}
	if len(t.Rows) > 0 {
		t.Note = ""
	}
	return t, nil
}

func (s *Service) itemColumns() []Column {
	return columns([]Column{{"name", "事项", "", ""}, {"place", "部门所在地", "", ""}, {"code", "实施清单编码", "", ""}}, s.counted())
}
