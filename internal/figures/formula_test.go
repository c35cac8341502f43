package figures

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestFormulas: domain.md 4.
func TestFormulas(t *testing.T) {
	for _, c := range []struct {
		name                string
		counts              Counts // of 1, 2, 3, 4 and 5 stars
		good, goodless, bad int64
		score               float64
	}{
		{"none", Counts{}, 0, 0, 0, 0},
		{"one of each", Counts{1, 1, 1, 1, 1}, 3, 2, 2, 6},
		{"the best", Counts{0, 0, 0, 0, 7}, 7, 7, 0, 10},
		{"the worst", Counts{7, 0, 0, 0, 0}, 0, 0, 7, 2},
		{"two decimals, rounded down", Counts{0, 0, 0, 1, 2}, 3, 3, 0, 9.33},
		{"two decimals, rounded up", Counts{0, 0, 0, 2, 1}, 3, 3, 0, 8.67},
		{"a month of Guangdong", Counts{649, 600, 30_000, 1_000_000, 12_848_751}, 13_878_751, 13_848_751, 1249, 9.85},
	} {
		yes, no := Formulas{ThreeIsGood: true}, Formulas{ThreeIsGood: false}
		if got := yes.Good(c.counts); got != c.good {
			t.Errorf("%s: good: got %d, want %d", c.name, got, c.good)
		}
		if got := no.Good(c.counts); got != c.goodless {
			t.Errorf("%s: good where 3 stars are not: got %d, want %d", c.name, got, c.goodless)
		}
		for _, f := range []Formulas{yes, no} {
			if got := f.Bad(c.counts); got != c.bad {
				t.Errorf("%s: bad: got %d, want %d", c.name, got, c.bad)
			}
			if got := f.Score(c.counts); got != c.score {
				t.Errorf("%s: score: got %v, want %v", c.name, got, c.score)
			}
		}
	}
}

func TestRanking(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Counts
		want int // 1: a before b, 0: equal
	}{
		{"by score", Counts{0, 0, 0, 1, 2}, Counts{0, 0, 0, 2, 1}, 1},
		{"score before count", Counts{0, 0, 0, 0, 1}, Counts{0, 0, 0, 10, 990}, 1},
		{"a score is what is shown: both 10.00, both 100.00 %, then by count", Counts{0, 0, 0, 1, 9998}, Counts{0, 0, 0, 1, 9999}, -1},
		{"9.30 of 388 with 96.65 % before 9.30 of 89 with 95.51 %", Counts{5, 8, 12, 68, 295}, Counts{2, 2, 0, 17, 68}, 1},
		{"then by good rate", Counts{0, 0, 2, 0, 0}, Counts{0, 1, 0, 1, 0}, 1},
		{"then by count", Counts{0, 0, 0, 2, 2}, Counts{0, 0, 0, 1, 1}, 1},
		{"equal is equal", Counts{0, 0, 0, 1, 1}, Counts{0, 0, 0, 1, 1}, 0},
		{"equal though not the same", Counts{0, 0, 1, 0, 1}, Counts{0, 0, 0, 2, 0}, 0},
		{"equal as shown: 10.00, 100.00 %, as many", Counts{0, 0, 0, 1, 9999}, Counts{0, 0, 0, 2, 9998}, 0},
		{"a rate is what is shown: both 99.99 %, then by count", Counts{0, 1, 2, 3, 16_666}, Counts{0, 1, 2, 3, 16_667}, -1},
	} {
		f := Formulas{ThreeIsGood: true}
		if got, back := f.compare(c.a, c.b), f.compare(c.b, c.a); got != c.want || back != -c.want {
			t.Errorf("%s: got %d and back %d, want %d", c.name, got, back, c.want)
		}
	}
	a, b := Counts{0, 0, 2, 0, 0}, Counts{0, 1, 0, 1, 0} // where 3 stars are not good the order turns
	if got := (Formulas{ThreeIsGood: false}).compare(a, b); got != -1 {
		t.Errorf("where 3 stars are not good: got %d, want -1", got)
	}
}

