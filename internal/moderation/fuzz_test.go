package moderation

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// FuzzParseWords: any text is a list within all limits, or is told which lines are wrong; whatever list it is, a remark is judged by it
// and every finding lies within the remark.
func FuzzParseWords(f *testing.F) {
	for _, seed := range []string{"贪污\n受贿 遮盖\n# 注", "a b c 遮盖", "遮盖", strings.Repeat("一", 21), "\xff", "aa\naa\naaa 遮盖\n", "①②③\n１２３", "x\x00y", "微 信\r\n"} {
		f.Add(seed, "他们贪 污受-贿aaa①②③")
	}
	f.Fuzz(func(t *testing.T, list, remark string) {
		words, err := ParseWords("words", list)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || words != nil {
				t.Errorf("%v, %v", words, err)
			}
			return
		}
		if words.Len() > MaxWords {
			t.Errorf("%d words", words.Len())
		}
		holdVerdict(t, remark, Check(remark, nil, words))
	})
}

// FuzzParseSpans: what a page sends is a row of pieces that do not touch, or is refused; masking by it never shows more.
func FuzzParseSpans(f *testing.F) {
	for _, seed := range []string{"0-1,3-9", "3-9,0-1,1-3", "9223372036854775807-9223372036854775808", "0-9223372036854775807", "-1-2", "1-1", ",", "１-２", "00-01"} {
		f.Add(seed, "电话13800138000")
	}
	f.Fuzz(func(t *testing.T, text, remark string) {
		spans, err := ParseSpans(text)
		if err != nil {
			return
		}
		end := -1
		for _, s := range spans {
			if s.From <= end && end >= 0 || s.From < 0 || s.To <= s.From {
				t.Fatalf("%q is read as %v", text, spans)
			}
			end = s.To
		}
		if again, err := ParseSpans(spans.String()); err != nil || again.String() != spans.String() {
			t.Errorf("%q comes back as %v, %v", spans, again, err)
		}
		if masked := spans.Mask(remark); utf8.RuneCountInString(masked) != utf8.RuneCountInString(remark) {
			t.Errorf("%q masked by %s is %q", remark, spans, masked)
		}
	})
}
