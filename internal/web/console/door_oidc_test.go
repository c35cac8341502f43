package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/oidctest"
)

// provided is a house whose login page has a button for a real provider, which knows one person by an account's login.
func provided(t *testing.T, second bool, login string) (*house, *oidctest.Server, oidctest.User) {
	t.Helper()
	user := oidctest.User{Login: "worker", Password: "pass-word", Claims: map[string]any{"sub": "staff-1", "preferred_username": login}}
	server := oidctest.Start(t, user)
	h := openHouse(t, second, func(n *Needs) {
		provider, err := identity.NewStaffOIDC(t.Context(), n.Staff, identity.StaffOIDCSettings{
			Issuer: server.Issuer, ClientID: server.ClientID, ClientSecret: server.ClientSecret, RedirectURL: n.BaseURL + CallbackPath,
		})
		if err != nil {
			t.Fatal(err)
		}
		n.Provider = provider
	})
	return h, server, user
}

// back is where the provider sends a browser that begins at an address and signs in, without the host.
func (b *browser) back(server *oidctest.Server, begin string, user oidctest.User) string {
	b.t.Helper()
	s := b.get(begin)
	if s.status != http.StatusSeeOther || !strings.HasPrefix(s.location(), server.Issuer) {
		b.t.Fatalf("status %d to %q, want the provider", s.status, s.location())
	}
	return strings.TrimPrefix(server.SignIn(b.t, s.location(), user).String(), b.base)
}

func TestLoginAtTheProvider(t *testing.T) {
	h, server, user := provided(t, false, "gongdan")
	h.as(t, "gongdan")
	b := h.browser(t)
	s := b.get("/console/login?to=%2Fconsole%2Faccount%3Fx%3D1")
	begin := "/console/oidc?to=%2Fconsole%2Faccount%3Fx%3D1"
	b.wants(s, http.StatusOK, `<a class="plain wide" href="`+begin+`">统一身份认证登录</a>`)
	callback := b.back(server, begin, user)
	s = b.get(callback)
	b.to(s, "/console/account?x=1")
	if cookies := strings.Join(s.header.Values("Set-Cookie"), "\n"); !strings.Contains(cookies, "hcp-oidc=;") || !strings.Contains(cookies, "hcp-want=;") {
		t.Errorf("what was kept for the login stays: %s", cookies)
	}
	b.wants(b.get("/console"), http.StatusOK, "工单，您好")
	b.to(b.get(callback), "/console") // reloaded
	b.to(b.get(begin), "/console/account?x=1")
	b.to(b.post("/console/logout", nil), "/console/login")
	b.to(b.get("/console"), "/console/login")
	b.wants(b.get(callback), http.StatusUnauthorized, "登录没有完成，请重新登录") // replayed

	s = b.get("/console/login")
	b.wants(s, http.StatusOK, `href="/console/oidc"`)
	b.to(b.get(b.back(server, "/console/oidc", user)), "/console")
}

func TestNoProviderNoButton(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	b.lacks(b.get("/console/login"), "统一身份认证")
	b.wants(b.get("/console/oidc"), http.StatusNotFound)
	b.wants(b.get("/console/oidc/callback?code=a&state=b"), http.StatusNotFound)
}

func TestLoginAtTheProviderThatIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, login, says, noted string
		state                    identity.State
		spoil                    func(b *browser, server *oidctest.Server, callback string) string
	}{
		{"unknown account", "stranger", "没有对应的管理后台账号", "staff:unknown", identity.Active, nil},
		{"locked account", "gongdan", "已被锁定", "staff:gongdan", identity.Locked, nil},
		{"wrong state", "gongdan", "登录没有完成，请重新登录", "", identity.Active, func(_ *browser, _ *oidctest.Server, callback string) string {
			return strings.Replace(callback, "state=", "state=x", 1)
		}},
		{"another's browser", "gongdan", "登录没有完成", "", identity.Active, func(b *browser, _ *oidctest.Server, callback string) string {
			b.client.Jar = nil
			return callback
		}},
		{"another nonce", "gongdan", "登录没有完成", "", identity.Active, func(_ *browser, server *oidctest.Server, callback string) string {
			server.Tamper(func(claims map[string]any) { claims["nonce"] = "another" })
			return callback
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, server, user := provided(t, false, tt.login)
			h.hire("gongdan", roles["gongdan"])
			if err := h.staff.SetState(t.Context(), nil, "gongdan", 0, tt.state, ""); err != nil {
				t.Fatal(err)
			}
			b := h.browser(t)
			callback := b.back(server, "/console/oidc?to=/console/account", user)
			if tt.spoil != nil {
				callback = tt.spoil(b, server, callback)
			}
			s := b.get(callback)
			b.wants(s, http.StatusUnauthorized, tt.says, `role="alert"`, `name="password"`, "统一身份认证登录")
			b.lacks(s, "stranger", "扫码")
			if cookies := strings.Join(s.header.Values("Set-Cookie"), "\n"); strings.Contains(cookies, "hcp-console=") {
				t.Errorf("a session began: %s", cookies)
			}
			if n := strings.Count(h.log(), "login at the provider refused"); n != 1 || strings.Contains(h.log(), "stranger") {
				t.Errorf("logged %d times:\n%s", n, h.log())
			}
			links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "staff.refused", Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			if tt.noted == "" != (len(links) == 0) || len(links) > 0 && (links[0].Object != tt.noted || links[0].Address != "127.0.0.1" || links[0].Request == "") {
				t.Errorf("noted %+v", links)
			}
		})
	}
}

