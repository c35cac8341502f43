package moderation

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Limits of a word list.
const (
	MaxWords     = 10_000
	MaxWordRunes = 20
	// MaxListBytes is how long the text of a list may be.
	MaxListBytes = 256 << 10
)

// maskMark after a word says that masking it is enough; without it a person looks first.
const maskMark = "遮盖"

// builtin is the text of the list that counts until another one is activated: version 0.
//
//go:embed words.txt
var builtin string

// Words is a list of words, ready to be searched for.
type Words struct {
	automaton automaton
	words     []listed
}

type listed struct {
	length int // in characters that count
	plain  bool
	mask   bool
}

// ParseWords reads a list: one word a line, what follows # is a note, and 遮盖 after a word says that masking it is enough. It
// reports every line that is wrong, at most twenty, each as a violation of the field.
func ParseWords(field, text string) (*Words, error) {
	if len(text) > MaxListBytes {
		return nil, fault.NewInvalid(fault.Violation{Field: field, Reason: fmt.Sprintf("词表最多 %d KB，请删减", MaxListBytes>>10)})
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, fault.NewInvalid(fault.Violation{Field: field, Reason: "有无法识别的字符，请存为 UTF-8 后再试"})
	}
	w := &Words{automaton: newAutomaton()}
	var wrong []fault.Violation
	refuse := func(line int, reason string) {
		if len(wrong) < 20 {
			wrong = append(wrong, fault.Violation{Field: field, Reason: fmt.Sprintf("第 %d 行：%s", line, reason)})
		}
	}
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		mask := len(fields) > 1 && fields[len(fields)-1] == maskMark
		if mask {
			fields = fields[:len(fields)-1]
		}
		word, plain := foldWord(strings.Join(fields, ""))
		switch {
		case len(fields) > 1 && !plain:
			refuse(n+1, "一行写一个词；词后只能写“"+maskMark+"”")
		case len(word) < 2:
			refuse(n+1, "词至少 2 个字")
		case len(word) > MaxWordRunes:
			refuse(n+1, fmt.Sprintf("词最多 %d 个字", MaxWordRunes))
		case len(w.words) == MaxWords:
			refuse(n+1, fmt.Sprintf("词表最多 %d 个词", MaxWords))
			return nil, fault.NewInvalid(wrong...)
		default:
			w.automaton.add(word, len(w.words))
			w.words = append(w.words, listed{length: len(word), plain: plain, mask: mask})
		}
	}
	if len(wrong) > 0 {
		return nil, fault.NewInvalid(wrong...)
	}
	w.automaton.link()
	return w, nil
}

// Len is how many lines of the list are words.
func (w *Words) Len() int { return len(w.words) }

// find adds the words that stand in a text, light characters between their own left out. A word of Latin letters stands alone.
func (w *Words) find(t *text, found []Finding) []Finding {
	if len(w.words) == 0 {
		return found
	}
	var last [MaxWordRunes]int // where the last characters that count stand, as a ring
	seen, state := 0, 0
	for i := range t.chars {
		c := &t.chars[i]
		if c.class == light {
			continue
		}
		if c.class == divider {
			state, seen = 0, 0
			continue
		}
		last[seen%MaxWordRunes] = i
		seen++
		state = w.automaton.next(state, c.said)
		for at := state; at != 0; at = w.automaton.shorter(at) {
			n, ok := w.automaton.word(at)
			if !ok {
				continue
			}
			word := w.words[n]
			from := last[(seen-word.length)%MaxWordRunes]
			if word.plain && !t.alone(from, i+1) {
				continue
			}
			found = append(found, Finding{Kind: Word, From: from, To: i + 1, Hold: !word.mask})
		}
	}
	return found
}
