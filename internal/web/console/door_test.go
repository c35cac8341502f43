package console

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
)

var (
	secretForm   = regexp.MustCompile(`<output class="secret">([A-Z2-7 ]+)</output>`)
	recoveryForm = regexp.MustCompile(`<li><output>([a-z0-9-]+)</output></li>`)
)

func TestLoginWithEverything(t *testing.T) {
	h := openHouse(t, true)
	password := h.hire("sheng", roles["sheng"])
	b := h.browser(t)
	b.to(b.get("/console/staff?role=hall"), "/console/login?to=%2Fconsole%2Fstaff%3Frole%3Dhall")
	s := b.get("/console/login?to=%2Fconsole%2Fstaff%3Frole%3Dhall")
	b.wants(s, http.StatusOK, "登录管理后台", `autocomplete="username"`, `autocomplete="current-password"`, `value="/console/staff?role=hall"`)
	b.lacks(s, `class="menu"`)

	b.to(b.post("/console/login", url.Values{"login": {"sheng"}, "password": {password}, "to": {"/console/staff?role=hall"}}), "/console/first-password")
	s = b.post("/console/first-password", url.Values{"password": {"short"}, "again": {"shorter"}})
	b.wants(s, http.StatusUnprocessableEntity, "至少要有10个字符", "两次输入的密码不一样", `aria-invalid="true"`, `aria-describedby="e-password h-password"`)
	b.lacks(s, "shorter")
	b.to(b.post("/console/first-password", url.Values{"password": {housePassword}, "again": {housePassword}}), "/console/first-totp")

	s = b.get("/console/first-totp")
	b.wants(s, http.StatusOK, "密码已保存", "<svg", "需要二次验证")
	secret := strings.ReplaceAll(secretForm.FindStringSubmatch(s.body)[1], " ", "")
	b.wants(b.post("/console/first-totp", url.Values{"code": {"000000"}}), http.StatusUnprocessableEntity, "验证码不对")
	s = b.post("/console/first-totp", url.Values{"code": {h.code(secret)}})
	b.wants(s, http.StatusOK, "恢复码只显示这一次", `href="/console/staff?role=hall">已保存，继续`) // on to where one wanted to go
	codes := recoveryForm.FindAllStringSubmatch(s.body, -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	b.wants(b.get("/console"), http.StatusOK, "省级，您好")

	// The second time, with the app, and back to where one wanted to go.
	b = h.browser(t)
	h.wait(time.Minute)
	b.to(b.post("/console/login", url.Values{"login": {"sheng"}, "password": {housePassword}, "to": {"/console/staff?role=hall"}}), "/console/second")
	b.to(b.get("/console"), "/console/second")
	b.wants(b.post("/console/second", url.Values{"code": {"123"}}), http.StatusUnprocessableEntity, "验证码不对或已用过")
	b.wants(b.post("/console/second", url.Values{"code": {"abcde-fghjk"}}), http.StatusUnprocessableEntity, "恢复码不对或已用过")
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, h.code(secret)) // as a Chinese keyboard writes
	b.to(b.post("/console/second", url.Values{"code": {wide}}), "/console/staff?role=hall")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "staff.refused", Limit: 10})
	if err != nil || len(links) != 2 || links[0].Object != "staff:sheng" || links[0].Reason != "密码对，二次验证不对" {
		t.Errorf("wrong codes stand as %+v in the audit log, %v", links, err)
	}
	b.wants(b.get("/console/staff?role=hall"), http.StatusOK, "角色：大厅管理员")
	b.to(b.get("/console/second"), "/console")
	b.to(b.get("/console/login?to=/console/account"), "/console/account")

	// And with a recovery code.
	b = h.browser(t)
	b.to(b.post("/console/login", url.Values{"login": {"sheng"}, "password": {housePassword}}), "/console/second")
	b.to(b.post("/console/second", url.Values{"code": {codes[3][1]}}), "/console")
	b.wants(b.get("/console/account"), http.StatusOK, "还有9个恢复码")
	b.to(b.post("/console/logout", nil), "/console/login")
	b.to(b.get("/console"), "/console/login")
	b.wants(b.get("/console/login"), http.StatusOK)
}

func TestLoginNeverGoesElsewhere(t *testing.T) {
	for to, want := range map[string]string{
		"/console/staff?a=b": "/console/staff?a=b", "/console": "/console", "": "/console", "https://evil.example/console": "/console", "//evil.example/console": "/console",
		"/ping/my.html": "/console", "/console\\evil": "/console", "/consoleevil": "/console", "javascript:alert(1)": "/console", "/console/x\r\nSet-Cookie: a=b": "/console",
		"/console/../ping": "/console/../ping", "http:/console/x": "/console", "/console/" + strings.Repeat("x", 3000): "/console",
	} {
		if got := local(to); got != want {
			t.Errorf("%q: got %q, want %q", to, got, want)
		}
	}
}

func TestLoginThatIsRefused(t *testing.T) {
	h := newHouse(t)
	h.as(t, "gongdan")
	b := h.browser(t)
	wrong, nobody := url.Values{"login": {"gongdan"}, "password": {"wrong password"}}, url.Values{"login": {"meiyou"}, "password": {"wrong password"}}
	s := b.post("/console/login", wrong)
	b.wants(s, http.StatusUnauthorized, "账号或密码不对", `value="gongdan"`)
	b.lacks(s, "wrong password")
	known, unknown := s.body, b.post("/console/login", nobody).body
	if strings.ReplaceAll(known, "gongdan", "meiyou") != unknown {
		t.Error("the page tells whether there is such an account")
	}
	for range 4 {
		s = b.post("/console/login", wrong)
	}
	b.wants(s, http.StatusUnauthorized)
	s = b.post("/console/login", url.Values{"login": {"gongdan"}, "password": {housePassword}})
	b.wants(s, http.StatusTooManyRequests, "尝试的次数太多了，请30秒后再试")
	if s.header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After %q", s.header.Get("Retry-After"))
	}
	h.wait(31 * time.Second)
	b.to(b.post("/console/login", url.Values{"login": {"gongdan"}, "password": {housePassword}}), "/console")
}

