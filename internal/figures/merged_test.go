package figures

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/org"
	"pgregory.net/rapid"
)

// naive are the counters of facts by their definition, each fact by itself: of every place it lies in, of whatever it names, of
// its evaluation object and channel; by day, and by hour while hours are kept. When its day is closed it is counted by month,
// too, and for the public by pentad, over channels, and over evaluation objects and channels.
func naive(facts []Fact, kept Kept) Tally {
	t := Tally{}
	for _, f := range facts {
		public := map[Dimension]bool{Department: true, Hall: true}
		count := func(dimension Dimension, code string, stars int, hourly bool) {
			if code == "" {
				return
			}
			periods := []int{f.Day}
			if hourly && f.Day >= kept.Through && f.Day >= kept.Hours {
				periods = append(periods, f.Day*100+f.Hour)
			}
			if f.Day <= kept.Through {
				periods = append(periods, f.Day/100)
				if public[dimension] {
					sixth := 6
					for n, last := range []int{5, 10, 15, 20, 25} {
						if f.Day%100 <= last {
							sixth = min(sixth, n+1)
						}
					}
					periods = append(periods, f.Day/100*10+sixth)
				}
			}
			for _, period := range periods {
				of := [][2]string{{f.Entity, f.Channel}}
				if public[dimension] && f.Day <= kept.Through && period <= 99999999 {
					of = append(of, [2]string{f.Entity, "*"}, [2]string{"*", "*"})
				}
				for _, of := range of {
					key := Key{Dimension: dimension, Period: period, Code: code, Entity: of[0], Channel: of[1]}
					counts := t[key]
					counts[stars-1] += int64(f.Weight)
					t[key] = counts
				}
			}
		}
		for _, place := range org.Ancestors(f.Region) {
			public[Region(place.Level)] = place.Level <= org.LevelCounty
			public[Tag(place.Level)] = place.Level <= org.LevelCounty
			count(Region(place.Level), place.Code, f.Stars, place.Level <= org.LevelCounty)
			for _, id := range f.Tags {
				count(Tag(place.Level), place.Code+"/"+id, f.Stars, false)
			}
		}
		count(Department, f.Department, cmp.Or(f.DealStars, f.Stars), false)
		count(Officer, f.Officer, cmp.Or(f.AcceptStars, f.Stars), false)
		for dimension, code := range map[Dimension]string{Item: f.Item, App: f.App, Hall: f.Hall, Window: f.Window} {
			count(dimension, code, f.Stars, false)
		}
		if f.Flagged {
			count(FlaggedApp, f.App, f.Stars, false)
		}
	}
	return t
}

func nonzero(rows map[Row]Counts) map[Row]Counts {
	maps.DeleteFunc(rows, func(_ Row, counts Counts) bool { return counts == Counts{} })
	return rows
}

func someKept(t *rapid.T) Kept {
	day := rapid.SampledFrom([]int{0, 20260530, 20260531, 20260601, 20260602, 20260603, 20260630})
	return Kept{Through: day.Draw(t, "through"), Hours: day.Draw(t, "hours")}
}

func TestCountersAreThoseOfEachFactByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, kept := drawn(t, "facts"), someKept(t)
		got := merged(facts).Counters(kept)
		if diff := differ(naive(facts, kept).changed(), got.changed()); diff != "" {
			t.Fatal(diff)
		}
		shuffled := rapid.Permutation(facts).Draw(t, "in another order")
		if diff := differ(got, merged(shuffled).Counters(kept)); diff != "" {
			t.Fatalf("the order of the facts matters: %s", diff)
		}
		n := rapid.IntRange(0, len(facts)).Draw(t, "part")
		parts := merged(facts[:n]).Counters(kept)
		parts.plus(merged(facts[n:]).Counters(kept))
		if diff := differ(got.changed(), parts.changed()); diff != "" {
			t.Fatalf("folding in parts gives something else: %s", diff)
		}
		keys := got.Keys()
		if len(keys) != len(got) || !slices.IsSortedFunc(keys, Key.Compare) {
			t.Fatalf("keys are not all there in order: %v", keys)
		}
	})
}

