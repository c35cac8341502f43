package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// onBoard is a review that was sent, as the board counts it.
type onBoard struct {
	placed
	channel string
	day     string // yyyymmdd
}

// boardReviews are reviews of every kind, at places of every level, of today and of the days and months before.
func boardReviews(now time.Time) (all []onBoard) {
	daysAgo := []int{0, 0, 0, 1, 2, 6, 7, 8, 20, 29, 30, 31, 45, 59, 60, 75, 100, 200, 365, afterShortMonth(now)}
	regions := []string{"440100000000", "440104000000", "440305000000"}
	channels := map[string]string{"egovAffair": "portal", "egovGuide": "portal", "yssAffair": "yss", "hotlineAffair": "hotline"}
	for i, days := range daysAgo {
		for n := range 4 {
			k := 4*i + n
			one := placed{
				entity: []string{"egovAffair", "yssAffair", "egovGuide", "hotlineAffair"}[n], region: regions[k%3], stars: 1 + k*7%5,
				at: at(now.AddDate(0, 0, -days).Add(-time.Duration(n) * time.Second)), person: people[k%len(people)], item: fmt.Sprintf("事项%d", k),
			}
			one.department = creditCodes[one.region]
			if one.entity == "hotlineAffair" {
				one.region = hotlineRegions[k%9] // those of Guangdong
				one.department, one.item, one.dealt = "D"+one.region, "", 1+k*3%5
				one.stars = min(one.stars, one.dealt)
			} else {
				one.dealt, one.tags = one.stars, nationalTags(one.stars)[:k%4]
			}
			all = append(all, onBoard{one, channels[one.entity], one.at[:8]})
		}
	}
	return all
}

// afterShortMonth is how many days ago the last month began that followed one of less than 31 days.
func afterShortMonth(now time.Time) (days int) {
	for {
		if day := now.In(shanghai).AddDate(0, 0, -days); day.Day() == 1 && day.AddDate(0, 0, -1).Day() < 31 {
			return days
		}
		days++
	}
}

// boardState is what is asked of the board.
type boardState struct {
	region, period, entity, channel, by string
	from, to                            string // the days of the period
}

func (s *boardState) values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{"region": s.region, "period": s.period, "entity": s.entity, "channel": s.channel, "by": s.by} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values
}

// of are the reviews that count in the state.
func (s *boardState) of(all []onBoard) (found []onBoard) {
	prefix := strings.TrimRight(cmp.Or(s.region, "44"), "0")
	prefix += strings.Repeat("0", len(prefix)%2) // 4410 is no 441
	for _, r := range all {
		if strings.HasPrefix(r.region, prefix) && s.from <= r.day && r.day <= s.to && (s.entity == "" || r.entity == s.entity) && (s.channel == "" || r.channel == s.channel) {
			found = append(found, r)
		}
	}
	return found
}

// boardStates are every period at one place, every place in one period, and every filter.
func boardStates(now time.Time) (all []boardState) {
	day := func(ago int) string { return now.In(shanghai).AddDate(0, 0, -ago).Format("20060102") }
	today, year, month := day(0), day(0)[:4], int(now.In(shanghai).Month())
	last := now.In(shanghai).AddDate(0, 0, -now.In(shanghai).Day()) // the last day of the month before
	periods := []boardState{
		{period: "", from: day(29), to: today},
		{period: "today", from: today, to: today},
		{period: "7d", from: day(6), to: today},
		{period: "month", from: today[:6] + "01", to: today},
		{period: "quarter", from: fmt.Sprintf("%s%02d01", year, (month-1)/3*3+1), to: today},
		{period: "year", from: year + "0101", to: today},
		{period: last.Format("2006-01"), from: last.Format("200601") + "01", to: last.Format("20060102")},
		{period: day(60) + "-" + day(20), from: day(60), to: day(20)},
		{period: day(1) + "-" + day(1), from: day(1), to: day(1)},
		{period: day(400) + "-" + day(5), from: day(400), to: day(5)},
	}
	for _, p := range periods {
		for _, region := range []string{"", "440100000000"} {
			p.region = region
			all = append(all, p)
		}
	}
	long := periods[len(periods)-1]
	for _, region := range []string{"440104000000", "440104001000", "440305000000", "441900000000", "441900003000", "440106000000", "440400000000"} {
		long.region = region
		all = append(all, long)
	}
	for i, entity := range []string{"egovAffair", "egovGuide", "yssAffair", "hotlineAffair", "hallAffair"} {
		s := long
		s.region, s.entity, s.by = []string{"", "440100000000"}[i%2], entity, []string{"departments", "alldepartments"}[i%2]
		all = append(all, s)
	}
	for _, channel := range []string{"portal", "yss", "hotline", "hall-qr"} {
		s := long
		s.region, s.channel, s.by = "", channel, "alldepartments"
		all = append(all, s)
	}
	return all
}

