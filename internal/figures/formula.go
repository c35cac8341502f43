package figures

import (
	"cmp"
	"math"
)

// Formulas are the settings of the figures' formulas (domain.md 4).
type Formulas struct {
	// ThreeIsGood says whether 3 stars (基本满意) count as good; the default is yes.
	ThreeIsGood bool
}

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
func (f Formulas) Score(c Counts) float64 {
	total := c.Total()
	if total == 0 {
		return 0
	}
	return math.Round(200*float64(c.stars())/float64(total)) / 100
}

// compare is positive when a ranks before b: by mean stars, then good rate, then count. Means and rates are compared as
// fractions, so equal is equal.
func (f Formulas) compare(a, b Counts) int {
	if order := compareFractions(a.stars(), a.Total(), b.stars(), b.Total()); order != 0 {
		return order
	}
	if order := compareFractions(f.Good(a), a.Total(), f.Good(b), b.Total()); order != 0 {
		return order
	}
	return cmp.Compare(a.Total(), b.Total())
}

func (c Counts) stars() int64 {
	var stars int64
	for i, n := range c {
		stars += int64(i+1) * n
	}
	return stars
}

// compareFractions orders x/xOf and y/yOf; counts are far below 2^31, so the products fit.
func compareFractions(x, xOf, y, yOf int64) int { return cmp.Compare(x*yOf, y*xOf) }
