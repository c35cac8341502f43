package citizen

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/venue"
)

// unreadable is what a message that can't be read gets: plain words, status 400, none of its content.
func unreadable(r *http.Request) error {
	return fault.NewInvalidPage(say(r, "二维码不完整，请在窗口重新扫码，或告诉工作人员。", "The code is incomplete. Please scan it again, or tell the staff."))
}

// affairSubject reads a dynamic code (3.4.1): which affair, in which hall, by which officer.
func (h *Handler) affairSubject(r *http.Request, channel string) (*subject, error) {
	m, err := readMessage(r.URL.RawQuery)
	if err != nil {
		return nil, unreadable(r)
	}
	verified, err := h.vouched(r, m)
	if err != nil {
		return nil, err
	}
	name, err := h.itemName(r.Context(), m.AffairCode)
	if err != nil {
		return nil, err
	}
	s := &subject{action: address(r), Facts: review.Facts{
		AppCode: m.AppCode, EntityCode: "egovAffair", Channel: channel, Kind: review.Affair, Subject: m.AffairSerialNo,
		ItemCode: m.AffairCode, ItemName: name, HallCode: m.HallCode, WorkNo: m.WorkNo, Unverified: !verified,
	}}
	s.what = name
	if name == "" {
		s.what = say(r, "办件 ", "Case ") + m.AffairSerialNo
	}
	h.locate(r, s, m.HallCode, m.WorkNo)
	return s, nil
}

// vouched says whether the app that the code names signed it (&k=). Whom nobody vouches for is kept as 待核验, unless the app
// demands a signature.
func (h *Handler) vouched(r *http.Request, m message) (bool, error) {
	app, err := h.Apps.ByCode(r.Context(), m.AppCode)
	if err != nil {
		return false, fault.NewUnavailable(say(r, "系统正忙，请稍后刷新页面。", "The system is busy. Please reload the page in a moment."), time.Second, err)
	}
	if app == nil || app.Disabled {
		return false, unreadable(r)
	}
	given := strings.ToLower(r.URL.Query().Get("k"))
	if given == "" && !app.RequireSignedCode {
		return false, nil
	}
	for _, secret := range app.Secrets {
		if signature.ValidCodeKey(secret, m.signed(), given) {
			return true, nil
		}
	}
	return false, unreadable(r)
}

// locate fills in where and by whom, as far as hall, window and officer are registered.
func (h *Handler) locate(r *http.Request, s *subject, hallCode, workNo string) {
	hall, known := h.Halls.Hall(hallCode)
	if !known {
		return
	}
	s.RegionCode, s.place = hall.RegionCode, hall.Name
	officer, known := h.Halls.Officer(hallCode, workNo)
	if !known {
		return
	}
	s.officer = officer.Name + "（" + officer.WorkNo + "）"
	if window, known := h.Halls.Window(officer.WindowCode); known {
		h.atWindow(r, s, hall, window)
	}
}

func (h *Handler) atWindow(r *http.Request, s *subject, hall venue.Hall, window venue.Window) {
	s.place = hall.Name + " · " + windowName(r, window)
	s.RegionCode, s.HallCode, s.WindowCode = hall.RegionCode, hall.Code, window.Code
	s.DepartmentCode, s.DepartmentName = window.DepartmentCode, window.DepartmentName
}

// windowName is 3号窗口, or the window's own name when its number is a name already.
func windowName(r *http.Request, w venue.Window) string {
	if strings.Trim(w.Number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") != "" {
		return w.Number
	}
	return say(r, w.Number+"号窗口", "Counter "+w.Number)
}

// itemName is the name of an item; under a code that was given up, of the one that counts now.
func (h *Handler) itemName(ctx context.Context, code string) (string, error) {
	return h.Items.ItemName(ctx, h.currentItem(code))
}

// currentItem is the code under which an item counts now.
func (h *Handler) currentItem(code string) string {
	if h.Registry == nil {
		return code
	}
	return h.Registry.Successions().Code(org.OfItem, code)
}

func (h *Handler) showAffair(w http.ResponseWriter, r *http.Request) error {
	s, err := h.affairSubject(r, catalog.HallQR)
	if err != nil {
		return err
	}
	return h.show(w, r, s)
}

func (h *Handler) rateAffair(w http.ResponseWriter, r *http.Request) error {
	s, err := h.affairSubject(r, catalog.HallQR)
	if err != nil {
		return err
	}
	return h.submitAs(w, r, s)
}

// windowSubject reads a static code: a window as such (domain.md 7, hallAffair).
func (h *Handler) windowSubject(r *http.Request) (*subject, venue.Window, error) {
	window, known := h.Halls.Window(r.URL.Query().Get("w"))
	if !known {
		return nil, window, unreadable(r)
	}
	hall, known := h.Halls.Hall(window.HallCode)
	if !known {
		return nil, window, unreadable(r)
	}
	if window.Retired || hall.Retired {
		return nil, window, fault.NewMissing(say(r, "这个窗口已停用。请扫描您办事的窗口现在的二维码，或告诉工作人员。",
			"This counter is closed. Please scan the code at the counter that served you, or tell the staff."))
	}
	s := &subject{action: address(r), Facts: review.Facts{
		AppCode: integrator.Pages, EntityCode: catalog.HallAffair, Channel: catalog.HallQR, Kind: review.Window, Subject: window.Code,
	}}
	s.what = say(r, "窗口服务", "Service at this counter")
	if window.Name != "" {
		s.what = window.Name
	}
	h.atWindow(r, s, hall, window)
	return s, window, nil
}

// guideSubject reads the address of a guide.
func (h *Handler) guideSubject(r *http.Request) (*subject, error) {
	code := r.URL.Query().Get("code")
	if !acceptable(code, 32) { // a link that was cut off: there is no code to scan again
		return nil, fault.NewInvalidPage(say(r, "这个链接不完整，请从办事指南页面重新进入。", "This link is incomplete. Please come from the guide's own page."))
	}
	code = h.currentItem(code) // rated once a day, whichever link leads there
	name, err := h.itemName(r.Context(), code)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fault.NewMissing(say(r, "没有找到这份办事指南，请从办事指南页面重新进入。", "There is no such guide. Please come from the guide's own page."))
	}
	s := &subject{action: address(r), Facts: review.Facts{
		AppCode: integrator.Pages, EntityCode: "egovGuide", Channel: channelOf(r), Kind: review.Guide, Subject: code, ItemCode: code, ItemName: name,
	}}
	if region, ok := org.RegionOfCreditCode(code); ok {
		s.RegionCode = region
	}
	s.what, s.place = name, say(r, "办事指南", "Service guide")
	return s, nil
}

func (h *Handler) showGuide(w http.ResponseWriter, r *http.Request) error {
	s, err := h.guideSubject(r)
	if err != nil {
		return err
	}
	return h.show(w, r, s)
}

func (h *Handler) rateGuide(w http.ResponseWriter, r *http.Request) error {
	s, err := h.guideSubject(r)
	if err != nil {
		return err
	}
	return h.submitAs(w, r, s)
}
