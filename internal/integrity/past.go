package integrity

import "slices"

// PastDays is how many days before one are what is usual at a place: four weeks, so that each day of the week counts alike.
const PastDays = 28

// Tally is what a place had on one day.
type Tally struct {
	Five    int // reviews of five stars
	All     int
	Affairs int // completed; 0 where nobody tells
}

// Series are the tallies of a place on the days of a Past, in order.
type Series []Tally

// Past is what places had before, and had in completed affairs on the day itself.
type Past struct {
	Days   []int // yyyymmdd, oldest first; the day that is examined is not among them
	Places map[Key]Series
	// Affairs are those completed on the day that is examined.
	Affairs map[Key]int
}

// NewPast makes one for days, oldest first.
func NewPast(days []int) *Past {
	return &Past{Days: days, Places: map[Key]Series{}, Affairs: map[Key]int{}}
}

// Add adds to what a place had on a day; other days are left out.
func (p *Past) Add(place Key, day int, t Tally) {
	at, there := slices.BinarySearch(p.Days, day)
	if !there {
		return
	}
	series := p.Places[place]
	if series == nil {
		series = make(Series, len(p.Days))
		p.Places[place] = series
	}
	series[at].Five += t.Five
	series[at].All += t.All
	series[at].Affairs += t.Affairs
}
