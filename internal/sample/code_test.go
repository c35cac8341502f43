package sample

import "testing"

// Published codes and the standards' own examples.
func TestCheckCharacters(t *testing.T) {
	for _, tt := range []struct{ name, got, want string }{
		{"GB 11643-1999, example", identityCheck("11010519491231002"), "X"},
		{"GB 11643-1999, example", identityCheck("44052418800101001"), "4"},
		{"GB 11714-1997, a university's", organisationCheck("40000225"), "9"},
		{"GB 32100-2015, a university's", creditCheck("12100000400002259"), "P"},
		{"GB 32100-2015, a company's", creditCheck("91350100M000100Y4"), "3"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func TestMixIsABijection(t *testing.T) {
	seen := map[uint64]bool{}
	for i := range uint64(100_000) {
		seen[mix(i)] = true
	}
	if len(seen) != 100_000 {
		t.Errorf("got %d different numbers, want 100000", len(seen))
	}
}

func TestBase36(t *testing.T) {
	for _, tt := range []struct {
		x     uint64
		width int
		want  string
	}{
		{0, 3, "000"}, {35, 3, "00Z"}, {36, 3, "010"}, {1<<64 - 1, 13, "3W5E11264SGSF"},
	} {
		if got := base36(tt.x, tt.width); got != tt.want {
			t.Errorf("base36(%d, %d): got %s, want %s", tt.x, tt.width, got, tt.want)
		}
	}
}
