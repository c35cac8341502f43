package citizen

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
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

// withdrawn are reviews that were taken out of the figures after they were stored.
type withdrawn struct{ Reviews }

func (w withdrawn) ByReceipt(ctx context.Context, code string) (review.Own, error) {
	own, err := w.Reviews.ByReceipt(ctx, code)
	own.Withdrawn = true
	return own, err
}

// Whose review was taken out of the figures reads that, not that it counts, and what he can do.
func TestAReviewThatDoesNotCountSaysSo(t *testing.T) {
	p := openPages(t, func(n *Needs) { n.Reviews = withdrawn{n.Reviews} })
	v := p.citizen(t)
	receipt, _, _ := strings.Cut(v.post("/ping/window.html?w="+testWindow+"&of=service", url.Values{"stars": {"5"}}).location(), "?")
	page := v.get(receipt)
	v.wants(page, http.StatusOK, "经人工核查，没有计入统计。如有异议，请拨打12345热线。")
	if strings.Contains(page.body, "已计入统计") {
		t.Errorf("it says that it counts:\n%s", page.body)
	}
	v.header.Set("Accept-Language", "en")
	v.wants(v.get(receipt), http.StatusOK, "It was checked by a person and does not count. If you disagree, please call 12345.")
}

// The form for a receipt code finds no fault before anything was typed.
func TestTheFormForAReceiptCode(t *testing.T) {
	v := openPages(t).visitor(t)
	for address, wrong := range map[string]bool{"/ping/r": false, "/ping/r?code=": true, "/ping/r?code=7K3M": true} {
		page := v.get(address)
		v.wants(page, map[bool]int{false: http.StatusOK, true: http.StatusUnprocessableEntity}[wrong], "查询我的评价", "回执码")
		if got := strings.Contains(page.body, "请核对后重新输入"); got != wrong {
			t.Errorf("%s: finds fault: %v", address, got)
		}
	}
	if s := v.get("/ping/r?code=" + url.QueryEscape("７ｋ３ｍ－９ｑｘｗ－２ｐｆａ")); s.location() != "/ping/r/7K3M9QXW2PFA" {
		t.Errorf("a code in full width leads to %q", s.location())
	}
}

// Who rated an affair by another way, as on a department's own page, has no receipt of it, and is led to where he reads what he said.
func TestAnAffairThatWasRatedElsewhere(t *testing.T) {
	p := openPages(t)
	_, err := p.reviews.Submit(t.Context(), review.Review{
		Facts: review.Facts{
			AppCode: "gzga01", EntityCode: "egovAffair", Channel: catalog.Portal, Kind: review.Affair, Subject: "E-1", ItemName: "身份证补领", Stars: 4, EvalTime: p.now(),
		},
		Personal: review.Personal{UserID: demoPeople[0].UserID, Remark: "在网上说过了"},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := p.citizen(t)
	p.wait(time.Minute)
	page := v.post("/ping/hallqr.html?msg="+msg("gzga01", "E-1"), url.Values{"stars": {"1"}})
	v.wants(page, http.StatusOK, "您已评价过", "首次评价的流水号是", `<a class="main" href="/ping/my.html">我的评价</a>`)
	v.wants(v.get("/ping/my.html"), http.StatusOK, "身份证补领", "在网上说过了")
}

// unread are reviews that can't be read now.
type unread struct{ Reviews }

func (unread) ByReceipt(context.Context, string) (review.Own, error) {
	return review.Own{}, fault.NewUnavailable("暂时无法查询，请稍后再试", time.Second, nil)
}

// A page that can't be shown now says so in its language.
func TestAPageThatCantBeShownNow(t *testing.T) {
	v := openPages(t, func(n *Needs) { n.Reviews = unread{n.Reviews} }).visitor(t)
	for language, says := range map[string]string{"zh": "暂时无法查询，请稍后再试", "en": "This is not possible now. Please try again in a moment."} {
		v.header.Set("Accept-Language", language)
		page := v.get("/ping/r/7K3M9QXW2PFA")
		v.wants(page, http.StatusServiceUnavailable, says)
		if language == "en" && strings.Contains(page.body, "暂时") {
			t.Errorf("an English page is Chinese:\n%s", page.body)
		}
	}
}