func TestTheProviderIsGone(t *testing.T) {
	h, server, user := provided(t, false, "gongdan")
	h.as(t, "gongdan")
	b := h.browser(t)
	callback := b.back(server, "/console/oidc?to=/console/account", user)
	server.Stop()
	s := b.get(callback)
	b.wants(s, http.StatusServiceUnavailable, "统一身份认证暂时无法使用，请稍后再试，或用账号和密码登录", `value="/console/account"`)
	if s.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	server.Resume()
	b.to(b.get(callback), "/console/account")
}

func TestNobodyIsSentElsewhereByTheProvider(t *testing.T) {
	h, server, user := provided(t, false, "gongdan")
	h.as(t, "gongdan")
	for _, to := range []string{"https://evil.example/console", "//evil.example", "/ping/my.html", "/console\\evil"} {
		b := h.browser(t)
		callback := b.back(server, "/console/oidc?"+url.Values{"to": {to}}.Encode(), user)
		b.to(b.get(callback+"&to="+url.QueryEscape(to)), "/console")
	}
	b := h.browser(t)
	callback := b.back(server, "/console/oidc", user)
	b.header = http.Header{"Cookie": {"hcp-want=https%3A%2F%2Fevil.example"}}
	b.to(b.get(callback), "/console")
}

func TestTheSecondFactorIsAskedAfterTheProvider(t *testing.T) {
	h, server, user := provided(t, true, "sheng")
	b := h.browser(t)
	b.post("/console/login", url.Values{"login": {"sheng"}, "password": {h.hire("sheng", roles["sheng"])}})
	b.post("/console/first-password", url.Values{"password": {housePassword}, "again": {housePassword}})
	secret := strings.ReplaceAll(secretForm.FindStringSubmatch(b.get("/console/first-totp").body)[1], " ", "")
	b.wants(b.post("/console/first-totp", url.Values{"code": {h.code(secret)}}), http.StatusOK, "恢复码")

	h.wait(time.Minute)
	b = h.browser(t)
	b.to(b.get(b.back(server, "/console/oidc?to=/console/staff", user)), "/console/second")
	b.to(b.get("/console/staff"), "/console/second")
	b.to(b.post("/console/second", url.Values{"code": {h.code(secret)}}), "/console/staff")
	b.wants(b.get("/console/staff"), http.StatusOK)
}

func TestTheKeptLoginIsNobodyElses(t *testing.T) {
	h, _, _ := provided(t, false, "gongdan")
	s := h.browser(t).get("/console/oidc")
	cookie := s.header.Get("Set-Cookie")
	for _, want := range []string{"hcp-oidc=", "HttpOnly", "SameSite=Lax", "Path=/console", "Max-Age=600"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("%s lacks %s", cookie, want)
		}
	}
	there, err := url.Parse(s.location())
	if err != nil {
		t.Fatal(err)
	}
	query := there.Query()
	if query.Get("code_challenge_method") != "S256" || query.Get("nonce") == "" || query.Get("redirect_uri") != h.base+"/console/oidc/callback" {
		t.Errorf("asked %v", query)
	}
	for _, hidden := range []string{query.Get("state"), query.Get("nonce")} {
		if hidden == "" || strings.Contains(cookie, hidden) {
			t.Errorf("the cookie shows %q", hidden)
		}
	}
}

func TestTheAuditLogSaysHowSomebodyLoggedIn(t *testing.T) {
	var said []string
	for _, change := range auditChanges(&audit.Link{Entry: audit.Entry{Action: "staff.login", Object: "staff:li", After: "by=oidc mfa=trusted"}}) {
		said = append(said, change.String())
	}
	if got, want := strings.Join(said, "；"), "登录方式：统一身份认证；二次验证：由统一身份认证完成"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
