package setting

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/moderation"
	"pgregory.net/rapid"
)

var begin = Values{
	Formulas: figures.Formulas{ThreeIsGood: true, Minimum: 30}, Moderation: moderation.Before, Pause: 15 * time.Minute, Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Retention: 36,
}

// TestWhatIsSetCounts: every setting, whatever it may be, counts as it was set, and leaves the others alone.
func TestWhatIsSetCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(Kinds()).Draw(t, "kind")
		var value string
		if k.Choices != nil {
			value = rapid.SampledFrom(k.Choices).Draw(t, "choice").Value
		} else {
			value = rapid.StringMatching(`[0-9]{1,7}`).Draw(t, "number")
		}
		v := Set{k.Name: value}.over(begin)
		for _, other := range Kinds() {
			want := other.Of(&begin)
			if other.Name == k.Name && k.takes(value) {
				want = value
			}
			if got := other.Of(&v); got != want {
				t.Fatalf("%s set to %q: %s is %q, want %q", k.Name, value, other.Name, got, want)
			}
		}
	})
}

func TestABoundIsIn(t *testing.T) {
	for _, k := range Kinds() {
		if k.Title == "" || k.Hint == "" || k.Choices == nil && (k.Unit == "" || k.Least < 1 || k.Most <= k.Least) {
			t.Errorf("%s lacks words or bounds", k.Name)
		}
		if k.Choices != nil {
			continue
		}
		for value, want := range map[int64]bool{k.Least - 1: false, k.Least: true, k.Most: true, k.Most + 1: false} {
			if text := in(1, time.Duration(value)); k.takes(text) != want {
				t.Errorf("%s takes %s: %v", k.Name, text, !want)
			}
		}
	}
}

// TestEveryChangeSaysWhatItWillDo wants words for each setting beside what it was and is.
func TestEveryChangeSaysWhatItWillDo(t *testing.T) {
	s := &Service{begin: begin}
	for name, value := range map[Name]string{Three: ThreeIsNot, Minimum: "5", Remarks: "strict", Pause: "60", Idle: "5", Absolute: "1", Retain: "12"} {
		d := s.Differences(nil, Set{name: value})
		if len(d) != 1 || len(d[0].Happens()) != 2 || strings.Contains(strings.Join(d[0].Happens(), ""), "%") {
			t.Errorf("%s: %+v", name, d)
		}
	}
	for mode := range remarksHappen {
		if remarksHappen[mode] == "" {
			t.Errorf("%s has no words", mode)
		}
	}
	same := s.Differences(nil, Set{Minimum: "30"})
	if len(same) != 1 || !strings.Contains(same[0].Happens()[1], "不变") {
		t.Errorf("what counts alike: %+v", same)
	}
}
