package figures

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"pgregory.net/rapid"
)

// noon is the time in these tests.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, beijing.Zone)

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		name string
		span Span
		want []int
	}{
		{"one day", Span{20260610, 20260610}, []int{20260610}},
		{"a month", Span{20260501, 20260531}, []int{202605}},
		{"a month but its first day", Span{20260530, 20260531}, []int{20260530, 20260531}},
		{"a month but its last day", Span{20260201, 20260203}, []int{20260201, 20260202, 20260203}},
		{"days, months, days", Span{20260130, 20260302}, []int{20260130, 20260131, 202602, 20260301, 20260302}},
		{"over a year's end", Span{20251201, 20260131}, []int{202512, 202601}},
		{"a leap year's February", Span{20240201, 20240229}, []int{202402}},
		{"the month that is not over yet", Span{20260601, 20260615}, []int{202606}},
		{"to a day to come", Span{20260531, 20991231}, []int{20260531, 202606}},
		{"to yesterday", Span{20260613, 20260614}, []int{20260613, 20260614}},
		{"only days to come", Span{20260701, 20260731}, nil},
		{"the wrong way round", Span{20260610, 20260609}, nil},
	} {
		if diff := cmp.Diff(c.want, c.span.periods(noon)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	everything := Span{0, 99991231}.periods(noon)
	if everything[0] != 197001 || everything[len(everything)-1] != 202606 || len(everything) != 56*12+6 {
		t.Errorf("all time is %v", everything)
	}
}

// TestPeriodsAreTheDaysOneByOne: whole months and days together are every day of the span, none of them twice.
func TestPeriodsAreTheDaysOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) int { return beijing.AddDays(20200101, rapid.IntRange(0, 4000).Draw(t, name)) }
		now := beijing.DayStart(day("today")).Add(time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "minutes")) * time.Minute)
		span := Span{day("from"), day("to")}
		last := beijing.Day(now.Add(5 * time.Minute)) // nothing is counted later: contract.md 4
		var want, got []int
		for d := span.From; d <= min(span.To, last); d = beijing.AddDays(d, 1) {
			want = append(want, d)
		}
		periods := span.periods(now)
		for _, period := range periods {
			if period > 999999 {
				got = append(got, period)
				continue
			}
			for d := period*100 + 1; beijing.Month(d) == period && d <= last; d = beijing.AddDays(d, 1) {
				got = append(got, d)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%v at %v: %s", span, now, diff)
		}
		if most := 30 + 30 + len(want)/28; len(periods) > most {
			t.Fatalf("%d days are %d periods, want at most %d", len(want), len(periods), most)
		}
	})
}
