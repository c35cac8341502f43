package citizen

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/identity"
)

// Bounds of logins under way in one browser: each tab may have one.
const (
	maxAttempts = 8
	attemptLife = 15 * time.Minute
)

// attempt is a login under way, or one that was done: then it remembers only where it went.
type attempt struct {
	identity.Login
	To   string `json:"to"`
	Form string `json:"form,omitempty"` // what was typed at To before the login
	Done bool   `json:"done,omitempty"`
	At   int64  `json:"at"` // seconds
}

// attempts are the browser's, oldest first, without those that took too long.
func (l *login) attempts(r *http.Request) []attempt {
	var attempts []attempt
	if !l.recall(r, keyAttempts, &attempts) {
		return nil
	}
	oldest := l.now().Add(-attemptLife).Unix()
	return slices.DeleteFunc(attempts, func(a attempt) bool { return a.At <= oldest })
}

func (l *login) attempt(r *http.Request, state string) (attempt, bool) {
	for _, a := range l.attempts(r) {
		if a.State == state {
			return a, true
		}
	}
	return attempt{}, false
}

// remember keeps an attempt instead of an earlier one of its state.
func (l *login) remember(r *http.Request, a attempt) {
	attempts := append(l.without(r, a.State), a)
	attempts = attempts[max(0, len(attempts)-maxAttempts):]
	size := 0
	for i := len(attempts) - 1; i >= 0; i-- { // the newest texts fit
		if size += len(attempts[i].Form); size > maxForm {
			attempts[i].Form = ""
		}
	}
	l.put(r, keyAttempts, attempts)
}

func (l *login) forget(r *http.Request, state string) { l.put(r, keyAttempts, l.without(r, state)) }

func (l *login) without(r *http.Request, state string) []attempt {
	return slices.DeleteFunc(l.attempts(r), func(a attempt) bool { return a.State == state })
}

// maxForm is the most of a form that is kept over a login, in bytes.
const maxForm = 8 << 10

// keptForm is what a person typed at an address.
type keptForm struct {
	To   string `json:"to"`
	Form string `json:"form"`
	At   int64  `json:"at"`
}

func (l *login) keptForm(r *http.Request, key, to string) string {
	var kept keptForm
	if !l.recall(r, key, &kept) || kept.To != to || l.now().Sub(time.Unix(kept.At, 0)) >= attemptLife {
		return ""
	}
	return kept.Form
}

// keepForm keeps what a person typed at an address whose login has expired, until he has logged in and is back there. It says whether
// it could: at most 8 KiB are kept. Call it before requireLogin.
func (l *login) keepForm(r *http.Request, to string, form url.Values) bool {
	text := form.Encode()
	if len(text) > maxForm {
		return false
	}
	l.put(r, keyKept, keptForm{To: to, Form: text, At: l.now().Unix()})
	return true
}

// keptFor takes what was kept for an address: from now on it belongs to the login that begins, and comes out only when that very
// login ends, so that the next person at this browser does not read it.
func (l *login) keptFor(r *http.Request, to string) string {
	form := l.keptForm(r, keyKept, to)
	l.sessions.Remove(r.Context(), keyKept)
	return form
}

// handOver gives what was typed before the login to the page that it was typed at, and nothing else.
func (l *login) handOver(r *http.Request, to, form string) {
	l.sessions.Remove(r.Context(), keyForm)
	if form != "" {
		l.put(r, keyForm, keptForm{To: to, Form: form, At: l.now().Unix()})
	}
}

// takeForm gives, once, what the person typed at this address before his login.
func (l *login) takeForm(r *http.Request) (url.Values, bool) {
	text := l.keptForm(r, keyForm, address(r))
	if text == "" {
		return nil, false
	}
	l.sessions.Remove(r.Context(), keyForm)
	form, err := url.ParseQuery(text)
	return form, err == nil
}
