package integrity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/workday"
)

// A Friday and the Sunday after it.
const (
	friday = 20260612
	sunday = 20260614
)

var window = integrity.Place{Region: "440106000000", Department: "D1", Hall: "H1", Window: "H1W1"}

// sightings are reviews of a window, from so many o'clock on, apart by a pause; change makes them others.
func sightings(day, count, hour int, pause time.Duration, change func(n int, s *integrity.Sighting)) (all []integrity.Sighting) {
	for n := range count {
		s := integrity.Sighting{
			Serial: fmt.Sprintf("S%03d", n), At: beijing.DayStart(day).Add(time.Duration(hour)*time.Hour + time.Duration(n)*pause), Stars: 5, Place: window, WorkNo: "007", OnSpot: true,
			Person: integrity.Mark{1, byte(n)}, Device: integrity.Mark{2, byte(n)}, Address: integrity.Mark{3, byte(n)},
		}
		if change != nil {
			change(n, &s)
		}
		all = append(all, s)
	}
	return all
}

// examine looks at a day of a window and its hall that had ten five stars on each working day before.
func examine(day int, officers map[integrity.Mark][]integrity.OfficerMark, all ...integrity.Sighting) map[integrity.Kind]integrity.Finding {
	calendar := workday.China()
	var days []int
	for n := integrity.PastDays; n > 0; n-- {
		days = append(days, beijing.AddDays(day, -n))
	}
	past := integrity.NewPast(days)
	for _, before := range days {
		if calendar.IsWorkday(beijing.DayStart(before)) {
			past.Add(integrity.Key{Kind: integrity.WindowPlace, Code: "H1W1"}, before, integrity.Tally{Five: 10, All: 10})
			past.Add(integrity.Key{Kind: integrity.HallPlace, Code: "H1"}, before, integrity.Tally{Five: 10, All: 10})
		}
	}
	found := map[integrity.Kind]integrity.Finding{}
	for _, f := range integrity.Examine(&integrity.Day{Day: day, Sightings: all, Past: past, Officers: officers, Calendar: calendar}, integrity.Default) {
		found[f.Kind] = f
	}
	return found
}

func TestRules(t *testing.T) {
	slogan := integrity.Plain("真心实意为百姓，把小事当成大事来办")
	officers := map[integrity.Mark][]integrity.OfficerMark{{9}: {{Hall: "H1", WorkNo: "007"}}, {8}: {{Hall: "H2", WorkNo: "007"}}}
	for _, tt := range []struct {
		name  string
		day   int
		all   []integrity.Sighting
		want  integrity.Kind // empty is none
		count int
	}{
		{"an ordinary day", friday, sightings(friday, 11, 9, 40*time.Minute, nil), "", 0},
		{"four times as many as usual", friday, sightings(friday, 40, 9, 12*time.Minute, nil), integrity.Burst, 40},
		{"ten within ten minutes", friday, sightings(friday, 10, 10, 50*time.Second, nil), integrity.Burst, 10},
		{"six persons with one device", friday, sightings(friday, 6, 9, 40*time.Minute, func(_ int, s *integrity.Sighting) { s.Device = integrity.Mark{7} }), integrity.Device, 6},
		{"one person with six affairs", friday, sightings(friday, 6, 9, 40*time.Minute, func(_ int, s *integrity.Sighting) {
			s.Device, s.Person = integrity.Mark{7}, integrity.Mark{7}
		}), "", 0},
		{"six persons with one device who complain", friday, sightings(friday, 6, 9, 40*time.Minute, func(_ int, s *integrity.Sighting) {
			s.Device, s.Stars = integrity.Mark{7}, 1
		}), "", 0},
		{"an officer's certificate", friday, sightings(friday, 3, 9, time.Hour, func(n int, s *integrity.Sighting) {
			if n == 1 {
				s.Certificate = integrity.Mark{9}
			}
		}), integrity.Officer, 1},
		{"an officer's telephone", friday, sightings(friday, 1, 9, time.Hour, func(_ int, s *integrity.Sighting) { s.Phone = integrity.Mark{9} }), integrity.Officer, 1},
		{"an officer who complains of himself", friday, sightings(friday, 3, 9, time.Hour, func(_ int, s *integrity.Sighting) { s.Certificate, s.Stars = integrity.Mark{9}, 1 }), "", 0},
		{"an officer who rates two of his colleagues", friday, sightings(friday, 2, 9, time.Hour, func(_ int, s *integrity.Sighting) { s.Certificate, s.WorkNo = integrity.Mark{9}, "008" }), "", 0},
		{"an officer who rates three of them", friday, sightings(friday, 3, 9, time.Hour, func(_ int, s *integrity.Sighting) { s.Certificate, s.WorkNo = integrity.Mark{9}, "008" }), integrity.Officer, 3},
		{"complaints at night", friday, sightings(friday, 6, 1, 30*time.Minute, func(_ int, s *integrity.Sighting) { s.Stars = 2 }), "", 0},
		{"an officer of another hall", friday, sightings(friday, 3, 9, time.Hour, func(_ int, s *integrity.Sighting) { s.Certificate = integrity.Mark{8} }), "", 0},
		{"at night", friday, sightings(friday, 6, 1, 30*time.Minute, nil), integrity.Closed, 6},
		{"on a Sunday", sunday, sightings(sunday, 6, 10, 30*time.Minute, nil), integrity.Closed, 6},
		{"from home on a Sunday", sunday, sightings(sunday, 6, 10, 30*time.Minute, func(_ int, s *integrity.Sighting) { s.OnSpot = false }), "", 0},
		{"the same words", friday, sightings(friday, 6, 9, 40*time.Minute, func(n int, s *integrity.Sighting) {
			if s.Words = slogan; n%2 == 0 {
				s.Words = slogan + "啊"
			}
		}), integrity.Words, 6},
	} {
		found := examine(tt.day, officers, tt.all...)
		got, is := found[tt.want]
		if tt.want == "" && len(found) > 0 || tt.want != "" && (!is || got.Count != tt.count || len(got.Reviews) != tt.count) {
			t.Errorf("%s: got %+v, want %q with %d", tt.name, found, tt.want, tt.count)
		}
	}
}

// A hall's own network is no sign; an address that one window alone has is one.
func TestAddressesOfAHall(t *testing.T) {
	others := sightings(friday, 30, 9, 15*time.Minute, func(n int, s *integrity.Sighting) {
		s.Serial, s.Place.Window = fmt.Sprintf("T%03d", n), fmt.Sprintf("H1W%d", 2+n%3)
		s.Person, s.Address = integrity.Mark{4, byte(n & 255)}, integrity.Mark{5} // the hall's
	})
	for name, tt := range map[string]struct {
		address integrity.Mark
		want    bool
	}{"the hall's": {integrity.Mark{5}, false}, "an office's": {integrity.Mark{6}, true}} {
		own := sightings(friday, 9, 9, 40*time.Minute, func(_ int, s *integrity.Sighting) { s.Address = tt.address })
		if _, got := examine(friday, nil, append(own, others...)...)[integrity.Address]; got != tt.want {
			t.Errorf("%s: found %v, want %v", name, got, tt.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for said, want := range map[string]string{
		"很好": "", "真心实意，为百姓办事！！👍": "真心实意为百姓办事", "好好好好好好好好好好": "", "SERVICE is good 666": "serviceisgood",
	} {
		if got := integrity.Plain(said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
