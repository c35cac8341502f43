package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// Every figure of the public query interface is what the reviews in its scope make: regions of every level, of which a
// parent counts its children, days of Asia/Shanghai, and evaluation objects (domain.md 4 and 5).
func TestFigures(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		all := reviewsEverywhere()
		for i := range all {
			all[i].send(t, c)
		}
		for _, s := range scopes() {
			found := s.of(all)
			ok := holdStars(t, c, s, found)
			ok = holdEntities(t, c, s, found) && ok
			ok = holdTags(t, c, s, found) && ok
			ok = holdRegions(t, c, s, found) && ok
			ok = holdDepartments(t, c, s, found) && ok
			if !ok {
				t.Fatalf("in the scope %+v", s)
			}
		}
		holdRankingPages(t, c)
		holdListings(t, c, all)
	})
}

func holdStars(t *testing.T, c *caller, s scope, found []placed) bool {
	var want []starCount
	for stars, name := range map[int]string{5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"} {
		row := starCount{stars, name, 0}
		for _, p := range found {
			if p.stars == stars {
				row.SumCount++
			}
		}
		want = append(want, row)
	}
	slices.SortFunc(want, func(a, b starCount) int { return b.StarNumber - a.StarNumber })
	return same(t, "stars", want, public[[]starCount](t, c, "evals/stars", s.parameters()...))
}

func holdEntities(t *testing.T, c *caller, s scope, found []placed) bool {
	want := []entityCount{
		{"egovAffair", "政务网已办事项", 0},
		{"egovGuide", "政务网办事指南", 0},
		{"yssAffair", "粤省事已办事项", 0},
		{"hotlineAffair", "热线服务", 0},
		{"hallAffair", "大厅窗口服务", 0}, // domain.md 7, for windows as such
	}
	for i := range want {
		for _, p := range found {
			if p.entity == want[i].EntityCode {
				want[i].EvalCount++
			}
		}
	}
	want = slices.DeleteFunc(want, func(e entityCount) bool { return s.entity != "" && e.EntityCode != s.entity })
	return same(t, "entities", want, public[[]entityCount](t, c, "entity/eval/count", s.parameters()...))
}

func holdTags(t *testing.T, c *caller, s scope, found []placed) bool {
	ok := true
	for kind, good := range map[string]bool{"1": true, "2": false} {
		counts := map[string]int{}
		for _, p := range found {
			for _, id := range p.tags {
				if good == (p.stars >= 3) {
					counts[id]++
				}
			}
		}
		want := []tagPosition{}
		for id, n := range counts {
			want = append(want, tagPosition{TagID: id, Value: n})
		}
		slices.SortFunc(want, func(a, b tagPosition) int { return cmp.Or(b.Value-a.Value, strings.Compare(a.TagID, b.TagID)) })
		got := public[page[tagPosition]](t, c, "tag/positions", s.parameters("type", kind, "pageSize", "100")...)
		for i := range got.PageData {
			if !chinese(got.PageData[i].TagName) {
				t.Errorf("tag without its name: %+v", got.PageData[i])
			}
			got.PageData[i].TagName = ""
		}
		ok = same(t, "tags "+kind, want, got.PageData) && got.Total == len(want) && ok
	}
	return ok
}

// holdRegions: the regions one level below the scope's. 东莞 has no counties: its towns.
func holdRegions(t *testing.T, c *caller, s scope, found []placed) bool {
	level := s.level() + 1
	if s.region == "441900000000" {
		level++
	}
	place := func(p placed) (string, int) { return cutTo(p.region, level), p.stars }
	return holdRanking(t, c, s, "1", found, place, func(row standing) (code, name string) { return row.RegionCode, row.RegionName })
}

// holdDepartments: the departments of the scope's region and all below it.
func holdDepartments(t *testing.T, c *caller, s scope, found []placed) bool {
	place := func(p placed) (string, int) { return p.department, p.dealt }
	return holdRanking(t, c, s, "2", found, place, func(row standing) (code, name string) { return row.DepartmentCode, row.DepartmentName })
}

func holdRanking(t *testing.T, c *caller, s scope, kind string, found []placed,
	place func(placed) (string, int), named func(standing) (code, name string),
) bool {
	ok := true
	for order, parameters := range map[string][]string{
		"unsaid": nil, "desc": {"avgScoreSort", "desc"}, "asc": {"avgScoreSort", "asc"},
	} {
		if order != "unsaid" && s.region != "" && s.region != "44" {
			continue // enough
		}
		want := ranked(found, order == "asc", place)
		answer := public[standings](t, c, "statistics", s.parameters(append(parameters, "type", kind, "pageSize", "100")...)...)
		var got []standing
		for _, row := range answer.OutStatisticVoList {
			code, name := named(row)
			if name == "" {
				t.Errorf("%s has no name", code)
			}
			got = append(got, standing{RegionCode: code, GoodCount: row.GoodCount, BadCount: row.BadCount, Score: row.Score})
		}
		ok = same(t, fmt.Sprintf("statistics, type %s, %s", kind, order), want, got) && answer.Total == len(want) && ok
	}
	return ok
}

func same[T any](t *testing.T, what string, want, got []T) bool {
	t.Helper()
	if len(want) == 0 && len(got) == 0 {
		return true
	}
	diff := gocmp.Diff(want, got)
	if diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
	return diff == ""
}
