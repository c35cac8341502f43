package moderation

import (
	"slices"
	"strings"
)

// Persons are what a review itself tells of its persons: none of it is public, wherever a remark says it.
type Persons struct {
	Names   []string
	Numbers []string // of certificates, telephones and accounts
}

// Limits of the numbers that are looked for, in Latin letters and digits.
const (
	mostNumbers    = 8
	mostOfNumber   = 64
	fewestOfNumber = 5 // shorter ones stand in too many others
	fewestWithin   = 8 // shorter ones are found alone: 10086 is not meant by 100860
)

// own finds the given numbers in whatever dress, also within a longer run of digits.
func (t *text) own(found []Finding, numbers []string) []Finding {
	for _, number := range numbers[:min(len(numbers), mostNumbers)] {
		for _, word := range spellings(number) {
			within := len(word) >= fewestWithin && slices.ContainsFunc(word, isDigit)
			for i := 0; i < len(t.chars); i++ {
				if end, ok := t.spells(word, i); ok && (within || t.alone(i, end)) {
					found = append(found, Finding{Kind: Own, From: i, To: end})
					i = end - 1
				}
			}
		}
	}
	return found
}

// spellings are what to look for of a number that was told: its letters and digits, and of its sections those that are numbers
// themselves, such as a telephone without its area code. Words of another script are no part of it: 军字第1234567号.
func spellings(number string) (words [][]rune) {
	keep := func(word []rune, fewest int) {
		if len(word) >= fewest && len(word) <= mostOfNumber && !saysNothing(word) {
			words = append(words, word)
		}
	}
	for _, part := range strings.FieldsFunc(number, func(r rune) bool { c := fold(r); return c.class == letter && !c.plain }) {
		var whole []rune
		sections := strings.FieldsFunc(part, func(r rune) bool { c := fold(r); return c.class != letter && c.class != digit })
		for _, section := range sections {
			word := make([]rune, 0, len(section))
			for _, r := range section {
				word = append(word, fold(r).r)
			}
			if len(sections) > 1 && !isDay([]byte(string(word))) {
				keep(word, fewestDigits)
			}
			whole = append(whole, word...)
		}
		keep(whole, fewestOfNumber)
	}
	return words
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// saysNothing says that a number is one that people fill in for none, 00000000, or that everybody knows, 12345.
func saysNothing(word []rune) bool {
	same, rising := true, len(word) < fewestWithin
	for i := 1; i < len(word); i++ {
		same = same && word[i] == word[0]
		rising = rising && (word[i] == word[i-1]+1 || word[i] == '0' && word[i-1] == '9')
	}
	return same || rising
}

// spells says whether letters and digits of a number stand at at, with at most so much between two as in any number, and where they end.
func (t *text) spells(word []rune, at int) (end int, ok bool) {
	for n, r := range word {
		var g gap
		for n > 0 && at < len(t.chars) && (t.chars[at].class == light || t.chars[at].class == divider) && g.holds(t.chars[at]) {
			at++
		}
		if at >= len(t.chars) || t.chars[at].r != r {
			return 0, false
		}
		at++
	}
	return at, true
}
