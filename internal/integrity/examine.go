package integrity

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Worked says whether a day is a working day.
type Worked interface{ IsWorkday(t time.Time) bool }

// OfficerMark is who a mark belongs to, when it is an officer's.
type OfficerMark struct{ Hall, WorkNo, Window string }

// Day is what the rules look at: the reviews of one day, what was usual before, and whose marks are officers'.
type Day struct {
	Day       int // yyyymmdd
	Sightings []Sighting
	Past      *Past
	Officers  map[Mark][]OfficerMark
	Calendar  Worked
}

// place is the reviews of a place on the day.
type place struct {
	of        Place
	sightings []*Sighting // oldest first
	five      int
}

// examination is a day under way.
type examination struct {
	*Day
	at     Thresholds
	places map[Key]*place
	// like are the days of the past that are as this one: working days, Saturdays, or Sundays and holidays.
	like, workdays []bool
	worked         bool
	usuals         map[Key]usual
	known          map[Key]*courses
	counties       map[string]course
	windows        map[string][]Key // places of halls
	// addresses are reviews with each address, by hall and everywhere ("").
	addresses map[string]map[Mark]int
	addressed map[string]int
	// said is how many reviews said each text, spoken how many said any.
	said   map[string]int
	spoken int
	found  []Finding
}

// Examine gives the findings of a day, in the order of places and kinds. It has no effect, and reads no clock.
func Examine(d *Day, at Thresholds) []Finding {
	e := &examination{
		Day: d, at: at, places: map[Key]*place{}, usuals: map[Key]usual{}, known: map[Key]*courses{}, windows: map[string][]Key{},
		addresses: map[string]map[Mark]int{"": {}}, addressed: map[string]int{}, said: map[string]int{},
	}
	sort := e.sortOf(d.Day)
	e.worked = sort == workday
	for _, day := range d.Past.Days {
		e.like = append(e.like, e.sortOf(day) == sort)
		e.workdays = append(e.workdays, e.sortOf(day) == workday)
	}
	e.gather()
	for _, p := range e.places {
		slices.SortFunc(p.sightings, func(a, b *Sighting) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Serial, b.Serial)) })
		for _, rule := range []func(*place){e.burst, e.device, e.address, e.officer, e.closed, e.words} {
			rule(p)
		}
	}
	slices.SortFunc(e.found, func(a, b Finding) int {
		ka, kb := a.Place.Key(), b.Place.Key()
		return cmp.Or(strings.Compare(string(ka.Kind), string(kb.Kind)), strings.Compare(ka.Code, kb.Code), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return e.found
}

// Sorts of days.
const (
	workday = iota
	saturday
	dayOff
)

func (d *Day) sortOf(day int) int {
	at := beijing.DayStart(day)
	switch {
	case d.Calendar.IsWorkday(at):
		return workday
	case at.In(beijing.Zone).Weekday() == time.Saturday:
		return saturday
	}
	return dayOff
}

func (e *examination) gather() {
	for i := range e.Sightings {
		s := &e.Sightings[i]
		key := s.Place.Key()
		if key == (Key{}) {
			continue
		}
		p := e.places[key]
		if p == nil {
			p = &place{of: s.Place}
			e.places[key] = p
			if hall := s.Place.Hall; hall != "" {
				e.windows[hall] = append(e.windows[hall], key)
			}
		}
		p.sightings = append(p.sightings, s)
		if s.Stars == 5 {
			p.five++
		}
		if s.Address != (Mark{}) {
			for _, within := range []string{"", s.Place.Hall} {
				if e.addresses[within] == nil {
					e.addresses[within] = map[Mark]int{}
				}
				e.addresses[within][s.Address]++
				e.addressed[within]++
				if s.Place.Hall == "" {
					break
				}
			}
		}
		if s.Words != "" {
			e.said[s.Words]++
			e.spoken++
		}
	}
}

// find notes a finding about some reviews of a place.
func (e *examination) find(p *place, kind Kind, power float64, count int, expected float64, evidence Evidence, concerned []*Sighting) {
	f := Finding{
		Kind: kind, Day: e.Day.Day, Place: p.of, Strength: strengthOf(power), Count: count, Expected: expected, Evidence: evidence, Concerned: len(concerned),
	}
	f.Evidence.Total = len(p.sightings)
	for i, s := range concerned {
		if i == MostReviews {
			break
		}
		f.Reviews = append(f.Reviews, Concerned{s.Serial, s.Slot})
	}
	if len(concerned) > 0 {
		f.Evidence.From, f.Evidence.To = clock(concerned[0].At), clock(concerned[len(concerned)-1].At)
	}
	e.found = append(e.found, f)
}

func clock(t time.Time) string { return t.In(beijing.Zone).Format("15:04") }

// people is how many different persons gave reviews.
func people(of []*Sighting) int {
	seen := map[Mark]bool{}
	for _, s := range of {
		seen[s.who()] = true
	}
	return len(seen)
}
