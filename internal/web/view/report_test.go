package view

import "testing"

// The bars of a month that has just begun are as wide as they will be, and stand where they will stand.
func TestTheBarsOfAMonthThatBegins(t *testing.T) {
	for _, days := range []int{1, 3, 28, 31} {
		c := bars(make([]ReportDay, days))
		if len(c.Bars) != days {
			t.Fatalf("%d days have %d bars", days, len(c.Bars))
		}
		first, last := c.Bars[0], c.Bars[days-1]
		if first.Width > 20 || first.X > c.Left+10 || last.X+last.Width > c.Right {
			t.Errorf("%d days: the first bar is %.0f wide at %.0f, the last ends at %.0f of %.0f", days, first.Width, first.X, last.X+last.Width, c.Right)
		}
	}
}
