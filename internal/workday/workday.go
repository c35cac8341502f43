// Package workday knows China's working days: Monday to Friday, but for the holidays that the State Council publishes each
// autumn for the year to come, and with the weekend days that are worked instead (调休).
package workday

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Calendar tells working days from others. Days of years that were not published are working days from Monday to Friday; Known
// says whether a year was. It is safe for many at once.
type Calendar struct {
	years map[int]bool
	odd   map[int]bool // days yyyymmdd that are not as the weekday says: true is worked
}

//go:embed data/china.txt
var published []byte

// China is the calendar of the notices that were published when this program was made.
func China() *Calendar {
	c, err := Read(published)
	if err != nil {
		panic(err) // it is embedded, and read by the tests
	}
	return c
}

// Read reads a calendar from lines: "2026" publishes a year, "2026-02-15..2026-02-23 off" are holidays, "2026-02-28 work" is a
// day that is worked instead. What follows # is a comment.
func Read(text []byte) (*Calendar, error) {
	c := &Calendar{years: map[int]bool{}, odd: map[int]bool{}}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := c.read(fields); err != nil {
			return nil, fmt.Errorf("calendar, line %d: %w", n, err)
		}
	}
	return c, lines.Err()
}

func (c *Calendar) read(fields []string) error {
	if len(fields) == 1 {
		year, err := strconv.Atoi(fields[0])
		c.years[year] = true
		return err
	}
	if len(fields) != 2 || fields[1] != "off" && fields[1] != "work" {
		return fmt.Errorf("%q is neither a year nor days off or worked", strings.Join(fields, " "))
	}
	first, last, several := strings.Cut(fields[0], "..")
	if !several {
		last = first
	}
	from, err := time.ParseInLocation(time.DateOnly, first, beijing.Zone)
	if err != nil {
		return err
	}
	to, err := time.ParseInLocation(time.DateOnly, last, beijing.Zone)
	if err != nil {
		return err
	}
	if !c.years[from.Year()] || !c.years[to.Year()] || to.Before(from) || to.Sub(from) > 31*24*time.Hour {
		return fmt.Errorf("%s is not within a published year", fields[0])
	}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		c.odd[beijing.Day(day)] = fields[1] == "work"
	}
	return nil
}

// Known says whether the holidays of a year were published.
func (c *Calendar) Known(year int) bool { return c.years[year] }

// LastKnown is the last year whose holidays were published; 0 when none were.
func (c *Calendar) LastKnown() (last int) {
	for year := range c.years {
		last = max(last, year)
	}
	return last
}

// KnownThrough says whether all years from one moment to another were published: what was reckoned between them is certain.
func (c *Calendar) KnownThrough(from, to time.Time) bool {
	for year := from.In(beijing.Zone).Year(); year <= to.In(beijing.Zone).Year(); year++ {
		if !c.Known(year) {
			return false
		}
	}
	return true
}

// IsWorkday says whether the day of t in Asia/Shanghai is worked.
func (c *Calendar) IsWorkday(t time.Time) bool {
	t = t.In(beijing.Zone)
	if worked, odd := c.odd[beijing.Day(t)]; odd {
		return worked
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// MaxDays is the most working days that are added at once: more is cut down to it.
const MaxDays = 1000

// Add gives the end of the working day that is days working days after the day of from: 23:59:59 in Asia/Shanghai. The day of
// from itself doesn't count, whatever its hour, as limits are reckoned in law (民法典 第二百零一条). With no days it is the end
// of the day of from, or of the first working day after it.
func (c *Calendar) Add(from time.Time, days int) time.Time {
	day := noon(from)
	if days <= 0 {
		for !c.IsWorkday(day) {
			day = day.AddDate(0, 0, 1)
		}
		return endOf(day)
	}
	for left := min(days, MaxDays); left > 0; {
		day = day.AddDate(0, 0, 1)
		if c.IsWorkday(day) {
			left--
		}
	}
	return endOf(day)
}

// Between counts the working days after the day of from up to and with the day of to; as many less than none when to is before
// from. More than some ten years are cut down to them.
func (c *Calendar) Between(from, to time.Time) (days int) {
	day, last := noon(from), noon(to)
	if last.Before(day) {
		return -c.Between(to, from)
	}
	for range 4000 {
		if !day.Before(last) {
			break
		}
		day = day.AddDate(0, 0, 1)
		if c.IsWorkday(day) {
			days++
		}
	}
	return days
}

func noon(t time.Time) time.Time {
	y, m, d := t.In(beijing.Zone).Date()
	return time.Date(y, m, d, 12, 0, 0, 0, beijing.Zone)
}

func endOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 23, 59, 59, 0, beijing.Zone)
}
