package citizen

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/oidctest"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
)

var (
	zhang = oidctest.User{Login: "zhang", Password: "p-zhang", Claims: map[string]any{"sub": "uid-zhang", "name": "张三", "phone_number": "13800001234"}}
	li    = oidctest.User{Login: "li", Password: "p-li", Claims: map[string]any{"sub": "uid-li", "name": "李四"}}
)

// loginHouse is a running program that does nothing but log people in, at a real provider, with sessions in a real database.
type loginHouse struct {
	base     string
	provider *oidctest.Server // nil for a demonstration
	login    *login
	sessions *flaky
	client   *http.Client // trusts our certificate

	offset atomic.Int64 // of the clock
	kept   atomic.Bool  // what keepForm said last
	mu     sync.Mutex
	logged bytes.Buffer
	slow   chan struct{} // what GET /ping/slow.html waits for
	inside chan struct{} // closed when it waits
}

// flaky is a store that fails when a test says so, and counts.
type flaky struct {
	scs.CtxStore
	find, commit atomic.Pointer[error]
	commits      atomic.Int32
}

func (f *flaky) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if err := f.find.Load(); err != nil {
		return nil, false, *err
	}
	return f.CtxStore.FindCtx(ctx, token)
}

func (f *flaky) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if err := f.commit.Load(); err != nil {
		return *err
	}
	f.commits.Add(1)
	return f.CtxStore.CommitCtx(ctx, token, data, expiry)
}

func (h *loginHouse) now() time.Time { return time.Now().Add(time.Duration(h.offset.Load())) }

// wait has the clock go on.
func (h *loginHouse) wait(d time.Duration) { h.offset.Add(int64(d)) }

func (h *loginHouse) Write(line []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.Write(line)
}

func (h *loginHouse) log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.String()
}

// withProvider is a house at a provider, over https or http.
func withProvider(t *testing.T, secure bool) *loginHouse {
	t.Helper()
	h := &loginHouse{provider: oidctest.Start(t, zhang, li)}
	h.start(t, secure, func(needs *loginNeeds) {
		login, err := identity.NewOIDC(t.Context(), identity.OIDCSettings{
			Issuer: h.provider.Issuer, ClientID: h.provider.ClientID, ClientSecret: h.provider.ClientSecret,
			RedirectURL: h.base + callbackPath, AfterLogoutURL: h.base + logoutPath,
		})
		if err != nil {
			t.Fatal(err)
		}
		needs.provider = login
	})
	return h
}

func (h *loginHouse) start(t *testing.T, secure bool, set func(*loginNeeds)) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	h.base = map[bool]string{false: "http://", true: "https://"}[secure] + server.Listener.Addr().String()
	h.sessions = &flaky{CtxStore: h.openSessions(t)}
	h.slow, h.inside = make(chan struct{}), make(chan struct{})
	needs := loginNeeds{
		store: h.sessions, secure: secure, now: h.now, log: slog.New(slog.NewJSONHandler(h, nil)),
		page: func(w http.ResponseWriter, r *http.Request, status int, title, text string) {
			citizen, _ := h.login.citizen(r) // every page shows who is there
			w.WriteHeader(status)
			fmt.Fprintf(w, "<title>%s</title><p>%s%s", html.EscapeString(title), html.EscapeString(text), citizen.Name)
		},
	}
	set(&needs)
	h.login = newLogin(needs)

	mux := http.NewServeMux()
	for pattern, handler := range h.login.handlers() {
		mux.HandleFunc(pattern, handler)
	}
	mux.HandleFunc("GET /ping/hallqr.html", h.reviewPage)
	mux.HandleFunc("POST /ping/hallqr.html", h.reviewPage)
	mux.HandleFunc("GET /ping/my.html", h.reviewPage)
	mux.HandleFunc("GET /ping/slow.html", func(w http.ResponseWriter, r *http.Request) {
		h.login.sessions.Put(r.Context(), "slow", true)
		close(h.inside)
		<-h.slow
		fmt.Fprint(w, "done")
	})
	server.Config.Handler = h.login.withSession(mux)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	h.client = server.Client()
}

