package moderation

import (
	"bytes"
	"slices"
	"strings"
)

// fewestDigits is the fewest digits of what is looked for: a fixed telephone without its area code.
const fewestDigits = 7

// widestGap is how many characters that are no letters may stand between two digits of one number. What can't be seen does not count, and
// one that is repeated counts once: 138----0013. Stars count each, for they stand for what is masked: 138****5678.
const widestGap = 3

// gap is what stands between two digits.
type gap struct {
	wide int
	last rune
}

// holds takes one more character in, and says whether the gap is not too wide yet.
func (g *gap) holds(c char) bool {
	if c.shown && (c.r != g.last || c.r == '*') {
		g.wide++
		g.last = c.r
	}
	return g.wide <= widestGap
}

// over is the character after a gap that begins at at, of light ones other than except.
func (t *text) over(at int, except rune) int {
	var g gap
	for at < len(t.chars) && t.chars[at].class == light && t.chars[at].r != except && g.holds(t.chars[at]) {
		at++
	}
	return at
}

// chain is digits with no letter between them, and where they stand. Digits that stand next to one another are a group: a number
// begins and ends with a group, so that a piece of a longer number, such as an affair's, is none.
type chain struct {
	text   *text
	at     []int  // of each digit, in characters
	value  []byte // '0' to '9'
	starts []bool // a group
}

// numbers finds numbers that identify a person.
func (t *text) numbers(found []Finding) []Finding {
	var c chain
	var between gap
	for i := range t.chars {
		switch char := &t.chars[i]; char.class {
		case digit:
			last := len(c.at) - 1
			if last >= 0 && between.wide > widestGap {
				found = c.numbers(found)
				c = chain{}
				last = -1
			}
			c.text = t
			c.at = append(c.at, i)
			c.value = append(c.value, byte(char.r)) //nolint:gosec // '0' to '9'
			c.starts = append(c.starts, last < 0 || i-c.at[last] > 1)
			between = gap{}
		case letter:
			if len(c.at) > 0 {
				found = c.numbers(found)
				c = chain{}
			}
		case light, divider:
			between.holds(*char)
		}
	}
	return c.numbers(found)
}

func (c *chain) numbers(found []Finding) []Finding {
	for i := 0; i+fewestDigits <= len(c.at); i++ {
		if !c.starts[i] || !c.text.opens(c.at[i]) {
			continue
		}
		if n, kind, end := c.numberAt(i); n > 0 {
			found = append(found, Finding{Kind: kind, From: c.at[i], To: end})
			i += n - 1
		}
	}
	return found
}

// numberAt is what begins with digit i: how many digits it has, 0 for nothing, and the character after it.
func (c *chain) numberAt(i int) (n int, kind Kind, end int) {
	if end, ok := c.endsWithX(i); ok {
		return certificateDigits - 1, Certificate, end
	}
	if n, kind, end := c.shaped(i, shapes); n > 0 {
		return n, kind, end
	}
	if n, kind, end := c.joined(i); n > 0 {
		return n, kind, end
	}
	return c.shaped(i, vagueShapes)
}

// shaped is what begins with digit i and has one of some shapes.
func (c *chain) shaped(i int, shapes []shape) (n int, kind Kind, end int) {
	for _, shape := range shapes {
		last := i + shape.digits - 1
		if last >= len(c.at) || last+1 < len(c.at) && !c.starts[last+1] || !c.text.closesOrLabels(c.at[last]+1) {
			continue
		}
		if value := c.value[i : last+1]; shape.is(c, i, value) && !c.ordinary(i, last+1) {
			return shape.digits, shape.kind, c.at[last] + 1
		}
	}
	return 0, 0, 0
}

// shape is what a number of so many digits can be.
type shape struct {
	digits int
	kind   Kind
	is     func(c *chain, at int, value []byte) bool
}

