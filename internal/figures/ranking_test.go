package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestFair holds the lower bound against published values: Newcombe, Two-sided confidence intervals for the single proportion,
// Statistics in Medicine 17 (1998), table I, method 3; and against the interval's own equation.
func TestFair(t *testing.T) {
	f := Formulas{ThreeIsGood: true}
	of := func(good, n int64) Counts { return Counts{n - good, 0, 0, 0, good} }
	for _, c := range []struct {
		good, n int64
		want    float64
	}{{81, 263, 25.53}, {15, 148, 6.24}, {0, 20, 0}, {1, 29, 0.61}} {
		if got := f.Fair(of(c.good, c.n)); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%d of %d: got %v, want %v", c.good, c.n, got, c.want)
		}
	}
	if got := f.Fair(Counts{}); got != 0 {
		t.Errorf("of none: got %v", got)
	}
	if few, many := f.Fair(of(3, 3)), f.Fair(of(29_900, 30_000)); few >= many {
		t.Errorf("3 of 3 are %v, 29,900 of 30,000 are %v: a handful must not outrank thousands", few, many)
	}
	three := Counts{0, 0, 10, 0, 10}
	if yes, no := f.Fair(three), (Formulas{}).Fair(three); yes <= no {
		t.Errorf("3 stars good: %v, not good: %v", yes, no)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 250_000_000).Draw(t, "n")
		good := rapid.Int64Range(0, n).Draw(t, "good")
		w, p := f.Fair(of(good, n))/100, float64(good)/float64(n)
		if w < 0 || w > p || good == 0 && w != 0 {
			t.Fatalf("%d of %d: %v", good, n, w)
		}
		if left, right := p-w, normal95*math.Sqrt(w*(1-w)/float64(n)); math.Abs(left-right) > 1e-9 {
			t.Fatalf("%d of %d: %v is not where %v stops to be likely (%v, %v)", good, n, w, p, left, right)
		}
		if good > 0 && f.Fair(of(2*good, 2*n))/100 <= w {
			t.Fatalf("%d of %d: twice as many say no more", good, n)
		}
	})
}

// TestRatesOfReviews: domain.md 4.
func TestRatesOfReviews(t *testing.T) {
	c := Counts{1, 2, 3, 4, 5}
	f := Formulas{ThreeIsGood: true}
	got := []float64{f.GoodRate(c), f.BadRate(c), f.Satisfaction(c), Formulas{}.GoodRate(c), f.GoodRate(Counts{}), f.Satisfaction(Counts{0, 0, 0, 0, 9})}
	if diff := gocmp.Diff([]float64{80, 20, 73.33, 60, 0, 100}, got); diff != "" {
		t.Error(diff)
	}
}

// drawStandings are some standings, many of them alike.
func drawStandings(t *rapid.T) (standings []Standing) {
	pool := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) (c Counts) {
		most := rapid.SampledFrom([]int64{1, 3, 20, 50_000_000}).Draw(t, "most")
		for i := range c {
			c[i] = rapid.Int64Range(0, most).Draw(t, "n")
		}
		return c
	}), 1, 5).Draw(t, "pool")
	for n := range rapid.IntRange(0, 12).Draw(t, "standings") {
		c := rapid.SampledFrom(pool).Draw(t, "counts")
		if factor := rapid.Int64Range(0, 2).Draw(t, "factor"); factor != 1 { // the same rates of another number, or none
			for i := range c {
				c[i] *= factor
			}
		}
		standings = append(standings, Standing{Code: fmt.Sprintf("c%02d", n), Name: fmt.Sprint(n), Counts: c})
	}
	return standings
}

