package citizen

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/identity"
)

// unreviewed are the affairs of the person demo-0001 in one hall.
type unreviewed []affair.Affair

func (u unreviewed) Unreviewed(_ context.Context, c identity.Citizen, hall string) ([]affair.Affair, error) {
	if c.UserID != "demo-0001" || hall != testHall {
		return nil, nil
	}
	return u, nil
}

var choices = regexp.MustCompile(`<li><a href="([^"]*)">`)

// Whoever scans a window's code picks one of his affairs of that hall, or the window's service; who has no affair there is
// asked about the service at once.
func TestTheCodeOfAWindow(t *testing.T) {
	done := time.Date(2026, 11, 24, 9, 5, 0, 0, beijing.Zone)
	p := openPages(t, func(n *Needs) {
		n.Affairs = unreviewed{
			{SerialNo: "GZ-2026-1", AppCode: "gzga01", WorkNo: "016", ItemCode: testItem, ItemName: "身份证补领", DoneTime: done},
			{SerialNo: "GZ-2026-2", AppCode: "strict", WorkNo: "016", ItemCode: testItem, ItemName: "居住证办理", DoneTime: done},
			// from a front database: of no app, by nobody who is named
			{SerialNo: "GZ-2026-3", ItemCode: testItem, WindowCode: testWindow, DoneTime: done},
		}
	})
	page := "/ping/window.html?w=" + testWindow
	v := p.citizen(t)
	s := v.get(page)
	v.wants(s, http.StatusOK, "广州市政务服务中心 · 3号窗口", "请选择要评价的内容", "身份证补领", "2026年11月24日 09:05 办结", "居住证办理", "办件 GZ-2026-3", "窗口服务")
	links := choices.FindAllStringSubmatch(s.body, -1)
	if len(links) != 4 {
		t.Fatalf("%d choices, want 4: %s", len(links), s.body)
	}
	for n, want := range []string{"GZ-2026-1", "GZ-2026-2", "GZ-2026-3", testWindow} {
		address := html.UnescapeString(links[n][1])
		v.wants(v.get(address), http.StatusOK, "您对本次服务满意吗？")
		if s := v.post(address, url.Values{"stars": {"5"}}); s.status != http.StatusSeeOther {
			t.Fatalf("%s: status %d", address, s.status)
		}
		if got := p.reviews.last.Load(); got.Subject != want || got.Unverified {
			t.Errorf("%s leads to a review of %s, unverified %v", address, got.Subject, got.Unverified)
		}
	}

	// What is not his, or is rated already, he can't rate, whatever the address says.
	for _, address := range []string{page + "&affair=GZ-2026-9", page + "&affair="} {
		v.wants(v.get(address), http.StatusNotFound, "没有可评价的办件")
		if s := v.post(address, url.Values{"stars": {"5"}}); s.status != http.StatusNotFound {
			t.Errorf("%s: status %d", address, s.status)
		}
	}

	other := p.visitor(t)
	other.post(demoLoginPath, url.Values{"person": {"1"}, "to": {home}})
	other.wants(other.get(page), http.StatusOK, "您对本次服务满意吗？", "户政业务")
	if got := p.visitor(t).get("/ping/w/" + testWindow).location(); got != page {
		t.Errorf("the short address leads to %s", got)
	}
	typed := p.visitor(t)
	typed.wants(typed.get("/ping/w/"+strings.Repeat("4", 16)), http.StatusNotFound, "没有这个窗口", "请照海报上的网址核对后重新输入")
	if s := v.get("/ping/window.html?w=" + strings.Repeat("4", 16)); s.status != http.StatusBadRequest {
		t.Errorf("a window that is not there: status %d", s.status)
	}
}

// rest are affairs of which those that were rated are gone, as the store has it.
type rest struct {
	unreviewed
	reviews *reviews
}

func (u rest) Unreviewed(ctx context.Context, c identity.Citizen, hall string) ([]affair.Affair, error) {
	all, err := u.unreviewed.Unreviewed(ctx, c, hall)
	if last := u.reviews.last.Load(); last != nil {
		all = slices.DeleteFunc(slices.Clone(all), func(a affair.Affair) bool { return a.SerialNo == last.Subject })
	}
	return all, err
}

// Who rates an affair of the window's list twice, by a double tap or after an answer that got lost, sees what he said then and its receipt
// (not an error page); nobody else sees it.
func TestAnAffairOfTheWindowIsRatedTwice(t *testing.T) {
	here := rest{unreviewed: unreviewed{{SerialNo: "GZ-2026-1", WorkNo: "016", ItemCode: testItem, ItemName: "身份证补领"}}}
	p := openPages(t, func(n *Needs) {
		here.reviews = n.Reviews.(*reviews)
		n.Affairs = here
	})
	v := p.citizen(t)
	page := "/ping/window.html?affair=GZ-2026-1&w=" + testWindow
	first := v.post(page, url.Values{"stars": {"4"}})
	receipt, _, _ := strings.Cut(first.location(), "?")
	p.wait(time.Minute)
	for name, again := range map[string]shown{"sent again": v.post(page, url.Values{"stars": {"4"}}), "opened again": v.get(page)} {
		if again.status != http.StatusSeeOther || again.location() != receipt+"?again=1" {
			t.Errorf("%s: status %d to %q, want %s\n%s", name, again.status, again.location(), receipt, again.body)
		}
	}
	v.wants(v.get(receipt+"?again=1"), http.StatusOK, "您已评价过", "身份证补领", "满意")
	other := p.visitor(t)
	other.post(demoLoginPath, url.Values{"person": {"1"}, "to": {home}})
	other.wants(other.get(page), http.StatusNotFound, "没有可评价的办件")
}
