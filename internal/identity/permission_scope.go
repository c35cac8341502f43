package identity

import (
	"strings"

	"github.com/haochaping/haochaping/internal/org"
)

// Scope is how far a member of staff sees and acts. An empty field does not bound; those that are set bound together.
type Scope struct {
	Region     string // a region's code of 12 digits: it and all below it
	Department string // a department's code
	Hall       string // a hall's code
}

// Place is where something is, for Covers: each field empty where the thing has none.
type Place struct{ Region, Department, Hall string }

// Everywhere says that nothing bounds it.
func (s Scope) Everywhere() bool { return s == Scope{} }

// Covers says whether a thing at place is within the scope. A thing without a region is in no bounded one, and so on.
func (s Scope) Covers(place Place) bool {
	if s.Region != "" {
		if from, to := org.Range(s.Region); place.Region < from || place.Region >= to {
			return false
		}
	}
	return (s.Department == "" || s.Department == place.Department) && (s.Hall == "" || s.Hall == place.Hall)
}

// Within says whether it is nowhere wider than other.
func (s Scope) Within(other Scope) bool { return other.Covers(Place(s)) }

// Bounds is a scope as lists filter by: RegionFrom <= region code < RegionTo, and equal codes. Empty texts do not bound.
type Bounds struct{ RegionFrom, RegionTo, Department, Hall string }

// Bounds gives it for queries.
func (s Scope) Bounds() Bounds {
	b := Bounds{Department: s.Department, Hall: s.Hall}
	if s.Region != "" {
		b.RegionFrom, b.RegionTo = org.Range(s.Region)
	}
	return b
}

// Narrow gives the scope bounded by what a person chose to look at, and whether that is within it at all.
func (s Scope) Narrow(choice Scope) (Scope, bool) {
	for _, field := range []struct{ own, chosen *string }{{&s.Department, &choice.Department}, {&s.Hall, &choice.Hall}} {
		if *field.chosen == "" {
			*field.chosen = *field.own
		}
	}
	if choice.Region == "" {
		choice.Region = s.Region
	}
	return choice, choice.Within(s)
}

// normalizeScope pads the region; "0", everywhere, bounds nothing. It says whether the region is one.
func normalizeScope(s Scope) (Scope, bool) {
	s.Region, s.Department, s.Hall = strings.TrimSpace(s.Region), strings.TrimSpace(s.Department), strings.TrimSpace(s.Hall)
	if s.Region == "" || s.Region == org.AllRegions {
		s.Region = ""
		return s, true
	}
	code, ok := org.NormalizeRegion(s.Region)
	s.Region = code
	return s, ok
}