func TestSessionEnds(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, "gongdan")
	h.wait(29 * time.Minute)
	b.wants(b.get("/console"), http.StatusOK)
	h.wait(31 * time.Minute)
	b.to(b.get("/console/account?x=1"), "/console/login?to=%2Fconsole%2Faccount%3Fx%3D1")
}

func TestWhatAnExpiredLoginSentIsNotDone(t *testing.T) {
	h := newHouse(t, withCases(t, &caseDesk{}))
	b := h.as(t, "sheng")
	h.as(t, "gongdan")
	h.wait(31 * time.Minute)
	b.to(b.post("/console/staff/of/gongdan/state", url.Values{"state": {"disabled"}, "version": {"1"}, "sure": {"yes"}}), "/console/login?to=%2Fconsole%2Fstaff%2Fof%2Fgongdan")
	b.wants(b.get("/console/login"), http.StatusOK, "刚才的操作没有执行")
	b.lacks(b.get("/console/login"), "刚才的操作没有执行") // it is said once
	if s, err := h.staff.Get(t.Context(), nil, "gongdan"); err != nil || s.State != identity.Active {
		t.Errorf("%+v, %v", s, err)
	}
	b.to(b.post("/console/staff/new", nil), "/console/login?to=%2Fconsole%2Fstaff%2Fnew")
	b.to(b.post("/console/cases/assign", nil), "/console/login?to=%2Fconsole%2Fcases") // no case is called assign
	for _, door := range []string{"/console/logout", "/console/second", "/console/first-password"} {
		b.to(b.post(door, nil), "/console/login")
	}
}

func TestCookies(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	password := h.hire("gongdan", roles["gongdan"])
	s := b.post("/console/login", url.Values{"login": {"gongdan"}, "password": {password}})
	cookie := s.header.Get("Set-Cookie")
	for _, want := range []string{"hcp-console=", "Path=/console", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("%s lacks %s", cookie, want)
		}
	}
	secure := newHouse(t, func(n *Needs) { n.BaseURL = "https://haochaping.example.gov.cn" })
	s = secure.browser(t).post("/console/login", url.Values{"login": {"gongdan"}, "password": {secure.hire("gongdan", roles["gongdan"])}})
	for _, want := range []string{"__Host-hcp-console=", "Path=/;", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(s.header.Get("Set-Cookie"), want) {
			t.Errorf("%s lacks %s", s.header.Get("Set-Cookie"), want)
		}
	}
	if strings.Contains(h.log()+secure.log(), password) {
		t.Error("the password is logged")
	}
}

func TestOtherSitesCantAct(t *testing.T) {
	h := newHouse(t)
	h.as(t, "gongdan")
	b := h.as(t, "sheng")
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}} {
		b.header = header
		s := b.post("/console/staff/of/gongdan/state", url.Values{"state": {"disabled"}, "version": {"1"}, "sure": {"yes"}})
		b.wants(s, http.StatusForbidden, "提交被拦下了")
		b.wants(b.post("/console/login", url.Values{"login": {"x"}, "password": {"y"}}), http.StatusForbidden)
		b.wants(b.get("/console"), http.StatusOK) // reading is allowed
	}
	b.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	b.to(b.post("/console/staff/of/gongdan/state", url.Values{"state": {"disabled"}, "version": {"1"}, "sure": {"yes"}}), "/console/staff/of/gongdan")
	b.header = http.Header{}
	if s, err := h.staff.Get(t.Context(), nil, "gongdan"); err != nil || s.State != identity.Disabled {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestHeaders(t *testing.T) {
	h := newHouse(t)
	for _, s := range []shown{h.browser(t).get("/console/login"), h.as(t, "sheng").get("/console/staff"), h.browser(t).get("/console/nowhere")} {
		policy := s.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("policy %q", policy)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
			if got := s.header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if strings.Count(s.body, "<script") != strings.Count(s.body, `<script src="/`) || strings.Contains(s.body, "style=") || strings.Contains(s.body, "onclick") {
			t.Error("there is something inline")
		}
	}
}

// An error that is no fault shows an id and nothing else; its cause is in the log, once.
func TestInnerErrors(t *testing.T) {
	h := newHouse(t)
	broken := errors.New("table staff is on fire")
	h.handler.table = append(h.handler.table, route{
		method: http.MethodGet, pattern: "/console/broken", action: identity.SeeHome,
		do: func(http.ResponseWriter, *http.Request) error { return broken },
	}, route{
		method: http.MethodGet, pattern: "/console/panic", action: identity.SeeHome,
		do: func(http.ResponseWriter, *http.Request) error { panic("on fire") },
	})
	h.remount()
	b := h.as(t, "sheng")
	for _, path := range []string{"/console/broken", "/console/panic"} {
		s := b.get(path)
		b.wants(s, http.StatusInternalServerError, "系统出了点问题", s.header.Get("X-Request-Id"))
		b.lacks(s, "fire")
	}
	if n := strings.Count(h.log(), "table staff is on fire"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, h.log())
	}
	b.wants(b.post("/console/staff/new", url.Values{"name": {strings.Repeat("x", maxForm)}}), http.StatusRequestEntityTooLarge, "内容太大了")
}
