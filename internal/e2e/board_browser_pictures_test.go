package e2e

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// boardPictures are what docs show of the board: an address, what is opened on it, a screen, and how.
var boardPictures = []struct {
	name, path, open string
	screen           size
	whole            bool // with what lies below the screen
	dark, large      bool
}{
	{name: "wall-1920", path: "/ping/board", screen: wall},
	{name: "wall-dark-1920", path: "/ping/board", screen: wall, dark: true},
	{name: "city-1920", path: "/ping/board?region=" + guangzhou + "&period=month", screen: wall},
	{name: "desk-1280", path: "/ping/board", screen: desktop, whole: true},
	{name: "desk-dark-1280", path: "/ping/board?period=7d", screen: desktop, dark: true},
	{name: "desk-fair-departments-1280", path: "/ping/board?by=alldepartments&rank=fair&period=quarter", screen: desktop, whole: true},
	{name: "definitions-1280", path: "/ping/board", open: `[data-key="ranking-how"]`, screen: desktop},
	{name: "frame-1280", path: "/ping/board", open: `[data-key="tiles-frame"]`, screen: desktop},
	{name: "channels-1280", path: "/ping/board", open: `[data-key="channels-filter"]`, screen: desktop},
	{name: "empty-1280", path: "/ping/board?period=2019-02", screen: desktop, whole: true},
	{name: "fault-1280", path: "/ping/board?region=nowhere&period=ever", screen: desktop},
	{name: "phone-360", path: "/ping/board", screen: phone, whole: true},
	{name: "phone-dark-360", path: "/ping/board?region=" + guangzhou, screen: phone, dark: true, whole: true},
	{name: "phone-large-360", path: "/ping/board", screen: phone, large: true},
	{name: "phone-days-360", path: "/ping/board", open: `[data-key="days"]`, screen: phone},
	{name: "one-block-360", path: "/ping/board/embed/trend", screen: phone},
}

// largestBoardPicture is the most bytes of a picture of the board; a wall's is the largest.
const largestBoardPicture = 420_000

// Pictures of the board, full of the demo's reviews, for docs and for whoever judges how it looks: HAOCHAPING_SCREENSHOTS=1
// writes them.
func TestPicturesOfTheBoard(t *testing.T) {
	if os.Getenv("HAOCHAPING_SCREENSHOTS") == "" {
		return // nothing to prove: a person looks at them
	}
	folder := filepath.Join("..", "..", "docs", "screenshots", "board")
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // for everybody
		t.Fatal(err)
	}
	b := tabOn(t, demonstrate(t), desktop)
	for _, p := range boardPictures {
		b.resize(p.screen)
		b.dark(p.dark)
		b.open(p.path)
		b.large(p.large)
		b.until("charts are drawn", `document.querySelectorAll(".drawing").length === document.querySelectorAll(".drawing.filled").length`)
		if p.open != "" {
			b.tap(p.open + " > summary")
		}
		drawn := b.screen(p.screen, p.whole)
		if len(drawn) > largestBoardPicture {
			t.Errorf("%s has %d bytes", p.name, len(drawn))
		}
		if err := os.WriteFile(filepath.Join(folder, p.name+".png"), drawn, 0o644); err != nil { //nolint:gosec // a picture for everybody
			t.Fatal(err)
		}
	}
}

// screen is a picture of what is on the screen, or of the whole page.
func (b *tab) screen(s size, whole bool) []byte {
	b.t.Helper()
	if whole {
		return b.picture(s)
	}
	taken, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	return taken
}

// demonstrate starts the demo with reviews enough for every county, and gives its address.
func demonstrate(t *testing.T) string {
	t.Helper()
	h := &house{database: "sqlite:unused"}
	out := &notes{}
	command := h.command(context.Background(), t, "demo", "--listen", "127.0.0.1:0", "--reviews", "40000", "--folder", t.TempDir())
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // that it has ended already is as well
		_ = command.Wait()
	})
	deadline := time.Now().Add(10 * patience) // so many reviews take longer than anything else is waited for
	for !strings.Contains(out.String(), "; echo\n") {
		if time.Now().After(deadline) || strings.Contains(out.String(), "\nhaochaping: ") {
			t.Fatalf("the demo is not ready:\n%s", out)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String())
}
