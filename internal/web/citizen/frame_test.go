package citizen

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/web/view"
)

// How one likes to read is remembered, and nobody is led elsewhere by it.
func TestPreferences(t *testing.T) {
	p := openPages(t)
	for _, tt := range []struct {
		name, query, to string
		cookies         string
	}{
		{"large type", "size=large&to=/ping/r/7K3M9QXW2PFA", "/ping/r/7K3M9QXW2PFA", "hcp-size=large"},
		{"back to normal", "size=normal&to=/ping/my.html", home, "hcp-size=normal"},
		{"English", "lang=en&to=" + url.QueryEscape("/ping/guide.html?code=1"), "/ping/guide.html?code=1", "hcp-lang=en"},
		{"both", "lang=zh&size=large", home, "hcp-lang=zh hcp-size=large"},
		{"what we don't know", "size=huge&lang=fr&to=/ping/my.html", home, ""},
		{"another host", "size=large&to=https://evil.example/ping/", home, "hcp-size=large"},
		{"another host, shorter", "size=large&to=//evil.example", home, "hcp-size=large"},
		{"another host, by backslash", "size=large&to=" + url.QueryEscape(`/\evil.example`), home, "hcp-size=large"},
		{"a line break", "size=large&to=" + url.QueryEscape("/ping/my.html\r\nX: y"), home, "hcp-size=large"},
		{"outside of our pages", "size=large&to=/metrics", home, "hcp-size=large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := p.visitor(t).get("/ping/preferences?" + tt.query)
			if s.status != http.StatusSeeOther || s.location() != tt.to {
				t.Errorf("status %d, sent to %q, want %q", s.status, s.location(), tt.to)
			}
			for _, cookie := range s.header.Values("Set-Cookie") {
				if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/ping/") {
					t.Errorf("cookie %s", cookie)
				}
			}
			var got []string
			for _, name := range []string{languageCookie, sizeCookie} {
				for _, cookie := range s.header.Values("Set-Cookie") {
					if pair, _, _ := strings.Cut(cookie, ";"); strings.HasPrefix(pair, name+"=") {
						got = append(got, pair)
					}
				}
			}
			if strings.Join(got, " ") != tt.cookies {
				t.Errorf("cookies %v, want %s", got, tt.cookies)
			}
		})
	}
}

func TestTheLanguageOfAPage(t *testing.T) {
	for _, tt := range []struct {
		name, accepts, cookie string
		want                  view.Language
	}{
		{"nobody said", "", "", view.Chinese},
		{"an English browser", "en-GB,en;q=0.9", "", view.English},
		{"a Chinese browser", "zh-CN,zh;q=0.9,en;q=0.8", "", view.Chinese},
		{"another language", "fr-FR", "", view.Chinese},
		{"a Chinese page in an English browser", "en-US", "zh", view.Chinese},
		{"an English page in a Chinese browser", "zh-CN", "en", view.English},
		{"a cookie that is not ours", "en-US", "xx", view.Chinese},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", tt.accepts)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: languageCookie, Value: tt.cookie}) //nolint:gosec // a browser's request, not ours
		}
		if got := language(r); got != tt.want {
			t.Errorf("%s: language %d, want %d", tt.name, got, tt.want)
		}
	}
}

// A code whose characters were sent as they are leads back to the same page when a preference is chosen.
func TestTheWayBackFromPreferences(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	page := "/ping/hallqr.html?msg=" + msg("gzga01", "穗S-1")
	s := v.get(strings.Replace(page, "%E7%A9%97", "穗", 1))
	v.wants(s, http.StatusOK)
	_, rest, _ := strings.Cut(s.body, `id="size" href="`)
	link, _, _ := strings.Cut(rest, `"`)
	if got := v.get(strings.ReplaceAll(link, "&amp;", "&")).location(); got != page {
		t.Errorf("from %s back to %s, want %s", link, got, page)
	}
}

// Who chooses another language where the demonstration asks who he is goes on to the page that he wanted.
func TestTheWayBackFromTheDemonstrationsLogin(t *testing.T) {
	v := openPages(t).visitor(t)
	page := "/ping/hallqr.html?msg=" + msg("gzga01", "S-1")
	s := v.get(demoLoginPath + "?to=" + url.QueryEscape(page))
	v.wants(s, http.StatusOK, "演示登录")
	_, rest, _ := strings.Cut(s.body, `id="size" href="`)
	link, _, _ := strings.Cut(rest, `"`)
	if got := v.get(strings.ReplaceAll(link, "&amp;", "&")).location(); got != page {
		t.Errorf("from %s to %s, want %s", link, got, page)
	}
}
