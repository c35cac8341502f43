package citizen

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const scanned = "/ping/hallqr.html?msg=sys01-001-440106000001-SN-2026-01-11440100"

func TestALoginComesBackToWhereOneWas(t *testing.T) {
	for _, tt := range []struct {
		name   string
		secure bool
		cookie string
	}{
		{"https", true, "__Host-hcp=…; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http", false, "hcp=…; Path=/ping; HttpOnly; SameSite=Lax"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := withProvider(t, tt.secure)
			b := h.browser(t)
			back := h.provider.SignIn(t, b.begin(scanned), zhang).String()
			ended := b.get(back)
			if got := b.to(ended); got != scanned {
				t.Errorf("sent to %s, want %s", got, scanned)
			}
			cookie := b.cookie()
			if got := strings.Replace(ended.header.Get("Set-Cookie"), cookie.Value, "…", 1); got != tt.cookie {
				t.Errorf("cookie %q, want %q", got, tt.cookie)
			}
			b.wants(b.get(scanned), http.StatusOK, "name=张三")
			if got := b.to(b.get(loginPath + "?to=" + url.QueryEscape(scanned))); got != scanned {
				t.Errorf("who is logged in is sent to %s", got)
			}
			for _, personal := range []string{"张三", "13800001234", "uid-zhang"} {
				if strings.Contains(back+h.log(), personal) {
					t.Errorf("an address or the log shows %s", personal)
				}
			}
		})
	}
}

func TestATokenFromBeforeTheLoginIsWorthNothing(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	provider := b.begin(scanned)
	planted := b.cookie() // whoever knows it has the session from before
	b.to(b.get(h.provider.SignIn(t, provider, zhang).String()))
	if b.cookie().Value == planted.Value {
		t.Error("the token is the same after the login")
	}
	thief := h.with(t, planted)
	if got := thief.to(thief.get(scanned)); !strings.HasPrefix(got, loginPath) {
		t.Errorf("the old token is logged in: %s", got)
	}
}

func TestLogoutEndsBothSessions(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	b.logIn(scanned, zhang)
	kept := b.cookie()
	if got := b.to(b.get(logoutPath)); got != home { // a link may not log anybody out
		t.Errorf("sent to %s", got)
	}

	left := b.post(logoutPath, url.Values{})
	b.wants(left, http.StatusOK, "已退出登录")
	there, ok := strings.CutPrefix(left.header.Get("Refresh"), "0; url=")
	if !ok || !strings.HasPrefix(left.header.Get("Set-Cookie"), "__Host-hcp=; Path=/; Expires=") {
		t.Fatalf("answer %v", left.header)
	}
	if got := b.get(there).location(); got != h.base+logoutPath || h.provider.SignOuts() != 1 {
		t.Errorf("the provider sends back to %s after %d sign-outs", got, h.provider.SignOuts())
	}
	b.wants(b.get(logoutPath), http.StatusOK, "您已退出登录")
	for name, someone := range map[string]*browser{"the browser": b, "a kept cookie": h.with(t, kept)} {
		if got := someone.to(someone.get(scanned)); !strings.HasPrefix(got, loginPath) {
			t.Errorf("%s is still logged in: %s", name, got)
		}
	}
	b.wants(b.post(logoutPath, url.Values{}), http.StatusOK, "您已退出登录") // twice does no harm
}

// A request that was under way when the person logged out must not bring his session back.
func TestALogoutIsNotUndoneByARequestUnderWay(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	b.logIn(scanned, zhang)
	kept := b.cookie()
	slow := make(chan shown, 1)
	under := h.with(t, kept)
	go func() { slow <- under.get("/ping/slow.html") }()
	<-h.inside
	b.post(logoutPath, url.Values{})
	close(h.slow)
	if s := <-slow; s.status != http.StatusOK || s.header.Get("Set-Cookie") != "" {
		t.Errorf("status %d, cookie %q", s.status, s.header.Get("Set-Cookie"))
	}
	again := h.with(t, kept)
	if got := again.to(again.get(scanned)); !strings.HasPrefix(got, loginPath) {
		t.Errorf("the session is back: %s", got)
	}
}

func TestSeveralTabsLogInAtOnce(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	var providers [3]string
	for tab := range providers {
		providers[tab] = b.begin(fmt.Sprintf("/ping/hallqr.html?tab=%d", tab))
	}
	for _, tab := range []int{1, 2, 0} {
		want := fmt.Sprintf("/ping/hallqr.html?tab=%d", tab)
		if got := b.to(b.get(h.provider.SignIn(t, providers[tab], zhang).String())); got != want {
			t.Errorf("tab %d is sent to %s", tab, got)
		}
	}
}

func TestOnlySoManyLoginsAreRemembered(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	first := b.begin(scanned)
	second := b.begin(scanned)
	for range maxAttempts - 1 {
		b.begin(scanned)
	}
	b.wants(b.get(h.provider.SignIn(t, first, zhang).String()), http.StatusBadRequest, "没有找到您的这次登录")
	b.to(b.get(h.provider.SignIn(t, second, zhang).String()))
}

