package figures

import (
	"strings"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// Merged are facts added up where they differ in nothing that is counted: a thousand of one place and hour are one entry,
// and the counters above it are made once. Its keys are those of counters, but places and their tags stand at their own
// place only, under the dimension of LevelAll, and places by the hour.
type Merged map[Key]Counts

// Add adds a fact.
func (m Merged) Add(f *Fact) {
	add := func(key Key, stars int) {
		if key.Period == 0 {
			key.Period = f.Day
		}
		counts := m[key]
		counts[stars-1] += int64(f.Weight)
		m[key] = counts
	}
	f.at(org.LevelAll, f.Region, everyDimension, func(key Key, stars int) {
		if key.Dimension == region && f.Hour != UnknownHour {
			key.Period = hourOf(f.Day, f.Hour)
		}
		add(key, stars)
	})
	f.others(everyDimension, add)
}

func everyDimension(Dimension) bool { return true }

func (m Merged) add(key Key, counts Counts) {
	counts.Add(m[key])
	m[key] = counts
}

// Kept says which counters there are beside those of each day, evaluation object and channel: the days up to Through are
// closed, which makes sums of them; hours are those of the days from Through and from Hours on.
type Kept struct{ Through, Hours int }

// hours says whether the hours of a day are kept.
func (k Kept) hours(day int) bool { return day >= max(k.Through, k.Hours) }

// Counters are all counters that the facts add to.
func (m Merged) Counters(kept Kept) Tally {
	t := make(Tally, 2*len(m))
	days := make(Merged, len(m))
	for key, counts := range m {
		if key.Dimension == region && key.Period > lastDay {
			day := key.Period / 100
			if kept.hours(day) {
				t.above(key, counts, org.LevelCounty, t.add)
			}
			key.Period = day
		}
		days.add(key, counts)
	}
	byDay := func(key Key, counts Counts) { t.byDay(key, counts, kept) }
	for key, counts := range days {
		switch key.Dimension {
		case region, tag:
			t.above(key, counts, org.LevelVillage, byDay)
		default:
			byDay(key, counts)
		}
	}
	return t
}

// above gives the counters of a place and of those it lies in, down to a level.
func (t Tally) above(key Key, counts Counts, lowest org.Level, count func(Key, Counts)) {
	place, tagged, found := strings.Cut(key.Code, tagSeparator)
	if found {
		tagged = tagSeparator + tagged
	}
	base := key.Dimension
	for _, above := range org.Ancestors(place) {
		if above.Level > lowest {
			break
		}
		key.Dimension, key.Code = base+Dimension(above.Level), above.Code+tagged //nolint:gosec // at most 5
		count(key, counts)
	}
}

// byDay counts in the day, and when it is closed in the sums that it is a part of.
func (t Tally) byDay(key Key, counts Counts, kept Kept) {
	t.add(key, counts)
	if key.Period <= lastMonth || key.Period > kept.Through {
		return
	}
	day, public := key.Period, key.Dimension.public()
	for _, key.Period = range [3]int{day, pentadOf(day), beijing.Month(day)} {
		if key.Period == beijing.Month(day) || public && key.Period != day {
			t.add(key, counts)
		}
		if public {
			of := key
			of.Channel = Any
			t.add(of, counts)
			of.Entity = Any
			t.add(of, counts)
		}
	}
}

// public says whether a dimension is one that the public looks at. When a day is closed, these are summed up over channels,
// over evaluation objects and channels, and over the pentad; others are too many, and looked at too rarely.
func (d Dimension) public() bool {
	return d == Department || d == Hall || d >= region && d <= Region(org.LevelCounty) || d >= tag && d <= Tag(org.LevelCounty)
}

// hourly says whether a dimension is counted by hours, too.
func (d Dimension) hourly() bool { return d >= region && d <= Region(org.LevelCounty) }

// monthly says whether a dimension is counted by months alone, and never closed.
func (d Dimension) monthly() bool { return d >= itemOfRegion }

// The numbers of the dimensions that are closed, of the public ones and of those counted by hours, for the store.
var (
	Closable = numbers(func(d Dimension) bool { return !d.monthly() })
	Public   = numbers(Dimension.public)
	Hourly   = numbers(Dimension.hourly)
)

func numbers(of func(Dimension) bool) (list []int) {
	for _, first := range []Dimension{caseRegion, region, tag, affairRegion, itemOfRegion} {
		for level := org.LevelAll; level <= org.LevelVillage; level++ {
			if d := first + Dimension(level); of(d) {
				list = append(list, int(d))
			}
		}
	}
	for _, d := range []Dimension{
		CaseDepartment, CaseHall, Department, Item, Officer, App, FlaggedApp, Hall, Window,
		AffairDepartment, AffairItem, AffairOfficer, AffairApp, AffairHall, AffairWindow, itemOfDepartment, itemOfHall,
	} {
		if of(d) {
			list = append(list, int(d))
		}
	}
	return list
}
