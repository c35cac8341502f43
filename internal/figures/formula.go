package figures

import (
	"cmp"
	"math"
)

// Formulas are the settings of the figures' formulas (domain.md 4).
type Formulas struct {
	// ThreeIsGood says whether 3 stars (基本满意) count as good; the default is yes.
	ThreeIsGood bool
	// Minimum is how many reviews one must have to be ranked; 0 is DefaultMinimum.
	Minimum int64
}

// DefaultMinimum is how many reviews one must have to be ranked when nobody says (domain.md 4).
const DefaultMinimum = 30

// Good is 好评数.
func (f Formulas) Good(c Counts) int64 {
	good := c[3] + c[4]
	if f.ThreeIsGood {
		good += c[2]
	}
	return good
}

// Bad is 差评数: 1 and 2 stars.
func (f Formulas) Bad(c Counts) int64 { return c[0] + c[1] }

// Score is 平均分 of ten: twice the mean of stars, two decimals; 0 when nothing was counted.
func (f Formulas) Score(c Counts) float64 { return float64(c.score()) / 100 }

// GoodRate is 好评率 in per cent, two decimals; 0 when nothing was counted.
func (f Formulas) GoodRate(c Counts) float64 { return percent(f.Good(c), c.Total()) }

// BadRate is 差评率 in per cent, two decimals; 0 when nothing was counted.
func (f Formulas) BadRate(c Counts) float64 { return percent(f.Bad(c), c.Total()) }

// Satisfaction is 满意度 in per cent: 20 times the mean of stars, two decimals; 0 when nothing was counted.
func (f Formulas) Satisfaction(c Counts) float64 { return percent(c.stars(), 5*c.Total()) }

// Least is how many reviews one must have to be ranked.
func (f Formulas) Least() int64 { return cmp.Or(f.Minimum, DefaultMinimum) }

// normal95 is the quantile of the normal distribution between whose negative and itself 95 % lie.
const normal95 = 1.959963984540054

// Fair is the lower bound of the good rate's 95 % Wilson interval, in per cent: what the rate is at least, given how few
// or many reviews say so. 3 good reviews of 3 have 43.85, 29,900 of 30,000 have 99.59.
func (f Formulas) Fair(c Counts) float64 {
	n := float64(c.Total())
	if n <= 0 {
		return 0
	}
	// p*p over (1+z2/n) times the upper bound: the product of both bounds is known, and nothing is subtracted from what is
	// almost the same.
	const z2 = normal95 * normal95
	p := float64(f.Good(c)) / n
	if p <= 0 {
		return 0
	}
	return 100 * p * p / (p + z2/(2*n) + normal95*math.Sqrt((p*(1-p)+z2/(4*n))/n))
}

// merit is what counts are ranked by: score and good rate in hundredths, as they are shown, so that no order contradicts the
// numbers beside it.
type merit struct{ score, rate, total int64 }

func (f Formulas) merit(c Counts) merit {
	total := c.Total()
	return merit{c.score(), hundredths(100*f.Good(c), total), total}
}

// compare is positive when a ranks before b: by score, then good rate, then count. Equal is equal.
func (a merit) compare(b merit) int {
	return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.rate, b.rate), cmp.Compare(a.total, b.total))
}

func (f Formulas) compare(a, b Counts) int { return f.merit(a).compare(f.merit(b)) }

func (c Counts) stars() int64 {
	var stars int64
	for i, n := range c {
		stars += int64(i+1) * n
	}
	return stars
}

// score is 平均分 in hundredths.
func (c Counts) score() int64 { return hundredths(2*c.stars(), c.Total()) }

// hundredths is n over of in hundredths, a half rounded up; 0 of nothing. It is exact up to counts of 2^46.
func hundredths(n, of int64) int64 {
	if of == 0 {
		return 0
	}
	return (200*n + of) / (2 * of)
}
