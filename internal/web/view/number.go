package view

import (
	"math"
	"strconv"
	"strings"
)

// Whole is a count in full, in groups of three digits: 1,234,567. The board's script counts up in the same form.
func Whole(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = minus, digits[1:]
	}
	return sign + grouped(digits)
}

// grouped parts digits in threes.
func grouped(digits string) string {
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

const (
	// minus is as wide as a plus and can't be taken for a hyphen.
	minus = "−"

	fullUpTo = 100_000 // counts below are written in full
	wan      = 10_000
	yi       = 100_000_000
)

// Amount is a count as the board writes it: in full below a hundred thousand, then 万 and 亿 with two decimals.
func Amount(n int64) string {
	size := n
	if n < 0 {
		size = -n
	}
	unit, name := int64(wan), "万"
	switch {
	case size < fullUpTo:
		return Whole(n)
	case size >= yi-wan/200: // what would be rounded to 10,000.00万
		unit, name = yi, "亿"
	}
	hundredths := (size + unit/200) / (unit / 100)
	text := grouped(strconv.FormatInt(hundredths/100, 10)) + "." + twoDigits(hundredths%100) + name
	if n < 0 {
		return minus + text
	}
	return text
}

func twoDigits(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// Decimal is a score or a rate with two decimals.
func Decimal(x float64) string {
	x = hundredth(x)
	return strings.Replace(strconv.FormatFloat(x, 'f', 2, 64), "-", minus, 1)
}

// Signed is a change with its sign and two decimals; nothing stands before 0.00.
func Signed(x float64) string {
	if hundredth(x) > 0 {
		return "+" + Decimal(x)
	}
	return Decimal(x)
}

// hundredth rounds to two decimals, and never to a negative zero.
func hundredth(x float64) float64 {
	if x = math.Round(x*100) / 100; x == 0 {
		return 0
	}
	return x
}

// cityTiles are Guangdong's cities by the first four digits of their codes (domain.md 7); the style sheet gives each its
// place on the grid.
const cityTiles = " 4401 4402 4403 4404 4405 4406 4407 4408 4409 4412 4413 4414 4415 4416 4417 4418 4419 4420 4451 4452 4453 "

// tileOf is the class of a city's place on the tile grid; empty for every other region.
func tileOf(code string) string {
	city, found := strings.CutSuffix(code, "00000000")
	if !found || len(city) != 4 || !strings.Contains(cityTiles, " "+city+" ") {
		return ""
	}
	return "at-" + city
}

// portion is how much of a whole a part is, 0 to 100, for the width of a bar; what is there at all is seen.
func portion(part, whole int64) int64 {
	if part <= 0 || whole <= 0 {
		return 0
	}
	return max(1, min(100, 100*part/whole))
}

// drawnStars are stars as they are drawn in a line of text; the word stands beside them.
func drawnStars(n int) string {
	n = max(0, min(5, n))
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// size is a number without its sign: by how many ranks one fell.
func size(n int) int { return max(n, -n) }

// nearest is a count that is kept as a float.
func nearest(x float64) int64 { return int64(math.Round(x)) }
