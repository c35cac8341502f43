package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/oidctest"
)

func asFault(err error, target **fault.Error) bool { return errors.As(err, target) }

// eventually tries until it succeeds.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if err = try(); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal(err)
}

func TestAProviderThatIsDownAtStartIsFoundLater(t *testing.T) {
	server := oidctest.Start(t, zhang)
	server.Stop()
	o := open(t, settings(server))
	_, _, err := o.Begin(t.Context())
	refused(t, err, fault.Unavailable, "统一身份认证暂时无法使用", "discover the provider")

	server.Resume()
	eventually(t, func() error { _, _, err := o.Begin(t.Context()); return err })
	if got, err := logIn(t, server, o, zhang); err != nil || got != citizen {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAProviderMayGoAndComeBackWithAnotherKey(t *testing.T) {
	server := oidctest.Start(t, zhang)
	o := open(t, settings(server))
	if _, err := logIn(t, server, o, zhang); err != nil {
		t.Fatal(err)
	}
	login, address := begin(t, o)
	query := server.SignIn(t, address, zhang).Query()
	server.Stop()
	_, err := o.Finish(t.Context(), login, query)
	refused(t, err, fault.Unavailable, "暂时无法使用", "exchange the code")
	if strings.Contains(err.Error(), query.Get("code")) {
		t.Errorf("the log would show the code: %v", err)
	}

	server.Resume()
	if _, err := o.Finish(t.Context(), login, query); err != nil {
		t.Errorf("the same login, when the provider is back: %v", err)
	}
	server.Restart(t)
	if _, err := logIn(t, server, o, zhang); err != nil {
		t.Errorf("with another key: %v", err)
	}
}

func TestPartsOfTheProviderThatFail(t *testing.T) {
	status := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) }
	}
	for _, tt := range []struct {
		name, path string
		answer     http.HandlerFunc
		kind       fault.Kind
		cause      string
	}{
		{"tokens", oidctest.TokenPath, status(503, "张三 13800001234"), fault.Unavailable, "status 503"},
		{"tokens, too many", oidctest.TokenPath, status(429, "slow down"), fault.Unavailable, "status 429"},
		{"tokens that are none", oidctest.TokenPath, status(200, "张三"), fault.Unavailable, "exchange the code"},
		{"tokens that moved", oidctest.TokenPath, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, fault.Internal, "status 307"},
		{"no id token", oidctest.TokenPath, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"eyJaccess","token_type":"Bearer"}`)
		}, fault.Untrusted, "no id token"},
		{"keys", oidctest.KeysPath, status(500, "eyJkeys"), fault.Unavailable, "fetch the provider's keys"},
		{"no keys", oidctest.KeysPath, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"keys":[]}`)
		}, fault.Untrusted, "signature"},
		{"userinfo", oidctest.UserinfoPath, status(403, "张三 13800001234"), fault.Unavailable, "status 403"},
		{"userinfo that is none", oidctest.UserinfoPath, status(200, "张三"), fault.Unavailable, "userinfo"},
		{"userinfo without end", oidctest.UserinfoPath, endless, fault.Unavailable, "too large"},
		{"tokens without end", oidctest.TokenPath, endless, fault.Unavailable, "exchange the code"},
		{"keys without end", oidctest.KeysPath, endless, fault.Untrusted, "too large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			o := open(t, settings(server))
			begin(t, o)
			server.Override(tt.path, tt.answer)
			_, err := logIn(t, server, o, zhang)
			said := map[fault.Kind]string{fault.Unavailable: "暂时无法使用", fault.Untrusted: "登录没有完成"}[tt.kind]
			refused(t, err, tt.kind, said, tt.cause)

			server.Override(tt.path, nil) // a login may still be told what the one just before it learned of the keys
			eventually(t, func() error { _, err := logIn(t, server, o, zhang); return err })
		})
	}
}

// endless answers until the caller has had enough: more than fits in our memory.
func endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, `{"keys":[ `+strings.Repeat(" ", 4096)); err != nil {
			return
		}
	}
}

