package org

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Registry knows all regions and departments, in memory, for many readers. Learn is cheap when nothing is new.
type Registry struct {
	current  atomic.Pointer[snapshot]
	learning sync.Mutex
}

type snapshot struct {
	regions     map[string]Region
	departments map[string]Department
	children    map[string][]Region
}

// NewRegistry makes a registry of these regions and departments.
func NewRegistry(regions []Region, departments []Department) *Registry {
	r := &Registry{}
	r.Replace(regions, departments)
	return r
}

// Replace forgets what was known and knows these.
func (r *Registry) Replace(regions []Region, departments []Department) {
	r.learning.Lock()
	defer r.learning.Unlock()
	next := &snapshot{map[string]Region{}, map[string]Department{}, nil}
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
	next := &snapshot{current.regions, make(map[string]Department, len(current.departments)+1), current.children}
	if len(regions) > 0 { // departments arrive by the hundred: they need not move the thousands of regions
		next.regions = make(map[string]Region, len(current.regions)+1)
		for _, region := range regions {
			region.Code, region.Name = strings.Clone(region.Code), strings.Clone(region.Name)
			next.regions[region.Code] = region
		}
		maps.Copy(next.regions, current.regions)
		next.relate()
	}
	for _, department := range departments {
		// What is learnt stays; the request that it came in need not.
		department.Code, department.Name = strings.Clone(department.Code), strings.Clone(department.Name)
		department.RegionCode = strings.Clone(department.RegionCode)
		next.departments[department.Code] = department
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
		s.regions[region.Code] = region
	}
	for _, department := range departments {
		s.departments[department.Code] = department
	}
	s.relate()
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

// Region finds a region.
func (r *Registry) Region(code string) (Region, bool) {
	region, ok := r.current.Load().regions[code]
	return region, ok
}

// Department finds a department.
func (r *Registry) Department(code string) (Department, bool) {
	department, ok := r.current.Load().departments[code]
	return department, ok
}

// Children are the regions one existing level below, by code: a city without counties has its towns.
func (r *Registry) Children(code string) []Region { return r.current.Load().children[code] }

// RegionName is the name of a region, or its code when it has none.
func (r *Registry) RegionName(code string) string {
	if region := r.current.Load().regions[code]; region.Name != "" {
		return region.Name
	}
	return code
}
