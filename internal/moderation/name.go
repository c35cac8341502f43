package moderation

// Limits of the names that are looked for.
const (
	mostNames     = 16
	mostOfName    = 50
	fewestLetters = 3 // of a name in Latin letters
)

// names finds the given names. Of a Chinese name the first character stays.
func (t *text) names(found []Finding, names []string) []Finding {
	for _, name := range names[:min(len(names), mostNames)] {
		word, plain := foldWord(name)
		if len(word) < 2 || len(word) > mostOfName || plain && len(word) < fewestLetters {
			continue
		}
		for i := range t.chars {
			if t.chars[i].said != word[0] {
				continue
			}
			end, ok := t.matches(word, i, mostSpaces)
			switch {
			case !ok:
			case !plain:
				found = append(found, Finding{Kind: Name, From: i + 1, To: end})
			case t.alone(i, end):
				found = append(found, Finding{Kind: Name, From: i, To: end})
			}
		}
	}
	return found
}

// foldWord is a word as the rules see it, without light characters; plain says that it is of Latin letters and digits alone.
func foldWord(word string) (folded []rune, plain bool) {
	plain = true
	for _, r := range word {
		c := fold(r)
		if c.class == light || c.class == divider {
			continue
		}
		folded = append(folded, c.said)
		plain = plain && c.plain
	}
	return folded, plain
}
