package citizen

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Provider is where citizens log in.
type Provider interface {
	Begin(ctx context.Context) (login identity.Login, address string, err error)
	Finish(ctx context.Context, login identity.Login, query url.Values) (identity.Citizen, error)
	// LogoutURL is where the person ends his session there; empty for none.
	LogoutURL(ctx context.Context) string
}

// loginNeeds are what logging in is made of; all are required but provider and demoPage.
type loginNeeds struct {
	store    scs.CtxStore
	provider Provider // nil: no login is configured
	demo     bool     // a login that asks for no proof, for demonstrations only
	secure   bool     // people come by https
	page     func(w http.ResponseWriter, r *http.Request, status int, title, text string)
	demoPage func(w http.ResponseWriter, r *http.Request, view demoView) // nil is a plain one
	now      func() time.Time
	log      *slog.Logger
}

// login logs citizens in and out, and knows who is there. Everything that asks it stands behind withSession.
type login struct {
	loginNeeds
	sessions *scs.SessionManager
}

func newLogin(needs loginNeeds) *login {
	if needs.demoPage == nil {
		needs.demoPage = plainDemoPage
	}
	return &login{loginNeeds: needs, sessions: newSessions(needs.store, needs.secure, needs.now)}
}

// Where people log in and out.
const (
	loginPath     = "/ping/login"
	callbackPath  = "/ping/callback"
	logoutPath    = "/ping/logout"
	demoLoginPath = "/ping/demo-login"
)

// handlers are what answers where, by pattern; all must be behind withSession.
func (l *login) handlers() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET " + loginPath:      l.beginLogin,
		"GET " + callbackPath:   l.finishLogin,
		"POST " + logoutPath:    l.endLogin,
		"GET " + logoutPath:     l.loggedOut,
		"GET " + demoLoginPath:  l.showDemoLogin,
		"POST " + demoLoginPath: l.demoLogin,
	}
}

// citizen is who is logged in; nobody where there is no session.
func (l *login) citizen(r *http.Request) (identity.Citizen, bool) {
	var citizen identity.Citizen
	ok := l.recall(r, keyCitizen, &citizen)
	return citizen, ok
}

// requireLogin gives who is logged in, or sends the person to the login, from where he comes back to this address; then the
// handler has nothing more to say.
func (l *login) requireLogin(w http.ResponseWriter, r *http.Request) (identity.Citizen, bool) {
	citizen, ok := l.citizen(r)
	if ok {
		return citizen, true
	}
	there := loginPath + "?" + url.Values{"to": {address(r)}}.Encode()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		redirect(w, r, there)
		return citizen, false
	}
	// A form's answer may not redirect to the provider: browsers hold the whole way against the page's form-action.
	l.forward(w, r, there, say(r, "请先登录", "Please log in"),
		say(r, "您还没有登录，或登录已过期，正在前往登录。登录后可以接着评价。", "You are not logged in, or no longer. You are being sent to the login and can go on afterwards."))
	return citizen, false
}

// beginLogin is GET /ping/login?to=.
func (l *login) beginLogin(w http.ResponseWriter, r *http.Request) {
	to := local(r.URL.Query().Get("to"))
	if _, ok := l.citizen(r); ok {
		redirect(w, r, to)
		return
	}
	if l.provider == nil {
		if l.demo {
			redirect(w, r, demoLoginPath+"?"+url.Values{"to": {to}}.Encode())
			return
		}
		noStore(w)
		l.page(w, r, http.StatusServiceUnavailable, say(r, "暂时不能登录", "No login yet"),
			say(r, "本系统还没有接入统一身份认证，请告诉工作人员。", "This system has no identity provider yet. Please tell the staff."))
		return
	}
	login, there, err := l.provider.Begin(r.Context())
	if err != nil {
		l.fail(w, r, err)
		return
	}
	l.remember(r, attempt{Login: login, To: to, Form: l.keptFor(r, to), At: l.now().Unix()})
	redirect(w, r, there)
}

