package identity_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/oidctest"
)

// lobby is an office whose people may log in at a real provider, too.
type lobby struct {
	*office
	server *oidctest.Server
	oidc   *identity.StaffOIDC
}

// worker is a person at the provider who is called so there.
func worker(login any) oidctest.User {
	return oidctest.User{Login: "worker", Password: "pass-word", Claims: map[string]any{"sub": "staff-1", "name": "李四", "preferred_username": login}}
}

func openLobby(t *testing.T, user oidctest.User, change ...func(*identity.StaffOIDCSettings)) *lobby {
	t.Helper()
	l := &lobby{office: openOffice(t), server: oidctest.Start(t, user)}
	settings := identity.StaffOIDCSettings{
		Issuer: l.server.Issuer, ClientID: l.server.ClientID, ClientSecret: l.server.ClientSecret, RedirectURL: "http://127.0.0.1:8080/console/oidc/callback",
	}
	for _, c := range change {
		c(&settings)
	}
	var err error
	if l.oidc, err = identity.NewStaffOIDC(t.Context(), l.StaffService, settings); err != nil {
		t.Fatal(err)
	}
	return l
}

// goThere goes to the provider, signs in, and gives what the browser keeps and comes back with.
func (l *lobby) goThere(user oidctest.User) (attempt string, query url.Values) {
	l.t.Helper()
	attempt, address, err := l.oidc.Begin(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return attempt, l.server.SignIn(l.t, address, user).Query()
}

func (l *lobby) finish(attempt string, query url.Values) (string, error) {
	l.t.Helper()
	return l.oidc.Finish(l.t.Context(), attempt, query, here, "Browser/1")
}

func (l *lobby) arrive(user oidctest.User) (string, error) {
	l.t.Helper()
	attempt, query := l.goThere(user)
	return l.finish(attempt, query)
}

// noted are the newest entries of the audit log that did something.
func (l *lobby) noted(action string) (entries []audit.Entry) {
	l.t.Helper()
	links, err := l.store.SearchAudit(l.t.Context(), audit.Query{Action: action, Limit: 10})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, link := range links {
		entries = append(entries, link.Entry)
	}
	return entries
}

// secondFactor gives an administrator's account a password and a second factor, whose secret it gives.
func (l *lobby) secondFactor(login string) (secret string) {
	l.t.Helper()
	token := l.logIn(login, l.create(nil, identity.Draft{Login: login, Role: identity.Province}), here)
	if err := l.ChangePassword(l.t.Context(), l.stands(token, identity.NeedsPassword), "", goodPassword, goodPassword); err != nil {
		l.t.Fatal(err)
	}
	p := l.stands(token, identity.NeedsTOTP)
	secret, _, err := l.BeginTOTP(l.t.Context(), p)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.ConfirmTOTP(l.t.Context(), l.stands(token, identity.NeedsTOTP), "", l.code(secret)); err != nil {
		l.t.Fatal(err)
	}
	l.wait(time.Minute)
	return secret
}

func TestStaffLogInAtTheProvider(t *testing.T) {
	user := worker("li4")
	l := openLobby(t, user)
	l.handler("li4")
	token, err := l.arrive(user)
	if err != nil {
		t.Fatal(err)
	}
	p := l.stands(token, identity.Through)
	if p.Staff.Login != "li4" || p.Session.Address != here || p.Session.Agent != "Browser/1" || p.Session.Second {
		t.Errorf("%+v", p)
	}
	if got := l.noted("staff.login")[0]; got.Actor != "li4" || got.Object != "staff:li4" || got.After != "by=oidc" {
		t.Errorf("%+v", got)
	}
	if err := l.LogOut(t.Context(), p); err != nil || l.present(token) != nil {
		t.Errorf("after the logout the session goes on: %v", err)
	}
}

func TestStaffLoginClaim(t *testing.T) {
	user := worker("somebody else")
	user.Claims["employee"] = 1001
	l := openLobby(t, user, func(s *identity.StaffOIDCSettings) { s.LoginClaim = "employee" })
	_, err := l.arrive(user)
	kindOf(t, err, fault.Conflict, "没有对应的管理后台账号") // no account begins with a digit

	user = worker("li4")
	user.Claims["job"] = "wang5"
	l = openLobby(t, user, func(s *identity.StaffOIDCSettings) { s.LoginClaim = "job" })
	l.handler("wang5")
	l.handler("li4")
	token, err := l.arrive(user)
	if err != nil {
		t.Fatal(err)
	}
	if p := l.stands(token, identity.Through); p.Staff.Login != "wang5" {
		t.Errorf("logged in as %s", p.Staff.Login)
	}
}

func TestStaffWithoutAnAccountAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		claim any
		says  string
		noted string
	}{
		{"unknown", "stranger", "没有对应的管理后台账号，请联系管理员开通", "staff:unknown"},
		{"another case", "LI4", "没有对应的管理后台账号", "staff:unknown"},
		{"another letter that looks alike", "lı4", "没有对应的管理后台账号", "staff:unknown"},
		{"locked", "locked", "已被锁定", "staff:locked"},
		{"disabled", "gone", "已停用", "staff:gone"},
		{"none", "", "没有给出可用的账号名", ""},
		{"long", strings.Repeat("x", 65), "没有给出可用的账号名", ""},
		{"no text", true, "没有给出可用的账号名", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user := worker(tt.claim)
			l := openLobby(t, user)
			for login, state := range map[string]identity.State{"li4": identity.Active, "locked": identity.Locked, "gone": identity.Disabled} {
				l.create(nil, identity.Draft{Login: login, Role: identity.Handler, Scope: identity.Scope{Department: "D1"}})
				if err := l.SetState(t.Context(), nil, login, 0, state, ""); err != nil {
					t.Fatal(err)
				}
			}
			token, err := l.arrive(user)
			kindOf(t, err, fault.Conflict, tt.says)
			if token != "" || len(l.noted("staff.login")) != 0 {
				t.Error("a session began")
			}
			if strings.Contains(err.Error(), "stranger") {
				t.Errorf("the error names the person: %v", err)
			}
			noted := l.noted("staff.refused")
			if tt.noted == "" {
				return
			}
			if len(noted) != 1 || noted[0].Object != tt.noted || noted[0].After != "by=oidc" {
				t.Errorf("noted %+v", noted)
			}
		})
	}
}

