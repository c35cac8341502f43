package integrity

import (
	"cmp"
	"slices"
)

// usual is what a place would have on the day by itself: five stars with their variance, all reviews, and how many days of the past tell so.
type usual struct {
	days int
	// mean is of five stars a day, all of all reviews; expected and variance are of five stars on this very day, factor times mean.
	mean, all                  float64
	factor, expected, variance float64
}

// Counts that a ratio has to prove itself against.
const (
	countyPrior = 20.0
	hallPrior   = 6.0
	ownPrior    = 3.0
	// fewAffairs a day tell nothing.
	fewAffairs = 2.0
	// busiest is how much busier than usual is believed.
	busiest = 8.0
)

// How far days of one place differ beyond chance, as a share of the mean squared: what is presumed, for how many days that counts, and the
// least.
const (
	presumedSpread = 0.06
	presumedDays   = 5.0
	leastSpread    = 0.02
	// trimmed makes up for the highest days being left out, for they may have been gamed as well.
	trimmedSpread = 1.5
	trimmedMean   = 1.03
	// unlikeBusy is how differently windows take part in a hall's campaign.
	unlikeBusy = 0.3
)

// ratio is what was there against what is there on average, drawn towards another ratio as long as it is few.
func ratio(there, average, towards, prior float64) float64 {
	return (max(0, there) + prior*towards) / (max(0, average) + prior)
}

// course is a count on the days of the past, and on the day itself at the end.
type course []float64

// minus takes another's counts away.
func (c course) minus(o course) course {
	left := slices.Clone(c)
	for i := range left {
		left[i] -= o[i]
	}
	return left
}

