package figures

import (
	"slices"

	"github.com/haochaping/haochaping/internal/beijing"
)

// coverage is what is read for the periods that are asked for.
type coverage struct {
	through int
	pentads bool
	// closed are months, pentads and days that hold closed days only, off are such ones that are taken off again, open are days
	// that are not closed, and hours.
	closed, off, open []int
	// of says of which asked period each is a part.
	of map[int]int
}

// cover covers hours, days and months that are asked for. A month holds its closed days, so it is read when all of them are
// asked for, and the others beside it; and so do pentads, where there are any. When the asked periods are told apart, days are
// not put together.
func cover(asked []int, through int, pentads, apart bool) *coverage {
	c := &coverage{through: through, pentads: pentads, of: make(map[int]int, len(asked))}
	single := map[int]days{}
	for _, period := range asked {
		switch {
		case period > lastDay:
			c.open = append(c.open, period)
			c.of[period] = period
		case period <= lastMonth:
			c.month(period, everyDay, period)
		case apart && period <= through:
			c.closed = append(c.closed, period)
			c.of[period] = period
		case apart:
			c.open = append(c.open, period)
			c.of[period] = period
		default:
			single[beijing.Month(period)] |= 1 << (period % 100)
		}
	}
	for month, asked := range single {
		c.month(month, asked, 0)
	}
	slices.Sort(c.closed)
	slices.Sort(c.off)
	slices.Sort(c.open)
	return c
}

// days are days of a month, as bits.
type days uint32

const everyDay = ^days(0)

func (d days) has(day int) bool { return d&(1<<day) != 0 }

// month covers days of a month: those that are closed run by run, the others one by one.
func (c *coverage) month(month int, of days, asked int) {
	first := month * 100
	last := endOfMonth(first+1) - first
	closed := max(0, min(last, c.through-first)) // the last one that is closed
	var runs []step
	for day := 1; day <= last; day++ {
		switch {
		case !of.has(day):
		case day > closed:
			c.open = append(c.open, first+day)
			c.of[first+day] = asked
		case day > 1 && of.has(day-1):
			runs[len(runs)-1].to = day
		default:
			runs = append(runs, step{from: day - 1, to: day})
		}
	}
	steps := c.steps(month, closed)
	for _, run := range runs {
		for _, s := range way(run.from, run.to, steps, len(runs) == 1) {
			if c.of[s.period] = asked; s.from < s.to {
				c.closed = append(c.closed, s.period)
			} else {
				c.off = append(c.off, s.period)
			}
		}
	}
}

// step goes over a period's closed days, from the day before its first to its last, or back.
type step struct{ from, to, period int }

// steps are the month, its pentads and its days, up to the last day that is closed.
func (c *coverage) steps(month, closed int) []step {
	steps := []step{{0, closed, month}}
	for day := 1; day <= closed && c.pentads; {
		pentad := pentadOf(month*100 + day)
		_, last := daysOf(pentad)
		last = min(last%100, closed)
		steps = append(steps, step{day - 1, last, pentad})
		day = last + 1
	}
	for day := 1; day <= closed; day++ {
		steps = append(steps, step{day - 1, day, month*100 + day})
	}
	return steps
}

// way goes from the one day to the other in as few steps as it takes. Days that it goes over and back again do not count. Where a
// month has several runs none may go back: two of them might go over the same days.
func way(from, to int, steps []step, back bool) (way []step) {
	var reached [32]*step // by which step first
	for next := []int{from}; reached[to] == nil; next = next[1:] {
		for _, s := range steps {
			if back && s.to == next[0] {
				s.from, s.to = s.to, s.from
			}
			if s.from == next[0] && s.to != from && reached[s.to] == nil {
				reached[s.to] = &s
				next = append(next, s.to)
			}
		}
	}
	for at := to; at != from; at = way[len(way)-1].from {
		way = append(way, *reached[at])
	}
	return way
}
