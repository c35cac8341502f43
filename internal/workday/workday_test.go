package workday_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/workday"
	"pgregory.net/rapid"
)

func at(day, hour int) time.Time { return beijing.DayStart(day).Add(time.Duration(hour) * time.Hour) }

// TestPublishedCalendars holds the calendar against the State Council's notices, written down here once more by another way: every
// weekday that is off, and every weekend day that is worked.
func TestPublishedCalendars(t *testing.T) {
	for _, year := range []struct {
		year        int
		off, worked []int // of months and days
		workdays    int
	}{
		{
			2024,
			[]int{101, 212, 213, 214, 215, 216, 404, 405, 501, 502, 503, 610, 916, 917, 1001, 1002, 1003, 1004, 1007},
			[]int{204, 218, 407, 428, 511, 914, 929, 1012},
			251,
		},
		{
			2025,
			[]int{101, 128, 129, 130, 131, 203, 204, 404, 501, 502, 505, 602, 1001, 1002, 1003, 1006, 1007, 1008},
			[]int{126, 208, 427, 928, 1011},
			248,
		},
		{
			2026,
			[]int{101, 102, 216, 217, 218, 219, 220, 223, 406, 501, 504, 505, 619, 925, 1001, 1002, 1005, 1006, 1007},
			[]int{104, 214, 228, 509, 920, 1010},
			248,
		},
	} {
		t.Run(strconv.Itoa(year.year), func(t *testing.T) {
			calendar := workday.China()
			var off, worked []int
			workdays := 0
			for day := at(year.year*10000+101, 12); day.Year() == year.year; day = day.AddDate(0, 0, 1) {
				weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
				switch is := calendar.IsWorkday(day); {
				case is && weekend:
					worked = append(worked, beijing.Day(day)%10000)
				case !is && !weekend:
					off = append(off, beijing.Day(day)%10000)
				}
				if calendar.IsWorkday(day) {
					workdays++
				}
			}
			if diff := cmp.Diff(year.off, off); diff != "" {
				t.Errorf("weekdays that are off (-want +got): %s", diff)
			}
			if diff := cmp.Diff(year.worked, worked); diff != "" {
				t.Errorf("weekend days that are worked (-want +got): %s", diff)
			}
			if workdays != year.workdays {
				t.Errorf("got %d working days, want %d", workdays, year.workdays)
			}
			if !calendar.Known(year.year) {
				t.Error("the year is not known")
			}
		})
	}
}

func TestAdd(t *testing.T) {
	for _, tt := range []struct {
		name      string
		from      time.Time
		days, day int
	}{
		{"Monday and three days", at(20260615, 10), 3, 20260618},
		{"the hour does not matter: before midnight", at(20260615, 24).Add(-time.Second), 3, 20260618},
		{"nor does UTC's day", at(20260615, 1).UTC(), 3, 20260618},
		{"over 端午节: Friday is off", at(20260616, 10), 3, 20260622},
		{"Friday and one day", at(20260612, 10), 1, 20260615},
		{"made on a Saturday, and 端午节 before the tenth", at(20260613, 10), 10, 20260629},
		{"over 春节 with its Saturday before and after", at(20260213, 10), 3, 20260225},
		{"the worked Saturday counts", at(20260213, 10), 1, 20260214},
		{"over 国庆节, the Saturday after it is worked", at(20260930, 10), 3, 20261010},
		{"over the turn of a year", at(20251230, 10), 3, 20260105},
		{"the worked Sunday after 元旦", at(20251231, 10), 1, 20260104},
		{"no days on a working day", at(20260615, 10), 0, 20260615},
		{"no days on a Saturday", at(20260613, 10), 0, 20260615},
		{"less than none is none", at(20260615, 10), -3, 20260615},
		{"a year that was not published: weekdays alone", at(20281229, 10), 1, 20290101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := at(tt.day, 24).Add(-time.Second)
			if got := workday.China().Add(tt.from, tt.days); !got.Equal(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestKnown(t *testing.T) {
	calendar := workday.China()
	for year, want := range map[int]bool{2023: false, 2024: true, 2026: true, 2029: false} {
		if got := calendar.Known(year); got != want {
			t.Errorf("%d: got %v, want %v", year, got, want)
		}
	}
	if !calendar.KnownThrough(at(20240101, 0), at(20261231, 24).Add(-time.Second)) {
		t.Error("three published years are not known")
	}
	if calendar.KnownThrough(at(20231231, 23), at(20240102, 0)) {
		t.Error("a year before the first one is known")
	}
}

func TestFaultsOfCalendars(t *testing.T) {
	for _, text := range []string{
		"2026-01-01 off", "2026\n2026-01-01", "2026\n2026-01-01 free", "2026\n2026-13-01 off", "2026\n2026-02-03..2026-02-01 off",
		"2026\n2026-12-31..2027-01-02 off", "2026\n2026-01-01..x off", "2026\n2026-01-01..2026-04-01 off", "year", "2026\na b c",
	} {
		if _, err := workday.Read([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func anyMoment(t *rapid.T, name string) time.Time {
	return time.Unix(rapid.Int64Range(1704038400, 1830268800).Draw(t, name), 0) // 2024 to 2027
}

// TestAddAgreesWithCounting holds Add against counting day by day, and Between against Add.
func TestAddAgreesWithCounting(t *testing.T) {
	calendar := workday.China()
	rapid.Check(t, func(t *rapid.T) {
		from, days := anyMoment(t, "from"), rapid.IntRange(1, 60).Draw(t, "days")
		got := calendar.Add(from, days)
		var counted []time.Time
		for day := beijing.DayStart(beijing.Day(from)).AddDate(0, 0, 1); len(counted) < days; day = day.AddDate(0, 0, 1) {
			if calendar.IsWorkday(day) {
				counted = append(counted, day)
			}
		}
		if want := counted[days-1].AddDate(0, 0, 1).Add(-time.Second); !got.Equal(want) {
			t.Errorf("%v and %d days: got %v, want %v", from, days, got, want)
		}
		if !calendar.IsWorkday(got) || calendar.Between(from, got) != days {
			t.Errorf("%v is %d working days after %v, want %d", got, calendar.Between(from, got), from, days)
		}
		if later := calendar.Add(from, days+1); !later.After(got) {
			t.Errorf("one day more gives %v, not after %v", later, got)
		}
	})
}

func TestBetween(t *testing.T) {
	calendar := workday.China()
	rapid.Check(t, func(t *rapid.T) {
		moments := []time.Time{anyMoment(t, "a"), anyMoment(t, "b"), anyMoment(t, "c")}
		slices.SortFunc(moments, time.Time.Compare)
		a, b, c := moments[0], moments[1], moments[2]
		if calendar.Between(a, b)+calendar.Between(b, c) != calendar.Between(a, c) {
			t.Errorf("%v, %v, %v: the parts don't make the whole", a, b, c)
		}
		if calendar.Between(b, a) != -calendar.Between(a, b) || calendar.Between(a, a) != 0 {
			t.Errorf("%v, %v: not the same backwards", a, b)
		}
	})
}