func (h *loginHouse) openSessions(t *testing.T) scs.CtxStore {
	t.Helper()
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := store.Open(t.Context(), store.Options{
		URL: storetest.SQLite(t), Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: h.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	if err := opened.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return opened.Sessions(sealer, privacy.NewBlinder(keys))
}

// reviewPage says who is there and what he typed before his login, and takes a review.
func (h *loginHouse) reviewPage(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		if _, ok := h.login.citizen(r); !ok {
			_ = r.ParseForm()
			h.kept.Store(h.login.keepForm(r, address(r), r.PostForm))
		}
	}
	citizen, ok := h.login.requireLogin(w, r)
	if !ok {
		return
	}
	typed, _ := h.login.takeForm(r)
	fmt.Fprintf(w, "name=%s typed=%s", citizen.Name, typed.Get("remark"))
}

// browser is one person's, with its cookies; it follows no redirect by itself.
type browser struct {
	t *testing.T
	h *loginHouse
	c *http.Client
}

func (h *loginHouse) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, h, &http.Client{
		Transport: h.client.Transport, Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// shown is an answer.
type shown struct {
	status int
	body   string
	header http.Header
}

func (s shown) location() string { return s.header.Get("Location") }

func (b *browser) do(method, address string, form url.Values) shown {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.h.base + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return shown{response.StatusCode, string(body), response.Header}
}

func (b *browser) get(address string) shown { b.t.Helper(); return b.do(http.MethodGet, address, nil) }

func (b *browser) post(address string, form url.Values) shown {
	b.t.Helper()
	return b.do(http.MethodPost, address, form)
}

// to wants a redirect and gives where.
func (b *browser) to(s shown) string {
	b.t.Helper()
	if s.status != http.StatusSeeOther || s.header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("status %d, %v, want a redirect that nobody keeps: %s", s.status, s.header, s.body)
	}
	return s.location()
}

// wants wants a page that says something.
func (b *browser) wants(s shown, status int, said string) {
	b.t.Helper()
	if s.status != status || !strings.Contains(s.body, said) {
		b.t.Errorf("status %d: %s; want %d: %s", s.status, s.body, status, said)
	}
}

// begin goes from an address of ours to the provider.
func (b *browser) begin(address string) (provider string) {
	b.t.Helper()
	login := b.to(b.get(address))
	if !strings.HasPrefix(login, loginPath+"?to=") {
		b.t.Fatalf("sent to %s, want to the login", login)
	}
	provider = b.to(b.get(login))
	if !strings.HasPrefix(provider, b.h.provider.Issuer) {
		b.t.Fatalf("sent to %s, want to the provider", provider)
	}
	return provider
}

// logIn is the whole way of a person who wants an address.
func (b *browser) logIn(address string, user oidctest.User) (callback string) {
	b.t.Helper()
	callback = b.h.provider.SignIn(b.t, b.begin(address), user).String()
	if got := b.to(b.get(callback)); got != address {
		b.t.Fatalf("sent to %s after the login, want %s", got, address)
	}
	b.wants(b.get(address), http.StatusOK, "name="+user.Claims["name"].(string))
	return callback
}

func (b *browser) cookie() *http.Cookie {
	b.t.Helper()
	base, err := url.Parse(b.h.base + "/ping/")
	if err != nil {
		b.t.Fatal(err)
	}
	cookies := b.c.Jar.Cookies(base)
	if len(cookies) != 1 {
		b.t.Fatalf("the browser has %d cookies", len(cookies))
	}
	return cookies[0]
}

// with gives another browser that has only this cookie.
func (h *loginHouse) with(t *testing.T, cookie *http.Cookie) *browser {
	t.Helper()
	b := h.browser(t)
	base, err := url.Parse(h.base + "/ping/")
	if err != nil {
		t.Fatal(err)
	}
	b.c.Jar.SetCookies(base, []*http.Cookie{{
		Name: cookie.Name, Value: cookie.Value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}})
	return b
}
