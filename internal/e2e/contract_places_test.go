package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// placed is a review whose place, day and verdict are known: what the figures are held against.
type placed struct {
	entity     string
	region     string // 12 digits
	department string
	stars      int // the whole verdict
	dealt      int // the verdict on the department
	at         string
	tags       []string
	person     string
	item       string // affairName
}

// Places in several provinces, cities and counties, and how they are told: by the region of a hotline's officer, or by the
// credit code of an affair's department (domain.md 7).
var (
	hotlineRegions = []string{
		"440000000000", "440100000000", "440104000000", "440104001000", "440104001007", "440106000000", "440305001000",
		"441900003000", "441900004000", "450100000000", "110101000000",
	}
	creditCodes = map[string]string{
		"440100000000": "11440100007482532C", "440104000000": "11440104007482532C", "440305000000": "11440305007482532C",
	}
	// Moments at the ends of days, months and years in Asia/Shanghai, which are other days in UTC; the first there is, too.
	moments = []string{
		"19700101000000", "20231231235959", "20240101000000", "20240131235959", "20240201000000", "20240229120000", "20240301000000",
		"20240315075959", "20240315235959", "20240316000000", "20240316235959", "20250101000000",
	}
	people = []string{"张三", "欧阳春晓", "王", "𠮷野家", "Zoë Müller", "广州市好评科技有限公司"}
)

// reviewsEverywhere are some reviews of every kind, place, day and verdict.
func reviewsEverywhere() []placed {
	var all []placed
	verdict := func(n int) int { return 1 + n*7%5 }
	for i, region := range hotlineRegions {
		for n := range 4 {
			one := placed{
				entity: "hotlineAffair", region: region, department: "D" + region, person: people[(i+n)%len(people)],
				stars: verdict(i + n), dealt: verdict(i + 2*n), at: moments[(3*i+n)%len(moments)],
			}
			one.stars = min(one.stars, one.dealt)
			all = append(all, one)
		}
	}
	for i, region := range []string{"440100000000", "440104000000", "440305000000"} {
		for n := range 10 {
			entity, item := []string{"egovAffair", "yssAffair", "egovGuide"}[n%3], fmt.Sprintf("事项%d", n)
			one := placed{
				entity: entity, region: region, department: creditCodes[region], person: people[n%len(people)],
				stars: verdict(i + n), at: moments[(2*i+n)%len(moments)], item: item,
			}
			one.dealt = one.stars
			one.tags = nationalTags(one.stars)[:n%4]
			all = append(all, one)
		}
	}
	return all
}

// send submits the review.
func (p *placed) send(t *testing.T, c *caller) {
	t.Helper()
	switch p.entity {
	case "hotlineAffair":
		c.mustSubmit(t, pathHotline, hotlineOf(c.app).with("accept.regionCode", p.region).with("accept.generalStars", p.stars).
			with("deal.departmentCode", p.department).with("deal.generalStars", p.dealt).with("user.userName", p.person).with("evalTime", p.at))
	case "egovGuide":
		c.mustSubmit(t, pathGuide, guideOf(c.app).with("guide.departmentCode", p.department).with("guide.affairName", p.item).
			with("generalStars", p.stars).with("tagList", tags(p.tags...)).with("user.userName", p.person).with("evalTime", p.at))
	default:
		c.mustSubmit(t, pathAffair, affairOf(c.app).with("department.departmentCode", p.department).with("affair.affairName", p.item).
			with("evalEntityCode", p.entity).with("generalStars", p.stars).with("tagList", tags(p.tags...)).
			with("user.userName", p.person).with("evalTime", p.at))
	}
}

// scope is what is asked for; empty is all.
type scope struct{ region, start, end, entity string }

// parameters are the scope's, with more.
func (s scope) parameters(more ...string) []string {
	for i, value := range []string{s.region, s.start, s.end, s.entity} {
		if value != "" {
			more = append(more, []string{"regionCode", "startTime", "endTime", "evalEntityCode"}[i], value)
		}
	}
	return more
}

