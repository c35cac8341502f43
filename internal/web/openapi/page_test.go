package openapi

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// read is what the page says.
func read(t *testing.T, test bool) string {
	t.Helper()
	page, err := Page(Needs{
		Definitions: func() []figures.Table {
			return []figures.Table{{Name: "stars", Title: "按星级", Columns: []figures.Column{{Key: "count", Title: "评价数", Formula: "各星级<之和", Unit: "条"}}}}
		},
		Entities: catalog.NewEntitySet(catalog.Specified()), Registry: org.NewRegistry(org.Guangdong(), nil), Root: "440000000000",
		BaseURL: "https://h.example", Test: test, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/openapi.html", http.NoBody))
	if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != "text/html; charset=utf-8" {
		t.Fatalf("got %d, %s", w.Code, got)
	}
	return w.Body.String()
}

// Who writes about figures reads of every public address in Chinese, with its parameters and fields, and of no other.
func TestThePageTellsThePublicInterface(t *testing.T) {
	page := read(t, false)
	for _, path := range routes(t, "../apis/handler.go", "/ping/apis/") {
		if !strings.Contains(page, `href="`+path+`"`) {
			t.Errorf("it does not lead to %s", path)
		}
	}
	for _, want := range []string{
		"https://h.example/ping/apis/v1/summary?region=440100000000&amp;period=7d", "https://h.example/ping/board?embed=1", "广州市", "<code>avgScoreSort</code>", "<code>lastRecord</code>",
		"<code>outStatisticVoList.<wbr>goodCount</code>", "<code>rows.<wbr>tags.<wbr>tagName</code>", "各星级&lt;之和", "<code>hotlineAffair</code>",
		"最多几行，1 到 2000；不写为 2000。最新评价：最多几条，1 到 50；不写为 10", "只用于最新评价：",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %s", want)
		}
	}
	for _, wrong := range []string{"/ping/ebus/", "<script>", "style=", "测试环境", "3 至 5 星"} { // whether 3 stars are good is a setting
		if strings.Contains(page, wrong) {
			t.Errorf("it has %s", wrong)
		}
	}
	if !strings.Contains(read(t, true), "测试环境") {
		t.Error("a test environment is not marked")
	}
}

// Every row of every table says something, in the order of the document.
func TestEveryRowOfThePageSaysSomething(t *testing.T) {
	page := read(t, false)
	if empty := regexp.MustCompile(`<code>[^/]*</code></th><td>\s*</td>`).FindAllString(page, -1); len(empty) > 0 {
		t.Errorf("nothing is said of %v", empty)
	}
	var order []int
	for _, heading := range []string{"总体情况</h3>", "地区排名</h3>", "按星级</h3>", "最新评价</h3>", "评价列表</h3>"} {
		order = append(order, strings.Index(page, heading))
	}
	if !slices.IsSorted(order) || order[0] < 0 {
		t.Errorf("the headings stand at %v", order)
	}
}
