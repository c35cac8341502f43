package board

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/catalog"
	"pgregory.net/rapid"
)

// An address holds the state: what is written is read again as the same, and only one address is written for it.
func TestAStateHasOneAddress(t *testing.T) {
	p := newPlace(t)
	rapid.Check(t, func(t *rapid.T) {
		s := state{
			region:  rapid.SampledFrom([]string{"440000000000", "440100000000", "440106000000", "441900000000"}).Draw(t, "region"),
			period:  rapid.SampledFrom([]string{"today", "7d", "30d", "month", "quarter", "year", "2026-10", "2026-Q3", "2025", "20260901-20260930"}).Draw(t, "period"),
			entity:  rapid.SampledFrom([]string{"", "egovAffair", "hotlineAffair"}).Draw(t, "entity"),
			channel: rapid.SampledFrom([]string{"", "portal", "hall-pad"}).Draw(t, "channel"),
			by:      rapid.SampledFrom([]string{"regions", "departments", "alldepartments", "halls"}).Draw(t, "by"),
			fair:    rapid.Bool().Draw(t, "fair"), all: rapid.Bool().Draw(t, "all"), embed: rapid.Bool().Draw(t, "embed"),
			block: rapid.SampledFrom(append(BlockNames(), "")).Draw(t, "block"),
		}
		address, err := url.Parse(p.address("", s))
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.parseState(address.Query())
		if err != nil || got != s {
			t.Fatalf("%s: got %+v, %v, want %+v", address, got, err, s)
		}
	})
	if got := p.address("", state{region: p.Root, period: "30d", by: "regions"}); got != "/ping/board" {
		t.Errorf("what is shown when nobody says has the address %s", got)
	}
}

func TestAddressesInOtherWordsAreTheSameState(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]string{
		"":                         "/ping/board",
		"region=44&period=30d&by=": "/ping/board",
		"region=4401":              "/ping/board?region=440100000000",
		"rank=official&entity=":    "/ping/board",
		"from=2026-09-01&to=2026-09-30&region=4401&utm_source=x": "/ping/board?period=20260901-20260930&region=440100000000",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.parseState(values)
		if got := p.address("", s); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", query, got, err, want)
		}
	}
}

// A link to an evaluation object that was merged into another one shows that one; it is offered and listed no more.
func TestALinkToAMergedEvaluationObject(t *testing.T) {
	p := newPlace(t, func(n *Needs) { n.Entities.Replace(catalog.Specified(), map[string]string{"yssAffair": "egovAffair"}) })
	page := p.get(t, "/ping/board?entity=yssAffair").Body.String()
	if !strings.Contains(page, `<span class="sr">取消</span>政务网已办事项`) {
		t.Errorf("政务网已办事项 is not what is shown:\n%s", page)
	}
	if strings.Contains(page, "粤省事已办事项") {
		t.Error("粤省事已办事项 is offered")
	}
}

// Every wrong value is named with what would be right, on one page, and nothing of the address is shown again.
func TestAnAddressThatSaysNothing(t *testing.T) {
	p := newPlace(t)
	for query, fields := range map[string]string{
		"region=990000000000": "region", "region=x": "region", "region=4": "region", "period=soon": "period", "period=2027": "period",
		"entity=cinema": "entity", "channel=pigeon": "channel",
		"by=officers": "by", "by=windows": "by", "rank=best": "rank", "show=some": "show", "embed=yes": "embed", "block=officers": "block", "a=%zz": "地址",
		"region=<script>&period=<script>&entity=<script>&channel=<script>&rank=<script>": "region period entity channel rank",
	} {
		for _, path := range []string{"", "/live", "/embed/ranking", "/download/regions.csv"} {
			if strings.HasPrefix(path, "/embed") && (fields == "block" || fields == "embed") {
				continue // its path says both
			}
			w := p.get(t, Prefix+path+"?"+query)
			if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "<script>") {
				t.Errorf("%s?%s: status %d", path, query, w.Code)
			}
			for field := range strings.FieldsSeq(fields) {
				if !regexp.MustCompile("<strong>" + field + "</strong> [^<]*应为|<strong>" + field + "</strong> [^<]*(不得|尚未|之后)").MatchString(w.Body.String()) {
					t.Errorf("%s?%s: does not say what %s should be\n%s", path, query, field, w.Body)
				}
			}
		}
	}
}