// TestAQueryReadsWhatWasCounted: for every filter, span and state of closing, the counters that are read, and the facts that
// wait, each give what looking at the facts one by one does.
func TestAQueryReadsWhatWasCounted(t *testing.T) {
	dimensions := []Dimension{
		Region(org.LevelAll), Region(org.LevelCity), Region(org.LevelCounty), Region(org.LevelTown), Tag(org.LevelCity), Tag(org.LevelVillage),
		Department, Item, Officer, App, FlaggedApp, Hall, Window,
	}
	rapid.Check(t, func(t *rapid.T) {
		facts, kept := drawn(t, "facts"), someKept(t)
		q := Query{
			Dimensions: rapid.SliceOfNDistinct(rapid.SampledFrom(dimensions), 1, 4, rapid.ID).Draw(t, "dimensions"),
			From:       rapid.SampledFrom([]string{"", "440100000000", "D1", "a1"}).Draw(t, "from"),
			To:         rapid.SampledFrom([]string{"440300000000", "D2", "a2", endOfCodes}).Draw(t, "to"),
			Entity:     rapid.SampledFrom([]string{"", "", "egovAffair", "none"}).Draw(t, "entity"),
			Channel:    rapid.SampledFrom([]string{"", "", "portal", "none"}).Draw(t, "channel"),
			Split:      Split{rapid.Bool().Draw(t, "by entity"), rapid.Bool().Draw(t, "by channel"), rapid.Bool().Draw(t, "by period")},
			Periods: rapid.SampledFrom([][]int{
				nil,
				{202605},
				{202605, 20260601},
				{20260602, 20260531},
				{202605, 202606},
				{20260531, 20260601, 20260602, 20260603, 20260604, 20260605, 20260606},
				{20260601, 20260602, 20260603, 20260604},
				{20260531, 20260602, 20260604},
				{2026060109, 2026060123, 2026060200, 2026060209},
			}).Draw(t, "periods"),
		}
		if len(q.Periods) > 0 && q.Periods[0] > lastDay {
			kept = Kept{Through: 20260601, Hours: 20260531} // hours are asked for as long as they are kept
		}
		want, got := map[Row]Counts{}, map[Row]Counts{}
		for i := range facts {
			f := &facts[i]
			for _, period := range q.Periods {
				if period != f.Day && period != f.Day/100 && period != f.Day*100+f.Hour || q.Entity != "" && q.Entity != f.Entity || q.Channel != "" && q.Channel != f.Channel {
					continue
				}
				for key, counts := range naive(facts[i:i+1], Kept{}) {
					if key.Channel != "*" && (period > lastDay && key.Period == period || period <= lastDay && key.Period == f.Day) && slices.Contains(q.Dimensions, key.Dimension) && q.From <= key.Code && key.Code < q.To {
						key.Period = period
						counts.Add(want[q.row(key)])
						want[q.row(key)] = counts
					}
				}
			}
		}
		kinds := map[string]func(*Counting, []*Change) error{
			"one by one": func(c *Counting, changes []*Change) error { return c.eachOf(changes, func() {}) },
			"added up":   func(c *Counting, changes []*Change) error { return new(Waiting).Count(c, changes, func() {}) },
		}
		counters := naive(facts, kept)
		for _, r := range q.Readings(kept.Through) {
			for key, counts := range counters {
				read := func(of, code string) bool { return of == code || of == "" && code != Any }
				if !slices.Contains(r.Dimensions, int(key.Dimension)) || !slices.Contains(r.Periods, key.Period) || key.Code < q.From || key.Code >= q.To ||
					!read(r.Entity, key.Entity) || !read(r.Channel, key.Channel) {
					continue
				}
				key.Period = r.Of[key.Period]
				counts.Add(got[q.row(key)])
				got[q.row(key)] = counts
			}
		}
		if diff := differ(nonzero(want), nonzero(got)); diff != "" {
			t.Fatalf("read, closed through %d, %+v: %s", kept.Through, q, diff)
		}
		n := rapid.IntRange(0, len(facts)).Draw(t, "part")
		for name, count := range kinds {
			waiting := map[Row]Counts{}
			counting := q.Counting(func(row Row, n, weight int) {
				counts := waiting[row]
				counts[n-1] += int64(weight)
				waiting[row] = counts
			})
			if err := count(counting, []*Change{NewChange(Encode(facts[:n])), NewChange(Encode(facts[n:]))}); err != nil {
				t.Fatal(err)
			}
			if diff := differ(want, nonzero(waiting)); diff != "" {
				t.Fatalf("waiting, %s, %+v: %s", name, q, diff)
			}
		}
	})
}

