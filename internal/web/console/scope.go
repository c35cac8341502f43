package console

import (
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
	if of.Region != "" {
		top = of.Region
		regions = append(regions, Choice{top, h.Registry.RegionName(top)})
	}
	add(top)
	return regions
}

// departmentsFor are the departments within the scope of somebody.
func (h *Handler) departmentsFor(of *identity.Staff) (departments []Choice) {
	for _, d := range h.Registry.Departments() {
		if place := (identity.Place{Region: d.RegionCode, Department: d.Code, Hall: of.Hall}); !d.Pending && of.Covers(place) && len(departments) < maxSuggested {
			departments = append(departments, Choice{d.Code, d.Name})
		}
	}
	return departments
}

// hallsFor are the halls within the scope of somebody.
func (h *Handler) hallsFor(of *identity.Staff) (halls []Choice) {
	for _, hall := range h.Halls.Halls() {
		if place := (identity.Place{Region: hall.RegionCode, Department: of.Department, Hall: hall.Code}); of.Covers(place) && len(halls) < maxSuggested {
			halls = append(halls, Choice{hall.Code, hall.Name})
		}
	}
	return halls
}
