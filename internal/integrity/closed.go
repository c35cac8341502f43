package integrity

import "github.com/haochaping/haochaping/internal/beijing"

// Some people rate later, with a picture of the code.
const (
	laterShare = 0.015
	laterDay   = 0.02 // of a working day's, on a day on which the hall is closed
)

// openShare is which part of a hall's working days it must have on other days to be open on them.
const openShare = 0.15

// closed finds reviews that were given in a hall that nobody is in: at night, or on a day on which it is closed.
func (e *examination) closed(p *place) {
	var onSpot, off []*Sighting
	for _, s := range p.sightings {
		if !s.OnSpot {
			continue
		}
		onSpot = append(onSpot, s)
		if hour := s.At.In(beijing.Zone).Hour(); s.good() && (hour < e.at.Opens || hour >= e.at.Closes) {
			off = append(off, s)
		}
	}
	if !e.worked && p.of.Hall != "" && !e.openToday(p) {
		var all []*Sighting
		for _, s := range onSpot {
			if s.good() {
				all = append(all, s)
			}
		}
		own := e.coursesOf(p.of.Key()).all
		expected := max(own.average(e.like), laterDay*own.average(e.workdays), 0.3)
		if power := manyOf(len(all), expected, 1.5*expected); len(all) >= e.at.Night && power >= closedPower {
			e.find(p, Closed, power, len(all), expected, Evidence{Holiday: true}, all)
			return
		}
	}
	if len(off) < e.at.Night {
		return
	}
	// Of as many as are usual, so that many at night don't hide behind one another.
	base := min(float64(len(onSpot)), max(float64(len(onSpot)-len(off)), e.usualAt(p.of).all, 4))
	expected := laterShare * base
	if power := manyOf(len(off), expected, 1.15*expected); power >= closedPower {
		e.find(p, Closed, power, len(off), expected, Evidence{}, off)
	}
}

// openToday says whether a hall is open on a day that is none of work: it is so on such days, or all its other windows are rated.
func (e *examination) openToday(p *place) bool {
	hall, own := e.coursesOf(Key{HallPlace, p.of.Hall}).all, e.coursesOf(p.of.Key()).all
	if len(e.Past.Places[Key{HallPlace, p.of.Hall}]) == 0 {
		return true // nobody knows
	}
	weekend, worked := hall.average(e.like), hall.average(e.workdays)
	if weekend >= openShare*worked && weekend >= 2 {
		return true
	}
	others := hall.minus(own)
	today := others[len(others)-1]
	return today >= 3 && today >= 0.3*others.average(e.workdays)
}
