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

// periods covers the span with whole months and the days that are left, so that a long period is a short list.
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

// periods covers a span as of now.
func (s *Service) periods(span Span) []int { return span.periods(s.now()) }

func endOfMonth(day int) int {
	return beijing.Day(beijing.DayStart(day/100*100+1).AddDate(0, 1, -1))
}

// The greatest numbers of their kind: periods are told apart by how many digits they have.
const (
	lastMonth  = 999999
	lastPentad = 9999999
	lastDay    = 99999999
)

// pentadOf is the sixth of a month in which a day lies, yyyymm1 to yyyymm6: days 1 to 5, 6 to 10, ..., 26 to the end.
func pentadOf(day int) int { return beijing.Month(day)*10 + min((day%100-1)/5+1, 6) }

// daysOf are the first and the last day of a pentad.
func daysOf(pentad int) (first, last int) {
	first = pentad/10*100 + (pentad%10-1)*5 + 1
	if pentad%10 == 6 {
		return first, endOfMonth(first)
	}
	return first, first + 4
}

// hourOf is an hour of a day, yyyymmddhh.
func hourOf(day, hour int) int { return day*100 + hour }

// Closes says in which pentad and month a day is counted when it is closed.
func Closes(day int) (pentad, month int) { return pentadOf(day), beijing.Month(day) }
