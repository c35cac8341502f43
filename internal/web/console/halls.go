package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
)

const hallsPath = "/console/halls"

// VenueNeeds are what 大厅窗口 is made of; all are required.
type VenueNeeds struct {
	Service *venue.Service
	Imports *venue.Imports
	Scans   ScanReader
	Sums    Sums
	Codes   venue.Codes
}

// ScanReader reads how often windows' codes were opened.
type ScanReader interface {
	Scans(ctx context.Context, windows []string, from, to int) ([]venue.Scan, error)
}

// Sums adds up reviews.
type Sums interface {
	Sum(ctx context.Context, query figures.Query) ([]figures.Row, error)
}

// venueRoutes are 大厅窗口.
func (h *Handler) venueRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const hall, window = hallsPath + "/of/{hall}", hallsPath + "/windows/{window}"
	return []route{
		{method: get, pattern: hallsPath, action: identity.SeeVenues, do: h.listHalls},
		{method: get, pattern: hallsPath + "/export", action: identity.Export, do: h.exportHalls},
		{method: get, pattern: hallsPath + "/codes.zip", action: identity.SeeVenues, do: h.selectedCodes},
		{method: get, pattern: hallsPath + "/template", action: identity.ChangeVenues, do: h.hallsTemplate},
		{method: get, pattern: hallsPath + "/import", action: identity.ChangeVenues, do: h.showHallImport},
		{method: post, pattern: hallsPath + "/import", action: identity.ChangeVenues, do: h.examineHallImport, most: venue.MaxUpload + maxForm},
		{method: post, pattern: hallsPath + "/import/apply", action: identity.ChangeVenues, do: h.applyHallImport},
		{method: get, pattern: hallsPath + "/new", action: identity.ChangeVenues, do: h.newHall},
		{method: post, pattern: hallsPath + "/new", action: identity.ChangeVenues, do: h.createHall},

		{method: get, pattern: hall, action: identity.SeeVenues, do: h.showHall},
		{method: get, pattern: hall + "/codes.zip", action: identity.SeeVenues, do: h.hallCodes},
		{method: get, pattern: hall + "/posters.html", action: identity.SeeVenues, do: h.hallPosters},
		{method: get, pattern: hall + "/change", action: identity.ChangeVenues, do: h.editHall},
		{method: post, pattern: hall + "/change", action: identity.ChangeVenues, do: h.changeHall},
		{method: post, pattern: hall + "/state", action: identity.ChangeVenues, do: h.setHallState},
		{method: get, pattern: hall + "/windows/new", action: identity.ChangeVenues, do: h.newWindow},
		{method: post, pattern: hall + "/windows/new", action: identity.ChangeVenues, do: h.createWindow},
		{method: get, pattern: hall + "/officers/new", action: identity.ChangeVenues, do: h.newOfficer},
		{method: post, pattern: hall + "/officers/new", action: identity.ChangeVenues, do: h.createOfficer},
		{method: get, pattern: hall + "/officers/{no}/change", action: identity.ChangeVenues, do: h.editOfficer},
		{method: post, pattern: hall + "/officers/{no}/change", action: identity.ChangeVenues, do: h.changeOfficer},
		{method: post, pattern: hall + "/officers/{no}/state", action: identity.ChangeVenues, do: h.setOfficerState},

		{method: get, pattern: window, action: identity.SeeVenues, do: h.showWindow},
		{method: get, pattern: window + "/code", action: identity.SeeVenues, do: h.windowCode},
		{method: get, pattern: window + "/change", action: identity.ChangeVenues, do: h.editWindow},
		{method: post, pattern: window + "/change", action: identity.ChangeVenues, do: h.changeWindow},
		{method: post, pattern: window + "/state", action: identity.ChangeVenues, do: h.setWindowState},
	}
}

// bound is how far who asks sees and acts.
func bound(r *http.Request) venue.Bound {
	of := staff(r)
	return func(region, department, hall string) bool {
		return of.Covers(identity.Place{Region: region, Department: department, Hall: hall})
	}
}

