package integrity

import "cmp"

// colleagues is how often one officer may rate others of his hall on one day, as everybody may who needs something there.
const colleagues = 3

// officer finds reviews whose certificate or telephone number is an officer's: of his own work number or window, or many in his
// own hall. What an officer needs elsewhere he may rate as everybody.
func (e *examination) officer(p *place) {
	if p.of.Hall == "" {
		return
	}
	var concerned []*Sighting
	workNo := ""
	others := map[string][]*Sighting{}
	for _, s := range p.sightings {
		if !s.good() {
			continue
		}
		is, own := e.officerOf(s)
		switch {
		case own:
			concerned = append(concerned, s)
			workNo = cmp.Or(workNo, is)
		case is != "":
			others[is] = append(others[is], s)
		}
	}
	for no, rated := range others {
		if len(rated) >= colleagues {
			concerned = append(concerned, rated...)
			workNo = cmp.Or(workNo, no)
		}
	}
	if len(concerned) == 0 {
		return
	}
	sortByTime(concerned)
	e.find(p, Officer, 6+float64(len(concerned)), len(concerned), 0, Evidence{WorkNo: workNo}, concerned)
}

// officerOf says which officer of the same hall gave a review, and whether he rated himself.
func (e *examination) officerOf(s *Sighting) (workNo string, own bool) {
	for _, mark := range []Mark{s.Certificate, s.Phone} {
		if mark == (Mark{}) {
			continue
		}
		for _, o := range e.Officers[mark] {
			if o.Hall != s.Place.Hall {
				continue
			}
			if o.WorkNo == s.WorkNo || o.Window != "" && o.Window == s.Place.Window {
				return o.WorkNo, true
			}
			workNo = o.WorkNo
		}
	}
	return workNo, false
}
