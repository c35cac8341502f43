package org

import (
	"cmp"
	"maps"
	"slices"
)

// Kind says of what a code is. Its values are stored.
type Kind string

// The kinds of codes that may be given up for others.
const (
	OfRegion     Kind = "region"
	OfDepartment Kind = "department"
	OfHall       Kind = "hall"
	OfEntity     Kind = "entity" // evaluation object
	OfItem       Kind = "item"
)

// Succession says what became of a code: what was counted under the former one counts under the new one, and what
// still arrives under it, too.
type Succession struct {
	Kind         Kind
	Former, Code string
}

// Successions finds what codes count under now. It is never changed. The nil one knows of none.
type Successions struct{ codes map[Kind]map[string]string }

// NewSuccessions makes it of a list without chains: no code is both a former and a new one.
func NewSuccessions(list []Succession) *Successions {
	s := &Successions{map[Kind]map[string]string{}}
	for _, one := range list {
		if s.codes[one.Kind] == nil {
			s.codes[one.Kind] = map[string]string{}
		}
		s.codes[one.Kind][one.Former] = one.Code
	}
	return s
}

// Len is how many there are.
func (s *Successions) Len() (n int) {
	if s == nil {
		return 0
	}
	for _, codes := range s.codes {
		n += len(codes)
	}
	return n
}

// Former are the codes of a kind that were given up, in order. A region's stands for all below it.
func (s *Successions) Former(kind Kind) []string {
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.codes[kind]))
}

// Code is what a code counts under: another one when it was given up, else itself. A region goes with the nearest one
// above it that was given up, by its digits, unless it was given up by itself.
func (s *Successions) Code(kind Kind, code string) string {
	if s == nil || len(s.codes[kind]) == 0 {
		return code
	}
	if kind != OfRegion {
		return cmp.Or(s.codes[kind][code], code)
	}
	// Each step leads below a region that was not given up, so the next can only be further down: it ends by itself, and the
	// bound is for a list with a chain.
	for range LevelVillage + 1 {
		next := s.region(code)
		if next == code {
			break
		}
		code = next
	}
	return code
}

// region is one step of Code.
func (s *Successions) region(code string) string {
	regions := s.codes[OfRegion]
	if next, ok := regions[code]; ok {
		return next
	}
	places := Ancestors(code)
	for n := len(places) - 1; n > 0; n-- {
		if next, ok := regions[places[n].Code]; ok {
			end := ends[places[n].Level]
			return next[:end] + code[end:]
		}
	}
	return code
}
