package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// holdListings: reviews are listed newest first, page by page or from the last record on, with masked names (domain.md 5).
func holdListings(t *testing.T, c *caller, all []placed) {
	slices.Reverse(all) // of two at the same time the one that came later stands first
	slices.SortStableFunc(all, func(a, b placed) int { return strings.Compare(b.at, a.at) })
	for i, s := range scopes() {
		stars := i % 6 // 0 is all
		if i%2 == 0 {
			stars = 0
		}
		found := slices.DeleteFunc(s.of(all), func(p placed) bool { return stars != 0 && p.stars != stars })
		holdListing(t, c, s, stars, found)
	}
	for _, region := range []string{"", "4401"} {
		for _, size := range []int{7, 10, 100} {
			holdPages(t, c, all, region, size)
		}
	}
}

func holdListing(t *testing.T, c *caller, s scope, stars int, found []placed) {
	t.Helper()
	want := []string{}
	for _, p := range found {
		want = append(want, toldOf(p))
	}
	got := public[page[evalRow]](t, c, "evals", s.parameters("generalStars", numbered(stars), "pageSize", "100")...)
	var lines []string
	for _, row := range got.PageData {
		lines = append(lines, row.told())
	}
	same(t, fmt.Sprintf("%+v, %d stars", s, stars), want, lines)
	if got.Total != len(want) || got.PageNo != 1 || got.PageTotal != 1 {
		t.Errorf("%+v, %d stars: page %d of %d with %d rows, want 1 of 1 with %d", s, stars, got.PageNo, got.PageTotal, got.Total, len(want))
	}
}

// toldOf is what is told of a review.
func toldOf(p placed) string {
	name := string([]rune(p.person)[:1]) + "*"
	if utf8.RuneCountInString(p.person) == 1 {
		name = "*"
	}
	entity := map[string]string{
		"egovAffair": "政务网已办事项", "egovGuide": "政务网办事指南", "yssAffair": "粤省事已办事项", "hotlineAffair": "热线服务",
	}[p.entity]
	return fmt.Sprint(p.at, " ", name, " ", entity, " ", p.stars, " ", p.item, " ", p.tags)
}

func (e evalRow) told() string {
	tags := []string{}
	for _, tag := range e.TagList {
		tags = append(tags, tag.TagID)
	}
	return fmt.Sprint(e.EvalTime, " ", e.UserName, " ", e.EvalEntityName, " ", e.GeneralStars, " ", e.AffairName, " ", tags)
}

// holdPages reads a whole list in pages of a size, by their numbers and from the last record on.
func holdPages(t *testing.T, c *caller, all []placed, region string, size int) {
	t.Helper()
	var want, byNumber, byRecord []string
	for _, p := range (scope{region: region}).of(all) {
		want = append(want, toldOf(p))
	}
	last := ""
	pages := (len(want) + size - 1) / size
	for number := range pages {
		parameters := scope{region: region}.parameters("pageSize", numbered(size))
		got := public[page[evalRow]](t, c, "evals", append(parameters, "pageNo", numbered(number+1))...)
		if got.PageNo != number+1 || got.PageTotal != pages || got.Total != len(want) {
			t.Fatalf("page %d of %d: got %d of %d with %d rows", number+1, pages, got.PageNo, got.PageTotal, got.Total)
		}
		for _, row := range got.PageData {
			byNumber = append(byNumber, row.told())
		}
		if number > 0 { // pageNo is not looked at then, however deep
			parameters = append(parameters, "lastRecord", last, "pageNo", numbered(10000))
		}
		got = public[page[evalRow]](t, c, "evals", parameters...)
		for _, row := range got.PageData {
			byRecord = append(byRecord, row.told())
		}
		last = got.LastRecord
	}
	same(t, fmt.Sprintf("region %q in pages of %d", region, size), want, byNumber)
	same(t, fmt.Sprintf("region %q from record to record by %d", region, size), want, byRecord)
	beyond := public[page[evalRow]](t, c, "evals", scope{region: region}.parameters("pageSize", numbered(size), "pageNo", numbered(pages+1))...)
	if len(beyond.PageData) != 0 || beyond.PageTotal != pages || beyond.LastRecord != "" {
		t.Errorf("beyond the end: got %+v", beyond)
	}
}

// holdRankingPages reads a ranking in two pages.
func holdRankingPages(t *testing.T, c *caller) {
	first := public[standings](t, c, "statistics", "regionCode", "44", "pageSize", "2")
	second := public[standings](t, c, "statistics", "regionCode", "44", "pageSize", "2", "pageNo", "2")
	whole := public[standings](t, c, "statistics", "regionCode", "44")
	same(t, "statistics in pages", whole.OutStatisticVoList, append(first.OutStatisticVoList, second.OutStatisticVoList...))
	if first.PageTotal != 2 || second.PageNo != 2 || first.Total != len(whole.OutStatisticVoList) {
		t.Errorf("statistics in pages: %+v, %+v", first, second)
	}
}

