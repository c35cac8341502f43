package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// StaffProvider is where members of staff may log in instead of by a password.
type StaffProvider interface {
	// Begin gives where the person goes, and what his browser keeps until he comes back.
	Begin(ctx context.Context) (attempt, address string, err error)
	// Finish gives a session's token for the query that he came back with.
	Finish(ctx context.Context, attempt string, query url.Values, address, agent string) (token string, err error)
}

// Where a login at the provider begins and ends. CallbackPath must be registered with the provider.
const (
	oidcPath     = "/console/oidc"
	CallbackPath = "/console/oidc/callback"
)

func (h *Handler) providerRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: oidcPath, action: anyone, do: h.beginOIDC},
		{method: http.MethodGet, pattern: CallbackPath, action: anyone, do: h.finishOIDC},
	}
}

// attemptName is the cookie that keeps a login under way: one in a browser, the newest.
func (h *Handler) attemptName() string {
	if h.secure {
		return "__Host-hcp-oidc"
	}
	return "hcp-oidc"
}

// oidcAddress is where a login at the provider begins that comes back to an address; empty when there is no provider.
func (h *Handler) oidcAddress(to string) string {
	switch {
	case h.Provider == nil:
		return ""
	case to == Prefix || to == "":
		return oidcPath
	default:
		return oidcPath + "?" + url.Values{"to": {to}}.Encode()
	}
}

// beginOIDC is GET /console/oidc?to=. It is a link and no form: browsers hold a form's whole way against the page's form-action.
func (h *Handler) beginOIDC(w http.ResponseWriter, r *http.Request) error {
	to := local(r.URL.Query().Get("to"))
	if p := present(r); p != nil {
		h.onward(w, r, p.Step, to)
		return nil
	}
	attempt, there, err := h.Provider.Begin(r.Context())
	if err != nil {
		return h.refuseOIDC(w, r, to, err)
	}
	h.cookie(w, h.attemptName(), attempt, int(identity.AttemptLife.Seconds()))
	h.want(w, to)
	http.Redirect(w, r, there, http.StatusSeeOther)
	return nil
}

// finishOIDC is GET /console/oidc/callback, to which the provider sends people back. Where they go from here stands in a cookie of
// ours and never in the address.
func (h *Handler) finishOIDC(w http.ResponseWriter, r *http.Request) error {
	if p := present(r); p != nil { // reloaded
		h.onward(w, r, p.Step, wanted(r))
		return nil
	}
	attempt := ""
	if cookie, err := r.Cookie(h.attemptName()); err == nil {
		attempt = cookie.Value
	}
	token, err := h.Provider.Finish(r.Context(), attempt, r.URL.Query(), h.Address(r), r.UserAgent())
	if fault.KindOf(err) != fault.Unavailable { // else reloading may do
		h.cookie(w, h.attemptName(), "", -1)
	}
	if err != nil {
		return h.refuseOIDC(w, r, wanted(r), err)
	}
	h.cookie(w, h.sessionName(), token, 0)
	return h.goOn(w, r, token)
}

// refuseOIDC draws the login again with what went wrong, and logs its cause, which holds nothing personal.
func (h *Handler) refuseOIDC(w http.ResponseWriter, r *http.Request, to string, err error) error {
	if !isFault(err) {
		return err
	}
	status, _, _, level := h.meaning(w, r, err)
	if kind := fault.KindOf(err); kind == fault.Conflict || kind == fault.Untrusted {
		status = http.StatusUnauthorized
	}
	h.Log.LogAttrs(r.Context(), level, "login at the provider refused", slog.String("requestId", respond.RequestID(w)),
		slog.Int("status", status), slog.Any("error", err))
	return h.drawLogin(w, r, status, "", to, err)
}
