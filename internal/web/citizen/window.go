package citizen

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/venue"
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
	if query := r.URL.Query(); h.Scanned != nil && len(query) == 1 { // as the code has it; what one chooses on its page adds more
		h.Scanned(window.Code)
	}
	if r.URL.Query().Has("affair") {
		own, err := h.ownSubject(r, window, s)
		if err != nil {
			return err
		}
		if own == nil {
			return h.notOwn(w, r)
		}
		return h.show(w, r, own)
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
	for i := range affairs {
		a := &affairs[i]
		page.Affairs = append(page.Affairs, choice{
			"/ping/window.html?" + url.Values{"w": {window.Code}, "affair": {a.SerialNo}}.Encode(),
			cmp.Or(a.ItemName, say(r, "办件 ", "Case ")+a.SerialNo), completed(r, a.DoneTime),
		})
	}
	return h.write(w, r, http.StatusOK, "window", page)
}

// completed says when an affair was.
func completed(r *http.Request, at time.Time) string {
	return say(r, dateTime(r, at)+" 办结", "Completed "+dateTime(r, at))
}

// ownSubject finds one of the citizen's affairs that he may rate at a window; nil when it is none of them any more.
func (h *Handler) ownSubject(r *http.Request, window venue.Window, at *subject) (*subject, error) {
	citizen, ok := h.citizen(r)
	if !ok || h.Affairs == nil {
		return nil, nil //nolint:nilnil // no affair of his is an answer
	}
	affairs, err := h.Affairs.Unreviewed(r.Context(), citizen, window.HallCode)
	if err != nil {
		return nil, err
	}
	for i := range affairs {
		a := &affairs[i]
		if a.SerialNo != r.URL.Query().Get("affair") {
			continue
		}
		s := &subject{
			action: address(r), place: at.place, what: cmp.Or(a.ItemName, say(r, "办件 ", "Case ")+a.SerialNo),
			done: completed(r, a.DoneTime),
			Facts: review.Facts{
				AppCode: cmp.Or(a.AppCode, integrator.Pages), EntityCode: "egovAffair", Channel: catalog.HallQR, Kind: review.Affair, Subject: a.SerialNo,
				ItemCode: a.ItemCode, ItemName: a.ItemName, DepartmentCode: a.DepartmentCode, DepartmentName: a.DepartmentName,
				RegionCode: at.RegionCode, HallCode: window.HallCode, WindowCode: a.WindowCode, WorkNo: a.WorkNo,
			},
		}
		if officer, known := h.Halls.Officer(window.HallCode, a.WorkNo); known {
			s.officer = officer.Name + "（" + officer.WorkNo + "）"
		}
		return s, nil
	}
	return nil, nil //nolint:nilnil // as above
}

// notOwn answers for an affair that is not to be rated: the citizen's own review of it, if it is among his newest, as after a double
// tap; else a page for one that somebody unnamed rated at the counter, or that never was his.
func (h *Handler) notOwn(w http.ResponseWriter, r *http.Request) error {
	citizen, _ := h.citizen(r)
	newest, err := h.Reviews.ByPerson(r.Context(), citizen.UserID, nil, pageOfMine)
	if err != nil {
		return err
	}
	for i := range newest {
		if own := &newest[i]; own.Kind == review.Affair && own.Subject == r.URL.Query().Get("affair") {
			return h.already(w, r, review.Receipt{Serial: own.Serial, Code: own.Code})
		}
	}
	h.plain(w, r, http.StatusNotFound, say(r, "没有可评价的办件", "Nothing to rate"),
		say(r, "这个办件您已经评价过，或不在您名下。请重新扫描窗口的二维码，或在“我的评价”中查看。", "You have rated this case already, or it is not yours. Please scan the counter's code again, or look at “My ratings”."))
	return nil
}

func (h *Handler) rateWindow(w http.ResponseWriter, r *http.Request) error {
	s, window, err := h.windowSubject(r)
	if err != nil {
		return err
	}
	if _, ok := h.citizen(r); ok && r.URL.Query().Has("affair") {
		if s, err = h.ownSubject(r, window, s); err != nil {
			return err
		}
		if s == nil {
			return h.notOwn(w, r)
		}
	}
	return h.submitAs(w, r, s)
}

// shortWindow is the address that a poster shows for people who can't scan: they type it, and mistype it.
func (h *Handler) shortWindow(w http.ResponseWriter, r *http.Request) error {
	if _, known := h.Halls.Window(r.PathValue("code")); !known {
		return fault.NewMissing(say(r, "没有这个窗口。请照海报上的网址核对后重新输入，或扫海报上的二维码。",
			"There is no such counter. Please compare the address with the poster's and type it again, or scan the poster's code."))
	}
	http.Redirect(w, r, withQuery("/ping/window.html", "w", r.PathValue("code")), http.StatusSeeOther)
	return nil
}
