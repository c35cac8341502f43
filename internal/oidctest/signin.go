package oidctest

import (
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/op"
)

const signInPath = "/sign-in"

// page is what a person fills in: #username, #password, #sign-in; or #cancel.
var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>统一身份认证</title>
<h1>统一身份认证（测试）</h1>
{{with .Fault}}<p role="alert">{{.}}</p>{{end}}
<form method="post">
<input type="hidden" name="id" value="{{.ID}}">
<p><label for="username">账号</label> <input id="username" name="username" autocomplete="username">
<p><label for="password">密码</label> <input id="password" name="password" type="password" autocomplete="current-password">
<p><button id="sign-in">登录</button> <button id="cancel" name="cancel" value="1">取消</button>
</form>
`))

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(op.ContextWithIssuer(r.Context(), s.Issuer))
	id, fault := r.FormValue("id"), ""
	if r.Method == http.MethodPost {
		if r.PostFormValue("cancel") != "" {
			s.cancel(w, r, id)
			return
		}
		err := s.storage.authenticate(id, r.PostFormValue("username"), r.PostFormValue("password"))
		if err == nil {
			http.Redirect(w, r, op.AuthCallbackURL(s.provider)(r.Context(), id), http.StatusFound)
			return
		}
		fault = "账号或密码不对"
		w.WriteHeader(http.StatusForbidden)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, struct{ ID, Fault string }{id, fault}) // a browser that hung up loses its page only
}

// cancel sends the person back without a code (OpenID Connect Core 3.1.2.6).
func (s *Server) cancel(w http.ResponseWriter, r *http.Request, id string) {
	request, err := s.storage.AuthRequestByID(r.Context(), id)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := url.Values{"error": {"access_denied"}, "state": {request.GetState()}}
	http.Redirect(w, r, request.GetRedirectURI()+"?"+answer.Encode(), http.StatusFound)
}

// SignIn signs a user in as a browser would that was sent to address, and gives the address of ours that it is sent back to.
func (s *Server) SignIn(t testing.TB, address string, user User) *url.URL {
	t.Helper()
	return s.submit(t, address, url.Values{"username": {user.Login}, "password": {user.Password}})
}

// Cancel is a person who does not sign in.
func (s *Server) Cancel(t testing.TB, address string) *url.URL {
	t.Helper()
	return s.submit(t, address, url.Values{"cancel": {"1"}})
}

func (s *Server) submit(t testing.TB, address string, form url.Values) *url.URL {
	t.Helper()
	next := s.follow(t, http.MethodGet, address, nil)
	form.Set("id", next.Query().Get("id"))
	next = s.follow(t, http.MethodPost, next.String(), form)
	if strings.HasPrefix(next.String(), s.Issuer) {
		next = s.follow(t, http.MethodGet, next.String(), nil)
	}
	return next
}

// follow makes one request and gives where it redirects to.
func (s *Server) follow(t testing.TB, method, address string, form url.Values) *url.URL {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(r)
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	next, err := response.Location()
	if err != nil {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("sign in: %s %s: status %d: %s", method, address, response.StatusCode, body)
	}
	return next
}
