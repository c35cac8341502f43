package figures_test

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
	"github.com/haochaping/haochaping/internal/venue"
)

// told is some reviews that are alike.
type told struct {
	n, stars, day, hour         int
	region, department, entity  string
	channel, hall, workNo, item string
	app, tag                    string
}

const hallOfTianhe, hallOfLiwan = "440106001AAA", "440103001BBB"

// toldHere is what the house of these tests holds: in June and May of 2026, in three counties of two cities.
var toldHere = []told{
	{n: 20, stars: 5, day: 20260610, hour: 9, region: tianhe, department: "D1", channel: "portal", tag: "510"},
	{n: 20, stars: 4, day: 20260611, hour: 9, region: tianhe, department: "D1", channel: "hall-qr", hall: hallOfTianhe, workNo: "007", tag: "406"},
	{n: 4, stars: 1, day: 20260612, hour: 9, region: tianhe, department: "D2", channel: "portal", tag: "108"},
	{n: 3, stars: 5, day: 20260615, hour: 8, region: tianhe, department: "D2", channel: "yss", entity: "yssAffair"},
	{n: 31, stars: 5, day: 20260520, hour: 9, region: tianhe, department: "D1", channel: "portal", item: "11440106K12345678X4442111001001"},
	{n: 3, stars: 5, day: 20260605, hour: 9, region: liwan, department: "D2", channel: "portal", hall: hallOfLiwan, tag: "510"},
	{n: 40, stars: 5, day: 20260501, hour: 9, region: liwan, department: "D2", channel: "portal"},
	{n: 33, stars: 5, day: 20260615, hour: 11, region: shenzhen, department: "D3", channel: "portal", app: "app2"},
	{n: 2, stars: 1, day: 20260415, hour: 9, region: shenzhen, department: "D3", channel: "portal"},
}

// itemNames names one item.
type itemNames struct{}

func (itemNames) ItemName(_ context.Context, code string) (string, error) {
	return map[string]string{"11440106K12345678X4442111001001": "身份证补领"}[code], nil
}

