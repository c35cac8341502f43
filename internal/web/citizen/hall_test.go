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
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/signature"
)

// A code says by its signature that the app made it (contract 5, k). What nobody vouches for is taken and waits.
func TestSignedCodes(t *testing.T) {
	p := openPages(t)
	key := func(secret, app, serial string) string {
		return signature.CodeKey(secret, strings.Join([]string{app, "016", testHall, serial, testItem}, "-"))
	}
	for name, tt := range map[string]struct {
		app, serial, k string
		status         int
		unverified     bool
	}{
		"signed":                        {"gzga01", "S-1", key("new-secret", "gzga01", "S-1"), http.StatusSeeOther, false},
		"with hyphens and letters":      {"gzga01", "S-穗-2", key("new-secret", "gzga01", "S-穗-2"), http.StatusSeeOther, false},
		"by the secret before the last": {"gzga01", "S-3", key("old-secret", "gzga01", "S-3"), http.StatusSeeOther, false},
		"in capitals":                   {"gzga01", "S-4", strings.ToUpper(key("new-secret", "gzga01", "S-4")), http.StatusSeeOther, false},
		"not signed":                    {"gzga01", "S-5", "", http.StatusSeeOther, true},
		"signed and demanded":           {"strict", "S-6", key("strict-secret", "strict", "S-6"), http.StatusSeeOther, false},

		"not signed but demanded": {"strict", "S-7", "", http.StatusBadRequest, false},
		"of another affair":       {"gzga01", "S-8", key("new-secret", "gzga01", "S-1"), http.StatusBadRequest, false},
		"by another secret":       {"gzga01", "S-9", key("strict-secret", "gzga01", "S-9"), http.StatusBadRequest, false},
		"cut":                     {"gzga01", "S-10", key("new-secret", "gzga01", "S-10")[:15], http.StatusBadRequest, false},
		"wrong at its end":        {"gzga01", "S-11", key("new-secret", "gzga01", "S-11")[:15] + "x", http.StatusBadRequest, false},
		"by an app that is gone":  {"gone", "S-12", key("gone-secret", "gone", "S-12"), http.StatusBadRequest, false},
		"by an app nobody knows":  {"nobody", "S-13", "", http.StatusBadRequest, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := p.citizen(t)
			p.reviews.last.Store(nil)
			address := "/ping/hallqr.html?msg=" + msg(tt.app, tt.serial)
			if tt.k != "" {
				address += "&k=" + url.QueryEscape(tt.k)
			}
			answer := v.post(address, url.Values{"stars": {"1"}})
			if answer.status != tt.status {
				t.Fatalf("status %d, want %d: %s", answer.status, tt.status, answer.body)
			}
			sent := p.reviews.last.Load()
			if tt.status == http.StatusBadRequest {
				v.wants(answer, tt.status, "二维码不完整，请在窗口重新扫码，或告诉工作人员。")
				if sent != nil || strings.Contains(answer.body, tt.serial) {
					t.Errorf("submitted %+v; the page holds the message: %s", sent, answer.body)
				}
				return
			}
			if sent.Unverified != tt.unverified || sent.AppCode != tt.app || sent.Subject != tt.serial {
				t.Errorf("submitted %+v", sent.Facts)
			}
			state, counted := v.get(answer.location()), "已计入统计"
			switch {
			case tt.unverified:
				counted = "待核验"
			case sent.Stars < 3:
				counted = "待核实"
			}
			v.wants(state, http.StatusOK, counted)
		})
	}
}

// A message that is no text is one that can't be read: 400 in plain words, none of it shown, and counted as that (contract 5).
func TestACodeThatIsNoTextCantBeRead(t *testing.T) {
	counted := map[string]int{}
	p := openPages(t, func(n *Needs) {
		n.Observe = func(path string, status int, _ time.Duration) { counted[fmt.Sprint(path, " ", status)]++ }
	})
	v := p.visitor(t)
	for _, path := range []string{"/ping/hallqr.html", "/ping/pb/hallqr.html", "/ping/qr.png", "/ping/qr.svg"} {
		for n, query := range []string{"msg=gzga01-%FF-2-3-4", "msg=gzga01-%00-2-3-4", "msg=%zz-1-2-3-4", "msg=" + msg("gzga01", "S-1") + "&k=%FF"} {
			v.wants(v.get(path+"?"+query), http.StatusBadRequest, "二维码不完整，请在窗口重新扫码，或告诉工作人员。")
			if got := counted[path+" 400"]; got != n+1 {
				t.Errorf("%s?%s: %d counted of status 400, want %d: %v", path, query, got, n+1, counted)
			}
		}
	}
	v.wants(v.get("/ping/window.html?w=%FF"), http.StatusBadRequest, "二维码不完整")
	v.wants(v.get("/ping/r/%FF"), http.StatusNotFound)
}

