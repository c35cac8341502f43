package moderation

import (
	"strings"
	"unicode"
)

// class is what a character is to the rules.
type class uint8

const (
	letter  class = iota // of any script; ends a number
	digit                // 0-9 in any dress; char is '0' to '9'
	light                // what people put between digits or characters without meaning it: spaces, dashes, dots, invisible ones
	divider              // punctuation that divides: it ends a word, though not a number
)

// char is a character as the rules see it.
type char struct {
	r     rune // half width, lower case, simplified; a digit as '0' to '9'
	said  rune // the same, but a written out digit as it is: in a word 三 is no 3
	class class
	plain bool // an ASCII letter or digit, also in full width
	shown bool // as something that stands apart; else it can't be seen, or is a part of the one before it
}

// text is a remark as the rules see it, character by character at the places of the original.
type text struct {
	chars  []char
	digits int
	spelt  int // digits and ASCII letters: what numbers are spelt with
}

// read prepares a remark.
func read(remark string) *text {
	t := &text{chars: make([]char, 0, len(remark)/2+1)}
	for _, r := range remark {
		c := fold(r)
		if c.class == digit {
			t.digits++
		}
		if c.class == digit || c.plain {
			t.spelt++
		}
		t.chars = append(t.chars, c)
	}
	return t
}

// fold gives a character its plain form.
func fold(r rune) char {
	switch {
	case '0' <= r && r <= '9':
		return char{r, r, digit, true, true}
	case 'a' <= r && r <= 'z':
		return char{r, r, letter, true, true}
	case 'A' <= r && r <= 'Z':
		return fold(r - 'A' + 'a')
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return fold(r - 0xFF01 + '!')
	}
	d, isDigit := dressedDigit(r)
	if simple, ok := simplified[r]; ok {
		r = simple
	}
	switch {
	case isDigit && r >= 0x3400 && r <= 0x9FFF:
		return char{d, r, digit, false, true}
	case isDigit:
		return char{d, d, digit, false, true}
	case strings.ContainsRune(dividers, r):
		return char{r, r, divider, false, true}
	case r >= 0x4E00 && r <= 0x9FFF: // most of what people write
		return char{r, r, letter, false, true}
	case r == '\r', unicode.In(r, unicode.Cf, unicode.M):
		return char{r, r, light, false, false}
	case unicode.In(r, unicode.Z, unicode.P, unicode.S, unicode.Cc):
		return char{r, r, light, false, true}
	}
	r = unicode.ToLower(r)
	return char{r, r, letter, false, true}
}

// dividers end a word.
const dividers = "。！？；，、,;!?\n…"

// chineseDigits are written out digits, everyday and formal, with what people use for them on the telephone.
var chineseDigits = map[rune]rune{
	'〇': '0', '零': '0', '○': '0', '◯': '0', '一': '1', '壹': '1', '幺': '1', '弌': '1', '二': '2', '贰': '2', '貳': '2', '弍': '2',
	'三': '3', '叁': '3', '參': '3', '叄': '3', '四': '4', '肆': '4', '五': '5', '伍': '5', '六': '6', '陆': '6', '陸': '6', '七': '7', '柒': '7',
	'八': '8', '捌': '8', '九': '9', '玖': '9',
	'⓪': '0', '⓿': '0', '🄋': '0', '🄌': '0', '⁰': '0', '¹': '1', '²': '2', '³': '3',
}

// digitRows are rows of digits in Unicode that are no decimal digits of a script: where they begin, and the digit that stands first.
// Nine are in a row that begins with 1, else ten.
var digitRows = []struct{ first, digit rune }{
	{'①', '1'},
	{'⑴', '1'},
	{'⒈', '1'},
	{'⓵', '1'},
	{'❶', '1'},
	{'➀', '1'},
	{'➊', '1'},
	{'㈠', '1'},
	{'㊀', '1'},
	{'⁴', '4'},
	{'₀', '0'},
	{'〡', '1'},
	{'🄁', '0'},
}

func dressedDigit(r rune) (rune, bool) {
	if r < 0x80 {
		return 0, false
	}
	if d, ok := chineseDigits[r]; ok {
		return d, true
	}
	if 0x3400 <= r && r <= 0x9FFF { // other Chinese characters, the most frequent case
		return 0, false
	}
	for _, row := range digitRows {
		if d := row.digit + r - row.first; r >= row.first && d <= '9' {
			return d, true
		}
	}
	return scriptDigit(r)
}

// scriptDigit is a decimal digit of any script: each has a row from 0 to 9, and rows that touch are one range.
func scriptDigit(r rune) (rune, bool) {
	if !unicode.IsDigit(r) {
		return 0, false
	}
	for _, row := range unicode.Nd.R16 {
		if r <= rune(row.Hi) {
			return '0' + (r-rune(row.Lo))%10, true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if r <= rune(row.Hi) { //nolint:gosec // a character
			return '0' + (r-rune(row.Lo))%10, true //nolint:gosec // a character
		}
	}
	return 0, false
}

// alone says that the characters from and up to to do not continue a plain word or number to either side.
func (t *text) alone(from, to int) bool {
	return (from == 0 || !t.chars[from-1].plain) && (to == len(t.chars) || !t.chars[to].plain)
}

// before are the n characters before at, with light ones left out.
func (t *text) before(at, n int) string {
	kept := make([]rune, 0, n)
	for i := at - 1; i >= 0 && len(kept) < n; i-- {
		if t.chars[i].class != light {
			kept = append(kept, t.chars[i].r)
		}
	}
	for i, j := 0, len(kept)-1; i < j; i, j = i+1, j-1 {
		kept[i], kept[j] = kept[j], kept[i]
	}
	return string(kept)
}
