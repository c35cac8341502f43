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

// addCompletion counts affairs, by day and by month.
func (t Tally) addCompletion(c *Completion, moved Moved) {
	c.each(func(Dimension) bool { return true }, func(key Key, monthly bool) {
		for _, period := range [2]int{c.Day, beijing.Month(c.Day)} {
			if monthly && period == c.Day {
				continue
			}
			key.Period = period
			counts := t[key]
			counts[0] += int64(moved.Completed)
			counts[1] += int64(moved.Reviewed)
			t[key] = counts
		}
	})
}

// AddCompletion counts one affair.
func (t Tally) AddCompletion(c *Completion, reviewed bool) {
	moved := Moved{Completed: 1}
	if reviewed {
		moved.Reviewed = 1
	}
	t.addCompletion(c, moved)
}

// each gives the counters of the wanted dimensions that a completion adds to, without a period.
func (c *Completion) each(wanted func(Dimension) bool, do func(key Key, monthly bool)) {
	count := func(dimension Dimension, code string) {
		if code != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: code}, false)
		}
	}
	pair := func(dimension Dimension, place string) {
		if place != "" && c.Item != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: place + pairSeparator + c.Item}, true)
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