// Shapes are asked in this order: certificates, of which a piece may look like another number, then the surest ones, then the longest. Several
// numbers may begin as one of the vague ones does.
var (
	shapes      = shapesOf()
	vagueShapes = []shape{
		{13, Fixed, plain(func(v []byte) bool { return string(v[:2]) == "00" && isOverBorder(v[2:]) })},
		{11, Fixed, func(c *chain, at int, v []byte) bool { return c.text.follows(c.at[at], '+') && isOverBorder(v) }},
		{15, Fixed, plain(isFixedAbroad)},
		{14, Fixed, plain(isFixedAbroad)},
		{13, Fixed, (*chain).isFixedBehindPlus},
		{12, Fixed, (*chain).isFixedBehindPlus},
		{12, Fixed, plain(isFixed)},
		{11, Fixed, plain(isFixed)},
		{15, Certificate, plain(isOldCertificate)},
		{8, Fixed, (*chain).isLocal},
		{7, Fixed, (*chain).isLocal},
	}
)

// plain is for shapes that are seen from the digits alone.
func plain(is func([]byte) bool) func(*chain, int, []byte) bool {
	return func(_ *chain, _ int, value []byte) bool { return is(value) }
}

func shapesOf() []shape {
	shapes := []shape{
		{certificateDigits, Certificate, plain(isCertificate)},
		{certificateDigits, Certificate, (*chain).isUnchecked},
		{certificateDigits - 1, Certificate, (*chain).isUnchecked},
	}
	for n := mostCardDigits; n >= fewestCardDigits; n-- {
		shapes = append(shapes, shape{n, Card, plain(isCard)})
	}
	return append(shapes,
		shape{15, Mobile, plain(func(v []byte) bool { return string(v[:4]) == "0086" && isMobile(v[4:]) })},
		shape{13, Mobile, plain(func(v []byte) bool { return string(v[:2]) == "86" && isMobile(v[2:]) })},
		shape{12, Mobile, plain(func(v []byte) bool { return v[0] == '0' && isMobile(v[1:]) })},
		shape{mobileDigits, Mobile, plain(isMobile)},
	)
}

// joined is what begins with digit i where numbers of mobiles and certificates are written one after the other without a gap, each mobile
// with 86 or 0 before it or without: as many as there are.
func (c *chain) joined(i int) (n int, kind Kind, end int) {
	v := c.value[i:min(i+MaxRemark, len(c.value))]
	if len(v) < 2*mobileDigits {
		return 0, 0, 0
	}
	ends := make([]Kind, len(v)+1) // up to there they are, and what
	for at := range ends {
		if at > 0 && ends[at] == 0 {
			continue
		}
		if end, ok := c.endsWithX(i + at); ok {
			return at + certificateDigits - 1, Certificate, end
		}
		for _, before := range []string{"", "0", "86", "0086"} {
			rest, ok := bytes.CutPrefix(v[at:], []byte(before))
			if to := at + len(before) + mobileDigits; ok && to <= len(v) && isMobile(rest) {
				ends[to] = max(ends[to], ends[at], Mobile)
			}
		}
		if to := at + certificateDigits; to <= len(v) && isCertificate(v[at:to]) {
			ends[to] = Certificate
		}
		if last := i + at - 1; at >= 2*mobileDigits && (last+1 == len(c.at) || c.starts[last+1]) && c.text.closesOrLabels(c.at[last]+1) {
			n, kind, end = at, ends[at], c.at[last]+1
		}
	}
	if n > 0 && c.ordinary(i, i+n) {
		return 0, 0, 0
	}
	return n, kind, end
}

// mobileDigits is how long a mobile number of the mainland is.
const mobileDigits = 11

// isMobile says whether 11 digits are a mobile telephone number of the mainland.
func isMobile(v []byte) bool { return v[0] == '1' && v[1] >= '3' }

// isOverBorder says whether 11 digits are a telephone number of Hong Kong or Macao.
func isOverBorder(v []byte) bool {
	return (string(v[:3]) == "852" || string(v[:3]) == "853") && v[3] >= '2'
}