func TestACallbackThatIsNotThisBrowsersLogin(t *testing.T) {
	h := withProvider(t, true)
	attacker := h.browser(t)
	foreign := h.provider.SignIn(t, attacker.begin(scanned), li)
	b := h.browser(t)
	provider := b.begin(scanned)
	for name, address := range map[string]string{
		"nothing":             callbackPath,
		"no state":            callbackPath + "?code=abc",
		"another state":       callbackPath + "?code=abc&state=another",
		"another browser's":   foreign.String(),
		"another one's error": callbackPath + "?error=access_denied",
	} {
		s := b.get(address)
		b.wants(s, http.StatusBadRequest, "请重新扫描二维码")
		if strings.Contains(s.body, "abc") || strings.Contains(s.body, "another") {
			t.Errorf("%s: the page shows what came: %s", name, s.body)
		}
	}
	if got := b.to(b.get(scanned)); !strings.HasPrefix(got, loginPath) {
		t.Errorf("somebody is logged in: %s", got)
	}
	if got := b.to(b.get(h.provider.SignIn(t, provider, zhang).String())); got != scanned { // and his own still works
		t.Errorf("sent to %s", got)
	}
}

func TestACallbackMayBeReloaded(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	back := b.logIn(scanned, zhang)
	for range 2 {
		if got := b.to(b.get(back)); got != scanned {
			t.Errorf("sent to %s", got)
		}
	}
	stranger := h.browser(t)
	stranger.wants(stranger.get(back), http.StatusBadRequest, "没有找到您的这次登录")
	b.post(logoutPath, url.Values{})
	b.wants(b.get(back), http.StatusBadRequest, "没有找到您的这次登录")
}

func TestALoginThatIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		happen func(h *loginHouse, b *browser, provider string) (callback string)
		status int
		said   string
	}{
		{"cancelled", func(h *loginHouse, b *browser, provider string) string {
			return h.provider.Cancel(b.t, provider).String()
		}, http.StatusBadRequest, "您已取消登录"},
		{"wrong nonce", func(h *loginHouse, b *browser, provider string) string {
			h.provider.Tamper(func(claims map[string]any) { claims["nonce"] = "another" })
			return h.provider.SignIn(b.t, provider, zhang).String()
		}, http.StatusBadRequest, "登录没有完成，请重新扫码登录"},
		{"expired token", func(h *loginHouse, b *browser, provider string) string {
			h.provider.Tamper(func(claims map[string]any) { claims["exp"] = time.Now().Add(-time.Hour).Unix() })
			return h.provider.SignIn(b.t, provider, zhang).String()
		}, http.StatusBadRequest, "登录没有完成，请重新扫码登录"},
		{"wrong code", func(h *loginHouse, b *browser, provider string) string {
			back := h.provider.SignIn(b.t, provider, zhang)
			query := back.Query()
			query.Set("code", "stolen")
			return callbackPath + "?" + query.Encode()
		}, http.StatusBadRequest, "登录没有完成，请重新扫码登录"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := withProvider(t, true)
			b := h.browser(t)
			callback := tt.happen(h, b, b.begin(scanned))
			b.wants(b.get(callback), tt.status, tt.said)
			b.wants(b.get(callback), http.StatusBadRequest, "没有找到您的这次登录") // it is over
			h.provider.Tamper(nil)
			b.logIn(scanned, zhang)
			if strings.Contains(h.log(), "stolen") || !strings.Contains(h.log(), `"msg":"login refused"`) {
				t.Errorf("log: %s", h.log())
			}
		})
	}
}

func TestAProviderThatIsGoneForAWhile(t *testing.T) {
	h := withProvider(t, true)
	h.provider.Stop()
	b := h.browser(t)
	login := b.to(b.get(scanned))
	s := b.get(login)
	b.wants(s, http.StatusServiceUnavailable, "统一身份认证暂时无法使用")
	if s.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.provider.Resume()
	provider := ""
	for deadline := time.Now().Add(10 * time.Second); provider == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		provider = b.get(login).location()
	}
	back := h.provider.SignIn(t, provider, zhang).String()
	h.provider.Stop()
	b.wants(b.get(back), http.StatusServiceUnavailable, "统一身份认证暂时无法使用")
	h.provider.Resume()
	if got := b.to(b.get(back)); got != scanned { // reloaded when it is back
		t.Errorf("sent to %s", got)
	}
}

func TestALoginThatTakesTooLong(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	provider := b.begin(scanned)
	h.wait(attemptLife)
	b.wants(b.get(h.provider.SignIn(t, provider, zhang).String()), http.StatusBadRequest, "没有找到您的这次登录")
}

func TestASessionEndsWhenNobodyUsesIt(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	b.logIn(scanned, zhang)
	for range 4 { // two hours, with a request now and then
		h.wait(sessionIdle - sessionTouch)
		b.wants(b.get(scanned), http.StatusOK, "name=张三")
	}
	h.wait(sessionIdle)
	if got := b.to(b.get(scanned)); !strings.HasPrefix(got, loginPath) {
		t.Errorf("still logged in: %s", got)
	}
}