// average is the mean over those days of the past that are chosen.
func (c course) average(like []bool) float64 {
	sum, n := 0.0, 0
	for i, is := range like {
		if is {
			sum += c[i]
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// courses are those of a place.
type courses struct{ five, all, affairs course }

func (e *examination) coursesOf(key Key) *courses {
	if c := e.known[key]; c != nil {
		return c
	}
	days := len(e.Past.Days)
	c := &courses{make(course, days+1), make(course, days+1), make(course, days+1)}
	for i, t := range e.Past.Places[key] {
		c.five[i], c.all[i], c.affairs[i] = float64(t.Five), float64(t.All), float64(t.Affairs)
	}
	c.affairs[days] = float64(e.Past.Affairs[key])
	keys := []Key{key}
	if key.Kind == HallPlace {
		keys = e.windows[key.Code]
	}
	for _, k := range keys {
		if p := e.places[k]; p != nil {
			c.five[days] += float64(p.five)
			c.all[days] += float64(len(p.sightings))
		}
	}
	e.known[key] = c
	return c
}

// countyOf is the course of five stars of all halls of a county that were rated on the day.
func (e *examination) countyOf(of Place) course {
	county := of.Region[:min(6, len(of.Region))]
	if e.counties == nil {
		e.counties = map[string]course{}
		for hall, windows := range e.windows {
			region := e.places[windows[0]].of.Region
			region = region[:min(6, len(region))]
			sum := e.counties[region]
			if sum == nil {
				sum = make(course, len(e.Past.Days)+1)
				e.counties[region] = sum
			}
			for i, five := range e.coursesOf(Key{HallPlace, hall}).five {
				sum[i] += five
			}
		}
	}
	return e.counties[county]
}

// busy says for each day of the past and the day itself how busy a place was by what can be seen around it: the other windows of its hall, the
// other halls of its county, and the affairs completed there. What is rated at the place itself does not speak for it.
func (e *examination) busy(of Place) course {
	key := of.Key()
	own := e.coursesOf(key)
	days := len(own.five)
	factors := make(course, days)
	for i := range factors {
		factors[i] = 1
	}
	if of.Hall == "" {
		return e.byAffairs(own.affairs, factors)
	}
	hall := e.coursesOf(Key{HallPlace, of.Hall})
	county := e.countyOf(of).minus(hall.five)
	average := county.average(e.like)
	for i := range factors {
		factors[i] = ratio(county[i], average, 1, countyPrior)
	}
	othersAffairs := hall.affairs
	if key.Kind == WindowPlace {
		others := hall.five.minus(own.five)
		othersAffairs = hall.affairs.minus(own.affairs)
		average := others.average(e.like)
		for i := range factors {
			factors[i] = ratio(others[i], average, factors[i], hallPrior)
		}
	}
	if own.affairs.average(e.like) < fewAffairs {
		return factors
	}
	// Where affairs are known the place's own tell how many came; the others around how many of those who come rate.
	done := othersAffairs.average(e.like)
	for i := range factors {
		factors[i] /= ratio(othersAffairs[i], done, 1, hallPrior)
	}
	return e.byAffairs(own.affairs, factors)
}

// byAffairs scales by completed affairs where there are enough of them.
func (e *examination) byAffairs(affairs, factors course) course {
	average := affairs.average(e.like)
	if average < fewAffairs {
		return factors
	}
	for i := range factors {
		factors[i] *= ratio(affairs[i], average, 1, ownPrior)
	}
	return factors
}

// usualAt is what is usual at a place on days like this one, reckoned from each of them by how busy it was. A window without a past is as its
// hall's are on average: a new window is no burst.
func (e *examination) usualAt(of Place) usual {
	key := of.Key()
	if u, known := e.usuals[key]; known {
		return u
	}
	var u usual
	if e.Past.Places[key] == nil {
		u = e.unknown(of)
	} else {
		u = e.reckon(e.coursesOf(key), e.busy(of))
	}
	e.usuals[key] = u
	return u
}

func (e *examination) unknown(of Place) (u usual) {
	if of.Window == "" {
		return u
	}
	hall := e.coursesOf(Key{HallPlace, of.Hall})
	windows := float64(len(e.windows[of.Hall]))
	u = usual{days: 3, mean: hall.five.average(e.like) / windows, all: hall.all.average(e.like) / windows, factor: 1}
	if len(e.Past.Places[Key{HallPlace, of.Hall}]) == 0 {
		u.days = 0
	}
	if busy := hall.five.minus(e.coursesOf(of.Key()).five); busy.average(e.like) > hallPrior {
		u.factor = min(busiest, max(1, busy[len(busy)-1]/busy.average(e.like)))
	}
	u.expected = u.mean * u.factor
	u.variance = u.expected + u.expected*u.expected
	return u
}

func (e *examination) reckon(c *courses, busy course) (u usual) {
	type one struct{ five, busy float64 }
	var days []one
	for i, is := range e.like {
		if is {
			days = append(days, one{c.five[i], max(busy[i], 0.05)})
		}
	}
	u.days, u.all = len(days), c.all.average(e.like)
	if u.days == 0 {
		return u
	}
	slices.SortFunc(days, func(a, b one) int { return cmp.Compare(a.five/a.busy, b.five/b.busy) })
	days = days[:len(days)-len(days)/10]
	five, load := 0.0, 0.0
	for _, d := range days {
		five += d.five
		load += d.busy
	}
	u.mean = five / load * trimmedMean
	beyond, squares := presumedSpread*presumedDays*u.mean*u.mean, presumedDays*u.mean*u.mean
	for _, d := range days {
		due := u.mean * d.busy
		beyond += max(-due*due, (d.five-due)*(d.five-due)*trimmedSpread-due)
		squares += due * due
	}
	spread := leastSpread
	if squares > 0 {
		spread = max(spread, beyond/squares)
	}
	u.factor = min(busiest, max(0.2, busy[len(busy)-1]))
	u.expected = u.mean * u.factor
	u.variance = u.expected + spread*u.expected*u.expected + (u.expected+1)/float64(u.days)
	if u.factor > 1 {
		unlike := unlikeBusy * (u.factor - 1) * u.mean
		u.variance += unlike * unlike
	}
	return u
}