// tellingHouse is a figures service over a real store that holds these reviews.
func tellingHouse(t *testing.T, address string, all []told) (*figures.Service, *store.Store) {
	t.Helper()
	registry := org.NewRegistry(nil, nil)
	now := func() time.Time { return noon }
	s, err := store.Open(t.Context(), store.Options{URL: address, Lanes: 1, Registry: registry, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	registry.Replace(org.Guangdong(), []org.Department{
		{Code: "D1", Name: "天河区公安局", RegionCode: tianhe},
		{Code: "D2", Name: "广州市公安局", RegionCode: guangzhou},
		{Code: "D3", Name: "深圳市公安局", RegionCode: shenzhen},
	})
	serials := review.NewSerials(now)
	var batch []review.Record
	for _, r := range all {
		for range r.n {
			key := privacy.Digest(fmt.Appendf(nil, "%016d", len(batch)))
			var tags []string
			if r.tag != "" {
				tags = []string{r.tag}
			}
			batch = append(batch, review.Record{
				Facts: review.Facts{
					AppCode: cmp.Or(r.app, "app1"), EntityCode: cmp.Or(r.entity, "egovAffair"), Channel: r.channel, Kind: review.Guide,
					DepartmentCode: r.department, ItemCode: r.item, HallCode: r.hall, WorkNo: r.workNo, Stars: r.stars, Tags: tags,
					EvalTime: beijing.DayStart(r.day).Add(time.Duration(r.hour) * time.Hour),
				},
				Serial: serials.Next(0), Identity: key, OnceKey: key, Sealed: []byte{0}, Region: r.region, Day: r.day, ReceivedAt: noon,
			})
		}
	}
	for some := range slices.Chunk(batch, 50) {
		if _, err := s.Accept(t.Context(), 0, some); err != nil {
			t.Fatal(err)
		}
	}
	halls := venue.NewDirectory()
	halls.Replace([]venue.Hall{{Code: hallOfTianhe, Name: "天河区政务服务中心", RegionCode: tianhe}, {Code: hallOfLiwan, Name: "荔湾区政务服务中心", RegionCode: liwan}}, nil, nil)
	return figures.NewService(figures.Needs{
		Store: s, Formulas: figures.Formulas{ThreeIsGood: true}, Registry: registry, Entities: catalog.NewEntitySet(catalog.Specified()),
		Tags: catalog.NewTags(catalog.National()), Halls: halls, Items: itemNames{}, Now: now,
	}), s
}

// telling asks the same of both engines: before facts are folded, afterwards, and when all days that are over are closed.
func telling(t *testing.T, ask func(t *testing.T, s *figures.Service)) {
	t.Helper()
	for name, database := range map[string]func(t testing.TB) string{
		"SQLite":     storetest.SQLite,
		"PostgreSQL": postgrestest.Database,
	} {
		t.Run(name, func(t *testing.T) {
			s, kept := tellingHouse(t, database(t), toldHere)
			ask(t, s)
			for waiting := 1; waiting > 0; { // a fold begins small
				var err error
				if waiting, err = kept.Fold(t.Context()); err != nil {
					t.Fatalf("fold: %v", err)
				}
			}
			ask(t, s)
			for closed := true; closed; {
				var err error
				if closed, err = kept.CloseDay(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Version(t.Context()); err != nil { // learns what is closed
				t.Fatal(err)
			}
			ask(t, s)
		})
	}
}

// named is a period by its name, on the day of these tests.
func named(t *testing.T, name string) figures.Period {
	t.Helper()
	p, err := figures.ParsePeriod(name, noon)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tableOf is a table with its rows as text, the figures of these keys only.
func tableOf(t *testing.T, s *figures.Service, name, region, period string, keys ...string) (table figures.Table, rows []string) {
	t.Helper()
	table, err := s.Table(t.Context(), name, figures.Scope{Region: region}, named(t, period))
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range table.Records() {
		var cells []string
		for _, key := range keys {
			cell, there := record[key]
			if !there {
				t.Fatalf("%s has no column %s", name, key)
			}
			if cell == nil {
				cell = "-"
			}
			cells = append(cells, fmt.Sprint(cell))
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return table, rows
}

func TestTables(t *testing.T) {
	telling(t, func(t *testing.T, s *figures.Service) {
		t.Helper()
		for _, c := range []struct {
			name, table, region, period string
			keys                        []string
			want                        []string
			note                        string
		}{
			{
				"cities, with their ranks", "regions", province, "month",
				[]string{"rank", "fairRank", "name", "count", "goodRate", "score", "fair", "before"},
				[]string{"1 1 深圳市 33 100 10 89.57 -", "2 2 广州市 50 92 8.56 81.16 1"},
				"",
			},
			{
				"who has too few stands apart; in the same days of the month before the other had none", "regions", guangzhou, "month",
				[]string{"rank", "name", "count", "before"},
				[]string{"1 天河区 47 -", "- 荔湾区 3 1"},
				"最后1行评价数不足30条，样本不足，不排名。",
			},
			{"of an earlier month", "regions", guangzhou, "2026-05", []string{"rank", "name", "count", "before"}, []string{"1 荔湾区 40 -", "2 天河区 31 -"}, ""},
			{"a region's own departments", "departments", guangzhou, "month", []string{"code", "count"}, []string{"D2 10"}, "最后1行评价数不足30条，样本不足，不排名。"},
			{
				"and those below it", "alldepartments", guangzhou, "month",
				[]string{"name", "count"},
				[]string{"天河区公安局 40", "广州市公安局 10"},
				"最后1行评价数不足30条，样本不足，不排名。",
			},
			{
				"halls of a city", "halls", guangzhou, "month",
				[]string{"name", "code", "count"},
				[]string{"荔湾区政务服务中心 " + hallOfLiwan + " 3", "天河区政务服务中心 " + hallOfTianhe + " 20"},
				"最后2行评价数不足30条，样本不足，不排名。",
			},
			{"halls of a county", "halls", liwan, "month", []string{"name"}, []string{"荔湾区政务服务中心"}, "最后1行评价数不足30条，样本不足，不排名。"},
			{"halls where there are none", "halls", shenzhen, "month", []string{"name"}, nil, "各大厅没有评价（评价未注明大厅）。"},
			{"halls where there is nothing", "halls", "440200000000", "month", []string{"name"}, nil, "这段时间没有评价。"},
			{"departments of a province that are all below it", "departments", province, "month", []string{"name"}, nil, "本级部门没有评价。"},
			{
				"stars", "stars", tianhe, "month",
				[]string{"star", "name", "count", "share"},
				[]string{"5 非常满意 23 48.94", "4 满意 20 42.55", "3 基本满意 0 0", "2 不满意 0 0", "1 非常不满意 4 8.51"},
				"",
			},
			{
				"channels, those without a review too", "channels", tianhe, "month",
				[]string{"code", "name", "count", "score", "share"},
				[]string{
					"portal 政务服务网 24 8.67 51.06", "yss 粤省事 3 10 6.38", "wechat 微信公众号 0 - 0", "hall-qr 大厅二维码 20 8 42.55", "hall-pad 大厅平板 0 - 0",
					"hotline 热线 0 - 0", "api-other 其他接口 0 - 0",
				},
				"",
			},
			{
				"evaluation objects", "entities", tianhe, "month",
				[]string{"code", "count"},
				[]string{"egovAffair 44", "egovGuide 0", "yssAffair 3", "hotlineAffair 0"},
				"",
			},
			{"praised", "praised", tianhe, "month", []string{"name", "chosen", "share"}, []string{"填写一张表单就可完成申报 20 50", "一窗受理一次办结 20 50"}, ""},
			{"complained of", "complained", tianhe, "month", []string{"code", "chosen"}, []string{"108 4"}, ""},
			{"tags of too few reviews", "praised", liwan, "month", []string{"name"}, nil, "评价不足5条，为保护评价人不显示标签。"},
			{"tags of none", "praised", "440200000000", "month", []string{"name"}, nil, "这段时间没有人选标签。"},
			{
				"by day, beside the days that it is compared with", "trend", tianhe, "20260610-20260613",
				[]string{"period", "firstDay", "lastDay", "count", "score", "beforePeriod", "beforeCount"},
				[]string{
					"2026-06-10 2026-06-10 2026-06-10 20 10 2026-06-06 0", "2026-06-11 2026-06-11 2026-06-11 20 8 2026-06-07 0",
					"2026-06-12 2026-06-12 2026-06-12 4 2 2026-06-08 0", "2026-06-13 2026-06-13 2026-06-13 0 - 2026-06-09 0",
				},
				"",
			},
			{
				"by month", "trend", guangzhou, "20260301-20260615",
				[]string{"period", "firstDay", "lastDay", "count", "beforePeriod", "beforeFirstDay", "beforeLastDay"},
				[]string{
					"2026-03 2026-03-01 2026-03-31 0 2025-11-14至2025-11-30 2025-11-14 2025-11-30", "2026-04 2026-04-01 2026-04-30 0 2025-12 2025-12-01 2025-12-31",
					"2026-05 2026-05-01 2026-05-31 71 2026-01 2026-01-01 2026-01-31", "2026-06-01至2026-06-15 2026-06-01 2026-06-15 50 2026-02 2026-02-01 2026-02-28",
				},
				"",
			},
			{
				"by parts of months", "trend", guangzhou, "20260215-20260610",
				[]string{"period", "count"},
				[]string{"2026-02-15至2026-02-28 0", "2026-03 0", "2026-04 0", "2026-05 71", "2026-06-01至2026-06-10 23"},
				"",
			},
			{
				"by parts of months that are one day", "trend", guangzhou, "20260131-20260601",
				[]string{"period", "count"},
				[]string{"2026-01-31 0", "2026-02 0", "2026-03 0", "2026-04 0", "2026-05 71", "2026-06-01 0"},
				"",
			},
			{"hours of today", "hours", province, "today", []string{"hour", "count"}, []string{
				"0 0", "1 0", "2 0", "3 0", "4 0", "5 0", "6 0", "7 0", "8 3", "9 0", "10 0", "11 33", "12 0",
			}, ""},
			{"hours of a town", "hours", tianheTown, "today", []string{"hour"}, nil, "县区以下的地区不按小时统计。"},
			{
				"the whole, beside what it is compared with", "summary", guangzhou, "month",
				[]string{"period", "days", "count", "good", "bad", "score", "satisfaction"},
				[]string{"本月 2026年6月1日至6月15日 50 46 4 8.56 85.6", "上月同期 2026年5月1日至5月15日 40 40 0 10 100"},
				"",
			},
			{"completed affairs", "response", province, "month", []string{"name"}, nil, "这段时间没有办结的办件。"},
		} {
			table, rows := tableOf(t, s, c.table, c.region, c.period, c.keys...)
			if diff := gocmp.Diff(c.want, rows); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", c.name, diff)
			}
			if table.Note != c.note || table.Name != c.table {
				t.Errorf("%s: %s, note %q, want %q", c.name, table.Name, table.Note, c.note)
			}
		}
	})
}

// Filters by evaluation object and channel hold in every table of reviews; what can't be told apart is left out.
func TestFiltersHoldInEveryTable(t *testing.T) {
	telling(t, func(t *testing.T, s *figures.Service) {
		t.Helper()
		scope := figures.Scope{Region: province, Entity: "egovAffair", Channel: "hall-qr"}
		for name, want := range map[string]int64{
			"summary": 20, "regions": 20, "alldepartments": 20, "halls": 20, "entities": 20, "channels": 20, "stars": 20, "praised": 20, "trend": 20, "hours": 0,
		} {
			table, err := s.Table(t.Context(), name, scope, named(t, "month"))
			if err != nil {
				t.Fatal(err)
			}
			if name == "summary" {
				if record := table.Records()[0]; record["completed"] != nil || record["responseRate"] != nil || !strings.Contains(table.Note, "不分评价对象和渠道") {
					t.Errorf("summary counts affairs: %v, %s", record, table.Note)
				}
				table.Rows = table.Rows[:1] // the second is what it is compared with
			}
			var got int64
			for _, record := range table.Records() {
				for _, key := range []string{"count", "chosen"} {
					if n, there := record[key].(int64); there {
						got += n
					}
				}
			}
			if got != want {
				t.Errorf("%s: got %d, want %d", name, got, want)
			}
		}
	})
}

// Supervisors see officers, items and apps too; no public table does.
func TestWhoIsRanked(t *testing.T) {
	telling(t, func(t *testing.T, s *figures.Service) {
		t.Helper()
		may := figures.Span{From: 20260501, To: 20260531}
		for _, c := range []struct {
			name    string
			subject figures.Subject
			scope   figures.Scope
			want    []string
		}{
			{"officers of a county's halls", figures.Officers, figures.Scope{Region: tianhe, Span: june}, []string{hallOfTianhe + "-007"}},
			{"officers of another county", figures.Officers, figures.Scope{Region: liwan, Span: june}, nil},
			{"items of a city's bodies", figures.Items, figures.Scope{Region: guangzhou, Span: may}, []string{"11440106K12345678X4442111001001"}},
			{"items of another city", figures.Items, figures.Scope{Region: shenzhen, Span: may}, nil},
			{"apps", figures.Apps, figures.Scope{Region: province, Span: june}, []string{"app2", "app1"}},
			{"apps are of no city", figures.Apps, figures.Scope{Region: guangzhou, Span: june}, nil},
			{"departments everywhere", figures.Departments, figures.Scope{Region: org.AllRegions, Span: june}, []string{"D3", "D1", "D2"}},
		} {
			ranking, err := s.Rank(t.Context(), c.subject, c.scope, figures.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, p := range append(ranking.Ranked, ranking.TooFew...) {
				codes = append(codes, p.Code)
			}
			if diff := gocmp.Diff(c.want, codes); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		items := []figures.Place{{Code: "11440106K12345678X4442111001001"}, {Code: "unknown"}}
		if err := s.NameItems(t.Context(), items); err != nil || items[0].Name != "身份证补领" || items[1].Name != "unknown" {
			t.Errorf("items are called %v, %v", items, err)
		}
	})
}

var chinese = regexp.MustCompile(`\p{Han}`)

// Every figure says in Chinese how it is made, with the settings that it is made by.
func TestEveryFigureSaysHowItIsMade(t *testing.T) {
	words := func(f figures.Formulas) string {
		s := figures.NewService(figures.Needs{Formulas: f})
		var names []string
		var all strings.Builder
		for _, table := range s.Definitions() {
			names = append(names, table.Name)
			keys := map[string]bool{}
			for _, c := range table.Columns {
				if keys[c.Key] || !chinese.MatchString(c.Title) || c.Unit != "" && !chinese.MatchString(c.Formula) {
					t.Errorf("%s: %+v", table.Name, c)
				}
				keys[c.Key] = true
				all.WriteString(c.Title + "：" + c.Formula + "\n")
			}
		}
		if diff := gocmp.Diff(figures.TableNames(), names); diff != "" {
			t.Error(diff)
		}
		return all.String()
	}
	usual, other := words(figures.Formulas{ThreeIsGood: true}), words(figures.Formulas{Minimum: 77})
	for text, in := range map[string]string{
		"3至5星的评价中选了该标签的条数": usual, "4星与5星的评价中选了该标签的条数": other,
		"好评数：5星、4星与3星的评价数之和\n": usual, "不足30条的为样本不足": usual, "好评数：5星与4星的评价数之和\n": other, "不足77条的为样本不足": other,
		"按期整改率：按期整改数 ÷ 差评工单数 × 100；尚未到期的也算在内，所以最近的会随办理上升\n": usual,
	} {
		if !strings.Contains(in, text) {
			t.Errorf("nowhere stands %s", text)
		}
	}
	if strings.Contains(usual, "77") || strings.Contains(other, "3星的评价数之和") {
		t.Error("the words are those of other settings")
	}
}

func TestATableThatIsNone(t *testing.T) {
	_, err := figures.NewService(figures.Needs{}).Table(t.Context(), "officers", figures.Scope{}, figures.Period{})
	if err == nil || !strings.Contains(err.Error(), "没有这个统计表") {
		t.Errorf("got %v", err)
	}
}