func TestASessionEndsAfterEightHoursAllTheSame(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	b.logIn(scanned, zhang)
	for range 23 {
		h.wait(20 * time.Minute)
		b.wants(b.get(scanned), http.StatusOK, "name=张三")
	}
	h.wait(20 * time.Minute)
	if got := b.to(b.get(scanned)); !strings.HasPrefix(got, loginPath) {
		t.Errorf("still logged in after %v: %s", sessionLife, got)
	}
}

func TestASessionIsNotStoredAtEveryRequest(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	b.logIn(scanned, zhang)
	before := h.sessions.commits.Load()
	for range 10 {
		b.get(scanned)
	}
	h.wait(sessionTouch)
	for range 10 {
		b.get(scanned)
	}
	if n := h.sessions.commits.Load() - before; n != 1 {
		t.Errorf("20 requests in a minute stored it %d times, want once", n)
	}
	h.browser(t).get("/ping/elsewhere")
	if n := h.sessions.commits.Load() - before; n != 1 {
		t.Error("a stranger who does nothing got a session")
	}
}

func TestADatabaseThatIsGoneIsSaidSo(t *testing.T) {
	gone := errors.New("no database")
	h := withProvider(t, true)
	b := h.browser(t)
	provider := b.begin(scanned)
	back := h.provider.SignIn(t, provider, zhang).String()

	h.sessions.find.Store(&gone)
	b.wants(b.get(back), http.StatusServiceUnavailable, "系统暂时不能使用")
	h.sessions.find.Store(nil)

	h.sessions.commit.Store(&gone)
	s := b.get(back)
	b.wants(s, http.StatusServiceUnavailable, "系统暂时不能使用")
	if s.location() != "" || s.header.Get("Set-Cookie") != "" || s.header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Contains(s.body, "See Other") {
		t.Errorf("the answer that was not kept shows: %v %s", s.header, s.body)
	}
	h.sessions.commit.Store(nil)
	b.logIn(scanned, zhang)
	if n := strings.Count(h.log(), "session not available"); n != 2 {
		t.Errorf("logged %d times: %s", n, h.log())
	}
}

func TestWithoutAProviderNobodyLogsIn(t *testing.T) {
	h := new(loginHouse)
	h.start(t, true, func(*loginNeeds) {})
	b := h.browser(t)
	b.wants(b.get(b.to(b.get(scanned))), http.StatusServiceUnavailable, "还没有接入统一身份认证")
	b.wants(b.get(callbackPath+"?state=a&code=b"), http.StatusBadRequest, "没有找到您的这次登录")
	b.wants(b.get(demoLoginPath), http.StatusNotFound, "没有这个页面")
	b.wants(b.post(demoLoginPath, url.Values{"person": {"0"}}), http.StatusNotFound, "没有这个页面")
	b.to(b.get(scanned))
}

func TestALoginThatBeganBeforeTheProviderWasTakenOutOfTheSettings(t *testing.T) {
	h := withProvider(t, true)
	b := h.browser(t)
	back := h.provider.SignIn(t, b.begin(scanned), zhang).String()
	h.login.provider = nil
	b.wants(b.get(back), http.StatusBadRequest, "没有找到您的这次登录")
}

func TestADemonstrationHasALoginOfItsOwn(t *testing.T) {
	h := new(loginHouse)
	h.start(t, false, func(needs *loginNeeds) { needs.demo = true })
	b := h.browser(t)
	form := b.to(b.get(b.to(b.get(scanned))))
	if want := demoLoginPath + "?to=" + url.QueryEscape(scanned); form != want {
		t.Fatalf("sent to %s, want %s", form, want)
	}
	s := b.get(form)
	b.wants(s, http.StatusOK, "演示登录")
	b.wants(s, http.StatusOK, `name="to" value="`+scanned+`"`)
	b.wants(b.post(demoLoginPath, url.Values{"person": {"99"}, "to": {scanned}}), http.StatusBadRequest, "没有这位演示用户")
	if got := b.to(b.post(demoLoginPath, url.Values{"person": {"0"}, "to": {scanned}})); got != scanned {
		t.Errorf("sent to %s", got)
	}
	b.wants(b.get(scanned), http.StatusOK, "name=张演示")
	b.wants(b.post(logoutPath, url.Values{}), http.StatusOK, "您已退出登录")
	if got := b.to(b.post(demoLoginPath, url.Values{"person": {newPerson}, "to": {"//evil.example/"}})); got != home {
		t.Errorf("sent to %s", got)
	}
	b.wants(b.get(scanned), http.StatusOK, "name=新演示")

	one, _ := demoCitizen(newPerson)
	two, _ := demoCitizen(newPerson)
	if one.UserID == two.UserID || len(one.UserID) > 32 || len(one.Passport) > 30 {
		t.Errorf("new people %v and %v", one, two)
	}
}
