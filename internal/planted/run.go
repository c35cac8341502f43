package planted

import (
	"math/rand/v2"
	"slices"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/integrity"
)

const (
	pastDays  = integrity.PastDays
	simulated = 20 // days that are examined
	firstDay  = 20260810
)

// Result is what came of one seed.
type Result struct {
	Reviews int
	// Honest are window-days with reviews and without fraud, Falsely those of them with a finding, by kind and as a whole.
	Honest, Falsely int
	FalseKinds      map[integrity.Kind]int
	// Planted and Found count window-days with fraud, and those of them with a finding of that kind.
	Planted, Found map[integrity.Kind]int
	// Missed are what was planted and not found, for who wants to know why.
	Missed []Missed
}

// Missed is fraud that was not found.
type Missed struct {
	Kind   integrity.Kind
	Window string
	Day    int
	Size   int
	Usual  float64
}

// FoundShare is how much of the planted window-days was found, FalseShare how many honest ones have a finding; 0..1.
func (r *Result) FoundShare() float64 {
	found, all := 0, 0
	for kind, n := range r.Planted {
		all += n
		found += r.Found[kind]
	}
	return float64(found) / float64(max(all, 1))
}

// FalseShare is the share of honest window-days with a finding; see FoundShare.
func (r *Result) FalseShare() float64 { return float64(r.Falsely) / float64(max(r.Honest, 1)) }

// plot is fraud on a window-day.
type plot struct {
	kind integrity.Kind
	size int
}

// Run plays a province for four weeks and examines the days after them, each with all that came before, fraud that nobody judged
// included. The same seed plays the same.
func Run(seed uint64, at integrity.Thresholds, calendar integrity.Worked) *Result {
	p := newProvince(rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))) //nolint:gosec // a simulation that can be repeated
	r := &Result{FalseKinds: map[integrity.Kind]int{}, Planted: map[integrity.Kind]int{}, Found: map[integrity.Kind]int{}}
	officers := p.officers()
	var days []int
	tallies := map[int]map[integrity.Key]integrity.Tally{}
	for index := range pastDays + simulated {
		day := beijing.AddDays(firstDay, index)
		worked := calendar.IsWorkday(beijing.DayStart(day))
		affairs := map[integrity.Key]int{}
		var sightings []integrity.Sighting
		plots := map[string]plot{}
		for _, h := range p.halls {
			sightings = append(sightings, p.honest(h, day, index, worked, func(w *window, n int) {
				affairs[w.place.Key()] += n
				affairs[integrity.Key{Kind: integrity.HallPlace, Code: w.place.Hall}] += n
			})...)
			if index < pastDays {
				continue
			}
			for _, w := range h.windows {
				if index < w.opened || !p.chance(0.02) {
					continue
				}
				kind := p.scheme(worked, h)
				if kind == "" {
					continue
				}
				fraud := p.plant(kind, h, w, day, worked)
				plots[w.place.Window] = plot{kind, len(fraud)}
				sightings = append(sightings, fraud...)
			}
		}
		r.Reviews += len(sightings)
		if index >= pastDays {
			past := integrity.NewPast(slices.Clone(days[len(days)-pastDays:]))
			for _, before := range past.Days {
				for key, tally := range tallies[before] {
					past.Add(key, before, tally)
				}
			}
			past.Affairs = affairs
			r.judge(p, day, sightings, plots, integrity.Examine(&integrity.Day{
				Day: day, Sightings: sightings, Past: past, Officers: officers, Calendar: calendar,
			}, at))
		}
		days = append(days, day)
		tallies[day] = tally(sightings, affairs)
	}
	return r
}

// scheme is what somebody who cheats on a day does; on a day on which his hall is closed it is just one thing.
func (p *province) scheme(worked bool, h *hall) integrity.Kind {
	kinds := integrity.Kinds()
	switch {
	case worked:
		return kinds[p.random.IntN(len(kinds))]
	case h.saturday == 0 && p.chance(0.3):
		return integrity.Closed
	}
	return ""
}

// officers are those of all windows, by certificate and telephone.
func (p *province) officers() map[integrity.Mark][]integrity.OfficerMark {
	officers := map[integrity.Mark][]integrity.OfficerMark{}
	for _, h := range p.halls {
		for _, w := range h.windows {
			is := integrity.OfficerMark{Hall: w.place.Hall, WorkNo: w.workNo, Window: w.place.Window}
			officers[officerMark(w)] = []integrity.OfficerMark{is}
			officers[officerPhone(w)] = []integrity.OfficerMark{is}
		}
	}
	return officers
}

// tally is what the counters have of a day.
func tally(sightings []integrity.Sighting, affairs map[integrity.Key]int) map[integrity.Key]integrity.Tally {
	tallies := map[integrity.Key]integrity.Tally{}
	for i := range sightings {
		s := &sightings[i]
		for _, key := range []integrity.Key{s.Place.Key(), {Kind: integrity.HallPlace, Code: s.Place.Hall}} {
			t := tallies[key]
			t.All++
			if s.Stars == 5 {
				t.Five++
			}
			tallies[key] = t
		}
	}
	for key, n := range affairs {
		t := tallies[key]
		t.Affairs = n
		tallies[key] = t
	}
	return tallies
}

// judge compares what was found with what was planted.
func (r *Result) judge(p *province, day int, sightings []integrity.Sighting, plots map[string]plot, findings []integrity.Finding) {
	seen, accused := map[string]bool{}, map[string]map[integrity.Kind]bool{}
	for i := range sightings {
		seen[sightings[i].Place.Window] = true
	}
	for i := range findings {
		window := findings[i].Place.Window
		if accused[window] == nil {
			accused[window] = map[integrity.Kind]bool{}
		}
		accused[window][findings[i].Kind] = true
	}
	for window := range seen {
		if plot, is := plots[window]; is {
			r.Planted[plot.kind]++
			if accused[window][plot.kind] {
				r.Found[plot.kind]++
			} else {
				r.Missed = append(r.Missed, Missed{plot.kind, window, day, plot.size, p.usual(window)})
			}
			continue
		}
		r.Honest++
		if len(accused[window]) > 0 {
			r.Falsely++
		}
		for kind := range accused[window] {
			r.FalseKinds[kind]++
		}
	}
}

func (p *province) usual(code string) float64 {
	for _, h := range p.halls {
		for _, w := range h.windows {
			if w.place.Window == code {
				return w.daily
			}
		}
	}
	return 0
}
