package figures

import (
	"errors"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"pgregory.net/rapid"
)

// However little is kept in memory, a recount finds what it would find with all of it: every counter once, in order, with what
// records give, and with what is kept and waits. It leaves no file behind.
func TestARecountInLittleMemoryIsTheSame(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	defer func(most int) { pileInMemory = most }(pileInMemory)
	rapid.Check(t, func(t *rapid.T) {
		pileInMemory = rapid.IntRange(0, 40).Draw(t, "in memory")
		kept := Kept{Through: 20260115, Hours: 20260110}
		want, waiting := Merged{}, Merged{}
		counters := Tally{}
		got, told := [2]Tally{{}, {}}, []Key{}
		r := NewRecounting(kept, func(key Key, records, counters Counts) error {
			told = append(told, key)
			got[0].add(key, records)
			got[1].add(key, counters)
			return nil
		})
		draw := func(n int, do func(f *Fact, c *Completion)) {
			for range n {
				day := 20260101 + rapid.IntRange(0, 30).Draw(t, "day")
				region := rapid.SampledFrom([]string{"440106000000", "440300000000", "440106001002"}).Draw(t, "region")
				some := func(name string) string { return rapid.SampledFrom([]string{"", "a", "ab", "广州"}).Draw(t, name) }
				do(&Fact{
					Region: region, Department: some("department"), Officer: some("officer"), Hall: some("hall"), Entity: "e" + some("entity"),
					Channel: "c" + some("channel"), Tags: []string{"207"}, Stars: rapid.IntRange(1, 5).Draw(t, "stars"), Day: day, Hour: 9, Weight: 1,
				}, &Completion{Region: region, Item: some("item"), Hall: some("hall"), Day: day})
			}
		}
		draw(rapid.IntRange(0, 40).Draw(t, "records"), func(f *Fact, c *Completion) {
			want.Add(f)
			want.AddCompletion(c, true)
			if err := errors.Join(r.Add(f), r.AddCompletion(c, true)); err != nil {
				t.Fatal(err)
			}
		})
		draw(rapid.IntRange(0, 20).Draw(t, "waiting"), func(f *Fact, _ *Completion) {
			change := Encode([]Fact{*f})
			if err := errors.Join(r.AddWaiting(change), waiting.AddChange(change)); err != nil {
				t.Fatal(err)
			}
		})
		draw(rapid.IntRange(0, 20).Draw(t, "counters"), func(f *Fact, _ *Completion) {
			one := Merged{}
			one.Add(f)
			counters.plus(one.Counters(kept))
		})
		for _, key := range counters.Keys() {
			half := counters[key]
			half[0]++
			for _, row := range []Counts{half, {-1}} { // of two lanes
				if err := r.Counter(key, row); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := errors.Join(r.End(), r.Close()); err != nil {
			t.Fatal(err)
		}
		counters.plus(waiting.Counters(kept))
		wanted := [2]Tally{want.Counters(kept), counters}
		for i := range wanted {
			for _, key := range wanted[1-i].Keys() { // each is told of both
				wanted[i].add(key, Counts{})
			}
		}
		for i, name := range []string{"records", "counters"} {
			if !maps.Equal(wanted[i], got[i]) {
				t.Fatalf("%s: got %v, want %v", name, got[i], wanted[i])
			}
		}
		if !slices.Equal(wanted[0].Keys(), told) {
			t.Fatalf("not each once and in order: %v", told)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Fatalf("left behind: %v, %v", left, err)
		}
	})
	r := NewRecounting(Kept{}, func(Key, Counts, Counts) error { return nil })
	higher, lower := Key{Dimension: App, Code: "b"}, Key{Dimension: Region(org.LevelAll), Code: "a"}
	if err := errors.Join(r.Counter(higher, Counts{}), r.Counter(lower, Counts{})); !errors.Is(err, errOrder) {
		t.Errorf("counters that are not in order: %v", err)
	}
}
