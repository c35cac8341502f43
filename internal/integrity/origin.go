package integrity

import (
	"bytes"
	"math"
	"slices"
)

// groups are the good reviews of a place by a mark, the largest group first; those without it are in none.
func groups(p *place, mark func(*Sighting) Mark) [][]*Sighting {
	by := map[Mark][]*Sighting{}
	for _, s := range p.sightings {
		if m := mark(s); m != (Mark{}) && s.good() {
			by[m] = append(by[m], s)
		}
	}
	var all [][]*Sighting
	for _, group := range by {
		all = append(all, group)
	}
	slices.SortFunc(all, func(a, b []*Sighting) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		x, y := mark(a[0]), mark(b[0])
		return bytes.Compare(x[:], y[:])
	})
	return all
}

// device finds devices with which more persons rated than a family has. A helper who goes round in a hall rates for a few at each
// window, so that he stays below.
func (e *examination) device(p *place) {
	var concerned []*Sighting
	count := 0
	for _, group := range groups(p, func(s *Sighting) Mark { return s.Device }) {
		if n := people(group); n >= e.at.People {
			concerned = append(concerned, group...)
			count = max(count, n)
		}
	}
	if count == 0 {
		return
	}
	sortByTime(concerned)
	e.find(p, Device, float64(count), count, 1, Evidence{People: people(concerned)}, concerned)
}

// address finds a network address from which more persons rated than elsewhere: a hall has one address for all who use its
// network and a mobile carrier one for many towns, but neither is one window's alone.
func (e *examination) address(p *place) {
	with := 0
	for _, s := range p.sightings {
		if s.Address != (Mark{}) {
			with++
		}
	}
	var concerned []*Sighting
	best, count, share := 0.0, 0, 0.0
	for _, group := range groups(p, func(s *Sighting) Mark { return s.Address }) {
		n := people(group)
		if n < e.at.Neighbours {
			break
		}
		mark := group[0].Address
		within, of := 0, 0
		if hall := p.of.Hall; hall != "" {
			within, of = e.addresses[hall][mark]-e.here(p, mark), e.addressed[hall]-with
		}
		around, all := e.addresses[""][mark]-e.here(p, mark), e.addressed[""]-with
		elsewhere := max((float64(within)+0.5)/(float64(of)+10), (float64(around)+0.5)/(float64(all)+10))
		power := 0.0
		if of >= 20 || p.of.Hall == "" {
			power = manyAmong(n, with, wider(elsewhere, 4))
		}
		// Where nobody else tells what is the hall's own address, many from one are found by what they add.
		own := e.usualAt(p.of)
		if own.days > 0 && elsewhere < 0.4 && float64(p.five)-own.expected >= 0.5*float64(n) {
			added := manyOf(p.five, max(own.expected, 0.3), max(own.variance, 0.5))
			power = max(power, math.Min(never, added*addressPower/addedPower))
		}
		if power >= addressPower {
			concerned = append(concerned, group...)
			if power > best {
				best, count, share = power, n, elsewhere
			}
		}
	}
	if count == 0 {
		return
	}
	sortByTime(concerned)
	e.find(p, Address, best, count, share*float64(with), Evidence{People: people(concerned), Share: share}, concerned)
}

// here is how many reviews of a place came from an address, bad ones as well.
func (e *examination) here(p *place, mark Mark) (n int) {
	for _, s := range p.sightings {
		if s.Address == mark {
			n++
		}
	}
	return n
}

func sortByTime(of []*Sighting) {
	slices.SortFunc(of, func(a, b *Sighting) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return bytes.Compare([]byte(a.Serial), []byte(b.Serial))
	})
}