// Who chose days that can't be is told so in plain words, without the names that an address has; the form stands there again with
// what he chose, and form and link keep whatever else was right.
func TestDaysThatCannotBe(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]string{
		"from=2026-11-02&to=2026-11-01":         "结束日期早于开始日期",
		"period=20261102-20261101":              "结束日期早于开始日期",
		"from=2026-11-01&to=":                   "没有填结束日期",
		"to=2026-11-01":                         "没有填开始日期",
		"from=2026-02-31&to=2026-11-01":         "开始日期不是真实的一天",
		"from=2026-11-01&to=<script>":           "结束日期不是真实的一天",
		"from=2026-11-25&to=2026-11-26":         "尚未开始",
		"from=1969-11-25&to=1970-11-26":         "不得早于 1970 年",
		"period=20260231-20261101":              "开始日期不是真实的一天",
		"from=2026-11-02&to=2026-11-01&by=cats": "日期</strong> 结束日期早于开始日期",
	} {
		for _, path := range []string{"", "/live", "/embed/ranking", "/download/regions.csv"} {
			w := p.get(t, Prefix+path+"?region=4401&channel=yss&rank=fair&"+query)
			page := w.Body.String()
			if w.Code != http.StatusBadRequest || !strings.Contains(page, want) || strings.Contains(page, "<script>") || strings.Contains(page, "<strong>period") {
				t.Errorf("%s?%s: %d, want %s\n%s", path, query, w.Code, want, page)
			}
			if alone := !strings.Contains(query, "by="); alone != strings.Contains(page, "<h1>日期不对</h1>") {
				t.Errorf("%s?%s: is it about the days alone?\n%s", path, query, page)
			}
			for _, kept := range []string{
				`href="/ping/board?channel=yss&amp;rank=fair&amp;region=440100000000"`, `name="region" value="440100000000"`, `name="channel" value="yss"`,
				`name="from"`, `name="to"`, `max="2026-11-24"`,
			} {
				if !strings.Contains(page, kept) {
					t.Errorf("%s?%s: %s is not kept\n%s", path, query, kept, page)
				}
			}
		}
	}
	page := p.get(t, "/ping/board?from=2026-11-02&to=2026-11-01").Body.String()
	if !strings.Contains(page, `name="from" value="2026-11-02"`) || !strings.Contains(page, `name="to" value="2026-11-01"`) {
		t.Errorf("the days that were chosen are gone:\n%s", page)
	}
}

// A period of one's own is marked as chosen, and its days stand in the heading once.
func TestAPeriodOfOnesOwn(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]struct {
		marked bool
		times  int
	}{
		"": {false, 1}, "?period=20260715-20261015": {true, 1}, "?period=20261101-20261101": {true, 1}, "?period=2026-10": {true, 1}, "?period=today": {false, 1},
	} {
		values, _ := url.ParseQuery(strings.TrimPrefix(query, "?"))
		s, err := p.parseState(values)
		if err != nil {
			t.Fatal(err)
		}
		_, _, period, err := s.scope(p.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, head, _ := strings.Cut(p.page(t, "/ping/board"+query), `<section id="head"`)
		head, _, _ = strings.Cut(head, "</section>")
		if got := strings.Contains(head, `<summary aria-current="true">自选日期</summary>`); got != want.marked {
			t.Errorf("%s: 自选日期 is marked: %v, want %v", query, got, want.marked)
		}
		if got := strings.Count(head, period.Span.Title()); got != want.times {
			t.Errorf("%s: the days stand there %d times, want %d\n%s", query, got, want.times, head)
		}
	}
}