// What the board shows and what is downloaded is what the reviews that were sent make, in every state.
func TestTheBoardIsWhatAnyoneWouldCount(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		now := time.Now()
		all := boardReviews(now)
		for i := range all {
			all[i].send(t, c)
		}
		eventually(t, "the board shows all reviews", func() bool {
			return strings.Contains(c.server.boardPage(t, "/ping/board?period=today").block(t, "figures"), fmt.Sprintf(`data-count="%d"`, len((&boardState{from: at(now)[:8], to: at(now)[:8]}).of(all))))
		})
		for _, s := range boardStates(now) {
			t.Run(s.values().Encode(), func(t *testing.T) {
				page := c.server.boardPage(t, "/ping/board?"+s.values().Encode())
				if at(time.Now())[:8] != at(now)[:8] {
					return // the day has turned: what is counted today is another
				}
				s.hold(t, c.server, page, s.of(all))
			})
		}
	}, "--minimum", "3")
}

// sum is what reviews come to.
type sum struct{ count, stars, good int }

func sumOf(reviews []onBoard, stars func(onBoard) int) (s sum) {
	for _, r := range reviews {
		s.count++
		s.stars += stars(r)
		if stars(r) >= 3 {
			s.good++
		}
	}
	return s
}

// cells are the sum as the board writes it.
func (s sum) cells() string {
	if s.count == 0 {
		return "0"
	}
	score := float64((400*s.stars+s.count)/(2*s.count)) / 100
	good := float64((20000*s.good+s.count)/(2*s.count)) / 100
	return fmt.Sprintf("%d %.2f %.2f%%", s.count, score, good)
}

func whole(r onBoard) int { return r.stars }

func (s *boardState) hold(t *testing.T, server *server, page *boardPage, found []onBoard) {
	t.Helper()
	if !strings.Contains(page.block(t, "figures"), "评价数") {
		t.Fatal("there are no figures")
	}
	groups := func(code func(onBoard) string, stars func(onBoard) int) map[string]string {
		by := map[string][]onBoard{}
		for _, r := range found {
			if c := code(r); c != "" {
				by[c] = append(by[c], r)
			}
		}
		sums := map[string]string{}
		for c, reviews := range by {
			sums[c] = sumOf(reviews, stars).cells()
		}
		return sums
	}
	total := map[string]string{}
	if len(found) > 0 {
		total["all"] = sumOf(found, whole).cells()
	}
	s.same(t, server, nil, "summary", total)
	s.same(t, server, page, "entities", groups(func(r onBoard) string { return r.entity }, whole))
	s.same(t, server, page, "channels", groups(func(r onBoard) string { return r.channel }, whole))
	s.same(t, server, page, "trend", nil)
	dealt := func(r onBoard) int { return r.dealt }
	switch s.by {
	case "":
		level := scope{region: cmp.Or(s.region, "44")}.level() + 1
		if s.region == "441900000000" {
			level++ // 东莞 has no counties: its towns
		}
		s.same(t, server, page, "regions", groups(func(r onBoard) string { return cutTo(r.region, level) }, whole))
	case "departments":
		s.same(t, server, page, "departments", groups(func(r onBoard) string {
			if regionOfDepartment(r.department) != cmp.Or(s.region, "440000000000") {
				return ""
			}
			return r.department
		}, dealt))
	case "alldepartments":
		s.same(t, server, page, "alldepartments", groups(func(r onBoard) string { return r.department }, dealt))
	}
	s.holdStars(t, page, found)
	s.holdTags(t, server, page, found)
	s.holdNewest(t, page, found)
}

// regionOfDepartment is the region that a department of the test serves.
func regionOfDepartment(code string) string {
	for region, credit := range creditCodes {
		if credit == code {
			return region
		}
	}
	return strings.TrimPrefix(code, "D")
}

// same holds a table that is downloaded against what was counted, and the page, if there is one, against that.
func (s *boardState) same(t *testing.T, server *server, page *boardPage, name string, want map[string]string) {
	t.Helper()
	table := server.boardTable(t, name, s.values())
	got, byName := map[string]string{}, map[string]string{}
	for i, row := range table.Rows {
		count, _ := row["count"].(float64)
		if count == 0 || name == "summary" && i > 0 {
			continue
		}
		cells := fmt.Sprintf("%.0f %.2f %.2f%%", count, row["score"], row["goodRate"])
		code, _ := row["code"].(string)
		called, _ := row["name"].(string)
		if called == "" {
			called = code
		}
		if name == "summary" {
			code = "all"
		}
		got[code], byName[called] = cells, cells
	}
	if want != nil {
		same(t, name, sortedPairs(want), sortedPairs(got))
	}
	if page == nil || name == "trend" {
		return
	}
	block := name
	if name == "regions" || strings.HasSuffix(name, "departments") {
		block = "ranking"
	}
	shown := map[string]string{}
	for _, row := range page.tables(t, block) {
		called := cmp.Or(row["名称"], row["市"], row["县（市、区）"], row["镇街"], row["村居"], row["部门"], row["区划"])
		if row["评价数"] == "0" {
			continue
		}
		cells := row["评价数"] + " " + row["平均分"]
		if row["好评率"] != "" {
			cells += " " + row["好评率"]
		} else {
			byName[called] = byName[called][:strings.LastIndex(byName[called], " ")]
		}
		shown[called] = cells
	}
	same(t, name+" on the page", sortedPairs(byName), sortedPairs(shown))
}