// finishLogin is GET /ping/callback, to which the provider sends people back.
func (l *login) finishLogin(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	a, ok := l.attempt(r, query.Get("state"))
	switch {
	case ok && a.Done: // reloaded
		redirect(w, r, a.To)
		return
	case !ok || l.provider == nil:
		noStore(w)
		l.page(w, r, http.StatusBadRequest, say(r, "登录没有完成", "Login not completed"),
			say(r, "没有找到您的这次登录：可能等待太久，或换了浏览器。请重新扫描二维码，再登录一次。", "This login is not known: it may have taken too long, or the browser is another one. Please scan the code and log in again."))
		return
	}
	citizen, err := l.provider.Finish(r.Context(), a.Login, query)
	if err != nil {
		if fault.KindOf(err) != fault.Unavailable { // else reloading may do
			l.forget(r, a.State)
		}
		l.fail(w, r, err)
		return
	}
	if err := l.signIn(r, citizen, a.To, a.Form); err != nil {
		l.noSession(w, r, err)
		return
	}
	l.remember(r, attempt{Login: identity.Login{State: a.State}, To: a.To, Done: true, At: a.At})
	redirect(w, r, a.To)
}

// signIn makes the session the citizen's, under a new token, so that nobody who knew the old one is logged in with him.
func (l *login) signIn(r *http.Request, citizen identity.Citizen, to, form string) error {
	if err := l.sessions.RenewToken(r.Context()); err != nil {
		return err
	}
	l.put(r, keyCitizen, citizen)
	l.handOver(r, to, form)
	return nil
}

// endLogin is POST /ping/logout.
func (l *login) endLogin(w http.ResponseWriter, r *http.Request) {
	there := ""
	if _, ok := l.citizen(r); ok && l.provider != nil {
		there = l.provider.LogoutURL(r.Context())
	}
	if err := l.sessions.Destroy(r.Context()); err != nil {
		l.noSession(w, r, err)
		return
	}
	if there == "" {
		l.loggedOut(w, r)
		return
	}
	l.forward(w, r, there, say(r, "已退出登录", "Logged out"),
		say(r, "您已退出本系统，正在前往统一身份认证退出。", "You are logged out here and are being sent to the identity provider to log out there."))
}

// loggedOut is GET /ping/logout, to which the provider sends people back after a logout.
func (l *login) loggedOut(w http.ResponseWriter, r *http.Request) {
	if _, ok := l.citizen(r); ok {
		redirect(w, r, home)
		return
	}
	noStore(w)
	l.page(w, r, http.StatusOK, say(r, "已退出登录", "Logged out"),
		say(r, "您已退出登录。需要评价时，请重新扫描二维码。", "You are logged out. To rate a service, please scan the code again."))
}

// fail answers an error of a login with a page, and logs it; the causes of faults hold nothing personal.
func (l *login) fail(w http.ResponseWriter, r *http.Request, err error) {
	id := respond.RequestID(w)
	status, level := http.StatusInternalServerError, slog.LevelError
	text := say(r, "系统内部错误，请稍后重新扫码；仍不行时，请把编号 "+id+" 告诉工作人员。",
		"Something went wrong. Please scan the code again later; if it still fails, tell the staff this number: "+id)
	var f *fault.Error
	if errors.As(err, &f) {
		status, level, text = http.StatusBadRequest, slog.LevelInfo, say(r, f.Message+"。", "Login was not completed. Please scan the code and log in again.")
		if f.Kind == fault.Unavailable {
			status, level = http.StatusServiceUnavailable, slog.LevelWarn
			respond.RetryAfter(w, f.RetryAfter)
		}
	}
	l.log.LogAttrs(r.Context(), level, "login refused", slog.String("requestId", id), slog.String("path", r.URL.Path),
		slog.Int("status", status), slog.Any("error", err))
	noStore(w)
	l.page(w, r, status, say(r, "登录没有完成", "Login not completed"), text)
}

// noSession answers a request whose session can't be read or stored.
func (l *login) noSession(w http.ResponseWriter, r *http.Request, err error) {
	l.log.LogAttrs(r.Context(), slog.LevelError, "session not available", slog.String("requestId", respond.RequestID(w)),
		slog.String("path", r.URL.Path), slog.Any("error", err))
	noStore(w)
	respond.RetryAfter(w, 0)
	l.page(w, r, http.StatusServiceUnavailable, say(r, "暂时不能使用", "Not available now"),
		say(r, "系统暂时不能使用，请稍后刷新页面再试。您的操作没有保存。", "The system is not available now. Please reload the page later; nothing was stored."))
}

// forward shows a page that goes on by itself.
func (l *login) forward(w http.ResponseWriter, r *http.Request, there, title, text string) {
	noStore(w)
	w.Header().Set("Refresh", "0; url="+there)
	l.page(w, r, http.StatusOK, title, text)
}

// redirect sends the browser on by a GET that nobody keeps.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	noStore(w)
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // callers give an address that local took, or the provider's
}

func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }
