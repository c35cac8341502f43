package org

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Registry knows all regions and departments, and what became of codes, in memory, for many readers. Learn is cheap when
// nothing is new.
type Registry struct {
	current  atomic.Pointer[snapshot]
	learning sync.Mutex
}

type snapshot struct {
	regions     map[string]Region
	departments map[string]Department
	children    map[string][]Region
	successions *Successions
}

// NewRegistry makes a registry of these regions and departments.
func NewRegistry(regions []Region, departments []Department) *Registry {
	r := &Registry{}
	r.Replace(regions, departments)
	return r
}

// Replace forgets what was known and knows these. Codes that were given up are found under those that count now.
func (r *Registry) Replace(regions []Region, departments []Department, successions ...Succession) {
	r.learning.Lock()
	defer r.learning.Unlock()
	next := &snapshot{map[string]Region{}, map[string]Department{}, nil, NewSuccessions(successions)}
	next.add(regions, departments)
	r.current.Store(next)
}

// Learn adds what is not known yet. A department without a name gets one; nothing else changes.
func (r *Registry) Learn(regions []Region, departments []Department) {
	if len(regions)+len(departments) == 0 {
		return
	}
	r.learning.Lock()
	defer r.learning.Unlock()
	current := r.current.Load()
	next := &snapshot{current.regions, make(map[string]Department, len(current.departments)+1), current.children, current.successions}
	if len(regions) > 0 { // departments arrive by the hundred: they need not move the thousands of regions
		next.regions = make(map[string]Region, len(current.regions)+1)
		for _, region := range regions {
			region.Code, region.Name = strings.Clone(region.Code), strings.Clone(region.Name)
			next.addRegion(region)
		}
		maps.Copy(next.regions, current.regions)
		next.relate()
	}
	for _, department := range departments {
		// What is learnt stays; the request that it came in need not.
		department.Code, department.Name = strings.Clone(department.Code), strings.Clone(department.Name)
		department.RegionCode = strings.Clone(department.RegionCode)
		next.addDepartment(department)
	}
	for code, department := range current.departments {
		if department.Name == "" {
			department.Name = next.departments[code].Name
		}
		next.departments[code] = department
	}
	r.current.Store(next)
}

func (s *snapshot) add(regions []Region, departments []Department) {
	for _, region := range regions {
		s.addRegion(region)
	}
	for _, department := range departments {
		s.addDepartment(department)
	}
	s.relate()
}

// addRegion adds a region whose code was not given up.
func (s *snapshot) addRegion(region Region) {
	if s.successions.Code(OfRegion, region.Code) == region.Code {
		s.regions[region.Code] = region
	}
}

// addDepartment adds a department whose code was not given up; the region it serves may have been.
func (s *snapshot) addDepartment(department Department) {
	if s.successions.Code(OfDepartment, department.Code) == department.Code {
		department.RegionCode = s.successions.Code(OfRegion, department.RegionCode)
		s.departments[department.Code] = department
	}
}

// relate finds every region's children: the regions whose nearest known ancestor it is.
func (s *snapshot) relate() {
	s.children = map[string][]Region{}
	for code, region := range s.regions {
		places := Ancestors(code)
		if len(places) < 2 || places[len(places)-1].Code != code {
			continue // not a code of 12 digits
		}
		parent := places[0].Code
		for _, place := range places[1 : len(places)-1] {
			if _, known := s.regions[place.Code]; known {
				parent = place.Code
			}
		}
		s.children[parent] = append(s.children[parent], region)
	}
	for _, children := range s.children {
		slices.SortFunc(children, func(a, b Region) int { return strings.Compare(a.Code, b.Code) })
	}
}

// Successions are those of all codes.
func (r *Registry) Successions() *Successions { return r.current.Load().successions }

// Region finds a region; under a code that was given up, the one that counts now.
func (r *Registry) Region(code string) (Region, bool) {
	current := r.current.Load()
	region, ok := current.regions[current.successions.Code(OfRegion, code)]
	return region, ok
}

// Department finds a department; under a code that was given up, the one that counts now.
func (r *Registry) Department(code string) (Department, bool) {
	current := r.current.Load()
	department, ok := current.departments[current.successions.Code(OfDepartment, code)]
	return department, ok
}

// Children are the regions one existing level below, by code: a city without counties has its towns.
func (r *Registry) Children(code string) []Region { return r.current.Load().children[code] }

// RegionName is the name of a region, or its code when it has none.
func (r *Registry) RegionName(code string) string {
	if region, _ := r.Region(code); region.Name != "" {
		return region.Name
	}
	return code
}

// Regions are all regions, by code.
func (r *Registry) Regions() []Region {
	return slices.SortedFunc(maps.Values(r.current.Load().regions), func(a, b Region) int { return strings.Compare(a.Code, b.Code) })
}

// Departments are all departments, by code.
func (r *Registry) Departments() []Department {
	return slices.SortedFunc(maps.Values(r.current.Load().departments), func(a, b Department) int { return strings.Compare(a.Code, b.Code) })
}
