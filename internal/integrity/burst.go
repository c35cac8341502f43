package integrity

import (
	"math"
	"time"
)

// burst finds more five stars than the place's own past, its hall, its county and its completed affairs make likely; or more
// within a short time than anybody can serve.
func (e *examination) burst(p *place) {
	own := e.usualAt(p.of)
	expected := own.expected
	evidence := Evidence{Usual: own.mean, Factor: own.factor}
	var runs []*Sighting
	densest := 0.0
	for _, length := range RunLengths {
		run := longestRun(p.sightings, length)
		if evidence.Minutes == 0 {
			evidence.Run, evidence.Minutes = len(run), int(length/time.Minute)
		}
		n := people(run)
		if n < e.at.Run {
			continue
		}
		// A day has eight hours; at its peak thrice as many come as on average.
		share := 3 * length.Hours() / 8
		lively := max(expected, own.all*own.factor, 1) * share
		power := manyOf(n, lively, 1.3*lively) - math.Log10(8/length.Hours()) // of all runs that a day has
		if power >= runPower && power > densest {
			densest, runs = power, denseParts(p.sightings, length, len(run)*2/3)
			evidence.Run, evidence.Minutes = len(run), int(length/time.Minute)
		}
	}
	if runs != nil {
		evidence.Dense = true
		e.find(p, Burst, densest, len(runs), expected, evidence, runs)
		return
	}
	if own.days == 0 || float64(p.five)-expected < float64(e.at.Burst) {
		return
	}
	if power := manyOf(p.five, max(expected, 0.5), max(own.variance, 1)); power >= burstPower {
		var fives []*Sighting
		for _, s := range p.sightings {
			if s.Stars == 5 {
				fives = append(fives, s)
			}
		}
		e.find(p, Burst, power, p.five, expected, evidence, fives)
	}
}

// longestRun are the most five stars within a length of time.
func longestRun(sightings []*Sighting, length time.Duration) []*Sighting {
	var fives []*Sighting
	for _, s := range sightings {
		if s.Stars == 5 {
			fives = append(fives, s)
		}
	}
	var best []*Sighting
	for from, to := 0, 0; from < len(fives); from++ {
		for to < len(fives) && fives[to].At.Sub(fives[from].At) <= length {
			to++
		}
		if to-from > len(best) {
			best = fives[from:to]
		}
	}
	return best
}

// denseParts are all five stars that have so many others around them within a length of time.
func denseParts(sightings []*Sighting, length time.Duration, least int) (dense []*Sighting) {
	var fives []*Sighting
	for _, s := range sightings {
		if s.Stars == 5 {
			fives = append(fives, s)
		}
	}
	in := make([]bool, len(fives))
	for from, to := 0, 0; from < len(fives); from++ {
		for to < len(fives) && fives[to].At.Sub(fives[from].At) <= length {
			to++
		}
		if to-from >= least {
			for i := from; i < to; i++ {
				in[i] = true
			}
		}
	}
	for i, s := range fives {
		if in[i] {
			dense = append(dense, s)
		}
	}
	return dense
}