func TestAProviderThatHangsHoldsNobodyForLong(t *testing.T) {
	for _, path := range []string{oidctest.DiscoveryPath, oidctest.TokenPath, oidctest.KeysPath, oidctest.UserinfoPath} {
		t.Run(path, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			hang := make(chan struct{})
			t.Cleanup(func() { close(hang) })
			server.Override(path, func(http.ResponseWriter, *http.Request) { <-hang })
			o := open(t, settings(server))
			o.Hurry()
			ended := make(chan error, 1)
			go func() {
				login, address, err := o.Begin(t.Context())
				if err == nil {
					_, err = o.Finish(t.Context(), login, server.SignIn(t, address, zhang).Query())
				}
				ended <- err
			}()
			select {
			case err := <-ended:
				refused(t, err, fault.Unavailable, "暂时无法使用", "")
			case <-time.After(10 * time.Second):
				t.Fatal("still waiting after 10 s")
			}
		})
	}
}

func TestACallerWhoLeavesWaitsForNothing(t *testing.T) {
	server := oidctest.Start(t, zhang)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	server.Override(oidctest.DiscoveryPath, func(http.ResponseWriter, *http.Request) { <-hang })
	ctx, leave := context.WithCancel(t.Context())
	o := open(t, settings(server))
	ended := make(chan error, 1)
	go func() { _, _, err := o.Begin(ctx); ended <- err }()
	leave()
	select {
	case err := <-ended:
		refused(t, err, fault.Unavailable, "暂时无法使用", "canceled")
	case <-time.After(4 * time.Second): // less than anybody waits who stays
		t.Fatal("still waiting")
	}
}

func TestManyWhoWaitAskTheProviderTogether(t *testing.T) {
	server := oidctest.Start(t, zhang)
	server.Override(oidctest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) })
	o := open(t, settings(server))
	var waiting sync.WaitGroup
	for range 64 {
		waiting.Go(func() {
			_, _, err := o.Begin(t.Context())
			refused(t, err, fault.Unavailable, "暂时无法使用", "status 502")
		})
	}
	waiting.Wait()
	for range 10 { // right after a failure nobody is asked at all
		_, _, err := o.Begin(t.Context())
		refused(t, err, fault.Unavailable, "暂时无法使用", "status 502")
	}
	if asked := server.Asked(oidctest.DiscoveryPath); asked > 6 { // three tries, perhaps twice
		t.Errorf("64 people asked %d times", asked)
	}
}

func TestWhatWasDiscoveredIsUsedAndGrowsOld(t *testing.T) {
	server := oidctest.Start(t, zhang)
	o := open(t, settings(server))
	for range 3 {
		begin(t, o)
	}
	if asked := server.Asked(oidctest.DiscoveryPath); asked != 1 || o.Asking() {
		t.Errorf("asked %d times, want once", asked)
	}
	hang := make(chan struct{})
	server.Override(oidctest.DiscoveryPath, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	o.Age(2 * time.Hour)
	begin(t, o) // the old one serves meanwhile
	if !o.Asking() {
		t.Error("after two hours it is not asked again")
	}
	server.Override(oidctest.DiscoveryPath, nil)
	close(hang)
	eventually(t, func() error {
		if o.Asking() {
			return errors.New("still asking")
		}
		return nil
	})
	begin(t, o)
	if o.Asking() {
		t.Error("it is asked again at once")
	}
}

// metadata has the provider describe itself otherwise.
func metadata(t *testing.T, server *oidctest.Server, change func(map[string]any)) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.Issuer+oidctest.DiscoveryPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	var described map[string]any
	if err := json.NewDecoder(response.Body).Decode(&described); err != nil {
		t.Fatal(err)
	}
	change(described)
	server.Override(oidctest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(described)
	})
}

func TestMetadataThatIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, field string
		value       any
		cause       string
	}{
		{"another issuer", "issuer", "http://127.0.0.1:1", "did not match"},
		{"tokens in the clear", "token_endpoint", "http://login.example/token", "token_endpoint must be https"},
		{"keys in the clear", "jwks_uri", "http://login.example/keys", "jwks_uri must be https"},
		{"userinfo in the clear", "userinfo_endpoint", "http://login.example/me", "userinfo_endpoint must be https"},
		{"no page to log in", "authorization_endpoint", "", "authorization_endpoint is no address"},
		{"a script to log out", "end_session_endpoint", "javascript:alert(1)", "end_session_endpoint is no address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			metadata(t, server, set(tt.field, tt.value))
			_, _, err := open(t, settings(server)).Begin(t.Context())
			refused(t, err, fault.Unavailable, "暂时无法使用", tt.cause)
		})
	}
}