// TestWaitingCompletionsSumAsFoldedOnes compares a sum over a change with the same over its counters.
func TestWaitingCompletionsSumAsFoldedOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := EncodeCompletions(someCompletions(t))
		kept := Kept{Through: rapid.SampledFrom([]int{20260530, 20260531, 20260614, 20260630}).Draw(t, "through")}
		q := Query{
			Dimensions: []Dimension{rapid.SampledFrom([]Dimension{
				AffairRegion(org.LevelAll), AffairRegion(org.LevelCity), AffairDepartment, AffairItem, AffairOfficer, AffairApp, AffairHall,
				AffairWindow, itemOfRegions(org.LevelCounty), itemOfDepartment, itemOfHall, Department,
			}).Draw(t, "dimension")},
			From: "", To: rapid.SampledFrom([]string{endOfCodes, "D2", "4402"}).Draw(t, "to"),
			Periods: rapid.SampledFrom([][]int{nil, {202605}, {202605, 202606}, {20260531, 202606}, {20260531, 20260601, 20260615}}).Draw(t, "periods"),
		}
		m, want, got := Merged{}, map[string]Counts{}, map[string]Counts{}
		if err := m.AddChange(change); err != nil {
			t.Fatal(err)
		}
		for key, counts := range m.Counters(kept) {
			for _, r := range q.Readings(kept.Through) {
				if key.Dimension == q.Dimensions[0] && slices.Contains(r.Periods, key.Period) && q.From <= key.Code && key.Code < q.To {
					counts.Add(want[key.Code])
					want[key.Code] = counts
				}
			}
		}
		counting := q.Counting(func(row Row, n, weight int) {
			sum := got[row.Code]
			sum[n-1] += int64(weight)
			got[row.Code] = sum
		})
		err := counting.Change(change)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%+v: %v, %s", q, err, diff)
		}
	})
}

// TestAThousandFactsOfOnePlaceAreMergedOnce: what a fold costs does not grow with the levels above a place.
func TestAThousandFactsOfOnePlaceAreMergedOnce(t *testing.T) {
	m := Merged{}
	for range 1000 {
		m.Add(&Fact{Region: "440106001002", Entity: "egovGuide", Channel: "portal", Tags: []string{"510"}, Stars: 5, Day: 20260615, Hour: 9, Weight: 1})
	}
	if len(m) != 2 {
		t.Errorf("got %d entries, want the place and its tag: %v", len(m), m)
	}
	key := Key{Dimension: Region(org.LevelProvince), Period: 2026061509, Code: "440000000000", Entity: "egovGuide", Channel: "portal"}
	if got := m.Counters(Kept{})[key]; got != (Counts{4: 1000}) {
		t.Errorf("the hour of the province: %v", got)
	}
}

func TestNumbersOfTheDimensions(t *testing.T) {
	for name, c := range map[string]struct{ got, want []int }{
		"public":           {Public, []int{10, 11, 12, 13, 20, 25, 30, 31, 32, 33}},
		"counted by hours": {Hourly, []int{10, 11, 12, 13}},
		"closed": {Closable, []int{
			1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25, 26, 30, 31, 32, 33, 34, 35, 40, 41, 42, 43, 44, 45, 50, 51, 52, 53, 55, 56,
		}},
	} {
		if diff := gocmp.Diff(c.want, slices.Sorted(slices.Values(c.got))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
