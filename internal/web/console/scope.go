package console

import (
	"cmp"
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

// maxSuggested bounds what is offered while somebody types.
const maxSuggested = 500

// regionsFor are the regions down to counties within the scope of somebody, the whole first.
func (h *Handler) regionsFor(of *identity.Staff) (regions []Choice) {
	var add func(code string)
	add = func(code string) {
		for _, region := range h.Registry.Children(code) {
			if region.Pending || len(regions) >= maxSuggested || org.LevelOf(region.Code) > org.LevelCounty {
				continue
			}
			regions = append(regions, Choice{region.Code, region.Name})
			add(region.Code)
		}
	}
	top := org.AllRegions
	if seat := seatOf(of); seat != "" {
		top = seat
		regions = append(regions, Choice{top, h.Registry.RegionName(top)})
	}
	if of.Hall == "" { // all of a hall is where it stands
		add(top)
	}
	return regions
}

// seatOf is the region that bounds somebody: his own, or the one of his department or hall; empty for everywhere.
func seatOf(of *identity.Staff) string { return cmp.Or(of.Region, of.Seat) }

// departmentsFor are the departments within the scope of somebody; of a hall those of its region, of what lies below it and of what
// it lies in: they may have windows there.
func (h *Handler) departmentsFor(of *identity.Staff) (departments []Choice) {
	seat := seatOf(of)
	for _, d := range h.Registry.Departments() {
		place := identity.Place{Region: d.RegionCode, Department: d.Code, Hall: of.Hall}
		if !d.Pending && of.Covers(place) && near(d.RegionCode, seat) && len(departments) < maxSuggested {
			departments = append(departments, Choice{d.Code, d.Name})
		}
	}
	return departments
}

// codeNow is the code that counts now for one that somebody typed: under one that was given up nothing lies any more.
func (h *Handler) codeNow(kind org.Kind, typed string) string {
	code := strings.TrimSpace(typed)
	if region, ok := org.NormalizeRegion(code); kind == org.OfRegion && ok {
		code = region
	}
	return h.Registry.Successions().Code(kind, code)
}

// hallsFor are the halls within the scope of somebody; of a department those of its region, of what lies below it and of what it
// lies in: there may be windows of its own.
func (h *Handler) hallsFor(of *identity.Staff) (halls []Choice) {
	seat := seatOf(of)
	for _, hall := range h.Halls.Halls() {
		place := identity.Place{Region: hall.RegionCode, Department: of.Department, Hall: hall.Code}
		if of.Covers(place) && near(hall.RegionCode, seat) && len(halls) < maxSuggested {
			halls = append(halls, Choice{hall.Code, hall.Name})
		}
	}
	return halls
}

// near says whether a region lies in another or that one in it; an empty one is everywhere.
func near(region, seat string) bool {
	return identity.Scope{Region: seat}.Covers(identity.Place{Region: region}) || identity.Scope{Region: region}.Covers(identity.Place{Region: seat})
}