// What is wrong with a question is told with the name of the parameter; the rest of domain.md 5's paths do not exist.
func TestQuestionsThatMakeNoSense(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		paths := []string{"statistics", "entity/eval/count", "tag/positions", "evals/stars", "evals"}
		for _, one := range []struct {
			query, fields string
			paths         []string
		}{
			{"regionCode=x", "regionCode", paths},
			{"regionCode=4401000000000", "regionCode", paths},
			{"regionCode=４４０１００００００００", "regionCode", paths},
			{"regionCode=00", "regionCode", paths},
			{"regionCode=0", "regionCode", paths},
			{"regionCode=-4401", "regionCode", paths},
			{"startTime=20240230000000", "startTime", paths},
			{"startTime=2024-01-01", "startTime", paths},
			{"startTime=20240101", "startTime", paths},
			{"endTime=20240101240000", "endTime", paths},
			{"startTime=19691231235959", "startTime", paths},
			{"startTime=20240102000000&endTime=20240101235959", "endTime", paths},
			{"startTime=20240101000001&endTime=20240101000000", "endTime", paths}, // also where the days are the same
			{"evalEntityCode=egovaffair", "evalEntityCode", paths},
			{"regionCode=x&startTime=y&endTime=z&evalEntityCode=w", "regionCode evalEntityCode startTime endTime", paths},
			{"regionCode=%zz", "query", paths},
			{"regionCode=44;evalEntityCode=x", "query", paths},
			{"type=0", "type", []string{"statistics", "tag/positions"}},
			{"type=3", "type", []string{"statistics", "tag/positions"}},
			{"type=x", "type", []string{"statistics", "tag/positions"}},
			{"type=1.0", "type", []string{"statistics", "tag/positions"}},
			{"avgScoreSort=up", "avgScoreSort", []string{"statistics"}},
			{"avgScoreSort=DESC", "avgScoreSort", []string{"statistics"}},
			{"pageNo=0", "pageNo", []string{"statistics", "tag/positions", "evals"}},
			{"pageNo=-1", "pageNo", []string{"statistics", "tag/positions", "evals"}},
			{"pageNo=x", "pageNo", []string{"statistics", "tag/positions", "evals"}},
			{"pageNo=1001", "pageNo", []string{"statistics", "tag/positions", "evals"}},
			{"pageNo=101&pageSize=100", "pageNo", []string{"statistics", "tag/positions", "evals"}},
			{"pageNo=99999999999999999999", "pageNo", []string{"statistics", "tag/positions", "evals"}},
			{"pageSize=0", "pageSize", []string{"statistics", "tag/positions", "evals"}},
			{"pageSize=101", "pageSize", []string{"statistics", "tag/positions", "evals"}},
			{"generalStars=6", "generalStars", []string{"evals"}},
			{"generalStars=-1", "generalStars", []string{"evals"}},
			{"generalStars=x", "generalStars", []string{"evals"}},
			{"lastRecord=x", "lastRecord", []string{"evals"}},
			{"lastRecord=1-x", "lastRecord", []string{"evals"}},
			{"lastRecord=x-1M87TEG3D000ZAKJZXRX", "lastRecord", []string{"evals"}},
			{"lastRecord=1-1M87TEG3D000ZAKJZXRU", "lastRecord", []string{"evals"}}, // U is no character of a serial number
			{"type=9&pageNo=0&pageSize=0&avgScoreSort=x", "type pageSize pageNo avgScoreSort", []string{"statistics"}},
		} {
			for _, path := range one.paths {
				if a := c.askRaw(t, path, one.query); a.code() != invalid || a.fields() != one.fields {
					t.Errorf("%s?%s: got %s, want code 2, %s", path, one.query, a.text, one.fields)
				}
			}
		}
		for _, path := range []string{"", "eval", "evals/", "evals/star", "statistics/x", "Statistics", "../ebus/tags", "/evals", "evals/%2e%2e/evals"} {
			if a := c.askRaw(t, path, ""); a.status != http.StatusNotFound || a.code() != failed {
				t.Errorf("%q: got %d %s, want 404", path, a.status, a.text)
			}
		}
		for _, path := range paths {
			for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
				a := c.call(t, request{method: method, path: "/ping/apis/" + path, body: "{}"})
				if a.status != http.StatusMethodNotAllowed || a.code() != failed || a.header.Get("Allow") != "GET, HEAD" {
					t.Errorf("%s %s: got %d %s, want 405", method, path, a.status, a.text)
				}
			}
			// An empty house has figures too, and an empty parameter is none.
			if a := c.askRaw(t, path, "regionCode=&startTime=&endTime=&evalEntityCode=&type=&pageNo=&pageSize=&generalStars=&lastRecord="); a.code() != succeeded {
				t.Errorf("%s with empty parameters: got %s", path, a.text)
			}
			head, err := c.exchange(t.Context(), plain, request{method: http.MethodHead, path: "/ping/apis/" + path})
			if err != nil || head.status != http.StatusOK || head.text != "" {
				t.Errorf("HEAD %s: got %+v, %v", path, head, err)
			}
		}
	})
}
