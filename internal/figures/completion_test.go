package figures

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"pgregory.net/rapid"
)

func someCompletion(t *rapid.T) Completion {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	return Completion{
		Region: pick("region", "440106000000", "440300000000", ""), Department: pick("department", "", "D1", "D2"), Item: pick("item", "I1", "I2"),
		Officer: pick("officer", "", "H1-W1"), App: pick("app", "a1", "front"), Hall: pick("hall", "", "H1"), Window: pick("window", "", "N1"),
		Day: rapid.SampledFrom([]int{20260531, 20260601, 20260615}).Draw(t, "day"),
	}
}

func someCompletions(t *rapid.T) Completions {
	c := Completions{}
	for range rapid.IntRange(0, 8).Draw(t, "completions") {
		c.Add(someCompletion(t), rapid.IntRange(-2, 2).Draw(t, "completed"), rapid.IntRange(-1, 1).Draw(t, "reviewed"))
	}
	return c
}

func TestCompletionsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := someCompletions(t)
		got := Completions{}
		encoded := EncodeCompletions(want)
		if err := decodeCompletions(encoded, func(c *Completion, m Moved) { got[*c] = m }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		cut := encoded[:rapid.IntRange(1, len(encoded)).Draw(t, "cut")]
		if len(cut) < len(encoded) && (Merged{}).AddChange(cut) == nil {
			t.Fatalf("%d of %d bytes are taken for whole", len(cut), len(encoded))
		}
	})
}

func TestCompletionsThatCancelOutAreNothing(t *testing.T) {
	c := Completions{}
	c.Add(Completion{Item: "I1"}, 1, 1)
	c.Add(Completion{Item: "I1"}, -1, -1)
	if len(c) != 0 {
		t.Errorf("got %v", c)
	}
}

func TestDamagedCompletions(t *testing.T) {
	good := EncodeCompletions(Completions{{Item: "I1", Day: 20260615}: {1, 0}})
	for name, data := range map[string][]byte{
		"nothing": {}, "another encoding": {9}, "more behind": append(slices.Clip(good), 0), "a word that is not there": {2, 0, 1, 5, 0, 0, 0, 0, 0, 0, 1, 2, 0},
	} {
		if err := (Merged{}).AddChange(data); !errors.Is(err, errFacts) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzDecodeCompletions(f *testing.F) {
	f.Add(EncodeCompletions(Completions{{Item: "I1", Region: "440106000000", Day: 20260615}: {1, 1}}))
	f.Add([]byte{2, 255, 255, 255, 255, 255, 255, 255, 255, 127})
	f.Fuzz(func(t *testing.T, data []byte) {
		if isCompletions(data) {
			_ = decodeCompletions(data, func(*Completion, Moved) {})
		}
	})
}

func TestRates(t *testing.T) {
	for _, c := range []struct {
		in                         Response
		rate, unreviewed, coverage float64
	}{
		{Response{}, 0, 0, 0},
		{Response{Completed: 3, Reviewed: 1, Items: 3, ReviewedItems: 2}, 33.33, 66.67, 66.67},
		{Response{Completed: 8, Reviewed: 8, Items: 1, ReviewedItems: 1}, 100, 0, 100},
	} {
		if c.in.Rate() != c.rate || c.in.UnreviewedRate() != c.unreviewed || c.in.Coverage() != c.coverage {
			t.Errorf("%+v: got %v, %v, %v", c.in, c.in.Rate(), c.in.UnreviewedRate(), c.in.Coverage())
		}
	}
}

func TestMonthsOfASpan(t *testing.T) {
	now := beijing.DayStart(20260615)
	for _, c := range []struct {
		span Span
		want []int
	}{
		{Span{20260615, 20260615}, []int{202606}},
		{Span{20260131, 20260301}, []int{202601, 202602, 202603}},
		{Span{20251201, 99991231}, []int{202512, 202601, 202602, 202603, 202604, 202605, 202606}},
		{Span{20260701, 20260801}, nil},
		{Span{20260301, 20260201}, nil},
	} {
		if diff := cmp.Diff(c.want, c.span.months(now)); diff != "" {
			t.Errorf("%v: %s", c.span, diff)
		}
	}
	if got := len((Span{0, 20260615}).months(now)); got != 56*12+6 {
		t.Errorf("since ever: %d months", got)
	}
}
