package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
)

// A review that waited on the tablet keeps its own moment, within bounds: a clock that can't be right is not believed.
func TestTheMomentOfATabletsReview(t *testing.T) {
	now := time.Date(2026, 11, 24, 14, 5, 9, 0, beijing.Zone)
	h := &Handler{Needs: Needs{Now: func() time.Time { return now }}}
	for text, want := range map[string]time.Time{
		"20261124140509": now,
		"20261124130000": now.Add(-65*time.Minute - 9*time.Second),
		"20261117140509": now.Add(-longestWait),
		"20261124141009": now.Add(maxAhead),

		"20261117140508": now, // a second too long ago
		"20261124141010": now, // a second too far ahead
		"19700101000000": now,
		"20261131000000": now, // no such day
		"":               now,
		"2026-11-24":     now,
		"２０２６１１２４１３００００": now,
		"202611241300001": now,
	} {
		if got := h.moment(text); !got.Equal(want) {
			t.Errorf("moment(%q) = %v, want %v", text, got, want)
		}
	}
}

// The tablet's script learns by the status alone what became of a review: stored, known, not acceptable, or try again.
func TestTheTabletsScriptIsAnsweredByStatus(t *testing.T) {
	p := openPages(t)
	v := p.visitor(t)
	v.header.Set("Accept", "application/json")
	page := "/ping/pb/hallqr.html?msg=" + msg("gzga01", "S-1")
	at := beijing.Format14(p.now().Add(-time.Hour))
	first := url.Values{"stars": {"1"}, "remark": {"等了很久"}, "at": {at}}

	busy := error(fault.NewUnavailable("忙", 3e9, nil))
	p.reviews.fail.Store(&busy)
	if s := v.post(page, first); s.status != http.StatusServiceUnavailable {
		t.Errorf("busy: status %d", s.status)
	}
	p.reviews.fail.Store(nil)
	if s := v.post(page, first); s.status != http.StatusNoContent || s.body != "" {
		t.Errorf("stored: status %d, %q", s.status, s.body)
	}
	if got := p.reviews.last.Load(); beijing.Format14(got.EvalTime) != at {
		t.Errorf("stored as of %v, want %s", got.EvalTime, at)
	}
	if s := v.post(page, first); s.status != http.StatusNoContent {
		t.Errorf("the same again: status %d", s.status)
	}
	if s := v.post(page, url.Values{"stars": {"5"}, "at": {beijing.Format14(p.now())}}); s.status != http.StatusConflict || s.body != "" {
		t.Errorf("another review of the affair: status %d, %s", s.status, s.body)
	}
	if s := v.post(page, url.Values{"at": {at}}); s.status != http.StatusBadRequest {
		t.Errorf("no star: status %d", s.status)
	}
	if s := v.post("/ping/pb/hallqr.html?msg=broken", first); s.status != http.StatusBadRequest {
		t.Errorf("a broken code: status %d", s.status)
	}
}

// Without the script the tablet goes on to its thanks, which tell nothing of the review.
func TestTheTabletWithoutItsScript(t *testing.T) {
	p := openPages(t)
	v := p.visitor(t)
	page := "/ping/pb/hallqr.html?msg=" + msg("gzga01", "S-1")
	v.wants(v.post(page, url.Values{"remark": {"慢"}}), http.StatusUnprocessableEntity, "请先点一颗星", ">慢</textarea>")
	busy := error(fault.NewUnavailable("忙", 3e9, nil))
	p.reviews.fail.Store(&busy)
	v.wants(v.post(page, url.Values{"stars": {"1"}, "remark": {"慢"}}), http.StatusServiceUnavailable, "系统正忙", ">慢</textarea>")
	p.reviews.fail.Store(nil)
	if s := v.post(page, url.Values{"stars": {"1"}, "remark": {"慢"}}); s.location() != "/ping/pb/thanks.html" {
		t.Errorf("status %d, to %s", s.status, s.location())
	}
	p.wait(time.Second)
	again := v.post(page, url.Values{"stars": {"5"}})
	v.wants(again, http.StatusOK, "该办件已评价过", `content="8;url=/ping/pb/ready.html"`)
	if strings.Contains(again.body, "慢") {
		t.Error("what was said before is shown")
	}
	for _, path := range []string{page, "/ping/pb/ready.html"} {
		if got := v.get(path).header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("%s: the browser is told to forget %q", path, got)
		}
	}
	v.wants(v.get("/ping/pb/anything.html"), http.StatusNotFound, "没有这个页面")
}

// Whatever a tablet shows, it comes to rest for the next person: also a code that can't be read, a page that is not there, a refusal.
func TestATabletLeavesItsRefusals(t *testing.T) {
	p := openPages(t)
	v := p.visitor(t)
	for path, status := range map[string]int{
		"/ping/pb/hallqr.html?msg=broken": http.StatusBadRequest, "/ping/pb/hallqr.html?msg=%FF": http.StatusBadRequest, "/ping/pb/nowhere.html": http.StatusNotFound,
	} {
		v.wants(v.get(path), status, `data-then="/ping/pb/ready.html" data-after="30"`, `<noscript><meta http-equiv="refresh" content="30;url=/ping/pb/ready.html"></noscript>`)
	}
	for _, path := range []string{"/ping/hallqr.html?msg=broken", "/ping/pb/ready.html"} { // one's own telephone stays where it is
		if s := v.get(path); strings.Contains(s.body, "data-then") {
			t.Errorf("%s leads on by itself", path)
		}
	}
}