// What a review knows of where it was made: hall, window, officer, region and department come from the registers.
func TestWhatAHallReviewHolds(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	v.post("/ping/hallqr.html?msg="+msg("gzga01", "S-1"), url.Values{"stars": {"5"}, "tag": {"510", "511", "108"}, "remark": {"好"}})
	got := p.reviews.last.Load()
	if got.RegionCode != "440100000000" || got.HallCode != testHall || got.WindowCode != testWindow || got.WorkNo != "016" ||
		got.OfficerName != "陈志强" || got.DepartmentName != "广州市公安局" || got.Channel != catalog.HallQR || got.EntityCode != "egovAffair" ||
		got.ItemCode != testItem || got.Stars != 5 || strings.Join(got.Tags, " ") != "510 511" || got.Remark != "好" ||
		got.UserID != "demo-0001" || !got.WantsReceipt {
		t.Errorf("affair: %+v %+v", got.Facts, got.Personal)
	}
	v.post("/ping/window.html?w="+testWindow, url.Values{"stars": {"4"}})
	got = p.reviews.last.Load()
	if got.EntityCode != catalog.HallAffair || got.Subject != testWindow || got.Channel != catalog.HallQR || got.AppCode != integrator.Pages || got.WindowCode != testWindow {
		t.Errorf("window: %+v", got.Facts)
	}
	p.visitor(t).post("/ping/pb/hallqr.html?msg="+msg("gzga01", "S-2"), url.Values{"stars": {"3"}})
	got = p.reviews.last.Load()
	if got.Channel != catalog.HallPad || got.Person() != "" || got.WindowCode != testWindow {
		t.Errorf("tablet: %+v %+v", got.Facts, got.Personal)
	}
}

// A guide is reviewed on the web; which way one came is told by the browser (domain.md 7).
func TestTheChannelOfAGuide(t *testing.T) {
	for agent, want := range map[string]string{
		"":                                      catalog.Portal,
		"Mozilla/5.0 (Windows NT 10.0) Chrome/": catalog.Portal,
		"Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49":               catalog.Wechat,
		"Mozilla/5.0 (iPhone) MicroMessenger/8.0.49 miniProgram/wx1234567890": catalog.Yss,
		"Mozilla/5.0 (Linux) YSS/3.2":                                         catalog.Yss,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("User-Agent", agent)
		if got := channelOf(r); got != want {
			t.Errorf("channel of %q = %s, want %s", agent, got, want)
		}
	}
}

// Another site can't have a person's browser submit.
func TestAnotherSiteCanNotSubmit(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	for _, from := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://evil.example"}}} {
		v.header = from
		v.wants(v.post("/ping/hallqr.html?msg="+msg("gzga01", "S-1"), url.Values{"stars": {"1"}}), http.StatusForbidden, "提交被拦下了")
	}
	if p.reviews.last.Load() != nil {
		t.Error("it was submitted")
	}
}

// items are registered.
type items map[string]string

func (i items) ItemName(_ context.Context, code string) (string, error) { return i[code], nil }

// A link to a guide whose item has another code by now leads to that one: it has its name, and is rated once a day under both.
func TestAGuideWhoseItemWasMerged(t *testing.T) {
	p := openPages(t, func(n *Needs) {
		n.Registry = org.NewRegistry(org.Guangdong(), nil)
		n.Registry.Replace(n.Registry.Regions(), nil, org.Succession{Kind: org.OfItem, Former: "OLD", Code: "NEW"})
		n.Items = items{"OLD": "身份证补办", "NEW": "身份证补领"}
	})
	v := p.citizen(t)
	v.wants(v.get("/ping/guide.html?code=OLD"), http.StatusOK, ">身份证补领</p>")
	v.wants(v.get("/ping/hallqr.html?msg="+message{"gzga01", "016", testHall, "S-1", "OLD"}.encode()), http.StatusOK, ">身份证补领</p>")
	first := v.post("/ping/guide.html?code=OLD", url.Values{"stars": {"4"}}).location()
	receipt, _, _ := strings.Cut(first, "?")
	if again := v.get("/ping/guide.html?code=NEW").location(); again != receipt+"?again=1" || receipt == "" {
		t.Errorf("rated at %s, then under its new code sent to %q", first, again)
	}
}

// A guide is come to by a link and not by a code at a counter: who has half of it is sent to where the link was.
func TestALinkToAGuideThatIsNotWhole(t *testing.T) {
	v := openPages(t).citizen(t)
	for _, address := range []string{"/ping/guide.html", "/ping/guide.html?code=", "/ping/guide.html?code=" + strings.Repeat("1", 33)} {
		page := v.get(address)
		v.wants(page, http.StatusBadRequest, "请从办事指南页面重新进入")
		if strings.Contains(page.body, "扫码") {
			t.Errorf("%s: who never scanned a code is told to scan it again", address)
		}
	}
}
