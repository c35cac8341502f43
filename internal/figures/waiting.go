package figures

import (
	"sync"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Change is an encoded change that waits to be folded, kept in memory as long as it does: what the public asks for is
// counted once, not for every query.
type Change struct {
	encoded []byte
	once    sync.Once
	err     error
	public  map[Dimension][]counter
}

// counter is one counter of a change.
type counter struct {
	key    Key
	counts Counts
}

// NewChange keeps what stands in the store.
func NewChange(encoded []byte) *Change { return &Change{encoded: encoded} }

// counters are those of public dimensions, by day and by hour. Neither cases nor completed affairs have any.
func (c *Change) counters() (map[Dimension][]counter, error) {
	c.once.Do(func() {
		if isCompletions(c.encoded) || isCases(c.encoded) {
			return
		}
		var facts []Fact
		if facts, c.err = Decode(c.encoded); c.err != nil {
			return
		}
		t := Tally{}
		for i := range facts {
			t.addPublic(&facts[i])
		}
		c.public = map[Dimension][]counter{}
		for key, counts := range t {
			c.public[key.Dimension] = append(c.public[key.Dimension], counter{key, counts})
		}
	})
	return c.public, c.err
}

// addPublic adds a fact to the counters of public dimensions, by day and by hour.
func (t Tally) addPublic(f *Fact) {
	f.each(Dimension.public, func(key Key, stars int) {
		var counts Counts
		counts[stars-1] = int64(f.Weight)
		key.Period = f.Day
		t.add(key, counts)
		if key.Dimension.hourly() && f.Hour != UnknownHour {
			key.Period = hourOf(f.Day, f.Hour)
			t.add(key, counts)
		}
	})
}

// Waiting counts a change that waits.
func (c *Counting) Waiting(change *Change) error {
	for _, d := range c.query.Dimensions {
		if !d.public() {
			return c.Change(change.encoded)
		}
	}
	counters, err := change.counters()
	if err != nil {
		return err
	}
	for _, d := range c.query.Dimensions {
		for i := range counters[d] {
			c.counter(counters[d][i].key, &counters[d][i].counts)
		}
	}
	return nil
}

// counter counts in each asked period in which the counter's lies.
func (c *Counting) counter(key Key, counts *Counts) {
	if key.Code < c.query.From || key.Code >= c.query.To || c.excludes(key.Entity, key.Channel) {
		return
	}
	periods := [2]int{key.Period, 0}
	if key.Period <= lastDay {
		periods[1] = beijing.Month(key.Period)
	}
	for _, key.Period = range periods {
		if !c.periods[key.Period] {
			continue
		}
		row := c.query.row(key)
		for i, n := range counts {
			if n != 0 {
				c.add(row, i+1, int(n))
			}
		}
	}
}
