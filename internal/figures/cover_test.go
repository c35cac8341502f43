package figures

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"pgregory.net/rapid"
)

func TestWhatIsClosedIsReadAtOnce(t *testing.T) {
	list := func(first, last int) (days []int) {
		for day := first; day <= last; day++ {
			days = append(days, day)
		}
		return days
	}
	february := list(20260201, 20260228)
	for _, c := range []struct {
		name           string
		asked          []int
		through        int
		pentads, apart bool
		closed, open   []int
	}{
		{"nothing is closed", []int{202602}, 20260131, true, false, nil, february},
		{"a closed month", []int{202602}, 20260228, true, false, []int{202602}, nil},
		{"all its days", february, 20260305, true, false, []int{202602}, nil},
		{"a month that runs holds what is closed", []int{202602}, 20260212, true, false, []int{202602}, list(20260213, 20260228)},
		{"all its days that are closed", list(20260201, 20260213), 20260212, true, false, []int{202602}, []int{20260213}},
		{"all but the last", list(20260201, 20260211), 20260212, true, false, []int{2026021, 2026022, 20260211}, nil},
		{"days that are a pentad", list(20260205, 20260212), 20260228, true, false, []int{2026022, 20260205, 20260211, 20260212}, nil},
		{"a pentad that runs holds what is closed", list(20260206, 20260210), 20260209, true, false, []int{2026022}, []int{20260210}},
		{"where there are no pentads", list(20260206, 20260210), 20260209, false, false, list(20260206, 20260209), []int{20260210}},
		{"the rest of a month", list(20260225, 20260228), 20260228, true, false, []int{2026026, 20260225}, nil},
		{"days told apart", list(20260206, 20260210), 20260209, true, true, list(20260206, 20260209), []int{20260210}},
		{"a month told apart", []int{202602}, 20260226, true, true, []int{202602}, []int{20260227, 20260228}},
		{"hours", []int{2026021009, 2026021010}, 20260212, true, false, nil, []int{2026021009, 2026021010}},
	} {
		got := cover(c.asked, c.through, c.pentads, c.apart)
		if diff := gocmp.Diff([][]int{c.closed, c.open}, [][]int{got.closed, got.open}); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		for period, of := range got.of {
			if c.apart && of != period && of != beijing.Month(period) {
				t.Errorf("%s: %d is a part of %d", c.name, period, of)
			}
		}
	}
}

func TestPentads(t *testing.T) {
	for day, want := range map[int]string{
		20261101: "2026111 20261101 20261105", 20261105: "2026111 20261101 20261105", 20261125: "2026115 20261121 20261125",
		20261126: "2026116 20261126 20261130", 20260228: "2026026 20260226 20260228", 20261231: "2026126 20261226 20261231",
	} {
		first, last := daysOf(pentadOf(day))
		if got := fmt.Sprint(pentadOf(day), first, last); got != want {
			t.Errorf("%d: got %s, want %s", day, got, want)
		}
	}
}

// TestEveryAskedDayIsReadOnce: what is read is each day that is asked for once and no other, and of days that stand together few periods
// are read.
func TestEveryAskedDayIsReadOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) int { return beijing.AddDays(20260101, rapid.IntRange(0, 120).Draw(t, name)) }
		first, through := day("first"), day("through")
		last := beijing.AddDays(first, rapid.IntRange(0, 120).Draw(t, "days more"))
		left := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) int {
			return beijing.AddDays(20260101, rapid.IntRange(0, 120).Draw(t, "left out"))
		}), rapid.ID).Draw(t, "days left out")
		pentads, together := rapid.Bool().Draw(t, "pentads"), len(left) == 0
		var asked []int
		for d := first; d <= last; d = beijing.AddDays(d, 1) {
			if !slices.Contains(left, d) {
				asked = append(asked, d)
			}
		}
		c := cover(asked, through, pentads, false)
		read := map[int]int{}
		count := func(periods []int) {
			for n, period := range periods {
				if n > 0 && periods[n-1] == period {
					t.Fatalf("%d is read twice: %v", period, periods)
				}
				for d := beijing.AddDays(20260101, -31); d <= 20260930; d = beijing.AddDays(d, 1) {
					if d == period || d <= through && (pentadOf(d) == period || beijing.Month(d) == period) {
						read[d]++
					}
				}
			}
		}
		count(c.closed)
		count(c.open)
		want := map[int]int{}
		for _, d := range asked {
			want[d] = 1
		}
		if diff := gocmp.Diff(want, read); diff != "" {
			t.Fatalf("%d to %d but %v, closed through %d: %+v: %s", first, last, left, through, c, diff)
		}
		for _, d := range c.open {
			if d <= through {
				t.Fatalf("%d is closed", d)
			}
		}
		months := 1 + last/100 - first/100
		if most := 12 * months; together && pentads && len(c.closed) > most {
			t.Fatalf("%d to %d are %d periods, want at most %d: %+v", first, last, len(c.closed), most, c)
		}
	})
}
