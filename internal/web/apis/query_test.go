package apis

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

func ask(rawQuery string) *query {
	registry := org.NewRegistry([]org.Region{{Code: "440304000000", Name: "福田区"}}, nil)
	registry.Replace(registry.Regions(), nil, org.Succession{Kind: org.OfRegion, Former: "440303000000", Code: "440304000000"})
	entities := catalog.NewEntitySet(nil)
	entities.Replace(append(catalog.Specified(), catalog.Entity{Code: "eAppAffair", Name: "旧应用"}), map[string]string{"eAppAffair": "yssAffair"})
	h := NewHandler(Needs{Entities: entities, Registry: registry})
	return h.query(&http.Request{URL: &url.URL{Path: "/ping/apis/evals", RawQuery: rawQuery}})
}

// Which reviews a question is about: regions of any length, whole days, and everything where nothing is said.
func TestScope(t *testing.T) {
	everywhere, allTime := org.AllRegions, figures.Span{From: 0, To: 99991231}
	for _, one := range []struct {
		query string
		want  figures.Scope
	}{
		{"", figures.Scope{Region: everywhere, Span: allTime}},
		{"regionCode=&startTime=&endTime=&evalEntityCode=", figures.Scope{Region: everywhere, Span: allTime}},
		{"regionCode=440100000000", figures.Scope{Region: "440100000000", Span: allTime}},
		{"regionCode=4401", figures.Scope{Region: "440100000000", Span: allTime}},
		{"regionCode=44", figures.Scope{Region: "440000000000", Span: allTime}},
		{"regionCode=%20440104001%20", figures.Scope{Region: "440104001000", Span: allTime}},
		{"regionCode=440303", figures.Scope{Region: "440304000000", Span: allTime}},                          // given up
		{"evalEntityCode=eAppAffair", figures.Scope{Region: everywhere, Span: allTime, Entity: "yssAffair"}}, // merged
		{"evalEntityCode=yssAffair", figures.Scope{Region: everywhere, Span: allTime, Entity: "yssAffair"}},
		{"startTime=20240229000000", figures.Scope{Region: everywhere, Span: figures.Span{From: 20240229, To: 99991231}}},
		{"startTime=20240229235959&endTime=20240301000000", figures.Scope{Region: everywhere, Span: figures.Span{From: 20240229, To: 20240301}}},
		{"endTime=19700101000000", figures.Scope{Region: everywhere, Span: figures.Span{From: 0, To: 19700101}}},
		{"more=1&regionCode=44&regionCode=45", figures.Scope{Region: "440000000000", Span: allTime}},
	} {
		q := ask(one.query)
		if diff := cmp.Diff(one.want, q.scope()); diff != "" || q.fault() != nil {
			t.Errorf("%q: %v (-want +got)\n%s", one.query, q.fault(), diff)
		}
	}
}

// What ends before it begins is refused, also within a day, which else would be given whole.
func TestScopeThatEndsBeforeItBegins(t *testing.T) {
	for rawQuery, want := range map[string]string{
		"startTime=20240102000000&endTime=20240101235959": "endTime 不得早于 startTime",
		"startTime=20240101120000&endTime=20240101115959": "endTime 不得早于 startTime",
		"startTime=20240101120000&endTime=20240101120000": "",
		"startTime=20240101120000&endTime=20240230000000": "endTime 应为 1970 年以来真实的日期和时间", // well written, and no day
		"startTime=19691231235959":                        "startTime 应为 1970 年以来真实的日期和时间",
		"startTime=20240101":                              "startTime 应为 yyyyMMddHHmmss 格式的 14 位数字",
		"startTime=2024-01-01+00:0":                       "startTime 应为 yyyyMMddHHmmss 格式的 14 位数字",
		"endTime=19700101000000":                          "",
		"startTime=99991231235959":                        "",
		"startTime=99991231235959&endTime=99991231235959": "",
	} {
		q := ask(rawQuery)
		q.scope()
		got := ""
		for _, v := range q.violations {
			got += v.Field + " " + v.Reason
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", rawQuery, got, want)
		}
	}
}

