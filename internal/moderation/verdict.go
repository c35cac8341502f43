// Package moderation decides what of a remark everybody may read: it finds what identifies a person (numbers, addresses, names)
// and words that a person should look at first, before anything is published (domain.md 8). Its rules are pure; what was
// decided is kept by a Store, and people decide through the Service.
package moderation

import (
	"cmp"
	"slices"
)

// MaxRemark is how many characters of a remark are looked at. What a longer one says after that is never public: see Policy.
const MaxRemark = 1000

// Kind is what was found.
type Kind int

// The kinds of findings.
const (
	Mobile      Kind = iota + 1 // 手机号码
	Fixed                       // 固定电话
	Certificate                 // 居民身份证号码, GB 11643
	Document                    // 护照、通行证 and the like
	Card                        // 银行卡号
	Email                       // 电子邮箱
	Account                     // 微信号、QQ 号, said as such
	Name                        // a name that was given to Check
	Own                         // a number that was given to Check
	Word                        // a word of the list
)

var kindNames = map[Kind]string{
	Mobile: "手机号码", Fixed: "固定电话", Certificate: "身份证号码", Document: "其他证件号码", Card: "银行卡号", Email: "电子邮箱", Account: "微信号、QQ 号", Name: "姓名", Own: "评价人自己的号码", Word: "词表中的词",
}

// String is the kind in Chinese.
func (k Kind) String() string { return kindNames[k] }

// Finding is a piece of a remark, from From up to but not including To, counted in characters (runes).
type Finding struct {
	Kind     Kind
	From, To int
	// Hold says that a mask is not enough: a person must look (words of the list that do not say otherwise).
	Hold bool
}

// Decision is what the rules say about a remark.
type Decision int

// A remark can be published as it is, or with its findings masked, or only a person can tell.
const (
	Publish Decision = iota + 1
	MaskIt
	Withhold
)

// Verdict is what Check says. Findings are in order and may overlap.
type Verdict struct {
	Decision Decision
	Findings []Finding
}

// Check looks for what must not be public in a remark: numbers, addresses, what persons are given, and words of the list; persons and words
// may be nil. It takes time in proportion to the remark.
func Check(remark string, persons *Persons, words *Words) Verdict {
	if remark == "" {
		return Verdict{Decision: Publish}
	}
	t := read(remark)
	var found []Finding
	if t.digits >= fewestDigits {
		found = t.numbers(found)
	}
	if t.digits >= fewestOfGroup {
		found = t.loosely(found)
	}
	if t.digits >= fewestDocumentDigits {
		found = t.documents(found)
	}
	found = t.emails(found)
	found = t.accounts(found)
	if persons != nil {
		found = t.names(found, persons.Names)
		if t.spelt >= fewestOfNumber {
			found = t.own(found, persons.Numbers)
		}
	}
	if words != nil {
		found = words.find(t, found)
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
	})
	v := Verdict{Decision: Publish, Findings: slices.Compact(found)}
	for _, f := range v.Findings {
		v.Decision = max(v.Decision, MaskIt)
		if f.Hold {
			v.Decision = Withhold
		}
	}
	return v
}

// Mask replaces every character of the findings by a star.
func Mask(remark string, findings []Finding) string {
	return SpansOf(findings).Mask(remark)
}
