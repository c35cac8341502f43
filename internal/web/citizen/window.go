package citizen

import (
	"net/http"
	"net/url"

	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/web/view"
)

// windowPage lets a citizen pick what to rate at a window.
type windowPage struct {
	view.Frame
	Place   string
	Affairs []choice
	Service string
}

type choice struct{ Address, Name, Done string }

// showWindow shows the citizen's affairs of that hall that he has not rated yet; where there is none, the window's
// service at once.
func (h *Handler) showWindow(w http.ResponseWriter, r *http.Request) error {
	s, window, err := h.windowSubject(r)
	if err != nil {
		return err
	}
	citizen, ok := h.requireLogin(w, r)
	if !ok {
		return nil
	}
	if h.Affairs == nil || r.URL.Query().Get("of") == "service" {
		return h.show(w, r, s)
	}
	affairs, err := h.Affairs.Unreviewed(r.Context(), citizen, window.HallCode)
	if err != nil {
		return err
	}
	if len(affairs) == 0 {
		return h.show(w, r, s)
	}
	page := windowPage{
		Frame: h.frame(r, s.place), Place: s.place,
		Service: "/ping/window.html?" + url.Values{"w": {window.Code}, "of": {"service"}}.Encode(),
	}
	for _, a := range affairs {
		m := message{a.AppCode, a.WorkNo, window.HallCode, a.SerialNo, a.ItemCode}
		page.Affairs = append(page.Affairs, choice{
			"/ping/hallqr.html?msg=" + m.encode() + h.vouch(r, m), a.ItemName, dateTime(r, a.DoneAt),
		})
	}
	return h.write(w, r, http.StatusOK, "window", page)
}

// vouch signs a code of our own making as its app would: we have just found the affair.
func (h *Handler) vouch(r *http.Request, m message) string {
	app, err := h.Apps.ByCode(r.Context(), m.AppCode)
	if err != nil || app == nil || len(app.Secrets) == 0 {
		return ""
	}
	return "&k=" + signature.CodeKey(app.Secrets[0], m.signed())
}

func (h *Handler) rateWindow(w http.ResponseWriter, r *http.Request) error {
	s, _, err := h.windowSubject(r)
	if err != nil {
		return err
	}
	return h.submitAs(w, r, s)
}

// shortWindow is the address that a poster shows for people who can't scan.
func (h *Handler) shortWindow(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, withQuery("/ping/window.html", "w", r.PathValue("code")), http.StatusSeeOther)
	return nil
}
