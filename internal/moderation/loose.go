package moderation

import "slices"

// likeDigit is the digit that people mean by what they write to get past a filter, or say on the telephone; 0 where they mean none. It is one
// where nothing but digits stand beside it.
func likeDigit(r rune) rune {
	switch r {
	case 'o', 'о', 'ο', '洞':
		return '0'
	case 'l', 'i', '腰', '妖':
		return '1'
	case '两':
		return '2'
	case 'з':
		return '3'
	case '拐':
		return '7'
	case '勾', '钩':
		return '9'
	}
	return 0
}

// fillers are what people write between the groups of a number.
var fillers = [][]rune{
	[]rune("然后是"), []rune("然后"), []rune("再是"), []rune("再"), []rune("接着"), []rune("接"), []rune("空格"), []rune("空"), []rune("横杠"), []rune("杠"), []rune("横线"), []rune("横"), []rune("减"),
	[]rune("后面是"), []rune("后面"), []rune("中间是"), []rune("中间"), []rune("后四位"), []rune("后4位"), []rune("删掉"), []rune("去掉"), []rune("nbsp"), []rune("br"),
}

const (
	fewestOfGroup  = 3 // digits, on both sides of a filler
	mostOfFillings = 8 // characters
)

// loosely finds numbers of the surer kinds that are some only when a remark is read as people read it: 138OO138OOO, 138然后0013再8000.
func (t *text) loosely(found []Finding) []Finding {
	loose := text{chars: slices.Clone(t.chars)}
	if changed := loose.readLikeDigits(); !loose.dropFillers() && !changed {
		return found
	}
	for _, f := range loose.numbers(nil) {
		if f.Kind != Fixed {
			found = append(found, f)
		}
	}
	return found
}

// readLikeDigits makes digits of what is like them in words that are made of such and at least one digit; words of Chinese characters end
// where the others begin.
func (t *text) readLikeDigits() (changed bool) {
	for from := 0; from < len(t.chars); {
		to, digits, others := from, 0, 0
		for ; to < len(t.chars) && t.inWord(to); to++ {
			switch {
			case t.chars[to].class == digit:
				digits++
			case likeDigit(t.chars[to].r) == 0 && t.chars[to].r != 'x': // of a certificate
				others++
			}
		}
		if digits > 0 && others == 0 && digits < to-from {
			changed = true
			for i := from; i < to; i++ {
				if d := likeDigit(t.chars[i].r); d != 0 {
					t.chars[i] = char{d, d, digit, false, true}
				}
			}
		}
		from = to + 1
	}
	return changed
}

// inWord says that a character may be one of a number, or of a code.
func (t *text) inWord(at int) bool {
	return t.chars[at].plain || t.chars[at].class == digit || likeDigit(t.chars[at].r) != 0
}

// dropFillers takes out what is said between two groups of digits.
func (t *text) dropFillers() (changed bool) {
	for i, group := 0, 0; i < len(t.chars); i++ {
		if t.chars[i].class == digit {
			group++
			continue
		}
		if group >= fewestOfGroup {
			changed = t.dropFiller(i) || changed
		}
		group = 0
	}
	return changed
}

// dropFiller takes out what is said from at on, up to the next group of digits.
func (t *text) dropFiller(at int) bool {
	var said []int
	next := at
	for next < len(t.chars) && next-at <= mostOfFillings {
		if end, ok := t.filler(next); ok {
			for ; next < end; next++ {
				said = append(said, next)
			}
			continue
		}
		if t.chars[next].class != light && t.chars[next].class != divider {
			break
		}
		next++
	}
	if len(said) == 0 || next+fewestOfGroup > len(t.chars) {
		return false
	}
	for _, c := range t.chars[next : next+fewestOfGroup] {
		if c.class != digit {
			return false
		}
	}
	for _, i := range said {
		t.chars[i] = char{r: '\u200b', said: '\u200b', class: light}
	}
	return true
}

// filler is where one ends that begins at at.
func (t *text) filler(at int) (end int, ok bool) {
	for _, word := range fillers {
		if end, ok := t.matches(word, at, 0); ok {
			return end, true
		}
	}
	return 0, false
}
