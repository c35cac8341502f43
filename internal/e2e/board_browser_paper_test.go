package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
)

// paper is an A4 page within its margins.
var paper = size{703, 1020, false}

// unevenRows are the rows of cards and blocks that end before the page does.
const unevenRows = `["#figures .card", ".blocks > section"].flatMap(parts => {
	const rows = new Map()
	for (const part of document.querySelectorAll(parts)) {
		const place = part.getBoundingClientRect()
		if (place.height > 0) rows.set(Math.round(place.top), Math.max(rows.get(Math.round(place.top)) ?? 0, place.right))
	}
	const all = [...rows.entries()].sort((a, b) => a[0] - b[0]).map(row => row[1])
	return all.filter(right => right < Math.max(...all) - 2).map(right => parts + " ends at " + right + " of " + Math.max(...all)) })`

// Paper says what was filtered, leaves nothing half blank, and of a period that is over it has no hours of today.
func TestTheBoardOnPaper(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, paper)
	visible := func(part string) bool { return ask[bool](b, `document.querySelector("`+part+`").checkVisibility()`) }
	past := time.Now().AddDate(0, -1, -time.Now().Day()+1).Format("2006-01")
	for path, hours := range map[string]bool{
		"/ping/board?channel=yss&rank=fair": true, "/ping/board?region=" + guangzhou: true, "/ping/board?period=" + past: false,
	} {
		b.open(path)
		if visible(".paper") {
			t.Errorf("%s: the screen says twice what was filtered", path)
		}
		tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		if !visible(".paper") {
			t.Errorf("%s: paper does not say what was filtered", path)
		}
		if got := visible("#hours"); got != hours {
			t.Errorf("%s: the hours of today are printed: %v, want %v", path, got, hours)
		}
		for _, row := range ask[[]string](b, unevenRows) {
			t.Errorf("%s: %s", path, row)
		}
		for _, menu := range []string{".filters", ".switches", ".tools"} {
			if visible(menu) {
				t.Errorf("%s: %s is printed", path, menu)
			}
		}
		tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "screen"})
	}
}
