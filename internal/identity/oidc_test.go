package identity_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/oidctest"
)

const callback = "http://127.0.0.1:8080/ping/callback"

var zhang = oidctest.User{Login: "zhang", Password: "pass-word", Claims: map[string]any{
	"sub": "uid-0001", "name": "张三", "phone_number": "13800001234", "preferred_username": "zhang3",
	"user_type": 1, "certificate_type": "10", "certificate_no": "440106199001011234",
}}

var citizen = identity.Citizen{
	UserID: "uid-0001", Name: "张三", Phone: "13800001234", Passport: "zhang3",
	UserType: 1, CertificateType: 10, CertificateNo: "440106199001011234",
}

func settings(server *oidctest.Server) identity.OIDCSettings {
	return identity.OIDCSettings{
		Issuer: server.Issuer, ClientID: server.ClientID, ClientSecret: server.ClientSecret, RedirectURL: callback,
		AfterLogoutURL: "http://127.0.0.1:8080/ping/logout",
	}
}

func open(t *testing.T, settings identity.OIDCSettings) *identity.OIDC {
	t.Helper()
	o, err := identity.NewOIDC(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func begin(t *testing.T, o *identity.OIDC) (identity.Login, string) {
	t.Helper()
	login, address, err := o.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return login, address
}

// logIn logs a person in and gives what came of it.
func logIn(t *testing.T, server *oidctest.Server, o *identity.OIDC, user oidctest.User) (identity.Citizen, error) {
	t.Helper()
	login, address := begin(t, o)
	return o.Finish(t.Context(), login, server.SignIn(t, address, user).Query())
}

func TestLogin(t *testing.T) {
	server := oidctest.Start(t, zhang)
	o := open(t, settings(server))
	login, address := begin(t, o)

	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := asked.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": server.ClientID, "redirect_uri": callback, "scope": "openid profile phone",
		"state": login.State, "nonce": login.Nonce, "code_challenge_method": "S256",
	} {
		if query.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, query.Get(name), want)
		}
	}
	if strings.Contains(address, login.Verifier) || query.Get("code_challenge") == "" {
		t.Errorf("the address shows the verifier, or no challenge: %s", address)
	}

	back := server.SignIn(t, address, zhang)
	got, err := o.Finish(t.Context(), login, back.Query())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(citizen, got); diff != "" {
		t.Error(diff)
	}

	another, _ := begin(t, o)
	if another.State == login.State || another.Nonce == login.Nonce || another.Verifier == login.Verifier {
		t.Errorf("two logins share a secret: %v, %v", login, another)
	}
}

func TestUserinfoIsAskedOnlyForWhatTheIDTokenLacks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		set   func(*oidctest.Server)
		asked int
		as    string
	}{
		{"it has nothing", func(*oidctest.Server) {}, 1, "张三"},
		{"it has all", (*oidctest.Server).IDTokensTellAll, 0, "张三"},
		{"it has another name", func(s *oidctest.Server) { s.Tamper(func(claims map[string]any) { claims["name"] = "张三丰" }) }, 1, "张三丰"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			tt.set(server)
			got, err := logIn(t, server, open(t, settings(server)), zhang)
			want := citizen
			want.Name = tt.as
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
			if asked := server.Asked(oidctest.UserinfoPath); asked != tt.asked {
				t.Errorf("userinfo was asked %d times, want %d", asked, tt.asked)
			}
		})
	}
}