// TestRankingIsByTheRules holds official ranks against numbers without limit, rounded as they are shown: a rank is one more than how many are better,
// so that equal ones have the same; who has too few stands apart, who has none nowhere; the order in which they came does not matter.
func TestRankingIsByTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Formulas{ThreeIsGood: rapid.Bool().Draw(t, "three is good"), Minimum: rapid.SampledFrom([]int64{0, 1, 5, 60}).Draw(t, "minimum")}
		least := f.Minimum
		if least == 0 {
			least = 30
		}
		standings := drawStandings(t)
		r := f.rank(slices.Clone(standings))
		better := func(a, b Counts) bool { return compareShown(f, a, b) > 0 }
		placed := map[string]Place{}
		for i, p := range append(slices.Clone(r.Ranked), r.TooFew...) {
			if _, twice := placed[p.Code]; twice {
				t.Fatalf("%s stands there twice", p.Code)
			}
			placed[p.Code] = p
			if ranked := i < len(r.Ranked); ranked != (p.Rank > 0) || ranked != (p.FairRank > 0) {
				t.Fatalf("%+v, ranked: %v", p, ranked)
			}
		}
		for _, s := range standings {
			p, found := placed[s.Code]
			total := s.Counts.Total()
			if found != (total > 0) || found && (p.Counts != s.Counts || p.Name != s.Name) {
				t.Fatalf("%+v stands as %+v", s, p)
			}
			if found && p.Fair != rounded(f.Fair(s.Counts)) {
				t.Fatalf("%+v has at least %v", p, f.Fair(s.Counts))
			}
			if found && (p.Rank == 0) != (total < least) {
				t.Fatalf("%d reviews of %d at least: %+v", total, least, p)
			}
		}
		for i, p := range r.Ranked {
			rank, fair := 1, 1
			for _, o := range r.Ranked {
				if better(o.Counts, p.Counts) {
					rank++
				}
				if o.Fair > p.Fair {
					fair++
				}
			}
			if p.Rank != rank || p.FairRank != fair {
				t.Fatalf("%+v: want rank %d, fair %d", p, rank, fair)
			}
			if i > 0 && cmp.Or(cmp.Compare(r.Ranked[i-1].Rank, p.Rank), strings.Compare(r.Ranked[i-1].Code, p.Code)) >= 0 {
				t.Fatalf("%+v stands before %+v", r.Ranked[i-1], p)
			}
		}
		if diff := gocmp.Diff(r, f.rank(rapid.Permutation(standings).Draw(t, "in another order"))); diff != "" {
			t.Fatalf("in another order: %s", diff)
		}
	})
}

// Equal is equal: 1, 2, 2, 4.
func TestEqualOnesHaveTheSameRank(t *testing.T) {
	r := Formulas{Minimum: 1}.rank([]Standing{
		{Code: "d", Counts: Counts{0, 0, 0, 9, 1}},
		{Code: "b", Counts: Counts{0, 0, 0, 5, 5}},
		{Code: "c", Counts: Counts{0, 0, 0, 5, 5}},
		{Code: "a", Counts: Counts{0, 0, 0, 0, 10}},
	})
	var got []string
	for _, p := range r.Ranked {
		got = append(got, fmt.Sprintf("%s %d %d", p.Code, p.Rank, p.FairRank))
	}
	if diff := gocmp.Diff([]string{"a 1 1", "b 2 1", "c 2 1", "d 4 1"}, got); diff != "" {
		t.Error(diff)
	}
}

// The order never contradicts the numbers that stand beside it: official ranks follow score, good rate and count as they are shown,
// fair ranks the lower bound as it is shown; what is shown alike has the same rank.
func TestRankingNeverContradictsWhatIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewService(Needs{Formulas: Formulas{ThreeIsGood: rapid.Bool().Draw(t, "three is good"), Minimum: 1}})
		var standings []Standing
		for n := range rapid.IntRange(2, 30).Draw(t, "standings") { // near to one another, as cities are
			most := rapid.SampledFrom([]int64{1, 90, 20_000, 50_000_000}).Draw(t, "most")
			c := Counts{4: rapid.Int64Range(most, 10*most).Draw(t, "five")}
			for i := range 4 {
				c[i] = rapid.Int64Range(0, most).Draw(t, "n")
			}
			standings = append(standings, Standing{Code: fmt.Sprintf("c%02d", n), Counts: c})
		}
		ranking := s.Formulas().rank(standings)
		table := Table{Columns: s.rankingColumns("地区"), Rows: s.rowsOf(&ranking).rows}
		holds := func(rank string, shown ...string) {
			records := table.Records()
			slices.SortStableFunc(records, func(a, b map[string]any) int { return cmp.Compare(a[rank].(int64), b[rank].(int64)) })
			for i := 1; i < len(records); i++ {
				a, b, order := records[i-1], records[i], 0
				for _, key := range shown {
					order = cmp.Or(order, cmp.Compare(fmt.Sprintf("%16.2f", cellNumber(a[key])), fmt.Sprintf("%16.2f", cellNumber(b[key]))))
				}
				if order < 0 || (order == 0) != (a[rank] == b[rank]) {
					t.Fatalf("%s: %v stands before %v", rank, a, b)
				}
			}
		}
		holds("rank", "score", "goodRate", "count")
		holds("fairRank", "fair")
	})
}

func cellNumber(cell any) float64 {
	if n, whole := cell.(int64); whole {
		return float64(n)
	}
	return cell.(float64)
}
