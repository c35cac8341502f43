package beijing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParse14(t *testing.T) {
	cases := []struct {
		name, in     string
		digits, real bool
	}{
		{"first moment", "19700101000000", true, true},
		{"before it", "19691231235959", true, false},
		{"leap day", "20240229120000", true, true},
		{"no leap day", "20230229120000", true, false},
		{"31 April", "20260431000000", true, false},
		{"month 0", "20260001000000", true, false},
		{"month 13", "20261301000000", true, false},
		{"day 0", "20260100000000", true, false},
		{"hour 24", "20260101240000", true, false},
		{"minute 60", "20260101006000", true, false},
		{"second 60", "20260101000060", true, false},
		{"last moment", "99991231235959", true, true},
		{"short", "2026010100000", false, false},
		{"long", "202601010000000", false, false},
		{"letters", "2026010100000x", false, false},
		{"full-width digits", "２０２６", false, false},
		{"empty", "", false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, digits, real := Parse14(c.in)
			if digits != c.digits || real != c.real {
				t.Errorf("Parse14(%q) = digits %v, real %v; want %v, %v", c.in, digits, real, c.digits, c.real)
			}
		})
	}
}

func TestFormatAndParseAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0)
		back, _, real := Parse14(Format14(at))
		if !real || !back.Equal(at) {
			t.Fatalf("%v became %v", at, back)
		}
	})
}

func TestDaysAreShanghaiDays(t *testing.T) {
	lastSecond := time.Date(2026, 11, 24, 15, 59, 59, 0, time.UTC)
	if got := Day(lastSecond); got != 20261124 {
		t.Errorf("Day = %d, want 20261124", got)
	}
	if got := Day(lastSecond.Add(time.Second)); got != 20261125 {
		t.Errorf("Day = %d, want 20261125", got)
	}
	if got := AddDays(20261231, 1); got != 20270101 {
		t.Errorf("AddDays = %d, want 20270101", got)
	}
}
