package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// What the board may ask for and weigh, packed, as it goes over the wire (issue: 6 requests, 300 kB the first time, 20 kB
// after).
const (
	mostRequests   = 6
	mostFirstTime  = 300_000
	mostAfterwards = 20_000
)

// The whole board is light the first time, and lighter after that: only the page is asked for again.
func TestTheBoardIsLight(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	for _, visit := range []struct {
		name, path string
		most       float64
		least      int // answers: page, style, two scripts; then the page alone
	}{
		{"the first time", "/ping/board", mostFirstTime, 4},
		{"afterwards", "/ping/board?period=7d", mostAfterwards, 1},
		{"in a city", "/ping/board?region=" + guangzhou, mostAfterwards, 1},
	} {
		b.mu.Lock()
		b.requests, b.received = nil, map[network.RequestID]float64{}
		b.mu.Unlock()
		b.open(visit.path)
		b.until("the stream stands and the charts are drawn", `document.documentElement.classList.contains("live") && document.querySelectorAll("canvas").length === 2`)
		asked, total := map[string]float64{}, 0.0
		eventually(t, "all is received", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			clear(asked)
			total = 0
			answered := 0
			for _, request := range b.requests {
				if strings.HasPrefix(request.Request.URL, "data:") {
					continue // the browser's own, such as the sign of a field for days
				}
				size, there := b.received[request.RequestID]
				if address, err := url.Parse(request.Request.URL); err == nil {
					asked[address.Path] += size
				}
				if there && size > 0 {
					answered++
				}
				total += size
			}
			return answered >= visit.least
		})
		for path, size := range asked {
			t.Logf("%s: %7.0f bytes  %s", visit.name, size, path)
		}
		if len(asked) > mostRequests {
			t.Errorf("%s it asks for %d things, want %d at most", visit.name, len(asked), mostRequests)
		}
		if total > visit.most {
			t.Errorf("%s it weighs %.0f bytes, want %.0f at most", visit.name, total, visit.most)
		}
		if size := asked["/ping/board"]; size == 0 || size > mostAfterwards {
			t.Errorf("%s the page has %.0f bytes, want %d at most", visit.name, size, mostAfterwards)
		}
		b.mu.Lock()
		for _, request := range b.requests {
			if from := request.Initiator.URL; from != "" && from != w.url+visit.path && !strings.Contains(request.Request.URL, "/live") {
				t.Errorf("%s is asked for by %s, a second round trip", request.Request.URL, from)
			}
		}
		b.mu.Unlock()
	}
}
