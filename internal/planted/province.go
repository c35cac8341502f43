// Package planted makes up the reviews of a province: honest people with their habits, and fraud whose place, day and size are
// known. It is what internal/integrity is judged by, and knows nothing of how that looks: it plays people who come, are served,
// hold a telephone and write something, and others who want a window to look better than it is.
package planted

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/haochaping/haochaping/internal/integrity"
)

// window is where people are served.
type window struct {
	place    integrity.Place
	workNo   string
	daily    float64 // reviews on an ordinary working day
	delight  float64 // share of five stars
	wireless float64 // how much more or less than its hall people use its network here
	opened   int     // day of the simulation on which it opened
}

// hall is a house of windows.
type hall struct {
	windows  []*window
	wireless float64 // share of people who use its network
	saturday float64 // how busy it is on Saturdays; 0 is closed
	lunch    bool    // serves at noon
	helper   bool    // a volunteer goes round with a telephone
	kiosk    bool    // a machine at which many rate
	silent   bool    // nobody tells its completed affairs
	address  integrity.Mark
}

// province is all of it.
type province struct {
	random *rand.Rand
	halls  []*hall
	// carriers are addresses that many share, by county.
	carriers map[string][]integrity.Mark
	serial   int
	names    int
}

// mark stands for a keyed hash.
func mark(format string, of ...any) (m integrity.Mark) {
	sum := sha256.Sum256(fmt.Appendf(nil, format, of...))
	copy(m[:], sum[:])
	return m
}

// spread draws around a middle: half of all are within a factor of about 1+by of it.
func (p *province) spread(middle, by float64) float64 {
	return middle * math.Exp(p.random.NormFloat64()*by)
}

// between draws evenly.
func (p *province) between(low, high float64) float64 { return low + (high-low)*p.random.Float64() }

func (p *province) chance(of float64) bool { return p.random.Float64() < of }

// Sizes of a county: one hall of the county, some of towns, many of villages.
const (
	counties     = 12
	townHalls    = 2
	villageHalls = 6
	countyMost   = 30
	townMost     = 8
)

func newProvince(random *rand.Rand) *province {
	p := &province{random: random, carriers: map[string][]integrity.Mark{}}
	for c := range counties {
		county := fmt.Sprintf("4401%02d", c+1)
		for i := range 3 + random.IntN(6) {
			p.carriers[county] = append(p.carriers[county], mark("carrier %s %d", county, i))
		}
		number := 0
		build := func(windows int, daily float64) {
			number++
			h := &hall{
				wireless: p.between(0, 0.9), lunch: p.chance(0.3), helper: windows > 10 && p.chance(0.4), kiosk: windows > 10 && p.chance(0.3), silent: p.chance(0.3),
				address: mark("hall %s %d", county, number),
			}
			if p.chance(0.35) {
				h.saturday = p.between(0.2, 0.7)
			}
			if windows < 3 {
				h.saturday *= 0.5
			}
			code := fmt.Sprintf("%s000%03d", county, number)
			for w := range windows {
				window := &window{
					place: integrity.Place{
						Region: county + "000000", Hall: code, Window: fmt.Sprintf("%s%04d", code, w+1), Department: fmt.Sprintf("D%s%d", county, w%9),
					},
					workNo: fmt.Sprintf("%d-%d", number, w+1), daily: min(90, p.spread(daily, 0.7)), delight: p.between(0.90, 0.985), wireless: p.between(0.6, 1.3),
				}
				if p.chance(0.02) {
					window.opened = pastDays + random.IntN(simulated)
				}
				h.windows = append(h.windows, window)
			}
			p.halls = append(p.halls, h)
		}
		build(15+random.IntN(countyMost-14), 14)
		for range townHalls {
			build(3+random.IntN(townMost-2), 7)
		}
		for range villageHalls {
			build(1+random.IntN(2), 1.6)
		}
	}
	return p
}
