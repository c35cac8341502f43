package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// side is one of the things compared.
type side struct {
	name    string
	measure func(ctx context.Context) (reading, error)
}

// ratio compares two sides of the same run. The bar must be reached, the aim is wished for (0 is none); at most says that
// both are upper bounds.
type ratio struct {
	name     string
	of, over string // names of sides
	value    func(reading) float64
	bar, aim float64
	atMost   bool
}

func throughput(r reading) float64 { return r.perSecond }
func cost(r reading) float64       { return r.work.Seconds() }
func medianTime(r reading) float64 { return r.median.Seconds() }

// comparison is measured in one go, its sides by turns, in both directions, so that what the machine does besides meets all.
type comparison struct {
	title  string
	sides  []side
	ratios []ratio
	// brief prints the ratios with the sides' median times, and not the sides.
	brief bool
}

// run measures so many times and prints what it found.
func (c *comparison) run(ctx context.Context, out io.Writer, runs int) error {
	readings := map[string][]reading{}
	for n := range runs {
		for i := range c.sides {
			s := c.sides[i]
			if n%2 == 1 {
				s = c.sides[len(c.sides)-1-i]
			}
			r, err := s.measure(ctx)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", c.title, s.name, err)
			}
			readings[s.name] = append(readings[s.name], r)
		}
	}
	c.print(out, readings)
	return nil
}

func (c *comparison) print(out io.Writer, readings map[string][]reading) {
	line := func(format string, arguments ...any) { _, _ = fmt.Fprintf(out, format+"\n", arguments...) }
	line("\n%s", c.title)
	if !c.brief {
		c.printSides(line, readings)
	}
	for _, r := range c.ratios {
		of, over := values(readings[r.of], r.value), values(readings[r.over], r.value)
		ratios := make([]float64, len(of))
		for i := range of {
			ratios[i] = of[i] / over[i]
		}
		s, times := spreadOf(ratios), ""
		if c.brief {
			times = fmt.Sprintf("%9.3f ms over %9.3f ms  ", 1e3*spreadOf(of).median, 1e3*spreadOf(over).median)
		}
		line("  ratio %-52s %smin %.2f  median %.2f  max %.2f%s", r.name, times, s.min, s.median, s.max, r.verdict(s.median))
	}
}

func (c *comparison) printSides(line func(format string, arguments ...any), readings map[string][]reading) {
	line("  %-58s %22s  %26s  %26s", "", "requests a second", "median ms", "99 % ms")
	for _, s := range c.sides {
		all := readings[s.name]
		rate := spreadOf(values(all, throughput))
		middle, high := spreadOf(values(all, medianTime)), spreadOf(values(all, func(r reading) float64 { return r.high.Seconds() }))
		line("  %-58s %8.0f (%.0f-%.0f)  %8.3f (%.3f-%.3f)  %8.3f (%.3f-%.3f)  %s", s.name,
			rate.median, rate.min, rate.max, 1e3*middle.median, 1e3*middle.min, 1e3*middle.max,
			1e3*high.median, 1e3*high.min, 1e3*high.max, all[len(all)-1].note)
	}
}

// verdict says how a ratio stands; it is for people to read, nothing fails.
func (r *ratio) verdict(median float64) string {
	if r.bar == 0 {
		return ""
	}
	reached := func(bound float64) bool { return !r.atMost && median >= bound || r.atMost && median <= bound }
	word := "bar missed"
	switch {
	case r.aim != 0 && reached(r.aim):
		word = "aim reached"
	case reached(r.bar):
		word = "bar reached"
	}
	return fmt.Sprintf("  (bar %g, aim %g: %s)", r.bar, r.aim, word)
}

func values[T any](readings []T, value func(T) float64) []float64 {
	all := make([]float64, len(readings))
	for i, r := range readings {
		all[i] = value(r)
	}
	return all
}

// timed measures how long work takes: the median of so many times.
func timed(ctx context.Context, times int, work func(ctx context.Context) error) (reading, error) {
	took := make([]time.Duration, times)
	start := time.Now()
	for i := range took {
		from := time.Now()
		if err := work(ctx); err != nil {
			return reading{}, err
		}
		took[i] = time.Since(from)
	}
	return readingOf(took, time.Since(start)), nil
}
