package board

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/web/respond"
)

func TestFramesOfOtherSites(t *testing.T) {
	const origin = "https://www.example.gov.cn"
	allowing := newPlace(t, func(n *Needs) { n.FrameOrigins = []string{origin, "https://b.example"} })
	closed := newPlace(t)
	for _, address := range append([]string{"/ping/board?embed=1"}, blockAddresses()...) {
		w := allowing.get(t, address)
		policy := w.Header().Get("Content-Security-Policy")
		if w.Code != http.StatusOK || !strings.HasSuffix(policy, "frame-ancestors "+origin+" https://b.example") {
			t.Errorf("%s: %d %s", address, w.Code, policy)
		}
		if strings.Contains(policy, "unsafe") || w.Header().Get("X-Frame-Options") != "" {
			t.Errorf("%s: %s", address, policy)
		}
		if policy := closed.get(t, address).Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
			t.Errorf("nobody was allowed: %s", policy)
		}
		page := w.Body.String()
		for part := range strings.SplitSeq(page, "<a ") {
			tag, _, _ := strings.Cut(part, ">")
			if strings.Contains(tag, `href="/`) && !strings.Contains(tag, `target="_blank"`) && !strings.HasPrefix(tag, "!doctype") && !strings.HasPrefix(part, "<!doctype") {
				t.Errorf("%s: a link stays in the frame: %s", address, tag)
			}
		}
		if strings.Contains(page, "embed=1&amp;region") || strings.Contains(page, `href="/ping/board?embed`) {
			t.Errorf("%s: a link leads to a page for frames", address)
		}
	}
	// The older header, which every answer begins with, can't name sites: it goes where some are named, and stays elsewhere.
	for address, want := range map[string]string{"/ping/board?embed=1": "", "/ping/board/embed/" + BlockNames()[1]: "", "/ping/board": "DENY"} {
		w := httptest.NewRecorder()
		respond.NewProtection(0).Handler(allowing.Handler).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody))
		if got := w.Header().Get("X-Frame-Options"); w.Code != http.StatusOK || got != want {
			t.Errorf("%s: %d, X-Frame-Options %q, want %q", address, w.Code, got, want)
		}
	}
	// What is not meant for frames never stands in one.
	for _, address := range []string{"/ping/board", "/ping/board/download/regions.csv", "/ping/board?region=x"} {
		if policy := allowing.get(t, address).Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", address, policy)
		}
	}
	// Every block's page for frames is told on the board, with its filters, as an address that other sites can use.
	page := allowing.page(t, "/ping/board?region=4401")
	for _, name := range BlockNames()[1:] {
		if !strings.Contains(page, "https://h.example/ping/board/embed/"+name+"?region=440100000000") {
			t.Errorf("the address of %s for frames is not told", name)
		}
	}
	if w := allowing.get(t, "/ping/board/embed/officers"); w.Code != http.StatusBadRequest {
		t.Errorf("a block that is none: %d", w.Code)
	}
}

// Whoever meets one block in another site's page reads of what and when it is; the way out leads to the same on the board.
func TestABlockAloneSaysWhatItIsOf(t *testing.T) {
	p := newPlace(t)
	const state = "region=440100000000&channel=yss&period=2026-10"
	for _, name := range BlockNames() {
		page := p.page(t, "/ping/board/embed/"+name+"?"+state)
		heading, way := `<h1 class="of">广州市 · 2026年10月 · 粤省事</h1>`, `href="/ping/board?channel=yss&amp;period=2026-10&amp;region=440100000000" target="_blank" rel="noopener">政务服务好差评`
		if name == "hours" { // which is of today, whatever the period
			heading = strings.Replace(heading, " · 2026年10月", "", 1)
		}
		if got := strings.Contains(page, heading); got != (name != "head") { // which says so itself
			t.Errorf("%s: the heading is there: %v", name, got)
		}
		if strings.Count(page, "<h1") != 1 || !strings.Contains(page, way) {
			t.Errorf("%s: %d headings; the way out is there: %v", name, strings.Count(page, "<h1"), strings.Contains(page, way))
		}
	}
	if page := p.page(t, "/ping/board?embed=1&"+state); !strings.Contains(page, `period=2026-10&amp;region=440100000000" target="_blank" rel="noopener">政务服务好差评`) {
		t.Error("the board in a frame leads out to another state")
	}
	page := p.page(t, "/ping/board?entity=egovAffair&"+state)
	if want := `title="趋势 · 广州市 · 2026年10月 · 政务网已办事项 · 粤省事"`; !strings.Contains(page, want) {
		t.Errorf("the code of the frame has no %s", want)
	}
	if want := `title="今天分时 · 广州市 · 政务网已办事项 · 粤省事"`; !strings.Contains(page, want) {
		t.Errorf("the code of the frame has no %s", want)
	}
}

func blockAddresses() (all []string) {
	for _, name := range BlockNames() {
		all = append(all, "/ping/board/embed/"+name)
	}
	return all
}

func TestOtherPathsAndMethods(t *testing.T) {
	p := newPlace(t)
	for address, want := range map[string]int{
		"/ping/board/": http.StatusMovedPermanently, "/ping/board/other": http.StatusNotFound, "/ping/board/download/officers.csv": http.StatusNotFound,
		"/ping/board/download/regions.pdf": http.StatusNotFound, "/ping/board/download/regions": http.StatusNotFound, "/ping/board/embed/": http.StatusNotFound,
		"/ping/board?from=2026-09-01&to=2026-09-30": http.StatusSeeOther,
	} {
		if w := p.get(t, address); w.Code != want {
			t.Errorf("%s: got %d, want %d", address, w.Code, want)
		}
	}
	r := p.get(t, "/ping/board?from=2026-09-01&to=2026-09-30&region=4401")
	if got := r.Header().Get("Location"); got != "/ping/board?period=20260901-20260930&region=440100000000" {
		t.Errorf("days that were chosen lead to %s", got)
	}
}
