// Package figures counts reviews and says what the counts mean: who serves well (domain.md 4 and 5).
//
// A fact is what one stored review adds to the counters. The facts of a batch are stored with it in the same
// transaction (Encode), folded into counter rows in the background, and a figure is the counter rows plus the facts not
// yet folded: so what was answered 0 is in the figures at once.
package figures

import (
	"cmp"
	"slices"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// Dimension is by what is counted. Its numbers are stored: they never change.
type Dimension int16

// Regions and tags are counted at every level above the place of a review, so that a parent's figure is one row and
// its children's figures are neighbours. A tag's code is region/tag.
const (
	region     Dimension = 10 // + org.Level
	Department Dimension = 20
	Item       Dimension = 21
	Officer    Dimension = 22
	App        Dimension = 23
	// FlaggedApp counts the reviews of an app whose data is doubtful.
	FlaggedApp Dimension = 24
	Hall       Dimension = 25
	Window     Dimension = 26
	tag        Dimension = 30 // + org.Level
)

// Region is the dimension of regions of one level.
func Region(level org.Level) Dimension { return region + Dimension(level) } //nolint:gosec // at most 5

// Tag is the dimension of tags in regions of one level.
func Tag(level org.Level) Dimension { return tag + Dimension(level) } //nolint:gosec // at most 5

// Counts are how many reviews had 1, 2, 3, 4 and 5 stars.
type Counts [5]int64

// Add adds other.
func (c *Counts) Add(other Counts) {
	for i := range c {
		c[i] += other[i]
	}
}

// Total is 评价数.
func (c Counts) Total() int64 { return c[0] + c[1] + c[2] + c[3] + c[4] }

// Key names one counter. Period is a day yyyymmdd, or a month yyyymm.
type Key struct {
	Dimension Dimension
	Period    int
	Code      string
	Entity    string
	Channel   string
}

// Compare orders keys as the store's primary key does.
func (k Key) Compare(o Key) int {
	return cmp.Or(
		cmp.Compare(k.Dimension, o.Dimension), cmp.Compare(k.Period, o.Period), cmp.Compare(k.Code, o.Code),
		cmp.Compare(k.Entity, o.Entity), cmp.Compare(k.Channel, o.Channel))
}

// Fact is what one review adds to the counters.
type Fact struct {
	Region, Department, Item, Officer, App, Entity, Channel, Hall, Window string
	Tags                                                                  []string
	// Stars are the whole verdict; AcceptStars and DealStars are set where officer and department were judged
	// apart (hotline), else 0.
	Stars, AcceptStars, DealStars int
	Flagged                       bool
	Day                           int
	// Weight is 1 for a new review and -1 for a withdrawn one.
	Weight int
}

// Tally is counts by key.
type Tally map[Key]Counts

// Add counts a fact, by day and by month.
func (t Tally) Add(f *Fact) {
	f.each(func(Dimension) bool { return true }, func(key Key, stars int) {
		for _, period := range [2]int{f.Day, beijing.Month(f.Day)} {
			key.Period = period
			counts := t[key]
			counts[stars-1] += int64(f.Weight)
			t[key] = counts
		}
	})
}

// each gives the counters of the wanted dimensions that a fact adds to, without a period, and the stars it adds.
func (f *Fact) each(wanted func(Dimension) bool, do func(key Key, stars int)) {
	count := func(dimension Dimension, code string, stars int) {
		if code != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: code, Entity: f.Entity, Channel: f.Channel}, stars)
		}
	}
	for _, place := range org.Ancestors(f.Region) {
		count(Region(place.Level), place.Code, f.Stars)
		if wanted(Tag(place.Level)) {
			for _, id := range f.Tags {
				count(Tag(place.Level), place.Code+"/"+id, f.Stars)
			}
		}
	}
	count(Department, f.Department, cmp.Or(f.DealStars, f.Stars))
	count(Item, f.Item, f.Stars)
	count(Officer, f.Officer, cmp.Or(f.AcceptStars, f.Stars))
	count(App, f.App, f.Stars)
	count(Hall, f.Hall, f.Stars)
	count(Window, f.Window, f.Stars)
	if f.Flagged {
		count(FlaggedApp, f.App, f.Stars)
	}
}

// Keys are the keys in the order of the store.
func (t Tally) Keys() []Key {
	keys := make([]Key, 0, len(t))
	for key := range t {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, Key.Compare)
	return keys
}

// Minus is what must be added to other to make it t; keys without a difference are left out.
func (t Tally) Minus(other Tally) Tally {
	difference := Tally{}
	for key, counts := range t {
		had := other[key]
		for i := range counts {
			counts[i] -= had[i]
		}
		if counts != (Counts{}) {
			difference[key] = counts
		}
	}
	for key, had := range other {
		if _, both := t[key]; both || had == (Counts{}) {
			continue
		}
		var counts Counts
		for i := range had {
			counts[i] = -had[i]
		}
		difference[key] = counts
	}
	return difference
}
