package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Who scans a code that he has rated already sees at once what he said then: he fills in nothing that can't be taken.
func TestACodeThatWasRatedAlready(t *testing.T) {
	p := openPages(t)
	p.wait(-24 * time.Hour)
	v, other := p.citizen(t), p.visitor(t)
	other.post(demoLoginPath, url.Values{"person": {"1"}, "to": {home}})
	affair, window := "/ping/hallqr.html?msg="+msg("gzga01", "S-1"), "/ping/window.html?w="+testWindow
	for page, often := range map[string]string{affair: "每个办件每人评价一次。", window: "窗口和办事指南每人每天评价一次，改天可以再评。"} {
		v.wants(v.get(page), http.StatusOK, "您对本次服务满意吗？")
		receipt, _, _ := strings.Cut(v.post(page, url.Values{"stars": {"4"}}).location(), "?")
		if s := v.get(page); s.status != http.StatusSeeOther || s.location() != receipt+"?again=1" {
			t.Errorf("%s, scanned again: status %d to %q, want %s", page, s.status, s.location(), receipt)
		}
		v.wants(v.get(receipt+"?again=1"), http.StatusOK, "您已评价过", often)
		if s := v.get(receipt); strings.Contains(s.body, often) {
			t.Errorf("%s: the receipt says how often, too", page)
		}
		other.wants(other.get(page), http.StatusOK, "您对本次服务满意吗？")
	}

	p.wait(24 * time.Hour)
	v = p.citizen(t)
	v.wants(v.get(window), http.StatusOK, "您对本次服务满意吗？") // once a day
	if s := v.get(affair); s.status != http.StatusSeeOther {
		t.Errorf("an affair on the next day: status %d", s.status)
	}
}
