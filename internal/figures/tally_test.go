package figures

import (
	"maps"
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
			Flagged: rapid.Bool().Draw(t, name), Day: rapid.SampledFrom([]int{20260531, 20260601, 20260602, 20260603}).Draw(t, name),
			Hour:   rapid.SampledFrom([]int{0, 9, 23}).Draw(t, name),
			Weight: rapid.SampledFrom([]int{1, 1, 1, -1}).Draw(t, name),
		}
	}
	return facts
}

func merged(facts []Fact) Merged {
	m := Merged{}
	for i := range facts {
		m.Add(&facts[i])
	}
	return m
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

func (t Tally) plus(other Tally) Tally {
	for key, counts := range other {
		counts.Add(t[key])
		t[key] = counts
	}
	return t
}