func TestClaimsAreMappedBySettings(t *testing.T) {
	li := oidctest.User{Login: "li", Password: "p", Claims: map[string]any{
		"sub": "opaque-subject", "uid": 99, "xm": "李四", "sjh": "13900000000", "account": "li4", "yhlx": "1", "zjlx": 1, "zjhm": "440",
		"name": "not this", "phone_number": "1",
	}}
	server := oidctest.Start(t, li)
	mapped := settings(server)
	mapped.Claims = identity.Claims{
		UserID: "uid", Name: "xm", Phone: "sjh", Passport: "account", UserType: "yhlx", CertificateType: "zjlx", CertificateNo: "zjhm",
	}
	got, err := logIn(t, server, open(t, mapped), li)
	want := identity.Citizen{
		UserID: "99", Name: "李四", Phone: "13900000000", Passport: "li4", UserType: 1, CertificateType: 1, CertificateNo: "440",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestAPersonWhomTheSpecificationCantHoldIsRefused(t *testing.T) {
	long := oidctest.User{Login: "long", Password: "p", Claims: map[string]any{"sub": strings.Repeat("u", 33)}}
	server := oidctest.Start(t, long)
	_, err := logIn(t, server, open(t, settings(server)), long)
	refused(t, err, fault.Conflict, "身份信息不完整或不合规", "claim sub has 33 characters")
}

// An id token that is not the provider's answer to this very login is worth nothing (OpenID Connect Core 3.1.3.7).
func TestIDTokensThatAreRefused(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name   string
		change func(claims map[string]any)
		want   string // empty: accepted
	}{
		{"another nonce", set("nonce", "another"), "nonce"},
		{"no nonce", set("nonce", nil), "nonce"},
		{"another audience", set("aud", []string{"another"}), "audience"},
		{"no audience", set("aud", []string{}), "audience"},
		{"another issuer", set("iss", "http://127.0.0.1:1"), "issued by a different provider"},
		{"expired", set("exp", now.Add(-90*time.Second).Unix()), "expired"},
		{"expired within the leeway", set("exp", now.Add(-30*time.Second).Unix()), ""},
		{"not valid yet", set("nbf", now.Add(time.Hour).Unix()), "not before"},
		{"a clock that is a little ahead", set("nbf", now.Add(30*time.Second).Unix()), ""},
		{"another authorized party", set("azp", "another"), "another client"},
		{"two audiences and no authorized party", func(claims map[string]any) {
			claims["aud"] = []string{"haochaping", "another"}
			delete(claims, "azp")
		}, "another client"},
		{"two audiences and we are the authorized party", func(claims map[string]any) {
			claims["aud"], claims["azp"] = []string{"haochaping", "another"}, "haochaping"
		}, ""},
		{"another access token", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "access token"},
		{"no user", set("sub", ""), "another person"}, // userinfo has one
		{"another user than userinfo", set("sub", "uid-0002"), "another person"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			server.Tamper(tt.change)
			got, err := logIn(t, server, open(t, settings(server)), zhang)
			if tt.want == "" {
				if diff := cmp.Diff(citizen, got); diff != "" || err != nil {
					t.Errorf("%v\n%s", err, diff)
				}
				return
			}
			refused(t, err, fault.Untrusted, "登录没有完成，请重新扫码登录", tt.want)
		})
	}
}

