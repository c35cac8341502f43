package board

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/figures"
)

// Today's hours are of today, whatever period the page shows: inside the file and in its name.
func TestAFileOfHoursIsOfToday(t *testing.T) {
	p := newPlace(t)
	p.store.count("440100000000", figures.Counts{4: 9})
	for _, address := range []string{"/ping/board/download/hours.csv?period=2026-10", "/ping/board/download/hours.csv"} {
		w := p.get(t, address)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "今天（2026年11月24日）") || strings.Contains(w.Body.String(), "10月") {
			t.Errorf("%s: status %d, %s", address, w.Code, w.Body)
		}
		name := url.PathEscape("广东省-今天各小时-2026年11月24日.csv")
		if got := w.Header().Get("Content-Disposition"); !strings.HasSuffix(got, name) {
			t.Errorf("%s is called %s", address, got)
		}
	}
}

// A filter that is misspelt would give a file of all: it is refused. On a page, where those who count visits add parameters, it is not.
func TestAFileIsRefusedForParametersThatThereAreNot(t *testing.T) {
	p := newPlace(t)
	w := p.get(t, "/ping/board/download/regions.csv?regionCode=440100000000&utm_source=a")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "regionCode") || !strings.Contains(w.Body.String(), "utm_source") ||
		!strings.Contains(w.Body.String(), "没有这个参数，应为 region、period、entity、channel") {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
	w = p.get(t, "/ping/board/download/regions.csv?period=2026&period=2025&region=44")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "<strong>period</strong> 只能写一次") || strings.Contains(w.Body.String(), "<strong>region") {
		t.Errorf("twice: status %d, %s", w.Code, w.Body)
	}
	for _, address := range []string{
		"/ping/board?utm_source=a", "/ping/board/embed/ranking?utm_source=a",
		"/ping/board/download/regions.csv?region=4401&from=2026-10-01&to=2026-10-31&entity=egovAffair&channel=yss&by=halls&rank=fair&show=all&embed=1&block=ranking",
	} {
		if w := p.get(t, address); w.Code != http.StatusOK {
			t.Errorf("%s: status %d", address, w.Code)
		}
	}
}
