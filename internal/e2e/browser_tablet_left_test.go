package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Who goes away in the middle leaves nothing for the next person to read.
func TestWhatIsLeftOnATabletIsForgotten(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, tablet)
	b.open(w.tabletCode(t, "PAD-1"))
	// A second is a minute.
	ask[bool](b, `((later) => window.setTimeout = (act, after) => later(act, after / 60))(window.setTimeout), true`)
	b.tap(star("1"))
	b.tap(".t1 summary")
	b.tap(".t1 details .chip")
	b.write("#remark", "等了很久")
	b.until("it is forgotten", untouched("等了很久"))
	if b.wants("0/150", "点一颗星"); ask[bool](b, `document.querySelector("details[open]") !== null`) || strings.Contains(b.text(), "非常不满意\n哪里") {
		t.Errorf("left: %s", b.now())
	}
	b.tap(star("5"))
	b.submit()
	b.until("it thanks", thanksShown)
}

// The server is gone behind a proxy that is there: the tablet goes on as it does without a network.
func TestATabletBehindAProxyWhoseServerIsGone(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	there, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	var gone atomic.Bool
	through := httputil.NewSingleHostReverseProxy(there)
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			http.Error(rw, "502 Bad Gateway", http.StatusBadGateway)
			return
		}
		through.ServeHTTP(rw, r)
	}))
	t.Cleanup(proxy.Close)
	b := tabOn(t, proxy.URL, tablet)
	before := counted(t, w.server)
	b.open("/ping/pb/ready.html")
	b.until("the service worker is at work", `navigator.serviceWorker.controller !== null`)
	gone.Store(true)
	b.open(w.tabletCode(t, "PAD-1"))
	b.until("there is a form", formShown)
	b.tap(star("4"))
	b.submit()
	b.until("it thanks", thanksShown)
	gone.Store(false)
	ask[bool](b, `dispatchEvent(new Event("online"))`)
	b.until("what waited is sent", `localStorage.getItem("haochaping-waiting") === "[]"`)
	if got := counted(t, w.server); got != before+1 {
		t.Errorf("%d reviews are in the figures, want %d", got, before+1)
	}
}
