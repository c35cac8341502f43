package figures

import (
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// Completed affairs are counted by dimensions of their own: Counts[0] is how many were completed, Counts[1] how many of
// them have a review. They have neither evaluation object nor channel. Pairs of a place and an item are counted by month
// only; their code is place, pairSeparator, item.
const (
	affairRegion     Dimension = 40 // + org.Level
	AffairDepartment Dimension = 50
	AffairItem       Dimension = 51
	AffairOfficer    Dimension = 52
	AffairApp        Dimension = 53
	AffairHall       Dimension = 55
	AffairWindow     Dimension = 56
	itemOfRegion     Dimension = 60 // + org.Level
	itemOfDepartment Dimension = 70
	itemOfHall       Dimension = 75
	lastDimension              = itemOfHall
)

// pairSeparator stands in no code.
const pairSeparator = "\t"

// AffairRegion is the dimension of completed affairs by regions of one level.
func AffairRegion(level org.Level) Dimension { return affairRegion + Dimension(level) } //nolint:gosec // at most 5

func itemOfRegions(level org.Level) Dimension { return itemOfRegion + Dimension(level) } //nolint:gosec // at most 5

// ofAffairs says whether a dimension counts completed affairs.
func (d Dimension) ofAffairs() bool { return d >= affairRegion }

// Completion is what completed affairs are counted by. App is the app through which they came, or the name of their source.
type Completion struct {
	Region, Department, Item, Officer, App, Hall, Window string
	Day                                                  int // of the done time
}

// Moved is how many affairs and how many reviewed ones are to be added to the counters of a completion; below zero they are
// taken away.
type Moved struct{ Completed, Reviewed int }

// Completions are the affairs of one batch, added up.
type Completions map[Completion]Moved

// Add adds affairs.
func (c Completions) Add(of Completion, completed, reviewed int) {
	moved := c[of]
	moved.Completed += completed
	moved.Reviewed += reviewed
	if moved == (Moved{}) {
		delete(c, of)
		return
	}
	c[of] = moved
}

// addCompletion adds affairs: pairs by month, the others by day.
func (m Merged) addCompletion(c *Completion, moved Moved) {
	c.each(everyDimension, func(key Key) {
		key.Period = c.Day
		if key.Dimension.monthly() {
			key.Period = beijing.Month(c.Day)
		}
		m.add(key, moved.counts())
	})
}

func (m Moved) counts() Counts { return Counts{int64(m.Completed), int64(m.Reviewed)} }

// AddCompletion adds one affair.
func (m Merged) AddCompletion(c *Completion, reviewed bool) {
	moved := Moved{Completed: 1}
	if reviewed {
		moved.Reviewed = 1
	}
	m.addCompletion(c, moved)
}

// completion counts affairs.
func (c *Counting) completion(of *Completion, moved Moved) {
	if !c.query.OfAffairs() || !c.asks(of.Day, UnknownHour) {
		return
	}
	of.each(c.wanted, func(key Key) {
		c.count(key, of.Day, UnknownHour, 1, moved.Completed)
		c.count(key, of.Day, UnknownHour, 2, moved.Reviewed)
	})
}

// each gives the counters of the wanted dimensions that a completion adds to, without a period.
func (c *Completion) each(wanted func(Dimension) bool, do func(key Key)) {
	count := func(dimension Dimension, code string) {
		if code != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: code})
		}
	}
	pair := func(dimension Dimension, place string) {
		if place != "" && c.Item != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: place + pairSeparator + c.Item})
		}
	}
	for _, place := range org.Ancestors(c.Region) {
		count(AffairRegion(place.Level), place.Code)
		pair(itemOfRegions(place.Level), place.Code)
	}
	count(AffairDepartment, c.Department)
	count(AffairItem, c.Item)
	count(AffairOfficer, c.Officer)
	count(AffairApp, c.App)
	count(AffairHall, c.Hall)
	count(AffairWindow, c.Window)
	pair(itemOfDepartment, c.Department)
	pair(itemOfHall, c.Hall)
}
