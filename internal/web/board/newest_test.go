package board

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

// The newest reviews of a channel are looked for once, up to the last day on which there is one, and where that is not enough the board
// says how far it looked.
func TestTheNewestReviewsOfAChannel(t *testing.T) {
	const note = "只在最近的评价（不超过500条）中查找这个渠道的，更早的未列出。"
	for _, c := range []struct {
		name           string
		counted, found int
		want           string
	}{
		{"enough", 40, 12, ""},
		{"all there are", 3, 3, ""},
		{"fewer than there are", 40, 3, note},
		{"none near", 40, 0, "最近的评价（不超过500条）中没有这个渠道的"},
		{"none", 0, 0, "没有评价"},
	} {
		p := newPlace(t)
		p.store.count("440100000000", figures.Counts{4: int64(c.counted)})
		for range c.found {
			p.store.found = append(p.store.found, review.Public{Stars: 5, EvalTime: noon, UserName: "张*"})
		}
		page := p.page(t, "/ping/board/embed/newest?channel=portal")
		if got := strings.Count(page, "<time datetime=") - 1; got != c.found || !strings.Contains(page, c.want) || strings.Contains(page, note) != (c.want == note) {
			t.Errorf("%s: %d reviews, want %d and %q: %s", c.name, got, c.found, c.want, page)
		}
		if c.counted == 0 {
			continue
		}
		if len(p.store.asked) != 1 || p.store.asked[0].Channel != "portal" || !p.store.asked[0].To.Equal(time.Date(2026, 11, 25, 0, 0, 0, 0, beijing.Zone)) {
			t.Errorf("%s: asked %+v", c.name, p.store.asked)
		}
	}
}