func TestStaffLoginsThatCantBeBelieved(t *testing.T) {
	user := worker("li4")
	for _, tt := range []struct {
		name string
		do   func(l *lobby) (string, error)
	}{
		{"wrong state", func(l *lobby) (string, error) {
			attempt, query := l.goThere(user)
			query.Set("state", "another")
			return l.finish(attempt, query)
		}},
		{"another browser", func(l *lobby) (string, error) {
			_, query := l.goThere(user)
			return l.finish("", query)
		}},
		{"another attempt", func(l *lobby) (string, error) {
			attempt, _ := l.goThere(user)
			_, query := l.goThere(user)
			return l.finish(attempt, query)
		}},
		{"an attempt that nobody sealed", func(l *lobby) (string, error) {
			_, query := l.goThere(user)
			return l.finish("eyJTdGF0ZSI6IiJ9", query)
		}},
		{"no state at all", func(l *lobby) (string, error) { return l.finish("", url.Values{"code": {"x"}}) }},
		{"too late", func(l *lobby) (string, error) {
			attempt, query := l.goThere(user)
			l.wait(identity.AttemptLife)
			return l.finish(attempt, query)
		}},
		{"replayed code", func(l *lobby) (string, error) {
			attempt, query := l.goThere(user)
			if _, err := l.finish(attempt, query); err != nil {
				l.t.Fatal(err)
			}
			return l.finish(attempt, query)
		}},
		{"another nonce", func(l *lobby) (string, error) {
			l.server.Tamper(func(claims map[string]any) { claims["nonce"] = "another" })
			return l.arrive(user)
		}},
		{"another audience", func(l *lobby) (string, error) {
			l.server.Tamper(func(claims map[string]any) { claims["aud"] = "another" })
			return l.arrive(user)
		}},
		{"another key", func(l *lobby) (string, error) {
			l.server.SignWithAnotherKey()
			return l.arrive(user)
		}},
		{"another issuer's answer", func(l *lobby) (string, error) {
			attempt, query := l.goThere(user)
			query.Set("iss", "https://evil.example")
			return l.finish(attempt, query)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := openLobby(t, user)
			l.handler("li4")
			token, err := tt.do(l)
			kindOf(t, err, fault.Untrusted, "登录没有完成，请重新登录")
			if token != "" || err != nil && strings.Contains(err.Error(), "eyJ") {
				t.Errorf("token %q, error %v", token, err)
			}
		})
	}
}

