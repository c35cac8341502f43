package moderation

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Span is a piece of a remark: From up to but not including To, counted in characters (runes).
type Span struct{ From, To int }

// Spans are pieces of a remark in order, none touching another. They are stored instead of the masked text, so that no remark
// stands in the database in the clear.
type Spans []Span

// maxSpans is how many pieces of one remark can be masked.
const maxSpans = MaxRemark

// SpansOf are the pieces that findings cover.
func SpansOf(findings []Finding) Spans {
	spans := make(Spans, 0, len(findings))
	for _, f := range findings {
		spans = append(spans, Span{f.From, f.To})
	}
	return spans.joined()
}

// joined sorts spans and joins those that overlap or touch.
func (s Spans) joined() Spans {
	slices.SortFunc(s, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	joined := Spans{}
	for _, one := range s {
		switch last := len(joined) - 1; {
		case one.From >= one.To || one.From < 0:
		case last >= 0 && one.From <= joined[last].To:
			joined[last].To = max(joined[last].To, one.To)
		default:
			joined = append(joined, one)
		}
	}
	return joined
}

// Mask replaces every character in the spans by a star, line breaks excepted. The remark keeps its length in characters, so
// masking twice is masking once.
func (s Spans) Mask(remark string) string {
	if len(s) == 0 {
		return remark
	}
	var masked strings.Builder
	at, next := 0, 0
	for _, r := range remark {
		for next < len(s) && at >= s[next].To {
			next++
		}
		if next < len(s) && at >= s[next].From && r != '\n' {
			r = '*'
		}
		masked.WriteRune(r)
		at++
	}
	return masked.String()
}

// String is how spans are stored: from-to,from-to.
func (s Spans) String() string {
	var text strings.Builder
	for i, one := range s {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, "%d-%d", one.From, one.To)
	}
	return text.String()
}

// ParseSpans reads what String wrote, or what a page sent: pieces in any order, which are joined.
func ParseSpans(text string) (Spans, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no spans are no fault
	}
	spans := Spans{}
	pieces := strings.Split(text, ",")
	if len(pieces) > maxSpans {
		return nil, fmt.Errorf("more than %d spans", maxSpans)
	}
	for _, piece := range pieces {
		from, to, ok := strings.Cut(piece, "-")
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if !ok || errA != nil || errB != nil || a < 0 || b <= a {
			return nil, fmt.Errorf("span %q is not from-to", piece)
		}
		spans = append(spans, Span{a, b})
	}
	return spans.joined(), nil
}

// End is where the last span ends.
func (s Spans) End() int {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].To
}
