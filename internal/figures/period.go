package figures

import (
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Span is a range of days yyyymmdd, both included.
type Span struct{ From, To int }

// firstDay is the earliest day a review can have (contract.md 4: times from 1970 on).
const firstDay = 19700101

// ahead is how far in the future a review's time may lie (contract.md 4).
const ahead = 5 * time.Minute

// periods covers the span with whole months and the days that are left, so that a long period costs few rows.
// now bounds the span: nothing is counted later than now and a little.
func (s Span) periods(now time.Time) []int {
	last := beijing.Day(now.Add(ahead))
	from, to := max(s.From, firstDay), min(s.To, last)
	var periods []int
	for day := from; day <= to; {
		monthEnd := endOfMonth(day)
		if day%100 == 1 && (to >= monthEnd || to == last) {
			periods = append(periods, beijing.Month(day))
			day = beijing.AddDays(monthEnd, 1)
			continue
		}
		periods = append(periods, day)
		day = beijing.AddDays(day, 1)
	}
	return periods
}

func endOfMonth(day int) int {
	return beijing.Day(beijing.DayStart(day/100*100+1).AddDate(0, 1, -1))
}
