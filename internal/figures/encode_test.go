package figures

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFactsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom([]string{"", "440106000000", "D1"}), rapid.String())
		facts := make([]Fact, rapid.IntRange(0, 20).Draw(t, "facts"))
		for i := range facts {
			f := &facts[i]
			for _, s := range f.words() {
				*s = text.Draw(t, "text")
			}
			if tags := rapid.SliceOfN(text, 0, 20).Draw(t, "tags"); len(tags) > 0 {
				f.Tags = tags
			}
			f.Stars, f.AcceptStars, f.DealStars = rapid.IntRange(1, 5).Draw(t, "stars"), rapid.IntRange(0, 5).Draw(t, "accept"), rapid.IntRange(0, 5).Draw(t, "deal")
			f.Flagged, f.Weight = rapid.Bool().Draw(t, "flagged"), rapid.SampledFrom([]int{1, -1}).Draw(t, "weight")
			f.Day, f.Hour = rapid.IntRange(19700101, 99991231).Draw(t, "day"), rapid.IntRange(UnknownHour, 23).Draw(t, "hour")
		}
		encoded := Encode(facts)
		got, err := Decode(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(facts, got); diff != "" {
			t.Fatal(diff)
		}
		if cut := rapid.IntRange(0, len(encoded)-1).Draw(t, "cut"); !fails(encoded[:cut]) {
			t.Fatalf("the first %d of %d bytes were read", cut, len(encoded))
		}
		if !fails(append(encoded, 0)) {
			t.Fatal("a byte too many was read")
		}
	})
}

func fails(data []byte) bool {
	_, err := Decode(data)
	return err != nil
}

// sample are facts of every form; writtenFirst is what the first version of the program wrote for them, without hours, and
// written what is written since there are hours.
var (
	sample = []Fact{
		{
			Region: "440106000000", Department: "D1", Item: "I1", Officer: "W1", App: "a1", Entity: "hotlineAffair", Channel: "hotline",
			Hall: "H1", Window: "H1W1", Tags: []string{"207", "好"}, Stars: 2, AcceptStars: 3, DealStars: 2, Flagged: true, Day: 20260615, Hour: 23, Weight: 1,
		},
		{Region: "440106000000", App: "a1", Entity: "egovGuide", Channel: "portal", Stars: 5, Day: 19700101, Hour: UnknownHour, Weight: -1},
	}
	writtenFirst = "010e0c3434303130363030303030300244310249310257310261310d686f746c696e6541666661697207686f746c696e6502483104483157" +
		"310332303703e5a5bd000965676f76477569646506706f7274616c0200010203040506070802090a0203020187ced40902000b0b0b040c0d0b0b000500000085b3b20901"
	written = "040e0c3434303130363030303030300244310249310257310261310d686f746c696e6541666661697207686f746c696e6502483104483157" +
		"310332303703e5a5bd000965676f76477569646506706f7274616c0200010203040506070802090a0203020187ced409" + "17" + "02000b0b0b040c0d0b0b000500000085b3b209" + "ff" + "01"
)

// TestWhatAnOlderNodeWroteIsRead: facts of an older node may wait in the database when a newer one starts.
func TestWhatAnOlderNodeWroteIsRead(t *testing.T) {
	read := func(written string) []Fact {
		data, err := hex.DecodeString(written)
		if err != nil {
			t.Fatal(err)
		}
		facts, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		return facts
	}
	if diff := cmp.Diff(sample, read(written)); diff != "" {
		t.Error(diff)
	}
	first := slices.Clone(sample)
	first[0].Hour = UnknownHour
	if diff := cmp.Diff(first, read(writtenFirst)); diff != "" {
		t.Errorf("without hours: %s", diff)
	}
	if got := hex.EncodeToString(Encode(sample)); got != written {
		t.Errorf("got %s, want %s: an older node could not read it", got, written)
	}
}

func TestDamagedFactsAreRefused(t *testing.T) {
	good := func(change func(f *Fact)) []byte {
		f := sample[0]
		change(&f)
		return Encode([]Fact{f})
	}
	for name, data := range map[string][]byte{
		"nothing":                   nil,
		"another encoding":          append([]byte{2}, Encode(sample)[1:]...),
		"no stars":                  good(func(f *Fact) { f.Stars = 0 }),
		"six stars":                 good(func(f *Fact) { f.Stars = 6 }),
		"six stars for the officer": good(func(f *Fact) { f.AcceptStars = 6 }),
		"an hour too late":          good(func(f *Fact) { f.Hour = 24 }),
		"six stars for dealing":     good(func(f *Fact) { f.DealStars = 6 }),
		"a dictionary without end":  {encoding, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"a word without end":        {encoding, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0},
		"facts without end":         {encoding, 0, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"a number without end":      append([]byte{encoding}, []byte(strings.Repeat("\xff", 20))...),
		"a word that is not there":  {encoding, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 2},
	} {
		if !fails(data) {
			t.Errorf("%s was read", name)
		}
	}
}

// FuzzDecode: whatever stands in the database is refused or can be counted and written again; it never panics.
func FuzzDecode(f *testing.F) {
	f.Add(Encode(sample))
	f.Add(Encode(nil))
	f.Add([]byte{encoding, 1, 1, 'a', 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2})
	f.Add([]byte{encoding, 0, 1, 0, 0, 0, 0, 0, 0, 0, 255})
	f.Add([]byte{encoding, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Decode(Encode(facts))
		if err != nil || !reflect.DeepEqual(facts, again) {
			t.Errorf("%+v became %+v, %v", facts, again, err)
		}
		merged(facts).Counters(Kept{})
	})
}
