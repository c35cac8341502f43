package figures

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/org"
	"pgregory.net/rapid"
)

// drawn draws facts of few codes and days, so that they meet.
func drawn(t *rapid.T, name string) []Fact {
	pick := func(from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	facts := make([]Fact, rapid.IntRange(0, 8).Draw(t, name))
	for i := range facts {
		facts[i] = Fact{
			Region:     pick("440106001002", "440106000000", "440300000000", "441900003000", "0", "?"),
			Department: pick("", "D1", "D2"), Item: pick("", "I1"), Officer: pick("", "W1"), App: pick("a1", "a2"),
			Entity: pick("egovAffair", "hotlineAffair"), Channel: pick("portal", "hotline"),
			Tags:  rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"510", "406", "108"}), 0, 3, rapid.ID).Draw(t, name),
			Stars: rapid.IntRange(1, 5).Draw(t, name), AcceptStars: rapid.IntRange(0, 5).Draw(t, name), DealStars: rapid.IntRange(0, 5).Draw(t, name),
			Flagged: rapid.Bool().Draw(t, name), Day: rapid.SampledFrom([]int{20260531, 20260601, 20260602}).Draw(t, name),
			Weight: rapid.SampledFrom([]int{1, 1, 1, -1}).Draw(t, name),
		}
	}
	return facts
}

func tallied(facts []Fact) Tally {
	tally := Tally{}
	for i := range facts {
		tally.Add(&facts[i])
	}
	return tally
}

// changed are the counters that are not zero.
func (t Tally) changed() Tally {
	changed := maps.Clone(t)
	maps.DeleteFunc(changed, func(_ Key, c Counts) bool { return c == Counts{} })
	return changed
}

// differ is cmp.Diff, quick when there is no difference.
func differ[K comparable, V comparable](want, got map[K]V) string {
	if maps.Equal(want, got) {
		return ""
	}
	return cmp.Diff(want, got)
}

func TestAFactCountsByDayAndByMonthWhereItBelongs(t *testing.T) {
	fact := Fact{
		Region: "441900003000", Department: "D1", Item: "I1", Officer: "W1", App: "a1", Entity: "hotlineAffair", Channel: "hotline",
		Tags: []string{"207", "208"}, Stars: 2, AcceptStars: 4, DealStars: 2, Flagged: true, Day: 20260615, Weight: 1,
	}
	want := Tally{}
	for _, period := range []int{20260615, 202606} {
		counts := func(dimension Dimension, code string, stars int) {
			counts := Counts{}
			counts[stars-1] = 1
			want[Key{dimension, period, code, "hotlineAffair", "hotline"}] = counts
		}
		for place, level := range map[string]org.Level{ // 东莞 has no counties
			"0": org.LevelAll, "440000000000": org.LevelProvince, "441900000000": org.LevelCity, "441900003000": org.LevelTown,
		} {
			counts(Region(level), place, 2)
			counts(Tag(level), place+"/207", 2)
			counts(Tag(level), place+"/208", 2)
		}
		counts(Department, "D1", 2)
		counts(Item, "I1", 2)
		counts(Officer, "W1", 4) // the officer took the call, the department dealt with it
		counts(App, "a1", 2)
		counts(FlaggedApp, "a1", 2)
	}
	if diff := cmp.Diff(want, tallied([]Fact{fact})); diff != "" {
		t.Error(diff)
	}
	plain := Fact{Region: "?", App: "a1", Entity: "egovGuide", Channel: "portal", Stars: 5, Day: 20260615, Weight: 1}
	if got := tallied([]Fact{plain}); len(got) != 4 { // everywhere and the app; nothing for codes that were not told
		t.Errorf("got %v", got)
	}
}

