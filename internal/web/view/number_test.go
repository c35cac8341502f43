package view

import (
	"math"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"pgregory.net/rapid"
)

func TestWhole(t *testing.T) {
	for in, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -1234: "−1,234",
	} {
		if got := Whole(in); got != want {
			t.Errorf("Whole(%d) = %s, want %s", in, got, want)
		}
	}
}

func TestAmount(t *testing.T) {
	for in, want := range map[int64]string{
		0: "0", 99_999: "99,999", 100_000: "10.00万", 123_449: "12.34万", 123_450: "12.35万", 13_880_000: "1,388.00万",
		99_999_949: "9,999.99万", 99_999_950: "1.00亿", 100_000_000: "1.00亿", 12_345_678_901: "123.46亿", -123_456: "−12.35万",
	} {
		if got := Amount(in); got != want {
			t.Errorf("Amount(%d) = %s, want %s", in, got, want)
		}
	}
}

func TestDecimals(t *testing.T) {
	cases := []struct {
		in           float64
		want, signed string
	}{
		{0, "0.00", "0.00"},
		{math.Copysign(0, -1), "0.00", "0.00"},
		{9.8, "9.80", "+9.80"},
		{99.996, "100.00", "+100.00"},
		{-0.35, "−0.35", "−0.35"},
		{-0.004, "0.00", "0.00"},
		{0.004, "0.00", "0.00"},
		{0.006, "0.01", "+0.01"},
	}
	for _, c := range cases {
		if got := Decimal(c.in); got != c.want {
			t.Errorf("Decimal(%v) = %s, want %s", c.in, got, c.want)
		}
		if got := Signed(c.in); got != c.signed {
			t.Errorf("Signed(%v) = %s, want %s", c.in, got, c.signed)
		}
	}
}

// A greater count never reads as a smaller one.
func TestAmountKeepsTheOrder(t *testing.T) {
	value := func(text string) float64 {
		var number, factor float64 = 0, 1
		var decimals float64
		for _, r := range text {
			switch {
			case r == '万':
				factor = wan
			case r == '亿':
				factor = yi
			case r == '.':
				decimals = 1
			case r >= '0' && r <= '9':
				number = number*10 + float64(r-'0')
				decimals *= 10
			}
		}
		return number / max(decimals, 1) * factor
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1e12).Draw(t, "n")
		more := n + rapid.Int64Range(0, 1e6).Draw(t, "more")
		if value(Amount(n)) > value(Amount(more)) {
			t.Fatalf("%d reads %s, %d reads %s", n, Amount(n), more, Amount(more))
		}
		if got := value(Amount(n)); math.Abs(got-float64(n)) > float64(n)*0.0051 {
			t.Fatalf("%d reads %s", n, Amount(n))
		}
	})
}

func TestPortion(t *testing.T) {
	for in, want := range map[[2]int64]int64{
		{0, 10}: 0, {1, 10_000}: 1, {1, 3}: 33, {10, 10}: 100, {11, 10}: 100, {1, 0}: 0, {-1, 10}: 0,
	} {
		if got := portion(in[0], in[1]); got != want {
			t.Errorf("portion(%d, %d) = %d, want %d", in[0], in[1], got, want)
		}
	}
}

func TestDrawnStars(t *testing.T) {
	for in, want := range map[int]string{0: "☆☆☆☆☆", 2: "★★☆☆☆", 5: "★★★★★", 9: "★★★★★", -1: "☆☆☆☆☆"} {
		if got := drawnStars(in); got != want {
			t.Errorf("drawnStars(%d) = %s, want %s", in, got, want)
		}
	}
}

// Each of the province's cities has its tile, and nobody else.
func TestTileOf(t *testing.T) {
	tiles := map[string]string{}
	for _, region := range org.Guangdong() {
		class := tileOf(region.Code)
		if isCity := org.LevelOf(region.Code) == org.LevelCity; isCity != (class != "") {
			t.Errorf("%s %s has the tile %q", region.Code, region.Name, class)
		}
		if other, taken := tiles[class]; taken && class != "" {
			t.Errorf("%s and %s share a tile", other, region.Name)
		}
		tiles[class] = region.Name
	}
	for _, odd := range []string{"", "4", "1100", "441100000000", "4401 00000000"} {
		if class := tileOf(odd); class != "" {
			t.Errorf("%q has the tile %s", odd, class)
		}
	}
}