// States of halls and windows in a filter.
const (
	inUse   = "open"
	retired = "retired"
)

type hallRow struct {
	venue.Hall
	Link, Region      string
	Windows, Officers int
}

// branch is a region below the one that is looked at, with how many halls it has.
type branch struct {
	Name, Address string
	Halls         int
}

type hallsPage struct {
	Frame
	List
	Path      []menuItem // from above to the region that is looked at
	Branches  []branch
	Halls     []hallRow
	Total     int
	MayChange bool
	MayCreate bool
	Codes     string // address of the codes of all of them
}

// hallFilters reads the filters; a region is one of those in scope, and what it is called.
func (h *Handler) hallFilters(r *http.Request) Filters {
	region := r.URL.Query().Get("region")
	regions := h.regionsFor(staff(r))
	if known, ok := h.Registry.Region(region); ok && region != org.AllRegions && !slices.Contains(regions, Choice{region, known.Name}) {
		regions = append(regions, Choice{region, known.Name}) // a town
	}
	var levels []Choice
	for _, level := range venue.Levels() {
		levels = append(levels, Choice{level, level})
	}
	filters := []Filter{{Name: "text", Label: "大厅、窗口、部门、工号"}}
	if len(regions) > 1 {
		filters = append(filters, Filter{Name: "region", Label: "区划", Kind: ChoiceFilter, Choices: regions})
	}
	return readFilters(r, append(filters,
		Filter{Name: "level", Label: "层级", Kind: ChoiceFilter, Choices: levels},
		Filter{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: []Choice{{inUse, "使用中"}, {retired, "已停用"}}},
	)...)
}

// halls are those in scope that pass the filters, the region left out of them on demand, by region and code.
func (h *Handler) halls(r *http.Request, f Filters, everywhere bool) (halls []venue.Hall) {
	of, text := bound(r), strings.ToLower(f.Get("text"))
	from, to := "", ""
	if region := f.Get("region"); region != "" && !everywhere {
		from, to = org.Range(region)
	}
	for _, hall := range h.Halls.Halls() {
		switch state := f.Get("state"); {
		case state == inUse && hall.Retired, state == retired && !hall.Retired,
			f.Get("level") != "" && hall.Level != f.Get("level"),
			from != "" && (hall.RegionCode < from || hall.RegionCode >= to),
			text != "" && !h.holds(&hall, text), !h.Halls.Sees(&hall, of):
			continue
		}
		halls = append(halls, hall)
	}
	slices.SortFunc(halls, func(a, b venue.Hall) int { return strings.Compare(hallKey(&a), hallKey(&b)) })
	return halls
}

func hallKey(hall *venue.Hall) string { return hall.RegionCode + "." + hall.Code }

// holds says whether a hall, a window or an officer of it is called so.
func (h *Handler) holds(hall *venue.Hall, text string) bool {
	in := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(field string) bool { return strings.Contains(strings.ToLower(field), text) })
	}
	return in(hall.Name, hall.Address, hall.Code) ||
		slices.ContainsFunc(h.Halls.WindowsOf(hall.Code), func(w venue.Window) bool { return in(w.Name, w.DepartmentName, w.DepartmentCode, w.Code) }) ||
		slices.ContainsFunc(h.Halls.OfficersOf(hall.Code), func(o venue.Officer) bool { return in(o.WorkNo, o.Name) })
}

