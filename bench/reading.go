package main

import (
	"fmt"
	"slices"
	"time"
)

// reading is what one measurement of one side gave.
type reading struct {
	perSecond float64
	median    time.Duration
	high      time.Duration // 99 % were not slower
	work      time.Duration // of processors, the server's and its database's, for each request
	note      string        // what else was seen
}

func readingOf(took []time.Duration, measured time.Duration) reading {
	slices.Sort(took)
	return reading{
		perSecond: float64(len(took)) / measured.Seconds(),
		median:    quantile(took, 0.5),
		high:      quantile(took, 0.99),
	}
}

// quantile of sorted values; 0 of none.
func quantile[T any](sorted []T, q float64) (value T) {
	if len(sorted) == 0 {
		return value
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// spread is minimum, median and maximum of all runs.
type spread struct{ min, median, max float64 }

// String is the median with minimum and maximum.
func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f-%.2f)", s.median, s.min, s.max) }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return spread{}
	}
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return spread{sorted[0], median, sorted[len(sorted)-1]}
}
