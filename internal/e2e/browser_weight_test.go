package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// most is the most bytes of the rating page with everything, as they go over the wire (issue: 40 kB).
const most = 40_000

// The rating page with everything is light, and everything it needs is asked for at once.
func TestTheRatingPageIsLight(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	code := w.code(t, "GZ-1")
	b.enter(code, zhang)
	tell(b, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	b.mu.Lock()
	b.requests, b.received = nil, map[network.RequestID]float64{}
	b.mu.Unlock()
	b.open(code)
	sizes := map[string]float64{}
	eventually(t, "page, style and script are received", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, request := range b.requests {
			sizes[request.Request.URL] += b.received[request.RequestID]
			delete(b.received, request.RequestID)
			if from := request.Initiator.URL; from != "" && from != code {
				t.Fatalf("%s is asked for by %s, a second round trip", request.Request.URL, from)
			}
		}
		received := 0
		for address, size := range sizes {
			if size > 0 && !strings.HasSuffix(address, ".svg") { // whether there is an icon to show is the browser's own affair
				received++
			}
		}
		return received >= 3
	})
	total := 0.0
	for address, size := range sizes {
		total += size
		t.Logf("%6.0f bytes  %s", size, strings.TrimPrefix(address, w.url))
	}
	if len(sizes) > 4 {
		t.Errorf("asked for %d files, want page, style, script and icon", len(sizes))
	}
	t.Logf("%6.0f bytes in all", total)
	if total > most {
		t.Errorf("the page with everything has %.0f bytes, more than %d", total, most)
	}
}

// Cookies are for our pages alone; neither an address nor the log tells who somebody is or what he wrote.
func TestCookiesAndAddressesTellNothing(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, phone)
	b.enter(w.code(t, "GZ-1"), zhang)
	b.tap(star("1"))
	const remark = "态度不好的那位"
	b.write("#remark", remark)
	b.submit()
	b.open("/ping/my.html")
	b.follow(touch("a[hreflang=en]"))
	b.tap("#size")
	cookies := map[string]*network.Cookie{}
	eventually(t, "the cookies are there", func() bool {
		for _, c := range tell(b, network.GetCookies, network.GetCookiesParams{URLs: []string{w.url + "/ping/my.html"}}).Cookies {
			cookies[c.Name] = c
		}
		return len(cookies) >= 4
	})
	for _, name := range []string{"hcp", "hcp-lang", "hcp-phone", "hcp-size"} {
		c := cookies[name]
		if c == nil {
			t.Errorf("no cookie %s", name)
			continue
		}
		if !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax || !strings.HasPrefix(c.Path, "/ping") || c.Session != (name == "hcp") {
			t.Errorf("cookie %s: %+v", name, c)
		}
		delete(cookies, name)
	}
	for name := range cookies {
		t.Errorf("another cookie: %s", name)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var told strings.Builder
	for _, request := range b.requests {
		if plain, err := url.QueryUnescape(request.Request.URL); err == nil {
			told.WriteString(plain + "\n")
		}
	}
	told.WriteString(w.logs.String())
	for _, personal := range []string{"张三丰", "uid-zhang", "13800001234", "zhangsf", "440100199001011234", remark} {
		if strings.Contains(told.String(), personal) {
			t.Errorf("an address or the log holds %s", personal)
		}
	}
}
