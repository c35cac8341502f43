// Package figures counts reviews and says what the counts mean: who serves well (domain.md 4 and 5).
//
// A fact is what one stored review adds to the counters. The facts of a batch are stored with it in the same
// transaction (Encode), folded into counter rows in the background, and a figure is the counter rows plus the facts not
// yet folded: so what was answered 0 is in the figures at once.
package figures

import (
	"cmp"
	"slices"

	"github.com/haochaping/haochaping/internal/org"
)

// Dimension is by what is counted. Its numbers are stored: they never change.
type Dimension int16

// Regions and tags are counted at every level above the place of a review, so that a parent's figure is one row and
// its children's figures are neighbours. A tag's code is region, tagSeparator, tag.
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

const tagSeparator = "/"

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

// Negative is what takes the counts off when it is added.
func (c Counts) Negative() Counts {
	for i := range c {
		c[i] = -c[i]
	}
	return c
}

// Total is 评价数.
func (c Counts) Total() int64 { return c[0] + c[1] + c[2] + c[3] + c[4] }

// Key names one counter. Period is an hour yyyymmddhh, a day yyyymmdd, a pentad (see pentadOf) or a month yyyymm. Channel, or
// Entity and Channel, are Any in sums over them; both are empty in counters of completed affairs.
type Key struct {
	Dimension Dimension
	Period    int
	Code      string
	Entity    string
	Channel   string
}

// Any stands for every evaluation object and every channel. No code is the same.
const Any = "*"

// Derived says whether the counter is a sum that closing days makes: of a pentad or a month up to the last day that is closed,
// or over channels.
func (k Key) Derived() bool {
	return k.Period <= lastPentad && !k.Dimension.monthly() || k.Channel == Any
}

// Compare orders keys as the store's primary key does.
func (k Key) Compare(o Key) int {
	return cmp.Or(
		cmp.Compare(k.Dimension, o.Dimension), cmp.Compare(k.Period, o.Period), cmp.Compare(k.Entity, o.Entity),
		cmp.Compare(k.Channel, o.Channel), cmp.Compare(k.Code, o.Code))
}

// Fact is what one review adds to the counters.
type Fact struct {
	Region, Department, Item, Officer, App, Entity, Channel, Hall, Window string
	Tags                                                                  []string
	// Stars are the whole verdict; AcceptStars and DealStars are set where officer and department were judged
	// apart (hotline), else 0.
	Stars, AcceptStars, DealStars int
	Flagged                       bool
	// Day is yyyymmdd, Hour is 0 to 23, or UnknownHour.
	Day, Hour int
	// Weight is 1 for a new review and -1 for a withdrawn one.
	Weight int
}

// UnknownHour is the hour of a fact that was written by a node which did not tell it.
const UnknownHour = -1

// each gives the counters of the wanted dimensions that a fact adds to, without a period, and the stars it adds.
func (f *Fact) each(wanted func(Dimension) bool, do func(key Key, stars int)) {
	for _, place := range org.Ancestors(f.Region) {
		f.at(place.Level, place.Code, wanted, do)
	}
	f.others(wanted, do)
}

// at gives the counters of a place and its tags.
func (f *Fact) at(level org.Level, place string, wanted func(Dimension) bool, do func(key Key, stars int)) {
	key := Key{Dimension: Region(level), Code: place, Entity: f.Entity, Channel: f.Channel}
	if wanted(key.Dimension) {
		do(key, f.Stars)
	}
	if key.Dimension = Tag(level); wanted(key.Dimension) {
		for _, id := range f.Tags {
			key.Code = place + tagSeparator + id
			do(key, f.Stars)
		}
	}
}

// others gives the counters that are not of places.
func (f *Fact) others(wanted func(Dimension) bool, do func(key Key, stars int)) {
	count := func(dimension Dimension, code string, stars int) {
		if code != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: code, Entity: f.Entity, Channel: f.Channel}, stars)
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

// Tally is counters by key.
type Tally map[Key]Counts

func (t Tally) add(key Key, counts Counts) {
	counts.Add(t[key])
	t[key] = counts
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