// A page is counted from one, has 1 to 100 rows, and lies within the first ten thousand.
func TestPage(t *testing.T) {
	for rawQuery, want := range map[string]string{
		"":                           "page 1 of 10",
		"pageNo=2":                   "page 2 of 10",
		"pageNo=1000":                "page 1000 of 10",
		"pageNo=1001":                "pageNo",
		"pageNo=100&pageSize=100":    "page 100 of 100",
		"pageNo=101&pageSize=100":    "pageNo",
		"pageNo=10000&pageSize=1":    "page 10000 of 1",
		"pageSize=0":                 "pageSize",
		"pageSize=101":               "pageSize",
		"pageNo=0&pageSize=-1":       "pageSize pageNo",
		"pageNo=1.5":                 "pageNo",
		"pageNo=0x1":                 "pageNo",
		"pageNo=9223372036854775808": "pageNo",
	} {
		q := ask(rawQuery)
		p := q.page()
		got := fmt.Sprintf("page %d of %d", p.number, p.size)
		if len(q.violations) > 0 {
			got = ""
			for _, v := range q.violations {
				got = strings.TrimSpace(got + " " + v.Field)
			}
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", rawQuery, got, want)
		}
	}
	for rawQuery, want := range map[string]string{ // beside lastRecord the number is not used: no product bounds it
		"pageNo=1001&pageSize=10":   "page 1001 of 10",
		"pageNo=10000&pageSize=100": "page 10000 of 100",
		"pageNo=10001&pageSize=1":   "pageNo",
		"pageNo=0&pageSize=101":     "pageSize pageNo",
		"pageNo=x":                  "pageNo",
	} {
		q := ask(rawQuery)
		p := q.anyPage()
		got := fmt.Sprintf("page %d of %d", p.number, p.size)
		if len(q.violations) > 0 {
			got = ""
			for _, v := range q.violations {
				got = strings.TrimSpace(got + " " + v.Field)
			}
		}
		if got != want {
			t.Errorf("%q beside lastRecord: got %s, want %s", rawQuery, got, want)
		}
	}
	list := []int{1, 2, 3, 4, 5}
	for _, one := range []struct {
		page  page
		want  []int
		pages int64
	}{
		{page{1, 2}, []int{1, 2}, 3}, {page{3, 2}, []int{5}, 3}, {page{4, 2}, nil, 3}, {page{1, 5}, list, 1}, {page{1, 100}, list, 1},
	} {
		if got := cut(one.page, list); !slices.Equal(got, one.want) || one.page.of(5) != one.pages {
			t.Errorf("%+v: got %v of %d pages, want %v of %d", one.page, got, one.page.of(5), one.want, one.pages)
		}
	}
	if got := (page{1, 10}).of(0); got != 1 {
		t.Errorf("nothing has %d pages, want one that is empty", got)
	}
}

// Of a parameter that stands twice nobody can say which is meant: it is refused, as one that there is not.
func TestAParameterStandsOnce(t *testing.T) {
	h := &Handler{Needs: Needs{
		Entities: catalog.NewEntitySet(catalog.Specified()), Registry: org.NewRegistry(org.Guangdong(), nil), Now: time.Now,
	}}
	route := &v1Route{parameters: []string{"region", "period"}, most: 10, standard: 10}
	for rawQuery, want := range map[string]string{
		"region=44&period=7d":             "",
		"region=44&period=7d&period=30d":  "period 只能写一次",
		"period=7d&period=7d":             "period 只能写一次",
		"stars=1&stars=2&period=7d":       "stars 没有这个参数，应为 region、period",
		"region=44&region=4401&period=7d": "region 只能写一次",
	} {
		_, err := h.parse(route, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?"+rawQuery, http.NoBody))
		var got string
		var f *fault.Error
		if errors.As(err, &f) {
			for _, v := range f.Violations {
				got += v.Field + " " + v.Reason
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", rawQuery, got, want)
		}
	}
}

// FuzzQuery: whatever is asked is judged without a panic; what has no fault is within all limits.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "regionCode=4401&startTime=20240101000000&endTime=20240131235959&evalEntityCode=egovAffair&pageNo=2&pageSize=20&generalStars=5",
		"lastRecord=1710552615000000-1M87TEG3D000ZAKJZXRX", "lastRecord=-1-", "regionCode=%zz", "a;b", "regionCode=０", "pageNo=+1&pageSize=-0",
		"startTime=99991231235959&endTime=99991231235959", "startTime=20240102000000&endTime=20240101000000", "generalStars=5.0&type=1e0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rawQuery string) {
		q := ask(rawQuery)
		scope, stars, page, after := q.scope(), q.number("generalStars", 0, 0, 5), q.page(), q.position("lastRecord")
		if err := q.fault(); err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%v", err)
			}
			for _, v := range q.violations {
				if v.Field == "" || !strings.ContainsFunc(v.Reason, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
					t.Errorf("violation %+v", v)
				}
			}
			return
		}
		if org.LevelOf(scope.Region) == org.LevelAll && scope.Region != org.AllRegions {
			t.Errorf("region %q", scope.Region)
		}
		if scope.Span.From > scope.Span.To || scope.Span.To > 99991231 || scope.Span.From != 0 && beijing.Day(beijing.DayStart(scope.Span.From)) != scope.Span.From {
			t.Errorf("span %+v", scope.Span)
		}
		if scope.Entity != "" && !q.handler.Entities.Known(scope.Entity) {
			t.Errorf("evaluation object %q", scope.Entity)
		}
		if stars < 0 || stars > 5 || page.number < 1 || page.size < 1 || page.size > largestPage || page.offset() >= deepest {
			t.Errorf("%d stars, %+v", stars, page)
		}
		if after != nil && len(after.Serial) != 20 {
			t.Errorf("after %+v", after)
		}
	})
}
