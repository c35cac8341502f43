package main

import (
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
)

// ledger makes counter rows of facts that come in the order of time: a day's when it is over, a pentad's and a month's when
// they are. All days are closed.
type ledger struct {
	kept   figures.Kept
	day    int
	lanes  []figures.Merged
	closed figures.Tally // sums of days, pentads and months that are not over
	rows   [][]any       // what is to be stored
}

func newLedger(lanes, through int) *ledger {
	l := &ledger{kept: figures.Kept{Through: through}, closed: figures.Tally{}}
	for range lanes {
		l.lanes = append(l.lanes, figures.Merged{})
	}
	return l
}

func (l *ledger) add(lane int, f *figures.Fact) {
	if f.Day != l.day {
		l.endDay(f.Day)
	}
	l.lanes[lane].Add(f)
}

// end is after the last fact.
func (l *ledger) end() { l.endDay(0) }

// endDay makes rows of the day that is over, and of the pentad and month if they are over with it.
func (l *ledger) endDay(next int) {
	for lane, merged := range l.lanes {
		tally := merged.Counters(l.kept)
		for _, key := range tally.Keys() {
			if key.Derived() {
				counts := tally[key]
				counts.Add(l.closed[key])
				l.closed[key] = counts
				continue
			}
			l.rows = append(l.rows, counterRow(key, lane, tally[key]))
		}
		clear(merged)
	}
	pentad, month := figures.Closes(l.day)
	nextPentad, nextMonth := figures.Closes(next)
	over := figures.Tally{}
	for key, counts := range l.closed {
		if key.Period == l.day || key.Period == pentad && pentad != nextPentad || key.Period == month && month != nextMonth {
			over[key] = counts
			delete(l.closed, key)
		}
	}
	for _, key := range over.Keys() {
		l.rows = append(l.rows, counterRow(key, closedLane, over[key]))
	}
	l.day = next
}

// take gives the rows that are to be stored, once.
func (l *ledger) take() [][]any {
	rows := l.rows
	l.rows = nil
	return rows
}

// monthOver says whether a month ends between two days.
func monthOver(day, next int) bool { return beijing.Month(day) != beijing.Month(next) }