func set(name string, value any) func(map[string]any) {
	return func(claims map[string]any) {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
}

func TestAnIDTokenSignedByAnotherIsRefused(t *testing.T) {
	server := oidctest.Start(t, zhang)
	server.SignWithAnotherKey()
	_, err := logIn(t, server, open(t, settings(server)), zhang)
	refused(t, err, fault.Untrusted, "登录没有完成", "signature")
}

func TestAnswersThatAreRefused(t *testing.T) {
	const again = "登录没有完成，请重新扫码登录"
	for _, tt := range []struct {
		name   string
		change func(login *identity.Login, query url.Values)
		kind   fault.Kind
		said   string
		cause  string
	}{
		{"another state", func(_ *identity.Login, query url.Values) { query.Set("state", "another") }, fault.Untrusted, again, "state"},
		{"no state", func(_ *identity.Login, query url.Values) { query.Del("state") }, fault.Untrusted, again, "state"},
		{"no login and no state", func(login *identity.Login, query url.Values) { login.State = ""; query.Del("state") }, fault.Untrusted, again, "state"},
		{"no code", func(_ *identity.Login, query url.Values) { query.Del("code") }, fault.Untrusted, again, "no code"},
		{"another code", func(_ *identity.Login, query url.Values) { query.Set("code", "stolen") }, fault.Untrusted, again, `error "invalid_grant"`},
		{"another verifier", func(login *identity.Login, _ url.Values) { login.Verifier = strings.Repeat("v", 43) }, fault.Untrusted, again, "status 400"},
		{"another nonce", func(login *identity.Login, _ url.Values) { login.Nonce = "another" }, fault.Untrusted, again, "nonce"},
		{"another issuer's", func(_ *identity.Login, query url.Values) { query.Set("iss", "https://evil.example") }, fault.Untrusted, again, "issuer"},
		{"the provider's own", func(_ *identity.Login, query url.Values) { query.Set("error", "temporarily_unavailable") }, fault.Unavailable, "暂时无法使用", "temporarily_unavailable"},
		{"an error of the request", func(_ *identity.Login, query url.Values) { query.Set("error", "invalid_scope") }, fault.Untrusted, again, "invalid_scope"},
		{"an error that is none", func(_ *identity.Login, query url.Values) { query.Set("error", "a\nb 张三") }, fault.Untrusted, again, "(unreadable)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			o := open(t, settings(server))
			login, address := begin(t, o)
			query := server.SignIn(t, address, zhang).Query()
			code := query.Get("code")
			tt.change(&login, query)
			_, err := o.Finish(t.Context(), login, query)
			refused(t, err, tt.kind, tt.said, tt.cause)
			if strings.Contains(err.Error(), code) || strings.Contains(err.Error(), "stolen") {
				t.Errorf("the log would show the code: %v", err)
			}
		})
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	server := oidctest.Start(t, zhang)
	o := open(t, settings(server))
	login, address := begin(t, o)
	query := server.SignIn(t, address, zhang).Query()
	if _, err := o.Finish(t.Context(), login, query); err != nil {
		t.Fatal(err)
	}
	_, err := o.Finish(t.Context(), login, query)
	refused(t, err, fault.Untrusted, "登录没有完成", "invalid_grant")
}

func TestAPersonMayCancel(t *testing.T) {
	server := oidctest.Start(t, zhang)
	o := open(t, settings(server))
	login, address := begin(t, o)
	_, err := o.Finish(t.Context(), login, server.Cancel(t, address).Query())
	refused(t, err, fault.Conflict, "您已取消登录", "")
}

func TestOurOwnWrongSecretIsNotThePersonsFault(t *testing.T) {
	server := oidctest.Start(t, zhang)
	wrong := settings(server)
	wrong.ClientSecret = "hunter2"
	_, err := logIn(t, server, open(t, wrong), zhang)
	refused(t, err, fault.Internal, "", "exchange the code: status 4")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the log would show the secret: %v", err)
	}
}

// refused wants an error of a kind with words for people and a cause for the log, and nothing personal in it.
func refused(t *testing.T, err error, kind fault.Kind, said, cause string) {
	t.Helper()
	if err == nil {
		t.Fatal("the login was accepted")
	}
	if got := fault.KindOf(err); got != kind {
		t.Errorf("kind %v, want %v: %v", got, kind, err)
	}
	var words *fault.Error
	if kind != fault.Internal && (!asFault(err, &words) || !strings.Contains(words.Message, said)) {
		t.Errorf("says %v, want %q", words, said)
	}
	if !strings.Contains(err.Error(), cause) {
		t.Errorf("logs %q, want %q in it", err, cause)
	}
	for name, value := range zhang.Claims {
		if text, ok := value.(string); ok && len(text) > 2 && strings.Contains(err.Error(), text) {
			t.Errorf("the log would show %s: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "eyJ") {
		t.Errorf("the log would show a token: %v", err)
	}
}