// listHalls is GET /console/halls.
func (h *Handler) listHalls(w http.ResponseWriter, r *http.Request) error {
	filters, pager := h.hallFilters(r), readPager(r)
	halls := h.halls(r, filters, false)
	page := hallsPage{Total: len(halls), MayChange: staff(r).May(identity.ChangeVenues)}
	page.MayCreate = page.MayChange && staff(r).Hall == "" && staff(r).Department == ""
	page.Path, page.Branches = h.hallTree(r, filters, halls)
	at, _ := slices.BinarySearchFunc(halls, pager.After, func(hall venue.Hall, key string) int {
		if hallKey(&hall) <= key {
			return -1
		}
		return 1
	})
	shown, next := more(halls[at:min(at+PageSize+1, len(halls))], hallKey)
	page.Frame = h.frame(w, r, "大厅窗口")
	page.List = newList(hallsPath, filters, pager, len(shown), next, "还没有登记大厅。")
	page.Codes = hallsPath + "/codes.zip?" + filters.query().Encode()
	if staff(r).May(identity.Export) {
		page.exports(hallsPath + "/export")
	}
	for _, hall := range shown {
		row := hallRow{Hall: hall, Link: hallLink(hall.Code), Region: h.Registry.RegionName(hall.RegionCode)}
		row.Windows = len(venue.Opened(h.Halls.WindowsOf(hall.Code), &hall, bound(r)))
		for _, o := range h.Halls.OfficersOf(hall.Code) {
			if !o.Retired && h.seesOfficer(r, &hall, &o) {
				row.Officers++
			}
		}
		page.Halls = append(page.Halls, row)
	}
	return h.write(w, http.StatusOK, "halls", page)
}

// seesOfficer says whether an officer is in scope: his hall is, or his window.
func (h *Handler) seesOfficer(r *http.Request, hall *venue.Hall, o *venue.Officer) bool {
	window, _ := h.Halls.Window(o.WindowCode)
	return bound(r)(hall.RegionCode, window.DepartmentCode, hall.Code)
}

// hallTree is the way down to the region that is looked at, and what lies below it.
func (h *Handler) hallTree(r *http.Request, f Filters, halls []venue.Hall) (path []menuItem, branches []branch) {
	at := func(region string) string {
		query := f.query()
		query.Del("region")
		set(query, "region", region)
		if len(query) == 0 {
			return hallsPath
		}
		return hallsPath + "?" + query.Encode()
	}
	here := cmp.Or(f.Get("region"), staff(r).Region)
	top := cmp.Or(staff(r).Region, org.AllRegions)
	path = []menuItem{{at(""), "全部", f.Get("region") == ""}}
	if here == "" {
		here = org.AllRegions
	} else {
		from, to := org.Range(top)
		for _, place := range org.Ancestors(here) {
			if place.Level != org.LevelAll && place.Code >= from && place.Code < to {
				path = append(path, menuItem{at(place.Code), h.Registry.RegionName(place.Code), place.Code == f.Get("region")})
			}
		}
	}
	for children := h.Registry.Children(here); len(children) == 1; children = h.Registry.Children(here) {
		here = children[0].Code
	}
	for _, child := range h.Registry.Children(here) {
		from, to := org.Range(child.Code)
		n := 0
		for i := range halls {
			if halls[i].RegionCode >= from && halls[i].RegionCode < to {
				n++
			}
		}
		if n > 0 {
			branches = append(branches, branch{child.Name, at(child.Code), n})
		}
	}
	return path, branches
}

func hallLink(code string) string { return hallsPath + "/of/" + url.PathEscape(code) }

func windowLink(code string) string { return hallsPath + "/windows/" + url.PathEscape(code) }

// exportHalls is GET /console/halls/export?format=: the list as it can be changed and imported again.
func (h *Handler) exportHalls(w http.ResponseWriter, r *http.Request) error {
	chosen := map[string]bool{}
	for _, hall := range h.halls(r, h.hallFilters(r), false) {
		chosen[hall.Code] = true
	}
	page := h.Halls.ExportOf(h.Venues.Codes.Address, func(hall *venue.Hall) bool { return chosen[hall.Code] }, bound(r))
	columns := make([]string, len(page.Columns))
	for i, c := range page.Columns {
		columns[i] = c.Name
	}
	return h.export(w, r, venue.PageName, columns, func(yield func([]string) error) error {
		for _, row := range page.Rows {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	})
}