// levels are how many digits name a region of each level: everywhere, province, city, county, town, village.
var levels = []int{0, 2, 4, 6, 9, 12}

// level is that of the scope's region.
func (s scope) level() int {
	digits := len(strings.TrimRight(s.region, "0"))
	return slices.IndexFunc(levels, func(n int) bool { return digits <= n })
}

// cutTo is a region's code cut to a level; "" when it has nothing of its own there.
func cutTo(region string, level int) string {
	if level >= len(levels) || strings.Trim(region[levels[level-1]:levels[level]], "0") == "" {
		return ""
	}
	return region[:levels[level]] + strings.Repeat("0", 12-levels[level])
}

// of are the reviews in the scope. Whole days count, as figures are counted by days.
func (s scope) of(all []placed) []placed {
	prefix := (s.region + strings.Repeat("0", 12))[:levels[s.level()]]
	var found []placed
	for _, p := range all {
		if strings.HasPrefix(p.region, prefix) && (s.start == "" || p.at[:8] >= s.start[:8]) &&
			(s.end == "" || p.at[:8] <= s.end[:8]) && (s.entity == "" || p.entity == s.entity) {
			found = append(found, p)
		}
	}
	return found
}

// scopes are worth asking for: places of every level, codes of every length, days, months, years and all time.
func scopes() []scope {
	var all []scope
	for _, region := range []string{
		"", "440000000000", "44", "440100000000", "4401", "440104000000", "440104", "440104001000", "440104001", "440104001007",
		"440300000000", "440305", "441900000000", "441900003000", "450000000000", "110000000000", "110101", "460000000000",
	} {
		all = append(all, scope{region, "20231130000000", "20250301000000", ""}, scope{region, "20231231000000", "20240229235959", ""})
	}
	for _, region := range []string{"", "440104"} {
		for _, span := range [][2]string{
			{"", ""},
			{"20240316000000", "20240316235959"},
			{"20240315000000", "20240315235959"},
			{"20240102000000", "20240301000000"},
			{"20240201000000", ""},
			{"", "20231231235959"},
			{"20231231235959", "20240101000000"},
			{"20230101000000", "20251231235959"},
			{"19700101000000", "19991231235959"},
		} {
			all = append(all, scope{region, span[0], span[1], ""})
		}
		all = append(all, scope{region, "", "", "hotlineAffair"}, scope{region, "20240101000000", "20240131235959", "egovAffair"})
	}
	return all
}

// ranked are the rows of /ping/apis/statistics that reviews make, best first, or worst first. place gives the code under
// which one counts, "" for none, and its stars.
func ranked(reviews []placed, worstFirst bool, place func(placed) (code string, stars int)) []standing {
	rows := map[string]*standing{}
	sum, count := map[string]int{}, map[string]int{}
	for _, p := range reviews {
		code, stars := place(p)
		if code == "" {
			continue
		}
		if rows[code] == nil {
			rows[code] = &standing{RegionCode: code}
		}
		if stars <= 2 {
			rows[code].BadCount++
		} else {
			rows[code].GoodCount++
		}
		sum[code] += stars
		count[code]++
	}
	var list []standing
	for code, row := range rows {
		row.Score = float64((400*sum[code]+count[code])/(2*count[code])) / 100 // 2 x mean stars, two decimals, half up
		list = append(list, *row)
	}
	sign := 1
	if worstFirst {
		sign = -1
	}
	// By score, then share of good ones, both as they are shown, then number; equals by code.
	good := func(s standing) int { return (20_000*s.GoodCount + count[s.RegionCode]) / (2 * count[s.RegionCode]) } // hundredths of a per cent
	slices.SortFunc(list, func(a, b standing) int {
		return cmp.Or(sign*cmp.Compare(b.Score, a.Score), sign*(good(b)-good(a)), sign*(count[b.RegionCode]-count[a.RegionCode]),
			strings.Compare(a.RegionCode, b.RegionCode))
	})
	return list
}
