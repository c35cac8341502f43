package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// What the whole board may ask for, over the wire (issue: 6 requests, 300 kB the first time, 20 kB after).
const (
	boardRequests = 6
	boardFirst    = 300_000
	boardAgain    = 20_000
)

// The whole board is light, and lighter when one comes back: then only the page itself comes again.
func TestTheBoardIsLight(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, size{1280, 900, false})
	// Every file but the stream, which stands first where it is asked for at all: it never ends.
	measure := func(want int) (files int, bytes float64) {
		b.do(chromedp.Navigate("about:blank")) // the page before, which still has its stream, asks for nothing any more
		b.mu.Lock()
		b.requests, b.received = nil, map[network.RequestID]float64{}
		b.mu.Unlock()
		b.open(w.url + "/ping/board")
		eventually(t, "everything is received", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			bytes = 0
			live, whole, asked := false, 0, map[string]bool{}
			for _, request := range b.requests {
				if strings.HasPrefix(request.Request.URL, "data:") { // the browser's own picture in a field for a day: no wire is asked
					continue
				}
				got := b.received[request.RequestID]
				bytes += got
				address, _, isLive := strings.Cut(request.Request.URL, "/live")
				live = live || isLive
				asked[fmt.Sprint(address, isLive)] = true
				if got > 0 {
					whole++
				}
			}
			// Who is too slow on a loaded machine is dropped: his page then asks for the stream, or for itself, again.
			files = len(asked)
			return live && whole >= want
		})
		return files, bytes
	}
	files, first := measure(4) // page, style, two scripts
	t.Logf("%d requests, %.0f bytes the first time", files, first)
	if files > boardRequests || first > boardFirst {
		t.Errorf("the board asks for %d files with %.0f bytes, more than %d and %d", files, first, boardRequests, boardFirst)
		b.tellRequests(t)
	}
	files, again := measure(1)
	t.Logf("%d requests, %.0f bytes after", files, again)
	if files > boardRequests || again > boardAgain {
		t.Errorf("coming back, the board asks for %d files with %.0f bytes, more than %d and %d", files, again, boardRequests, boardAgain)
		b.tellRequests(t)
	}
}

// tellRequests says what was asked for.
func (b *tab) tellRequests(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, request := range b.requests {
		t.Log(request.Request.Method, request.Request.URL)
	}
}
