package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// typed is a form that nobody wants to type twice.
func typed(remark string) url.Values { return url.Values{"stars": {"2"}, "remark": {remark}} }

// submit posts a form without a login and goes on to the provider.
func (b *browser) submit(address string, form url.Values) (provider string) {
	b.t.Helper()
	s := b.post(address, form)
	b.wants(s, http.StatusOK, "请先登录")
	there, ok := strings.CutPrefix(s.header.Get("Refresh"), "0; url=")
	if !ok || s.location() != "" || !strings.HasPrefix(there, loginPath) {
		b.t.Fatalf("the answer to a form does not go on by itself: %v", s.header)
	}
	return b.to(b.get(there))
}

func TestWhatWasTypedIsThereAfterTheLogin(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	b.logIn(scanned, zhang)
	h.wait(sessionIdle) // in the middle of writing
	provider := b.submit(scanned, typed("等了很久 & 没人理"))
	if got := b.to(b.get(h.provider.SignIn(t, provider, zhang).String())); got != scanned {
		t.Fatalf("sent to %s", got)
	}
	b.wants(b.get("/ping/hallqr.html?msg=another"), http.StatusOK, "name=张三 typed=")
	if s := b.get("/ping/my.html"); strings.Contains(s.body, "等了") {
		t.Errorf("another page got it: %s", s.body)
	}
	b.wants(b.get(scanned), http.StatusOK, "name=张三 typed=等了很久 & 没人理")
	if s := b.get(scanned); strings.Contains(s.body, "等了") {
		t.Errorf("it is there twice: %s", s.body)
	}
}

func TestEveryTabKeepsWhatWasTypedInIt(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	one := b.submit("/ping/hallqr.html?tab=1", typed("first"))
	two := b.submit("/ping/hallqr.html?tab=2", typed("second"))
	b.get(b.to(b.get(h.provider.SignIn(t, one, zhang).String())))
	back := b.to(b.get(h.provider.SignIn(t, two, zhang).String()))
	b.wants(b.get(back), http.StatusOK, "typed=second")
}

func TestTheNextPersonDoesNotReadWhatWasTyped(t *testing.T) {
	for _, tt := range []struct {
		name   string
		happen func(h *loginHouse, b *browser) (provider string) // where the next person signs in
	}{
		{"the first one went to log in and left", func(_ *loginHouse, b *browser) string {
			b.submit(scanned, typed("secret"))
			return b.begin(scanned)
		}},
		{"he left at once, long ago", func(h *loginHouse, b *browser) string {
			b.post(scanned, typed("secret"))
			h.wait(attemptLife)
			return b.begin(scanned)
		}},
		{"he left at once, and another page was asked for", func(_ *loginHouse, b *browser) string {
			b.post(scanned, typed("secret"))
			b.begin("/ping/my.html")
			return b.begin(scanned)
		}},
		{"he logged in and left, and another tab was still at the provider", func(h *loginHouse, b *browser) string {
			another := b.begin(scanned)
			b.to(b.get(h.provider.SignIn(b.t, b.submit(scanned, typed("secret")), zhang).String()))
			return another
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := withProvider(t, true)
			b := h.browser(t)
			b.to(b.get(h.provider.SignIn(t, tt.happen(h, b), li).String()))
			if s := b.get(scanned); s.body != "name=李四 typed=" {
				t.Errorf("reads %s", s.body)
			}
		})
	}
}

func TestSoMuchIsKeptOverALogin(t *testing.T) {
	h := withProvider(t, true)
	room := maxForm - len(typed("").Encode())
	for _, tt := range []struct {
		name   string
		length int
		kept   bool
	}{{"the most", room, true}, {"one more", room + 1, false}} {
		t.Run(tt.name, func(t *testing.T) {
			b := h.browser(t)
			remark := strings.Repeat("a", tt.length)
			provider := b.submit(scanned, typed(remark))
			if kept := h.kept.Load(); kept != tt.kept {
				t.Errorf("says kept %v, want %v", kept, tt.kept)
			}
			back := b.to(b.get(h.provider.SignIn(t, provider, zhang).String()))
			if s := b.get(back); strings.HasSuffix(s.body, "typed="+remark) != tt.kept {
				t.Errorf("kept %d bytes of the page", len(s.body))
			}
		})
	}
	t.Run("in all tabs together", func(t *testing.T) {
		b := h.browser(t)
		remark := strings.Repeat("a", maxForm/2)
		older := b.submit("/ping/hallqr.html?tab=1", typed(remark))
		newer := b.submit("/ping/hallqr.html?tab=2", typed(remark))
		b.wants(b.get(b.to(b.get(h.provider.SignIn(t, newer, zhang).String()))), http.StatusOK, "typed="+remark)
		back := b.to(b.get(h.provider.SignIn(t, older, zhang).String()))
		if s := b.get(back); strings.Contains(s.body, remark) {
			t.Error("the older one is kept, too")
		}
	})
}
