package figures

import (
	"slices"

	"github.com/haochaping/haochaping/internal/beijing"
)

// coverage is what is read for the periods that are asked for.
type coverage struct {
	through int
	pentads bool
	// closed are months, pentads and days that hold closed days only, open are days that are not closed, and hours.
	closed, open []int
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
		case apart:
			c.add(period, period)
		default:
			single[beijing.Month(period)] |= 1 << (period % 100)
		}
	}
	for month, asked := range single {
		c.month(month, asked, 0)
	}
	slices.Sort(c.closed)
	slices.Sort(c.open)
	return c
}

// days are days of a month, as bits.
type days uint32

const everyDay = ^days(0)

// closed says whether all days from first to last that are closed, and at least one, are among them.
func (d days) closed(first, last, through int) bool {
	for day := first; day <= min(last, through); day++ {
		if d&(1<<(day%100)) == 0 {
			return false
		}
	}
	return first <= through
}

// month covers days of a month.
func (c *coverage) month(month int, of days, asked int) {
	first := month*100 + 1
	if end := endOfMonth(first); of.closed(first, end, c.through) {
		c.rest(month, first, end, of, asked)
		return
	}
	for sixth := 1; sixth <= 6; sixth++ {
		pentad := month*10 + sixth
		first, last := daysOf(pentad)
		if c.pentads && of.closed(first, last, c.through) {
			c.rest(pentad, first, last, of, asked)
			continue
		}
		for day := first; day <= last; day++ {
			if of&(1<<(day%100)) != 0 {
				c.add(day, asked)
			}
		}
	}
}

// rest covers a pentad or month, and those of its days that it does not hold.
func (c *coverage) rest(period, first, last int, of days, asked int) {
	c.closed = append(c.closed, period)
	c.of[period] = asked
	for day := max(first, c.through+1); day <= last; day++ {
		if of&(1<<(day%100)) != 0 {
			c.add(day, asked)
		}
	}
}

func (c *coverage) add(day, asked int) {
	if day <= c.through {
		c.closed = append(c.closed, day)
	} else {
		c.open = append(c.open, day)
	}
	c.of[day] = asked
}
