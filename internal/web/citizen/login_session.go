package citizen

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// How long a login lasts.
const (
	sessionLife  = 8 * time.Hour    // whatever happens
	sessionIdle  = 30 * time.Minute // without a request
	sessionTouch = time.Minute      // a session in use is stored again no more often
)

// What a session holds.
const (
	keyCitizen  = "citizen"  // who is logged in
	keyAttempts = "attempts" // logins under way and just done
	keyKept     = "kept"     // a form that could not be taken before the login
	keyForm     = "form"     // the same after it, for its own page
	keySeen     = "seen"     // when the session was last stored for being used
)

// newSessions makes the manager of sessions. The cookie ends with the browser; behind https no other host can set it (__Host-).
func newSessions(store scs.CtxStore, secure bool, now func() time.Time) *scs.SessionManager {
	sessions := scs.New()
	sessions.Store = idle{store, now}
	sessions.Lifetime = sessionLife
	sessions.Cookie = scs.SessionCookie{
		Name: "hcp", Path: "/ping", Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if secure {
		sessions.Cookie.Name, sessions.Cookie.Path = "__Host-hcp", "/" // RFC 6265bis 4.1.3.2
	}
	return sessions
}

// idle ends a session that nobody uses. scs can do that too, but then stores every session again at every request.
type idle struct {
	scs.CtxStore
	now func() time.Time
}

func (s idle) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if end := s.now().Add(sessionIdle); end.Before(expiry) {
		expiry = end
	}
	return s.CtxStore.CommitCtx(ctx, token, data, expiry)
}

// withSession gives requests their session, and stores what changed in it before the first byte of the answer: when that can't
// be done, the answer says so instead of promising what is not kept.
func (l *login) withSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		token := ""
		if cookie, err := r.Cookie(l.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := l.sessions.Load(r.Context(), token)
		if err != nil {
			l.noSession(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(ctx, sessionKey{}, true))
		l.touch(r)
		a := &answer{ResponseWriter: w, login: l, request: r, token: token, before: w.Header().Clone()}
		next.ServeHTTP(a, r)
		a.keep()
	})
}

// sessionKey marks a request that has its session: a page that says why there is none can still be drawn.
type sessionKey struct{}

// touch has a session that is used live on.
func (l *login) touch(r *http.Request) {
	now := l.now()
	if ctx := r.Context(); l.sessions.Token(ctx) != "" && now.Sub(time.Unix(l.sessions.GetInt64(ctx, keySeen), 0)) >= sessionTouch {
		l.sessions.Put(ctx, keySeen, now.Unix())
	}
}

// answer stores the session before anything is said.
type answer struct {
	http.ResponseWriter
	login   *login
	request *http.Request
	token   string      // the browser's
	before  http.Header // as it was before the handler
	kept    bool
	failed  bool // the handler's answer is not sent
}

func (a *answer) keep() {
	if a.kept {
		return
	}
	a.kept = true
	ctx, sessions := a.request.Context(), a.login.sessions
	switch sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := sessions.Commit(ctx)
		if err != nil {
			a.failed = true
			clear(a.Header())
			maps.Copy(a.Header(), a.before)
			a.login.noSession(a.ResponseWriter, a.request, err)
			return
		}
		if token != a.token { // one that the browser has is not sent again: it may have got a newer one meanwhile
			sessions.WriteSessionCookie(ctx, a.ResponseWriter, token, expiry)
		}
	case scs.Destroyed:
		sessions.WriteSessionCookie(ctx, a.ResponseWriter, "", time.Time{})
	}
}

func (a *answer) WriteHeader(status int) {
	a.keep()
	if !a.failed {
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *answer) Write(text []byte) (int, error) {
	a.keep()
	if a.failed {
		return len(text), nil
	}
	return a.ResponseWriter.Write(text)
}

// put stores value in the session.
func (l *login) put(r *http.Request, key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // our own types always encode
	}
	l.sessions.Put(r.Context(), key, text)
}

// recall reads value from the session; what an older program wrote and this one can't read is not there.
func (l *login) recall(r *http.Request, key string, value any) bool {
	if r.Context().Value(sessionKey{}) == nil {
		return false
	}
	text := l.sessions.GetBytes(r.Context(), key)
	return text != nil && json.Unmarshal(text, value) == nil
}