// What was filtered by, and how it was ranked, stands on paper, too, where there are no menus.
func TestPaperSaysWhatWasFiltered(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]string{
		"":                       "评价对象：全部；渠道：全部；各市官方排名",
		"?channel=yss&rank=fair": "评价对象：全部；渠道：粤省事；各市公平排名",
		"?entity=egovAffair&by=alldepartments&region=4401": "评价对象：政务网已办事项；渠道：全部；全部部门官方排名",
	} {
		if page := p.page(t, "/ping/board"+query); !strings.Contains(page, `<p class="paper">`+want+"</p>") {
			t.Errorf("%s: does not say %s", query, want)
		}
	}
}

// Of a period that is over the hours of today are none of its figures: they are not printed with it.
func TestTodaysHoursAreNotOfAPastPeriod(t *testing.T) {
	p := newPlace(t)
	for period, want := range map[string]bool{"30d": false, "today": false, "2026-11": false, "2026-10": true, "20261101-20261123": true, "20261101-20261124": false} {
		if got := strings.Contains(p.page(t, "/ping/board?period="+period), `<div class="blocks past">`); got != want {
			t.Errorf("%s: past is %v, want %v", period, got, want)
		}
	}
}

// A change is told against what people call the period before.
func TestWhatAPeriodIsComparedWith(t *testing.T) {
	p := newPlace(t)
	for period, want := range map[string]string{
		"30d": "较前30天", "20261101-20261101": "较前一天", "month": "较上月同期", "2026-10": "较2026年9月", "2026-11": "较上月同期", "2026-Q3": "较2026年第二季度", "2025": "较2024年", "today": "较昨日全天",
	} {
		if page := p.page(t, "/ping/board?period="+period); !strings.Contains(page, ">"+want+" ") {
			t.Errorf("%s: does not say %s", period, want)
		}
	}
}

// The way out of an address with a fault keeps the filters that were right.
func TestTheWayOutKeepsWhatWasRight(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]string{
		"region=x&channel=yss&period=2026-10": "/ping/board?channel=yss&amp;period=2026-10",
		"region=4401&entity=cinema":           "/ping/board?region=440100000000",
		"channel=pigeon&by=halls&rank=best":   "/ping/board?by=halls",
		"by=officers":                         "/ping/board",
		"embed=1&show=some&region=4401":       "/ping/board?region=440100000000",
	} {
		w := p.get(t, "/ping/board?"+query)
		if page := w.Body.String(); !strings.Contains(page, `class="button" href="`+want+`"`) {
			t.Errorf("%s: want %s\n%s", query, want, page)
		}
	}
}

var hrefs = regexp.MustCompile(`href="(/ping/board[^"]*)"`)

// Every link of every page leads to a page, and keeps all filters but the one that it is for.
func TestEveryLinkKeepsTheOtherFilters(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 1, 2, 3, 40}, "510", "207")
	for _, start := range []string{
		"/ping/board", "/ping/board?channel=portal&entity=egovAffair&period=month&rank=fair&region=440100000000",
		"/ping/board?by=halls&period=2026-Q3&region=441900000000",
	} {
		from, err := url.Parse(start)
		if err != nil {
			t.Fatal(err)
		}
		links := hrefs.FindAllStringSubmatch(p.page(t, start), -1)
		if len(links) < 30 {
			t.Fatalf("%s has %d links", start, len(links))
		}
		for _, link := range links {
			to, err := url.Parse(strings.ReplaceAll(link[1], "&amp;", "&"))
			if err != nil {
				t.Fatal(err)
			}
			changed := 0
			for _, name := range []string{"region", "period", "entity", "channel", "rank", "by"} {
				if from.Query().Get(name) != to.Query().Get(name) {
					changed++
				}
			}
			home := to.RawQuery == "" && to.Path == Prefix // the way back to everything
			if strings.Contains(to.Path, "/download/") {
				changed = min(changed, 1) // who is ranked, and how, is the table's name
			}
			if changed > 1 && !home {
				t.Errorf("%s: the link %s changes %d filters", start, to, changed)
			}
			if w := p.get(t, to.String()); w.Code != http.StatusOK {
				t.Errorf("%s: the link %s is answered %d", start, to, w.Code)
			}
		}
	}
}