func sortedPairs(m map[string]string) (pairs []string) {
	for key, value := range m {
		pairs = append(pairs, key+": "+value)
	}
	slices.Sort(pairs)
	return pairs
}

func (s *boardState) holdStars(t *testing.T, page *boardPage, found []onBoard) {
	t.Helper()
	var want, got []string
	for stars := 5; stars >= 1 && len(found) > 0; stars-- {
		n := 0
		for _, r := range found {
			if r.stars == stars {
				n++
			}
		}
		want = append(want, fmt.Sprint(n))
	}
	for _, row := range page.tables(t, "stars") {
		got = append(got, row["评价数"])
	}
	same(t, "stars", want, got)
}

// holdTags: what was ticked, unless there are too few reviews to tell.
func (s *boardState) holdTags(t *testing.T, server *server, page *boardPage, found []onBoard) {
	t.Helper()
	for name, praised := range map[string]bool{"praised": true, "complained": false} {
		counts := map[string]string{}
		times := map[string]int{}
		for _, r := range found {
			for _, tag := range r.tags {
				if (r.stars >= 3) == praised && len(found) >= 5 {
					times[tag]++
				}
			}
		}
		for tag, n := range times {
			counts[tag] = fmt.Sprint(n)
		}
		got := map[string]string{}
		block := page.block(t, name)
		for _, row := range server.boardTable(t, name, s.values()).Rows {
			got[row["code"].(string)] = fmt.Sprint(row["chosen"])
			if len(got) <= 10 && !strings.Contains(block, row["name"].(string)) {
				t.Errorf("%s is not among %s", row["name"], name)
			}
		}
		same(t, name, sortedPairs(counts), sortedPairs(got))
		if few := len(found) > 0 && len(found) < 5; few != strings.Contains(block, "评价太少") {
			t.Errorf("%s of %d reviews: %s", name, len(found), block)
		}
	}
}

// holdNewest: the newest reviews, with masked names.
func (s *boardState) holdNewest(t *testing.T, page *boardPage, found []onBoard) {
	t.Helper()
	block := page.block(t, "newest")
	if got, want := strings.Count(block, "<time "), min(len(found), 12); got != want {
		t.Errorf("%d newest reviews, want %d", got, want)
	}
	slices.SortStableFunc(found, func(a, b onBoard) int { return strings.Compare(b.at, a.at) })
	for i, r := range found[:min(len(found), 8)] {
		if i > 0 && found[i-1].at == r.at {
			continue
		}
		moment, _, _ := parse14(r.at)
		if !strings.Contains(block, moment.Format(time.RFC3339)) && !strings.Contains(block, strings.ReplaceAll(moment.Format(time.RFC3339), "+", "&#43;")) {
			t.Errorf("the review of %s is not there", r.at)
		}
		if len([]rune(r.person)) > 1 && strings.Contains(block, r.person) {
			t.Errorf("%s is named", r.person)
		}
	}
	if len(found) < 5 && strings.Contains(block, `class="chips"`) {
		t.Error("tags of too few reviews are told")
	}
}

func parse14(text string) (moment time.Time, digits, real bool) {
	moment, err := time.ParseInLocation("20060102150405", text, shanghai)
	return moment, true, err == nil
}

// Every link on the board leads to a page.
func TestEveryLinkOfTheBoardLeadsSomewhere(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		for _, r := range boardReviews(time.Now())[:20] {
			r.send(t, c)
		}
		visited := map[string]bool{}
		waiting := []string{"/ping/board", "/ping/board?region=4401&entity=egovAffair&period=month&rank=fair&by=alldepartments"}
		for len(waiting) > 0 && len(visited) < 150 {
			address := waiting[0]
			waiting = waiting[1:]
			if visited[address] {
				continue
			}
			visited[address] = true
			a := c.server.board(t, address)
			if a.status != http.StatusOK {
				t.Errorf("%s: status %d", address, a.status)
			}
			if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
				waiting = append(waiting, (&boardPage{a.text}).links()...)
			}
		}
		if len(visited) < 100 {
			t.Errorf("only %d pages", len(visited))
		}
	})
}