// isFixed says whether 11 or 12 digits are a fixed line with its area code: three digits for the largest cities (01, 02), else four.
func isFixed(v []byte) bool {
	area := 4
	if v[0] != '0' || v[1] == '0' {
		return false
	}
	if v[1] <= '2' {
		area = 3
	}
	local := v[area:]
	return (len(local) == 8 || len(local) == 7 && area == 4) && local[0] >= '2' && local[0] <= '8'
}

// isFixedAbroad says whether 14 or 15 digits are a fixed line as it is dialled from abroad, its area code without 0.
func isFixedAbroad(v []byte) bool {
	return string(v[:4]) == "0086" && isFixed(append([]byte("0"), v[4:]...))
}

// isFixedBehindPlus says the same of digits behind +, which stands for 00.
func (c *chain) isFixedBehindPlus(at int, v []byte) bool {
	return c.text.follows(c.at[at], '+') && isFixedAbroad(append([]byte("00"), v...))
}

// isLocal says whether digits are a fixed line without its area code: only where the words before say that it is a telephone.
func (c *chain) isLocal(at int, v []byte) bool {
	return v[0] >= '2' && v[0] <= '8' && !isDay(v) && holdsAny(c.text.before(c.at[at], 8), telephoneWords)
}

var telephoneWords = []string{"电话", "座机", "固话", "致电", "拨打", "tel", "phone", "联系方式"}

func holdsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// isDay says whether digits are a day, yyyymmdd.
func isDay(v []byte) bool {
	return len(v) == 8 && isYear(number(v[:4])) && isMonthDay(number(v[4:6]), number(v[6:8]))
}

func isYear(year int) bool { return year >= 1900 && year < 2100 }

func isMonthDay(month, day int) bool { return month >= 1 && month <= 12 && day >= 1 && day <= 31 }

func number(v []byte) (n int) {
	for _, d := range v[:min(len(v), 9)] {
		n = 10*n + int(d-'0')
	}
	return n
}

// labels are words in letters that may stand right before or behind a number without a space.
var labels = []string{
	"tel", "phone", "mobile", "mob", "wx", "vx", "v", "weixin", "wechat", "qq", "dh", "dianhua", "sj", "shouji", "haoma", "call", "id", "sfz", "card", "no", "num", "number",
	"whatsapp",
}

// mostOfLabel is how long a label is at most.
const mostOfLabel = 8

// opens says that a number may begin at a character: no letter or digit before it belongs to it, but for a label.
func (t *text) opens(at int) bool {
	if at == 0 || !t.chars[at-1].plain || t.chars[at-1].class == digit {
		return true // a digit before is of the same group, and the chain knows
	}
	from := at
	for from > 0 && at-from <= mostOfLabel && t.chars[from-1].plain {
		from--
	}
	return t.isLabel(from, at)
}

// closes says that a number may end before a character.
func (t *text) closes(at int) bool {
	return at == len(t.chars) || !t.chars[at].plain || t.chars[at].class == digit
}

// closesOrLabels says the same, or that a label stands there.
func (t *text) closesOrLabels(at int) bool {
	if t.closes(at) {
		return true
	}
	to := at
	for to < len(t.chars) && to-at <= mostOfLabel && t.chars[to].plain {
		to++
	}
	return t.isLabel(at, to)
}

// isLabel says that the characters from and up to to are a label.
func (t *text) isLabel(from, to int) bool {
	label := make([]rune, 0, mostOfLabel+1)
	for _, c := range t.chars[from:to] {
		label = append(label, c.r)
	}
	return slices.Contains(labels, string(label))
}

// follows says that a character stands before another, light ones between them left out.
func (t *text) follows(at int, r rune) bool {
	for i := at - 1; i >= 0 && i >= at-widestGap; i-- {
		if t.chars[i].r == r {
			return true
		}
		if t.chars[i].class != light {
			return false
		}
	}
	return false
}
