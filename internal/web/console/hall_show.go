package console

import (
	"html/template"
	"net/http"
	"net/url"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/venue"
)

// hallOf finds the hall that a route is about, where who asks sees it. A code of a hall that became part of another finds that.
func (h *Handler) hallOf(r *http.Request) (venue.Hall, error) {
	hall, known := h.Halls.Hall(r.PathValue("hall"))
	if !known || !h.Halls.Sees(&hall, bound(r)) {
		return hall, missing()
	}
	return hall, nil
}

// wholeHall finds the hall that a route is about, where all of it is in scope.
func (h *Handler) wholeHall(r *http.Request) (venue.Hall, error) {
	hall, err := h.hallOf(r)
	if err != nil {
		return hall, err
	}
	return hall, within(r, identity.Place{Region: hall.RegionCode, Hall: hall.Code})
}

// windowOf finds the window that a route is about, with its hall.
func (h *Handler) windowOf(r *http.Request) (window venue.Window, hall venue.Hall, err error) {
	window, known := h.Halls.Window(r.PathValue("window"))
	if known {
		hall, known = h.Halls.Hall(window.HallCode)
	}
	if !known {
		return window, hall, missing()
	}
	return window, hall, within(r, identity.Place{Region: hall.RegionCode, Department: window.DepartmentCode, Hall: hall.Code})
}

type officerRow struct {
	venue.Officer
	Link, Mark string
	Change     string // address of his form; empty for who may not
}

type windowRow struct {
	venue.Window
	Link     string
	Officers []officerRow
	Usage
}

type hallPage struct {
	Frame
	Hall      venue.Hall
	Region    string
	Link      string
	Mark      string
	MayChange bool // all of it
	Windows   []windowRow
	Roaming   []officerRow // officers without a window
	Former    []officerRow // those who have left
	Days      int
	All       Usage
	Failed    bool
}

// windowTitle is 3 号窗口, or the number alone where it is a name.
func windowTitle(number string) string {
	for _, c := range number {
		if c > 'z' {
			return number
		}
	}
	return number + " 号窗口"
}

// showHall is GET /console/halls/of/{hall}.
func (h *Handler) showHall(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.hallOf(r)
	if err != nil {
		return err
	}
	page := hallPage{
		Frame: h.frame(w, r, hall.Name), Hall: hall, Region: h.regionPath(hall.RegionCode), Link: hallLink(hall.Code), Mark: venue.Mark(hall), Days: usageDays,
	}
	page.MayChange = staff(r).May(identity.ChangeVenues) && staff(r).Covers(identity.Place{Region: hall.RegionCode, Hall: hall.Code})
	at := map[string][]officerRow{}
	for _, o := range h.Halls.OfficersOf(hall.Code) {
		if !h.seesOfficer(r, &hall, &o) {
			continue
		}
		row := officerRow{Officer: o, Link: page.Link + "/officers/" + url.PathEscape(o.WorkNo), Mark: venue.Mark(o)}
		if page.MayChange {
			row.Change = row.Link + "/change"
		}
		switch {
		case o.Retired:
			page.Former = append(page.Former, row)
		case o.WindowCode == "":
			page.Roaming = append(page.Roaming, row)
		default:
			at[o.WindowCode] = append(at[o.WindowCode], row)
		}
	}
	var codes []string
	for _, window := range h.Halls.WindowsOf(hall.Code) {
		if within(r, identity.Place{Region: hall.RegionCode, Department: window.DepartmentCode, Hall: hall.Code}) != nil {
			continue
		}
		page.Windows = append(page.Windows, windowRow{Window: window, Link: windowLink(window.Code), Officers: at[window.Code]})
		codes = append(codes, window.Code)
	}
	usage, err := h.usageByWindow(r.Context(), codes)
	if err != nil {
		h.Log.Warn("read how windows' codes are used", "error", err)
		page.Failed = true
	}
	for i := range page.Windows {
		page.Windows[i].Usage = usage[page.Windows[i].Code]
		page.All.add(page.Windows[i].Usage)
	}
	return h.write(w, http.StatusOK, "hall-one", page)
}

type windowPage struct {
	Frame
	Window    venue.Window
	Hall      venue.Hall
	HallLink  string
	Link      string
	Mark      string
	MayChange bool
	Officers  []venue.Officer
	Address   string
	Picture   template.HTML
	Days      []dayUsage
	All       Usage
	Failed    bool
}

// showWindow is GET /console/halls/windows/{window}.
func (h *Handler) showWindow(w http.ResponseWriter, r *http.Request) error {
	window, hall, err := h.windowOf(r)
	if err != nil {
		return err
	}
	address := h.Venues.Codes.Address(window.Code)
	picture, err := h.Venues.Codes.Draw(".svg", address)
	if err != nil {
		return err
	}
	page := windowPage{
		Frame: h.frame(w, r, windowTitle(window.Number)), Window: window, Hall: hall, HallLink: hallLink(hall.Code), Link: windowLink(window.Code),
		Mark: venue.Mark(window), MayChange: staff(r).May(identity.ChangeVenues), Address: address,
		Picture: template.HTML(picture), //nolint:gosec // our own drawing
	}
	for _, o := range h.Halls.OfficersOf(hall.Code) {
		if o.WindowCode == window.Code && !o.Retired {
			page.Officers = append(page.Officers, o)
		}
	}
	if page.Days, err = h.usageByDay(r.Context(), window.Code); err != nil {
		h.Log.Warn("read how a window's code is used", "error", err)
		page.Failed = true
	}
	for _, day := range page.Days {
		page.All.add(day.Usage)
	}
	return h.write(w, http.StatusOK, "hall-window", page)
}
