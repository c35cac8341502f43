package integrity

import "time"

// burst finds more five stars than the place's own past, its hall, its county and its completed affairs make likely; or more
// within RunLength than anybody can serve.
func (e *examination) burst(p *place) {
	own := e.usualAt(p.of)
	expected := own.expected
	evidence := Evidence{Usual: own.mean, Factor: own.factor}
	run := longestRun(p.sightings)
	evidence.Run, evidence.Minutes = len(run), int(RunLength/time.Minute)

	// A day has eight hours; at its peak thrice as many come as on average.
	const share, peak, places = 10.0 / 480, 3.0, 48.0
	lively := max(expected, own.all*own.factor, 1) * share * peak
	inRun := manyOf(people(run), lively, lively*2) - 1.7 // log10 of how many runs a day has
	if len(run) >= e.at.Run && people(run) >= e.at.Run && inRun >= runPower {
		evidence.Dense = true
		runs := denseParts(p.sightings, e.at.Run)
		e.find(p, Burst, inRun, len(runs), expected, evidence, runs)
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

// longestRun are the most five stars within RunLength.
func longestRun(sightings []*Sighting) []*Sighting {
	var fives []*Sighting
	for _, s := range sightings {
		if s.Stars == 5 {
			fives = append(fives, s)
		}
	}
	var best []*Sighting
	for from, to := 0, 0; from < len(fives); from++ {
		for to < len(fives) && fives[to].At.Sub(fives[from].At) <= RunLength {
			to++
		}
		if to-from > len(best) {
			best = fives[from:to]
		}
	}
	return best
}

// denseParts are all five stars that have so many others around them within RunLength.
func denseParts(sightings []*Sighting, least int) (dense []*Sighting) {
	var fives []*Sighting
	for _, s := range sightings {
		if s.Stars == 5 {
			fives = append(fives, s)
		}
	}
	in := make([]bool, len(fives))
	for from, to := 0, 0; from < len(fives); from++ {
		for to < len(fives) && fives[to].At.Sub(fives[from].At) <= RunLength {
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
