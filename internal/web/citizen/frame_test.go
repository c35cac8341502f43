package citizen

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
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

// Who changes type or language in the middle of rating finds what he has chosen and written, also without scripts.
func TestPreferencesKeepWhatWasWritten(t *testing.T) {
	p := openPages(t)
	v := p.citizen(t)
	page := "/ping/hallqr.html?msg=" + msg("gzga01", "S-1")
	buttons := regexp.MustCompile(`<button id="size" form="rate" formaction="([^"]*)"`).FindStringSubmatch(v.get(page).body)
	if buttons == nil {
		t.Fatal("type and language are not chosen by buttons of the form")
	}
	address := html.UnescapeString(buttons[1])
	filled := url.Values{"at": {""}, "stars": {"2"}, "tag": {"207"}, "remark": {"写了一半"}}
	if s := v.post(address, filled); s.status != http.StatusSeeOther || s.location() != page {
		t.Fatalf("status %d, sent to %q, want %q", s.status, s.location(), page)
	}
	kept := []string{`class="large`, `id="s2" required checked`, `value="207" checked`, ">写了一半</textarea>", "已经保留"}
	v.wants(v.get(page), http.StatusOK, kept...)

	// Nothing written, nothing to tell of; and another page shows nothing of it.
	for name, form := range map[string]url.Values{"nothing": {"at": {""}, "remark": {" "}}, "of another page": filled} {
		v.post(address, form)
		at := page
		if name != "nothing" {
			at = "/ping/hallqr.html?msg=" + msg("gzga01", "S-2")
		}
		if s := v.get(at); strings.Contains(s.body, "已经保留") || strings.Contains(s.body, "写了一半") {
			t.Errorf("%s: the page says that it was kept:\n%s", name, s.body)
		}
	}

	// Whose login has ended in the meantime finds it after the next one.
	late := p.visitor(t)
	late.wants(late.post(address, filled), http.StatusUnauthorized, "请重新登录", "已经保留")
	late.post(demoLoginPath, url.Values{"person": {"1"}, "to": {page}})
	late.wants(late.get(page), http.StatusOK, kept...)

	if s := v.post(address, url.Values{"stars": {"5"}, "remark": {strings.Repeat("a", maxPosted)}}); s.status != http.StatusBadRequest {
		t.Errorf("a form that is too long: status %d", s.status)
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
	_, rest, _ := strings.Cut(s.body, `id="size" form="rate" formaction="`)
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