// TestDimensionsNeverChange: they are stored.
func TestDimensionsNeverChange(t *testing.T) {
	want := []Dimension{10, 15, 30, 35, 20, 21, 22, 23, 24}
	got := []Dimension{
		Region(org.LevelAll), Region(org.LevelVillage), Tag(org.LevelAll), Tag(org.LevelVillage), Department, Item, Officer, App, FlaggedApp,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTallying(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawn(t, "facts")
		tally := tallied(facts)

		shuffled := rapid.Permutation(facts).Draw(t, "in another order")
		if diff := differ(tally, tallied(shuffled)); diff != "" {
			t.Fatalf("the order of the facts matters: %s", diff)
		}
		months, days := Tally{}, Tally{}
		for key, counts := range tally {
			of := days
			if key.Period > 999999 {
				key.Period /= 100
			} else {
				of = months
			}
			counts.Add(of[key])
			of[key] = counts
		}
		if diff := differ(months, days); diff != "" {
			t.Fatalf("a month is not the sum of its days: %s", diff)
		}
		withdrawn := slices.Clone(facts)
		for i := range withdrawn {
			withdrawn[i].Weight *= -1
		}
		if left := tallied(append(withdrawn, facts...)).changed(); len(left) > 0 {
			t.Fatalf("withdrawing leaves %v", left)
		}
		keys := tally.Keys()
		if len(keys) != len(tally) || !slices.IsSortedFunc(keys, Key.Compare) {
			t.Fatalf("keys are not all there in order: %v", keys)
		}
	})
}

// TestAQueryCountsWhatTallyingGives: waiting facts are counted for a query without tallying them for all.
func TestAQueryCountsWhatTallyingGives(t *testing.T) {
	type at struct{ code, entity string }
	dimensions := []Dimension{
		Region(org.LevelAll), Region(org.LevelCity), Region(org.LevelCounty), Tag(org.LevelCity), Department, Item, Officer, App, FlaggedApp,
	}
	rapid.Check(t, func(t *rapid.T) {
		facts := drawn(t, "facts")
		q := Query{
			Dimensions: rapid.SliceOfNDistinct(rapid.SampledFrom(dimensions), 1, 4, rapid.ID).Draw(t, "dimensions"),
			From:       rapid.SampledFrom([]string{"", "440100000000", "D1", "a1"}).Draw(t, "from"),
			To:         rapid.SampledFrom([]string{"440300000000", "D2", "a2", endOfCodes}).Draw(t, "to"),
			Entity:     rapid.SampledFrom([]string{"", "egovAffair", "none"}).Draw(t, "entity"),
			Periods:    rapid.SampledFrom([][]int{nil, {202605}, {202605, 20260601}, {20260602, 20260531}, {202605, 202606}}).Draw(t, "periods"),
		}
		want, got := map[at]Counts{}, map[at]Counts{}
		for key, counts := range tallied(facts) {
			if slices.Contains(q.Dimensions, key.Dimension) && slices.Contains(q.Periods, key.Period) && q.From <= key.Code &&
				key.Code < q.To && (q.Entity == "" || q.Entity == key.Entity) {
				counts.Add(want[at{key.Code, key.Entity}])
				want[at{key.Code, key.Entity}] = counts
			}
		}
		for i := range facts {
			q.Count(&facts[i], func(code, entity string, stars, weight int) {
				counts := got[at{code, entity}]
				counts[stars-1] += int64(weight)
				got[at{code, entity}] = counts
			})
		}
		if diff := differ(want, got); diff != "" {
			t.Fatalf("%+v: %s", q, diff)
		}
	})
}

func TestMinus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := tallied(drawn(t, "a")), tallied(drawn(t, "b"))
		if left := a.Minus(a); len(left) > 0 {
			t.Fatalf("a tally differs from itself by %v", left)
		}
		difference := a.Minus(b)
		if diff := differ(difference.changed(), difference); diff != "" {
			t.Fatalf("keys without a difference: %s", diff)
		}
		before, had := maps.Clone(a), maps.Clone(b)
		for key, counts := range difference {
			counts.Add(b[key])
			b[key] = counts
		}
		if diff := differ(a.changed(), b.changed()); diff != "" {
			t.Fatalf("the difference does not repair: %s", diff)
		}
		if diff := differ(before, a); diff != "" {
			t.Fatalf("a was changed: %s", diff)
		}
		if diff := differ(Tally{}, had.Minus(a).plus(difference).changed()); diff != "" {
			t.Fatalf("a-b and b-a are not opposite: %s", diff)
		}
	})
}

func (t Tally) plus(other Tally) Tally {
	for key, counts := range other {
		counts.Add(t[key])
		t[key] = counts
	}
	return t
}
