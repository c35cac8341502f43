package integrity

import (
	"strings"
	"unicode"
)

// Texts shorter than this are everybody's: 服务很好, 非常满意.
const shortest = 8 // characters

// mostCompared is how many different texts of one place are compared with each other.
const mostCompared = 400

// Plain is what was said without what changes when one text is sent again and again: letters alone, and none of them more than twice in a
// row. It is empty for what is too short to tell people apart.
func Plain(said string) string {
	var plain strings.Builder
	var last rune
	again, n := 0, 0
	for _, r := range said {
		if !unicode.IsLetter(r) {
			continue
		}
		r = unicode.ToLower(r)
		if r == last {
			if again++; again > 1 {
				continue
			}
		} else {
			again = 0
		}
		last = r
		plain.WriteRune(r)
		n++
	}
	if n < shortest {
		return ""
	}
	return plain.String()
}

// phrase is a text with all that say nearly the same.
type phrase struct {
	text  string
	pairs map[[2]rune]bool
	by    []*Sighting
	texts map[string]bool
}

// words finds a text that more persons wrote at one place than it is common elsewhere.
func (e *examination) words(p *place) {
	var phrases []*phrase
	spoken := 0
	for _, s := range p.sightings {
		if s.Words == "" || !s.good() {
			continue
		}
		spoken++
		pairs := pairsOf(s.Words)
		joined := false
		for _, ph := range phrases {
			if ph.text == s.Words || alike(pairs, ph.pairs) {
				ph.by, ph.texts[s.Words], joined = append(ph.by, s), true, true
				break
			}
		}
		if !joined && len(phrases) < mostCompared {
			phrases = append(phrases, &phrase{s.Words, pairs, []*Sighting{s}, map[string]bool{s.Words: true}})
		}
	}
	var concerned []*Sighting
	best, count, share := 0.0, 0, 0.0
	for _, ph := range phrases {
		n := people(ph.by)
		if n < e.at.Repeats {
			continue
		}
		elsewhere := 0
		for text := range ph.texts {
			elsewhere += e.said[text]
		}
		elsewhere -= len(ph.by)
		common := (float64(elsewhere) + 0.5) / (float64(e.spoken-spoken) + 25)
		if power := manyAmong(n, spoken, wider(common, 2)); power >= wordsPower {
			concerned = append(concerned, ph.by...)
			if power > best {
				best, count, share = power, n, common
			}
		}
	}
	if count == 0 {
		return
	}
	sortByTime(concerned)
	e.find(p, Words, best, count, share*float64(spoken), Evidence{People: people(concerned), Share: share}, concerned)
}

func pairsOf(text string) map[[2]rune]bool {
	runes := []rune(text)
	pairs := make(map[[2]rune]bool, len(runes))
	for i := 1; i < len(runes); i++ {
		pairs[[2]rune{runes[i-1], runes[i]}] = true
	}
	return pairs
}

// alike says whether two texts share most of their pairs of characters.
func alike(a, b map[[2]rune]bool) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if float64(len(a)) < 0.6*float64(len(b)) {
		return false
	}
	both := 0
	for pair := range a {
		if b[pair] {
			both++
		}
	}
	return float64(both) >= 0.6*float64(len(a)+len(b)-both)
}