func TestStaffLoginGivenUpAndProviderGone(t *testing.T) {
	user := worker("li4")
	l := openLobby(t, user)
	l.handler("li4")
	attempt, address, err := l.oidc.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.finish(attempt, l.server.Cancel(t, address).Query())
	kindOf(t, err, fault.Conflict, "您已取消登录")

	attempt, query := l.goThere(user)
	l.server.Stop()
	_, err = l.finish(attempt, query)
	kindOf(t, err, fault.Unavailable, "或用账号和密码登录")
	l.server.Resume()
	if _, err := l.finish(attempt, query); err != nil {
		t.Errorf("reloaded: %v", err)
	}
}

// The second factor is ours to ask unless the operator trusts the provider's word for it, which only the signed token gives.
func TestStaffSecondFactorAfterTheProvider(t *testing.T) {
	trust := func(s *identity.StaffOIDCSettings) { s.TrustMFA = true }
	for _, tt := range []struct {
		name    string
		trust   bool
		amr     any
		step    identity.Step // of an account that has a second factor
		without identity.Step // of one that must have one and has not
	}{
		{"not trusted", false, []string{"pwd", "mfa"}, identity.NeedsSecond, identity.NeedsTOTP},
		{"trusted, a password only", true, []string{"pwd"}, identity.NeedsSecond, identity.NeedsTOTP},
		{"trusted, nothing said", true, nil, identity.NeedsSecond, identity.NeedsTOTP},
		{"trusted, no list", true, "mfa", identity.NeedsSecond, identity.NeedsTOTP},
		{"trusted, mfa", true, []string{"pwd", "mfa"}, identity.Through, identity.Through},
		{"trusted, otp", true, []string{"otp"}, identity.Through, identity.Through},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for login, want := range map[string]identity.Step{"sheng": tt.step, "shenji": tt.without} {
				user := worker(login)
				change := []func(*identity.StaffOIDCSettings){trust}
				if !tt.trust {
					change = nil
				}
				l := openLobby(t, user, change...)
				secret := l.secondFactor("sheng")
				first := l.logIn("shenji", l.create(nil, identity.Draft{Login: "shenji", Role: identity.Auditor}), here)
				if err := l.ChangePassword(t.Context(), l.stands(first, identity.NeedsPassword), "", goodPassword, goodPassword); err != nil {
					t.Fatal(err)
				}
				l.server.Tamper(func(claims map[string]any) {
					if tt.amr == nil {
						delete(claims, "amr")
					} else {
						claims["amr"] = tt.amr
					}
				})
				token, err := l.arrive(user)
				if err != nil {
					t.Fatal(err)
				}
				p := l.stands(token, want)
				if want != identity.NeedsSecond {
					continue
				}
				if token, err = l.Second(t.Context(), p, l.code(secret)); err != nil {
					t.Fatal(err)
				}
				l.stands(token, identity.Through)
			}
		})
	}
}

func TestUserinfoSaysNothingOfTheSecondFactor(t *testing.T) {
	user := worker("sheng")
	l := openLobby(t, user, func(s *identity.StaffOIDCSettings) { s.TrustMFA = true })
	l.secondFactor("sheng")
	l.server.Tamper(func(claims map[string]any) { delete(claims, "amr") })
	l.server.Override(oidctest.UserinfoPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"sub": "staff-1", "preferred_username": "sheng", "amr": []string{"mfa"}})
	})
	token, err := l.arrive(user)
	if err != nil {
		t.Fatal(err)
	}
	l.stands(token, identity.NeedsSecond)
}

func TestStaffOIDCSettingsThatAreWrong(t *testing.T) {
	o := openOffice(t)
	_, err := identity.NewStaffOIDC(context.Background(), o.StaffService, identity.StaffOIDCSettings{Issuer: "http://login.example", RedirectURL: "x"})
	for _, want := range []string{"issuer must be https", "client id", "redirect"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
