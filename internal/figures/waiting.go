package figures

import (
	"slices"
	"sync"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Change is an encoded change that waits to be folded, kept in memory as long as it does.
type Change struct {
	encoded []byte
	once    sync.Once
	err     error
	summed  []counter // what it adds to the dimensions that are added up
	// round is when it was last asked for, added says that it is among the sums: both are Waiting's.
	round uint64
	added bool
}

// counter is one counter of a change.
type counter struct {
	key    Key
	counts Counts
}

// NewChange keeps what stands in the store.
func NewChange(encoded []byte) *Change { return &Change{encoded: encoded} }

// addedUp says whether changes that wait are added up for a dimension: for what the public asks for again and again.
func (d Dimension) addedUp() bool { return d.public() || d.ofCases() }

// read finds the counters of the dimensions that are added up, by day and by hour, unless that was done before. Completed affairs
// have none.
func (c *Change) read() (now bool, err error) {
	c.once.Do(func() {
		now = true
		t := Tally{}
		switch {
		case isCompletions(c.encoded):
		case isCases(c.encoded):
			c.err = decodeCases(c.encoded, Merged(t).AddCases)
		default:
			var facts []Fact
			facts, c.err = Decode(c.encoded)
			for i := range facts {
				t.addPublic(&facts[i])
			}
		}
		for key, counts := range t {
			c.summed = append(c.summed, counter{key, counts})
		}
	})
	return now, c.err
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

// Waiting adds up changes that wait, as they come and go, so that a figure need not look at each of them: thousands wait at times,
// and a page of the board has a dozen figures. The zero value is ready.
type Waiting struct {
	mutex sync.Mutex
	round uint64
	added []*Change
	sums  map[Dimension]*addedUp
}

// Count counts these changes, and no others. yield is called after each on which work was spent, to let others pass.
func (w *Waiting) Count(c *Counting, changes []*Change, yield func()) error {
	for _, d := range c.query.Dimensions {
		if !d.addedUp() {
			return c.eachOf(changes, yield)
		}
	}
	for _, change := range changes {
		read, err := change.read()
		if err != nil {
			return err
		}
		if read {
			yield()
		}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.hold(changes, yield)
	for _, d := range c.query.Dimensions {
		if sums := w.sums[d]; sums != nil {
			for i := range sums.counters {
				c.counter(sums.counters[i].key, &sums.counters[i].counts)
			}
		}
	}
	return nil
}

// eachOf counts changes one by one.
func (c *Counting) eachOf(changes []*Change, yield func()) error {
	for _, change := range changes {
		if err := c.Change(change.encoded); err != nil {
			return err
		}
		yield()
	}
	return nil
}

// hold makes the sums those of these changes.
func (w *Waiting) hold(changes []*Change, yield func()) {
	if w.sums == nil {
		w.sums = map[Dimension]*addedUp{}
	}
	w.round++
	for _, change := range changes {
		change.round = w.round
		if !change.added {
			change.added = true
			w.added = append(w.added, change)
			w.add(change, 1)
			yield()
		}
	}
	if len(w.added) == len(changes) {
		return
	}
	w.added = slices.DeleteFunc(w.added, func(change *Change) bool {
		gone := change.round != w.round
		if gone {
			change.added = false
			w.add(change, -1)
			yield()
		}
		return gone
	})
}

func (w *Waiting) add(change *Change, sign int64) {
	for i := range change.summed {
		one := &change.summed[i]
		of := w.sums[one.key.Dimension]
		if of == nil {
			of = &addedUp{at: map[Key]int{}}
			w.sums[one.key.Dimension] = of
		}
		of.add(one.key, one.counts, sign)
	}
}

// addedUp are the counters of one dimension.
type addedUp struct {
	at       map[Key]int // in counters
	counters []counter
	empty    int
}

// fewEmpty is how many counters of nothing are not worth being put away. A test makes it small.
var fewEmpty = 256

func (s *addedUp) add(key Key, counts Counts, sign int64) {
	n, known := s.at[key]
	if !known {
		n = len(s.counters)
		s.at[key] = n
		s.counters = append(s.counters, counter{key: key})
		s.empty++
	}
	sum := &s.counters[n].counts
	if *sum == (Counts{}) {
		s.empty--
	}
	for i := range counts {
		sum[i] += sign * counts[i]
	}
	if *sum != (Counts{}) {
		return
	}
	if s.empty++; s.empty > fewEmpty && s.empty > len(s.counters)/2 {
		s.counters = slices.DeleteFunc(s.counters, func(c counter) bool { return c.counts == Counts{} })
		clear(s.at)
		for i := range s.counters {
			s.at[s.counters[i].key] = i
		}
		s.empty = 0
	}
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
