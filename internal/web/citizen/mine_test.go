package citizen

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A list leads on to older reviews where there are any, and not to a page that says there are none.
func TestMyReviewsLeadOnToOlderOnes(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	for n := range pageOfMine + 1 {
		if n == pageOfMine {
			if page := v.get("/ping/my.html"); strings.Contains(page.body, "更早的评价") {
				t.Errorf("%d reviews lead on to older ones", n)
			}
		}
		if s := v.post("/ping/hallqr.html?msg="+msg("gzga01", fmt.Sprintf("M-%d", n)), url.Values{"stars": {"4"}}); s.status != http.StatusSeeOther {
			t.Fatalf("review %d: status %d", n, s.status)
		}
		p.wait(time.Minute)
	}
	page := v.get("/ping/my.html")
	if got := strings.Count(page.body, "<article"); got != pageOfMine {
		t.Errorf("%d reviews on the first page, want %d", got, pageOfMine)
	}
	_, after, _ := strings.Cut(page.body, `class="quiet" href="`)
	after, _, _ = strings.Cut(after, `"`)
	if got := strings.Count(v.get(after).body, "<article"); got != 1 {
		t.Errorf("%d reviews at %q, want the oldest", got, after)
	}
}
