package planted

import (
	"math"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/integrity"
)

// poisson draws how many come where so many do on average.
func (p *province) poisson(mean float64) int {
	if mean > 400 {
		return max(0, int(mean+p.random.NormFloat64()*math.Sqrt(mean)))
	}
	limit, product, n := math.Exp(-mean), p.random.Float64(), 0
	for product > limit {
		product *= p.random.Float64()
		n++
	}
	return n
}

// ofWeek is how busy the days of the week are, Sunday first; those at the weekend are the hall's own.
var ofWeek = [7]float64{0, 1.25, 1.1, 1, 0.95, 0.8, 0}

// busy is how busy a hall is on a day: campaigns included, on which a hall asks everybody to rate.
func (p *province) busy(h *hall, day int, worked bool) float64 {
	weekday := beijing.DayStart(day).In(beijing.Zone).Weekday()
	busy := ofWeek[weekday]
	switch {
	case worked && busy == 0: // worked instead of a holiday
		busy = 0.7
	case !worked && weekday == time.Saturday:
		busy = h.saturday
	case !worked:
		busy = 0
		if p.chance(0.003) { // opened for once
			busy = p.between(0.3, 0.8)
		}
	}
	busy *= p.spread(1, 0.15)
	if busy > 0 && len(h.windows) > 2 && p.chance(0.012) {
		busy *= p.between(1.8, 4)
	}
	return busy
}

// honest are the reviews of a hall on a day, of people who mean it. completed is how many affairs the windows did.
func (p *province) honest(h *hall, day, index int, worked bool, completed func(*window, int)) (all []integrity.Sighting) {
	busy := p.busy(h, day, worked)
	helped := 0
	for _, w := range h.windows {
		if index < w.opened {
			continue
		}
		mean := w.daily * busy * p.spread(1, 0.22)
		rush := 1.0
		if busy > 0 && p.chance(0.004) { // a deadline of its own: more affairs, more reviews
			rush = p.between(1.8, 3.5)
		}
		n := p.poisson(mean * rush)
		if done := p.poisson(mean * rush * p.spread(2.2, 0.12)); !h.silent {
			completed(w, done)
		}
		last := time.Time{}
		for n > 0 {
			at := p.moment(day, h.lunch)
			if gap := at.Sub(last); gap > 0 && gap < 90*time.Second { // nobody is served that quickly
				at = last.Add(90 * time.Second)
			}
			last = at
			if p.chance(0.012) {
				at = p.late(day)
			}
			switch {
			case p.chance(0.2):
				all = append(all, p.tablet(w, at, p.stars(w.delight)))
				n--
			case p.chance(0.02): // a family with one telephone
				v := p.visitor(h, w)
				for range min(n, 2+p.random.IntN(3)) {
					p.names++
					v.person, v.certificate = mark("person %d", p.names), mark("certificate %d", p.names)
					at = at.Add(time.Duration(p.between(40, 150)) * time.Second)
					all = append(all, p.sighting(w, v, at, p.stars(w.delight)))
					n--
				}
			case p.chance(0.015): // an agent with many affairs
				v := p.visitor(h, w)
				for range min(n, 3+p.random.IntN(6)) {
					at = at.Add(time.Duration(p.between(20, 90)) * time.Second)
					all = append(all, p.sighting(w, v, at, p.stars(w.delight)))
					n--
				}
			default:
				v := p.visitor(h, w)
				switch {
				case h.helper && helped < 14 && p.chance(0.05):
					v.device = mark("helper %s", w.place.Hall)
					helped++
				case h.kiosk && p.chance(0.01):
					v.device, v.address = mark("kiosk %s", w.place.Hall), h.address
				}
				all = append(all, p.sighting(w, v, at, p.stars(w.delight)))
				n--
			}
		}
	}
	// Some rate on a day on which nobody is there.
	for _, w := range h.windows {
		if busy == 0 && index >= w.opened && p.chance(min(0.5, w.daily*0.01)) {
			all = append(all, p.sighting(w, p.visitor(h, w), p.late(day), p.stars(w.delight)))
		}
	}
	return all
}
