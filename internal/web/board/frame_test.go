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
