package figures

import (
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"pgregory.net/rapid"
)

// However changes come and go, what they add to a figure is what each of them by itself does.
func TestWaitingIsWhatEachChangeAdds(t *testing.T) {
	few := fewEmpty
	fewEmpty = 1
	t.Cleanup(func() { fewEmpty = few })
	dimensions := []Dimension{
		Region(org.LevelAll), Region(org.LevelCity), Tag(org.LevelCity), Department, Hall, CaseRegion(org.LevelAll), CaseDepartment, CaseHall, Officer,
	}
	rapid.Check(t, func(t *rapid.T) {
		var all []*Change
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				all = append(all, NewChange(EncodeCompletions(someCompletions(t))))
			case 1:
				all = append(all, NewChange(EncodeCases(someCases(t))))
			default:
				all = append(all, NewChange(Encode(drawn(t, "facts"))))
			}
		}
		var waiting Waiting
		for range rapid.IntRange(1, 6).Draw(t, "times") {
			now := rapid.Permutation(all).Draw(t, "waiting")
			now = now[:rapid.IntRange(0, len(now)).Draw(t, "how many")]
			q := Query{
				Dimensions: rapid.SliceOfNDistinct(rapid.SampledFrom(dimensions), 1, 3, rapid.ID).Draw(t, "dimensions"),
				From:       rapid.SampledFrom([]string{"", "440100000000", "D1"}).Draw(t, "from"), To: endOfCodes,
				Entity:  rapid.SampledFrom([]string{"", "egovAffair"}).Draw(t, "entity"),
				Channel: rapid.SampledFrom([]string{"", "portal"}).Draw(t, "channel"),
				Split:   Split{rapid.Bool().Draw(t, "by entity"), rapid.Bool().Draw(t, "by channel"), rapid.Bool().Draw(t, "by period")},
				Periods: rapid.SampledFrom([][]int{{202605}, {202605, 20260601}, {20260531, 20260601, 20260602}}).Draw(t, "periods"),
			}
			got, want := map[Row]Counts{}, map[Row]Counts{}
			if err := waiting.Count(q.Counting(into(got)), now, func() {}); err != nil {
				t.Fatal(err)
			}
			if err := q.Counting(into(want)).eachOf(now, func() {}); err != nil {
				t.Fatal(err)
			}
			if diff := differ(nonzero(want), nonzero(got)); diff != "" {
				t.Fatalf("%d of %d, %+v: %s", len(now), len(all), q, diff)
			}
		}
		held := 0
		waiting.hold(nil, func() {})
		for _, sums := range waiting.sums {
			held += len(sums.counters) - sums.empty
			if len(sums.at) != len(sums.counters) || slices.ContainsFunc(sums.counters, func(c counter) bool { return c.counts != Counts{} }) {
				t.Fatalf("nothing waits: %+v", sums)
			}
		}
		if held != 0 || len(waiting.added) != 0 {
			t.Fatalf("nothing waits: %d counters and %d changes are held", held, len(waiting.added))
		}
	})
}

func TestADamagedChangeIsNotCounted(t *testing.T) {
	q := Query{Dimensions: []Dimension{Department}, To: endOfCodes, Periods: []int{202605}}
	rows := map[Row]Counts{}
	whole := NewChange(Encode([]Fact{{Department: "D1", Day: 20260501, Hour: UnknownHour, Stars: 5, Weight: 1}}))
	var waiting Waiting
	if err := waiting.Count(q.Counting(into(rows)), []*Change{whole, NewChange([]byte{1, 255})}, func() {}); err == nil || len(rows) > 0 {
		t.Errorf("counted %v, %v", rows, err)
	}
}

func into(rows map[Row]Counts) func(row Row, n, weight int) {
	return func(row Row, n, weight int) {
		counts := rows[row]
		counts[n-1] += int64(weight)
		rows[row] = counts
	}
}

func someCases(t *rapid.T) CaseMoves {
	moves := CaseMoves{}
	for range rapid.IntRange(0, 3).Draw(t, "cases") {
		of := Case{
			Region: rapid.SampledFrom([]string{"440100000000", "440106000000"}).Draw(t, "region"), Department: rapid.SampledFrom([]string{"", "D1"}).Draw(t, "department"),
			Hall: rapid.SampledFrom([]string{"", "H1"}).Draw(t, "hall"), Entity: "egovAffair", Channel: rapid.SampledFrom([]string{"portal", "hall-qr"}).Draw(t, "channel"),
			Day: rapid.SampledFrom([]int{20260531, 20260601}).Draw(t, "day"),
		}
		var counts Counts
		for i := range counts {
			counts[i] = int64(rapid.IntRange(-1, 2).Draw(t, "count"))
		}
		moves.Add(of, counts)
	}
	return moves
}