func TestTheSecretIsSentAsTheProviderWants(t *testing.T) {
	for _, tt := range []struct {
		name    string
		methods any
		secret  bool
		header  bool
	}{
		{"both", []string{"client_secret_post", "client_secret_basic"}, true, true},
		{"it does not say", nil, true, true},
		{"in the form", []string{"client_secret_post"}, true, false},
		{"a public client", []string{"client_secret_basic"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := oidctest.Start(t, zhang)
			metadata(t, server, set("token_endpoint_auth_methods_supported", tt.methods))
			var header bool
			var form url.Values
			server.Override(oidctest.TokenPath, func(w http.ResponseWriter, r *http.Request) {
				_, _, header = r.BasicAuth()
				_ = r.ParseForm()
				form = r.PostForm
				w.WriteHeader(http.StatusBadRequest)
			})
			ours := settings(server)
			if !tt.secret {
				ours.ClientSecret = ""
			}
			_, err := logIn(t, server, open(t, ours), zhang)
			refused(t, err, fault.Internal, "", "status 400")
			if asked := server.Asked(oidctest.TokenPath); asked != 1 || header != tt.header || form.Has("client_secret") != (tt.secret && !tt.header) {
				t.Errorf("asked %d times, header %v, form %v", asked, header, form.Has("client_secret"))
			}
			if form.Get("code_verifier") == "" {
				t.Error("no verifier was sent")
			}
		})
	}
}

func TestLogout(t *testing.T) {
	server := oidctest.Start(t, zhang)
	o := open(t, settings(server))
	address := o.LogoutURL(t.Context())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	if got := response.Header.Get("Location"); got != "http://127.0.0.1:8080/ping/logout" || server.SignOuts() != 1 {
		t.Errorf("status %d to %q, %d sign-outs", response.StatusCode, got, server.SignOuts())
	}

	server.Stop()
	if got := o.LogoutURL(t.Context()); got != address {
		t.Errorf("while the provider is down: %q, want what was known", got)
	}
	if got := open(t, settings(server)).LogoutURL(t.Context()); got != "" {
		t.Errorf("of a provider that was never found: %q, want none", got)
	}
	server.Resume()
	metadata(t, server, set("end_session_endpoint", nil))
	if got := open(t, settings(server)).LogoutURL(t.Context()); got != "" {
		t.Errorf("of a provider that has none: %q", got)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	right := identity.OIDCSettings{Issuer: "https://login.example/realm", ClientID: "c", RedirectURL: "https://ping.example/ping/callback"}
	for _, tt := range []struct {
		name   string
		change func(*identity.OIDCSettings)
		want   string
	}{
		{"right", func(*identity.OIDCSettings) {}, ""},
		{"http on this machine", func(s *identity.OIDCSettings) { s.Issuer = "http://localhost:9998/" }, ""},
		{"http elsewhere", func(s *identity.OIDCSettings) { s.Issuer = "http://login.example" }, "issuer must be https"},
		{"no issuer", func(s *identity.OIDCSettings) { s.Issuer = "" }, "issuer is no address"},
		{"a password in the issuer", func(s *identity.OIDCSettings) { s.Issuer = "https://u:hunter2@login.example" }, "issuer is no address"},
		{"a query in the issuer", func(s *identity.OIDCSettings) { s.Issuer += "?a=b" }, "issuer must have no query"},
		{"nothing", func(s *identity.OIDCSettings) { *s = identity.OIDCSettings{} }, "issuer is no address\nclient id is missing\nredirect address must be http or https"},
		{"a relative way back", func(s *identity.OIDCSettings) { s.RedirectURL = "/ping/callback" }, "redirect address"},
		{"a relative way out", func(s *identity.OIDCSettings) { s.AfterLogoutURL = "/ping/logout" }, "after logout address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := right
			tt.change(&changed)
			_, err := identity.NewOIDC(t.Context(), changed)
			if got := fmt.Sprint(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) || strings.Contains(got, "hunter2") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
