package console

import (
	"context"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/web/view"
)

// usageDays is over how many days, today included, the use of codes is shown.
const usageDays = 30

// Usage is how often a window's static code was opened, and how many reviews came by a hall's codes at that window.
type Usage struct{ Opened, Reviewed int64 }

func (u *Usage) add(other Usage) {
	u.Opened += other.Opened
	u.Reviewed += other.Reviewed
}

// Rate is how many of a hundred openings led to a review; empty where nothing was opened. Reviews by dynamic codes and on pages that
// were opened the day before are among them, so that it may be more than 100.
func (u Usage) Rate() string {
	if u.Opened == 0 {
		return ""
	}
	return view.Decimal(100*float64(u.Reviewed)/float64(u.Opened)) + "%"
}

type dayUsage struct {
	Day time.Time
	Usage
}

// usageSpan are the days that are shown, the newest last.
func (h *Handler) usageSpan() (days []int) {
	last := beijing.Day(h.Now())
	for n := usageDays - 1; n >= 0; n-- {
		days = append(days, beijing.AddDays(last, -n))
	}
	return days
}

// usage adds up what was opened and reviewed at windows, by what key makes of a window and a day.
func usage[K comparable](ctx context.Context, h *Handler, windows []string, key func(window string, day int) K) (map[K]Usage, error) {
	sums := map[K]Usage{}
	if len(windows) == 0 {
		return sums, nil
	}
	days := h.usageSpan()
	scans, err := h.Venues.Scans.Scans(ctx, windows, days[0], days[len(days)-1])
	if err != nil {
		return nil, err
	}
	for _, scan := range scans {
		sum := sums[key(scan.Window, scan.Day)]
		sum.Opened += scan.Opened
		sums[key(scan.Window, scan.Day)] = sum
	}
	rows, err := h.Venues.Sums.Sum(ctx, figures.Query{
		Dimensions: []figures.Dimension{figures.Window}, From: slices.Min(windows), To: slices.Max(windows) + "\x00",
		Channel: catalog.HallQR, Split: figures.Split{Period: true}, Periods: days,
	})
	if err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(windows))
	for _, code := range windows {
		wanted[code] = true
	}
	for _, row := range rows {
		if wanted[row.Code] {
			sum := sums[key(row.Code, row.Period)]
			sum.Reviewed += row.Counts.Total()
			sums[key(row.Code, row.Period)] = sum
		}
	}
	return sums, nil
}

func (h *Handler) usageByWindow(ctx context.Context, windows []string) (map[string]Usage, error) {
	return usage(ctx, h, windows, func(window string, _ int) string { return window })
}

// usageByDay is one window's, the newest day first.
func (h *Handler) usageByDay(ctx context.Context, window string) ([]dayUsage, error) {
	sums, err := usage(ctx, h, []string{window}, func(_ string, day int) int { return day })
	if err != nil {
		return nil, err
	}
	var days []dayUsage
	for _, day := range slices.Backward(h.usageSpan()) {
		days = append(days, dayUsage{beijing.DayStart(day), sums[day]})
	}
	return days, nil
}
