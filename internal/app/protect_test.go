package app

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/identity"
)

// TestEveryAnswerIsProtected asks for everything that serve answers, by its own tables, as nobody and as who may do most: a new route is
// in it by itself. Each answer has the headers that browsers need, whatever became of the request.
func TestEveryAnswerIsProtected(t *testing.T) {
	s := startService(t, filepath.Join(t.TempDir(), "h.db"))
	s.settings.HSTS, s.settings.BaseURL = 8760*time.Hour, "https://h.example"
	handler := s.handler()
	patterns := handler.(interface{ Patterns() []string }).Patterns()
	if len(patterns) < 150 {
		t.Fatalf("%d routes only", len(patterns))
	}
	patterns = append(patterns, "GET /ping/qr.svg?msg=app1-S1-egovAffair", "GET /.env", "POST /", "GET //ping/ebus/tags", "PUT /ping/ebus/affair/eval",
		"GET /ping/apis/x", "GET /console/x", "GET /ping/board/x", "GET /ping/assets/x")
	values := strings.NewReplacer("{$}", "", "{page}", "hallqr.html", "{block}", "summary", "{file}", "regions.csv", "{code}", "1", "{hall}", "1", "{app}", "1")
	cookies := map[string]*http.Cookie{"nobody": nil, "who may do most": s.provincial(t)}
	pages := 0
	for _, pattern := range patterns {
		method, address, found := strings.Cut(values.Replace(pattern), " ")
		if !found {
			method, address = http.MethodGet, method
		}
		if address == "/ping/board/live" || address == "/console/logout" {
			continue // the one never ends, the other ends the session; both are below
		}
		for who, cookie := range cookies {
			r := httptest.NewRequestWithContext(t.Context(), method, address, strings.NewReader(""))
			if cookie != nil {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			for _, fault := range unprotected(address, w.Code, w.Header()) {
				t.Errorf("%s as %s: status %d, %s", pattern, who, w.Code, fault)
			}
			if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				pages++
			}
		}
	}
	if pages < 100 {
		t.Errorf("%d answers were pages: nobody was let in", pages)
	}
	s.board.Close() // then a stream is an answer that ends
	for _, request := range []*http.Request{
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/board/live", http.NoBody),
		httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/console/logout", http.NoBody),
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		for _, fault := range unprotected(request.URL.Path, w.Code, w.Header()) {
			t.Errorf("%s: status %d, %s", request.URL.Path, w.Code, fault)
		}
	}
	// Without HTTPS anywhere nobody is told to use it.
	plain := startService(t, filepath.Join(t.TempDir(), "plain.db"))
	plain.settings.HSTS, plain.settings.BaseURL = 8760*time.Hour, "http://h.example"
	w := httptest.NewRecorder()
	plain.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", http.NoBody))
	if got := w.Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("over http: HSTS %s", got)
	}
}

// public begins what pages of any site may use.
var public = []string{"/ping/apis/", "/ping/openapi.json", "/ping/assets/", "/ping/pb/worker.js", "/ping/qr."}

// unprotected says what an answer lacks.
func unprotected(address string, status int, header http.Header) (faults []string) {
	resources := "same-origin"
	if status == http.StatusOK && slices.ContainsFunc(public, func(prefix string) bool { return strings.HasPrefix(address, prefix) }) {
		resources = "cross-origin"
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy":        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		"Strict-Transport-Security": "max-age=31536000", "Server": "", "X-Powered-By": "",
	} {
		if got := strings.Join(header.Values(name), "; "); got != want {
			faults = append(faults, name+" is "+got)
		}
	}
	if got := header.Get("Cross-Origin-Resource-Policy"); got != resources && status == http.StatusOK {
		faults = append(faults, "Cross-Origin-Resource-Policy is "+got+", not "+resources)
	}
	policy := header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-eval") || strings.Contains(policy, "*") || len(header.Values("Content-Security-Policy")) != 1 {
		faults = append(faults, "Content-Security-Policy is "+policy)
	}
	isPage := strings.HasPrefix(header.Get("Content-Type"), "text/html")
	if isPage && (!strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self'") ||
		!strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "unsafe-inline")) {
		faults = append(faults, "a page's policy is "+policy)
	}
	return faults
}

// provincial is the cookie of a session that may do most.
func (s *service) provincial(t *testing.T) *http.Cookie {
	t.Helper()
	password, err := s.staff.Create(t.Context(), nil, identity.Draft{Login: "sheng", Name: "省级", Role: identity.Province})
	if err != nil {
		t.Fatal(err)
	}
	send := func(path, form string, cookie *http.Cookie) *http.Cookie {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if cookie != nil {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		s.console.ServeHTTP(w, r)
		for _, set := range w.Result().Cookies() {
			if strings.Contains(set.Name, "console") && set.Value != "" {
				cookie = set
			}
		}
		return cookie
	}
	cookie := send("/console/login", "login=sheng&password="+password, nil)
	return send("/console/first-password", "password=correct+horse+lamp&again=correct+horse+lamp", cookie)
}

// Who mistypes an address, such as a poster's, reads what to do in Chinese, wherever the slip is.
func TestAnAddressThatNobodyHasIsAPage(t *testing.T) {
	handler := startService(t, filepath.Join(t.TempDir(), "h.db")).handler()
	for _, address := range []string{"/ping/wx/4401000000010001", "/pin/w/4401000000010001", "/hallqr.html?msg=x", "/w/4401000000010001"} {
		a := httptest.NewRecorder()
		handler.ServeHTTP(a, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
		if a.Code != http.StatusNotFound || !strings.Contains(a.Body.String(), "地址可能不完整。请在窗口重新扫码，或告诉工作人员。") {
			t.Errorf("%s: status %d\n%s", address, a.Code, a.Body)
		}
	}
}
