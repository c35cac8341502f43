package sample

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Place is a region that has departments of its own: the province, a city or a county.
type Place struct {
	Code string // 12 digits
	Name string
}

// Town is the master data of places that differ as in life: large ones have more reviews, some serve better than others, and
// a few have hardly any.
type Town struct {
	registry
	upTo   []float64 // by department: the sum of weights up to it
	temper []float64 // by department: 0 is average, above it is better
}

// size is about how many people of a hundred thousand live in each city, in the order of cities.
var size = [...]float64{190, 28, 179, 25, 55, 96, 48, 70, 62, 41, 61, 39, 27, 28, 26, 40, 105, 44, 26, 56, 24}

// asked is how much each bureau is asked for, and how well it serves, in the order of bureaus.
var asked = [...]struct{ often, well float64 }{
	{10, 0.3}, {6, 0.1}, {8, -0.1}, {5, -0.7}, {3, -0.3}, {4, 0.2}, {3, 0.6}, {2, 0.1}, {6, 0.4}, {3, -0.4},
}

// bureausOfCounty are how many of the bureaus a county has.
const bureausOfCounty = 4

// rare is one department of how many that nearly nobody asks for.
const rare = 31

// NewTown makes departments, items and officers of places; the same places have the same, whatever the order of calls.
func NewTown(places []Place) *Town {
	t := &Town{}
	random := rand.New(rand.NewPCG(2019, 6)) //nolint:gosec // names for samples
	for _, p := range places {
		of, much := len(bureaus), 70.0
		city := slices.IndexFunc(cities[:], func(c city) bool { return c.prefix == p.Code[:4] })
		switch county := p.Code[4:6] != "00"; {
		case city < 0: // the province
		case county:
			of, much = bureausOfCounty, 0.12*size[city]
		default:
			much = size[city]
		}
		for kind, b := range bureaus[:of] {
			d := Department{Code: creditCode(p.Code[:6], 500+len(t.departments)), Name: nameOf(p, b.name), RegionCode: p.Code}
			t.add(d, kind, b, p.Code[2:6], random)
			weight := much * asked[kind].often
			if draw32(d.Code)%rare == 0 {
				weight /= 400
			}
			last := 0.0
			if len(t.upTo) > 0 {
				last = t.upTo[len(t.upTo)-1]
			}
			t.upTo = append(t.upTo, last+weight)
			t.temper = append(t.temper, asked[kind].well+spread(p.Code[:4], 0.7)+spread(d.Code, 0.35))
		}
	}
	t.operators = master().operators
	return t
}

// nameOf is what a bureau is called in a place.
func nameOf(p Place, bureau string) string {
	if p.Code[2:4] != "00" || bureau == "税务局" || bureau == "市场监督管理局" {
		return p.Name + bureau
	}
	if bureau == "卫生健康局" {
		return p.Name + "卫生健康委员会"
	}
	return p.Name + strings.TrimSuffix(bureau, "局") + "厅"
}

// draw32 is a number that a text stands for.
func draw32(text string) uint32 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(text))          // never fails
	return uint32(mix(uint64(hash.Sum32()))) //nolint:gosec // its low half
}

// spread is between -most and most, the same for one text.
func spread(text string, most float64) float64 {
	return most * (2*float64(draw32("spread "+text))/math.MaxUint32 - 1)
}

// Departments gives the departments of the places.
func (t *Town) Departments() []Department { return slices.Clone(t.departments) }

// Officers gives the officers at the departments' windows, five each.
func (t *Town) Officers() []Officer { return slices.Clone(t.officers) }

// choose draws a department, those that are asked for much more often.
func (t *Town) choose(r *rand.Rand) int {
	at, _ := slices.BinarySearch(t.upTo, r.Float64()*t.upTo[len(t.upTo)-1])
	return min(at, len(t.upTo)-1)
}

// stars draws a star level of a department.
func (t *Town) stars(r *rand.Rand, at int, badShare float64) int {
	well := t.temper[at]
	if r.Float64() < badShare*math.Exp(-1.1*well) {
		return 1 + min(r.IntN(5), 1)
	}
	five, n := min(max(83+9*well, 55), 97), 100*r.Float64()
	switch {
	case n < five:
		return 5
	case n < five+0.75*(100-five):
		return 4
	default:
		return 3
	}
}

// Items gives the departments' service items.
func (t *Town) Items() []Item { return slices.Clone(t.items) }