// TestRankingIsExact holds what is shown and the order against numbers without limit, up to the reviews of ten years.
func TestRankingIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Formulas{ThreeIsGood: rapid.Bool().Draw(t, "three is good")}
		draw := func(name string) (c Counts) {
			most := rapid.SampledFrom([]int64{2, 2, 50, 250_000_000}).Draw(t, name)
			for i := range c {
				c[i] = rapid.Int64Range(0, most).Draw(t, name)
			}
			c[4]++
			return c
		}
		a, b := draw("a"), draw("b")
		if got, want := f.compare(a, b), compareShown(f, a, b); got != want {
			t.Fatalf("%v and %v: got %d, want %d", a, b, got, want)
		}
		stars := a[0] + 2*a[1] + 3*a[2] + 4*a[3] + 5*a[4]
		for _, c := range []struct {
			got   float64
			n, of int64
		}{
			{f.Score(a), 2 * stars, a.Total()},
			{f.GoodRate(a), 100 * f.Good(a), a.Total()},
			{f.BadRate(a), 100 * f.Bad(a), a.Total()},
			{f.Satisfaction(a), 20 * stars, a.Total()},
		} {
			if got, want := fmt.Sprintf("%.2f", c.got), halfUp(c.n, c.of).FloatString(2); got != want {
				t.Fatalf("%v: got %s, want %s", a, got, want)
			}
		}
	})
}

// A half is rounded up, whatever a float makes of it: 201 of 20,000 are 1.005 %.
func TestHalvesAreRoundedUp(t *testing.T) {
	for _, c := range []struct {
		n, of int64
		want  float64
	}{{201, 20_000, 1.01}, {1, 20_000, 0.01}, {19_999, 20_000, 100}, {57, 40_000, 0.14}, {115, 200_000, 0.06}} {
		if got := percent(c.n, c.of); got != c.want {
			t.Errorf("%d of %d: got %v, want %v", c.n, c.of, got, c.want)
		}
	}
}

// halfUp is a fraction with two decimals.
func halfUp(n, of int64) *big.Rat {
	hundredths := new(big.Rat).Add(new(big.Rat).Mul(big.NewRat(n, of), big.NewRat(100, 1)), big.NewRat(1, 2))
	return new(big.Rat).SetFrac(new(big.Int).Quo(hundredths.Num(), hundredths.Denom()), big.NewInt(100))
}

// compareShown is positive when a ranks before b by the numbers that are shown.
func compareShown(f Formulas, a, b Counts) int {
	score := func(c Counts) *big.Rat { return halfUp(2*(c[0]+2*c[1]+3*c[2]+4*c[3]+5*c[4]), c.Total()) }
	rate := func(c Counts) *big.Rat { return halfUp(100*f.Good(c), c.Total()) }
	return cmp.Or(score(a).Cmp(score(b)), rate(a).Cmp(rate(b)), cmp.Compare(a.Total(), b.Total()))
}

func TestStandings(t *testing.T) {
	s := NewService(Needs{Formulas: Formulas{ThreeIsGood: true}})
	rows := []Row{ // as the store gives them: by code and evaluation object
		{Code: "a", Entity: "egovAffair", Counts: Counts{0, 0, 0, 1, 0}},
		{Code: "b", Entity: "egovAffair", Counts: Counts{0, 0, 0, 0, 1}},
		{Code: "b", Entity: "egovGuide", Counts: Counts{0, 0, 1, 0, 0}},
		{Code: "c", Entity: "egovAffair", Counts: Counts{0, 0, 0, 2, 0}},
		{Code: "d", Entity: "egovAffair", Counts: Counts{0, 0, 0, 0, 1}},
		{Code: "e", Entity: "egovAffair", Counts: Counts{}},
		{Code: "f", Entity: "egovAffair", Counts: Counts{0, 0, 0, 0, 1}},
		{Code: "f", Entity: "egovGuide", Counts: Counts{0, 0, 0, 0, -1}},
		{Code: "g", Entity: "egovAffair", Counts: Counts{1, 0, 0, 0, 0}},
	}
	codes := func(standings []Standing) (codes []string) {
		for _, standing := range standings {
			codes = append(codes, standing.Code)
			if standing.Name != "名"+standing.Code {
				t.Errorf("%s is called %s", standing.Code, standing.Name)
			}
		}
		return codes
	}
	standings := s.ranked(slices.Clone(rows), func(code string) string { return "名" + code })
	if diff := gocmp.Diff([]string{"d", "b", "c", "a", "g"}, codes(standings)); diff != "" {
		t.Errorf("best first, equal ones by code, none without a review: %s", diff)
	}
	if got, want := standings[1].Counts, (Counts{0, 0, 1, 0, 1}); got != want {
		t.Errorf("evaluation objects of one code: got %v, want %v", got, want)
	}
	if diff := gocmp.Diff([]string{"g", "a", "b", "c", "d"}, codes(s.Reversed(standings))); diff != "" {
		t.Errorf("worst first, equal ones by code: %s", diff)
	}
}
