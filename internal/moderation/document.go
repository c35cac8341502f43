package moderation

import "strings"

// Limits of numbers of certificates other than a resident's, in digits.
const (
	mostDocumentLetters  = 3
	fewestDocumentDigits = 6
	mostDocumentDigits   = 12
)

// certificateWords say that a certificate's number follows, serialWords that another one does.
var (
	certificateWords = []string{
		"护照", "通行证", "证件", "身份证", "回乡证", "返乡证", "台胞证", "居留证", "居住证", "旅行证", "海员证", "驾驶证", "驾照", "军官证", "士兵证", "警官证",
		"证号", "证号码", "证编号", "军字第", "武字第", "passport",
	}
	serialWords = []string{
		"受理", "流水", "业务", "事项", "办件", "收件", "排队", "窗口", "回执", "合同", "快递", "设备", "座位", "车次", "批次", "编码", "代码",
		"单", "编", "取", "叫", "序", "案", "文", "票", "批",
	}
)

// near is how many characters before a number a word for a certificate may stand.
const near = 12

// label is what the words before a number say that it is.
type label uint8

const (
	unlabelled label = iota
	ofSerial         // 受理号, right before it
	nearCertificate
	ofCertificate // 护照号码是, right before it
)

// label is that of a number that begins at at.
func (t *text) label(at int) label {
	before := t.before(at, near)
	stem := strings.TrimRight(before, "是为的编号码no")
	if stem, ok := strings.CutSuffix(before, "字第"); ok && stem != "" && endsInAny(strings.TrimRight(cutLast(stem), "是为的"), certificateWords) {
		return ofCertificate // 军官证南字第
	}
	switch {
	case endsInAny(before, certificateWords) || endsInAny(stem, certificateWords):
		return ofCertificate
	case endsInAny(strings.TrimRight(before, "是为的号no"), serialWords):
		return ofSerial
	case holdsAny(before, certificateWords):
		return nearCertificate
	default:
		return unlabelled
	}
}

func endsInAny(text string, words []string) bool {
	for _, word := range words {
		if strings.HasSuffix(text, word) {
			return true
		}
	}
	return false
}

// cutLast leaves out the last character.
func cutLast(text string) string {
	runes := []rune(text)
	return string(runes[:len(runes)-1])
}

// documents finds numbers of passports, of permits (港澳居民来往内地通行证 and the like) and of officers: by their shape where a word says
// that it is a certificate's, the unmistakable ones also without.
func (t *text) documents(found []Finding) []Finding {
	for i := 0; i < len(t.chars); i++ {
		if t.chars[i].class != digit || i > 0 && t.chars[i-1].class == digit {
			continue
		}
		if from, to := t.document(i); to > 0 {
			found = append(found, Finding{Kind: Document, From: from, To: to})
			i = to - 1
		}
	}
	return found
}

// document is the number whose digits begin at at; to is 0 where there is none.
func (t *text) document(at int) (from, to int) {
	from, letters := t.documentLetters(at)
	if letters == 0 && at > 0 && t.chars[at-1].plain {
		return 0, 0
	}
	ends := t.digitGroups(at)
	if len(ends) > 0 && letters == 1 && from+1 == at && t.isSureDocument(from, ends[0]) {
		return from, ends[0].at
	}
	for n := len(ends) - 1; n >= 0 && ends[n].digits >= fewestDocumentDigits; n-- {
		end, closed := t.documentEnd(ends[n].at)
		if !closed {
			continue
		}
		says, may := t.label(from), false
		switch digits := ends[n].digits; {
		case letters == 0:
			may = says == ofCertificate && digits >= fewestDigits
		case says == ofCertificate || says == nearCertificate:
			may = digits <= 10 || letters == mostDocumentLetters && digits == 12 // 外国人永久居留身份证
		}
		if may && !t.beginsWithDay(at) {
			return from, end
		}
	}
	return 0, 0
}

// isSureDocument says whether a letter and the digits right after it are a number of a passport (E, G, D, S, P), of a permit to Hong Kong
// and Macao (C), or of one from there (H, M). What is called another number, or begins with a day, is none.
func (t *text) isSureDocument(from int, digits digitGroup) bool {
	switch t.chars[from].r {
	case 'e', 'g', 'd', 's', 'p', 'c':
		if digits.digits != 8 {
			return false
		}
	case 'h', 'm':
		if digits.digits != 8 && digits.digits != 10 {
			return false
		}
	default:
		return false
	}
	if !t.closes(digits.at) {
		return false
	}
	says := t.label(from)
	return says == ofCertificate || says != ofSerial && !t.beginsWithDay(from+1)
}

// documentLetters are the few Latin letters that a number may begin with, and where; at where there are none.
func (t *text) documentLetters(at int) (from, letters int) {
	i := at
	for n := 0; i > 0 && t.chars[i-1].class == light && n < mostSpaces; n++ {
		i--
	}
	from = i
	for from > 0 && i-from < mostDocumentLetters && t.chars[from-1].plain && t.chars[from-1].class == letter {
		from--
	}
	if from == i || from > 0 && t.chars[from-1].plain {
		return at, 0
	}
	return from, i - from
}

// digitGroup is where a group of digits ends, and how many there are up to there.
type digitGroup struct{ at, digits int }

// digitGroups are the groups of digits from at on that may be of one number.
func (t *text) digitGroups(at int) (ends []digitGroup) {
	for i, digits := at, 0; ; {
		for ; i < len(t.chars) && t.chars[i].class == digit && digits <= mostDocumentDigits; i++ {
			digits++
		}
		if digits > mostDocumentDigits {
			return ends
		}
		ends = append(ends, digitGroup{i, digits})
		i = t.over(i, ':')
		if i == len(t.chars) || t.chars[i].class != digit {
			return ends
		}
	}
}

// documentEnd is where a number ends whose digits end before at, with one letter that may follow: 0123456789(A).
func (t *text) documentEnd(at int) (end int, closed bool) {
	end = at
	if end+1 < len(t.chars) && t.chars[end].r == '(' && t.chars[end+1].plain && t.chars[end+1].class == letter {
		end++
	}
	if !t.closes(end) {
		end++
	}
	return end, t.closes(end)
}

// beginsWithDay says that digits from at on begin with a day, yyyymmdd or with its parts apart.
func (t *text) beginsWithDay(at int) bool {
	var v []byte
	for i := at; i < len(t.chars) && i < at+12 && len(v) < 8; i++ {
		switch t.chars[i].class {
		case digit:
			v = append(v, byte(t.chars[i].r)) //nolint:gosec // '0' to '9'
		case letter, divider:
			return false
		case light:
		}
	}
	return isDay(v)
}
