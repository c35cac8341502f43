package citizen

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestALoginEndsOnAPageOfOurs(t *testing.T) {
	long := "/ping/hallqr.html?msg=" + strings.Repeat("m", maxAddress-len("/ping/hallqr.html?msg="))
	for to, ours := range map[string]bool{
		"/ping/hallqr.html": true,
		"/ping/hallqr.html?msg=a-b-c-d%2F%E5%B9%BF-e&k=0123456789abcdef": true,
		"/ping/r/7K3M-9QXW-2PFA":          true,
		"/ping/guide.html?code=1&x=?/":    true,
		"/ping/my.html?to=//evil.example": true, // a query is a query
		long:                              true,

		"":                                   false,
		"/":                                  false,
		"/ping":                              false,
		"/ping/":                             false,
		"ping/my.html":                       false,
		"/other/my.html":                     false,
		"/pingmy.html":                       false,
		"//evil.example/ping/":               false,
		"///evil.example/ping/":              false,
		"/\\evil.example/ping/":              false,
		"\\\\evil.example/ping/":             false,
		"/ping//evil.example":                false,
		"/ping/\\evil.example":               false,
		"/ping/..//evil.example":             false,
		"/ping/../my.html":                   false,
		"/ping/./my.html":                    false,
		"/ping/%2e%2e/my.html":               false,
		"/ping/%2F%2Fevil.example":           false,
		"/ping/%5Cevil.example":              false,
		"/%70ing/my.html":                    false,
		"https://evil.example/ping/my.html":  false,
		"HTTPS://evil.example/ping/my.html":  false,
		"https:/ping/my.html":                false,
		"javascript:alert(1)//ping/":         false,
		"data:text/html,/ping/":              false,
		" /ping/my.html":                     false,
		"\t/ping/my.html":                    false,
		"/ping/my.html\r\nSet-Cookie: a=b":   false,
		"/ping/my.html?a=b\r\nSet-Cookie: a": false,
		"/ping/my.html?a=\x00":               false,
		"/ping/my.html?a=\\evil.example":     false,
		"/ping/my.html?a=\"><script>":        false,
		"/ping/my.html#//evil.example":       false,
		"/ping/my.html?a#b":                  false,
		"/ping/@evil.example":                false,
		"/ping/my.html;//evil":               false,
		"/ping/我的.html":                      false,
		"/ping/my.html?a=我":                  false,
		long + "m":                           false,

		// These would go round in circles, or log out.
		loginPath: false, loginPath + "?to=/ping/my.html": false, callbackPath + "?state=a": false, logoutPath: false, demoLoginPath: false,
	} {
		want := home
		if ours {
			want = to
		}
		if got := local(to); got != want {
			t.Errorf("local(%q) = %q, want %q", to, got, want)
		}
	}
}

func TestNobodyIsSentElsewhereAfterHisLogin(t *testing.T) {
	h := withProvider(t, true)
	for _, to := range []string{"//evil.example/", "https://evil.example/ping/", "/ping/\\evil.example", "/ping/my.html\r\nX: y", loginPath} {
		b := h.browser(t)
		provider := b.to(b.get(loginPath + "?" + url.Values{"to": {to}}.Encode()))
		if got := b.to(b.get(h.provider.SignIn(t, provider, zhang).String())); got != home {
			t.Errorf("%q: sent to %q", to, got)
		}
	}
}

// Some scanners send a code's characters as they are; the way back must be the same page.
func TestAnAddressWithStrayCharactersComesBack(t *testing.T) {
	for sent, want := range map[string]string{
		"/ping/hallqr.html":                   "/ping/hallqr.html",
		"/ping/hallqr.html?msg=a-%E5%B9%BF-b": "/ping/hallqr.html?msg=a-%E5%B9%BF-b",
		"/ping/hallqr.html?msg=广'\"<|>":       "/ping/hallqr.html?msg=%E5%B9%BF%27%22%3C%7C%3E",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(sent, "?")
		got := address(r)
		if got != want || local(got) != got {
			t.Errorf("address of %q = %q, want %q", sent, got, want)
		}
	}
}
