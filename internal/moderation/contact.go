package moderation

import (
	"slices"
	"strings"
)

// Limits of an e-mail address (RFC 5321), and how many spaces may stand around its signs.
const (
	mostLocal  = 64
	mostDomain = 253
	mostSpaces = 2
	mostOfHost = 7 // of mailHosts
)

// emailSigns are what people write for @; the vague ones only before a known host.
var (
	emailSigns      = [][]rune{[]rune("@"), []rune("﹫"), []rune("ⓐ"), []rune("(at)"), []rune("[at]"), []rune("(a)"), []rune("艾特"), []rune("圈a")}
	vagueEmailSigns = [][]rune{[]rune("#"), []rune(" at ")}
)

// mailHosts are the hosts most people have their mail at, by the first of their names.
var mailHosts = []string{"qq", "163", "126", "139", "189", "sina", "sohu", "gmail", "outlook", "hotmail", "foxmail", "yeah", "icloud", "aliyun", "yahoo"}

// emails finds e-mail addresses.
func (t *text) emails(found []Finding) []Finding {
	free := 0
	for i := range t.chars {
		after, vague := t.emailSign(i)
		if after == 0 || vague && !t.isMailHost(after) {
			continue
		}
		from, to := t.localPart(i, free), t.domain(after)
		if from < i && to > 0 {
			found = append(found, Finding{Kind: Email, From: from, To: to})
			free = to
		}
	}
	return found
}

// emailSign is what follows a sign of an address that stands at at; 0 where none does.
func (t *text) emailSign(at int) (after int, vague bool) {
	if !strings.ContainsRune("@﹫ⓐ([艾圈# ", t.chars[at].r) {
		return 0, false
	}
	for _, sign := range emailSigns {
		if after, ok := t.matches(sign, at, 0); ok {
			return after, false
		}
	}
	for _, sign := range vagueEmailSigns {
		if after, ok := t.matches(sign, at, 0); ok {
			return after, true
		}
	}
	return 0, false
}

// isMailHost says whether the name that begins at at is one of the hosts.
func (t *text) isMailHost(at int) bool {
	at = t.spaces(at)
	name := make([]rune, 0, mostOfHost+1)
	for at < len(t.chars) && t.chars[at].plain && len(name) <= mostOfHost {
		name = append(name, t.chars[at].r)
		at++
	}
	return slices.Contains(mailHosts, string(name))
}

// localPart is where an address begins whose sign stands at at; at itself where there is none. It begins at free or later.
func (t *text) localPart(at, free int) int {
	end := at
	for n := 0; end > free && t.chars[end-1].r == ' ' && n < mostSpaces; n++ {
		end--
	}
	from, first := end, at
	for from > free && end-from < mostLocal {
		c := t.chars[from-1]
		if !c.plain && c.class != digit && !strings.ContainsRune("._-+%", c.r) {
			break
		}
		from--
		if c.plain || c.class == digit {
			first = from
		}
	}
	return first
}

// domain is where a domain ends that begins at at; 0 where there is none: names with dots between them, the last one of letters. Behind
// @ a known host is one without, but 126 may be a price.
func (t *text) domain(at int) int {
	i, end, names := t.spaces(at), 0, 0
	known := at > 0 && t.chars[at-1].r == '@' && i < len(t.chars) && t.chars[i].class == letter && t.isMailHost(i)
	for limit := i + mostDomain; i < len(t.chars) && i < limit; {
		from, letters := i, true
		for i < len(t.chars) && (t.chars[i].plain || t.chars[i].class == digit || t.chars[i].r == '-') {
			letters = letters && t.chars[i].class == letter
			i++
		}
		if i == from {
			break
		}
		names++
		if names >= 2 && letters && i-from >= 2 || names == 1 && known {
			end = i
		}
		dot := t.spaces(i)
		if dot >= len(t.chars) || t.chars[dot].r != '.' && (names > 1 || t.chars[dot].r != '。' && t.chars[dot].r != '点') {
			break
		}
		i = t.spaces(dot + 1)
	}
	return end
}

// spaces is the first character from at that is no space, when they are few.
func (t *text) spaces(at int) int {
	for n := 0; at < len(t.chars) && t.chars[at].r == ' ' && n < mostSpaces; n++ {
		at++
	}
	return at
}

// accountWords say that an account follows. Behind those of accountLetterWords only one that begins with a letter does: 加我10000元, V：10000.
var (
	accountLetterWords = wordsOf("加我好友", "加我", "加好友", "微信联系", "微信找", "卫星", "v:", "微:")
	accountWords       = wordsOf(
		"微信", "薇信", "威信", "徽信", "维信", "伟信", "魏信", "微芯", "v信", "wechat", "weixin", "wx", "vx", "加v", "加微", "加我v", "加我微", "+v", "+微", "➕v", "➕微", "绿泡泡",
		"加q", "加我q", "+q", "➕q", "q:", "qq", "q号", "扣扣", "蔻蔻", "叩叩", "抠抠", "秋秋", "球球", "企鹅",
	)
)

// wordsOf are words by the character that each begins with.
func wordsOf(words ...string) map[rune][][]rune {
	table := map[rune][][]rune{}
	for _, word := range words {
		runes := []rune(word)
		table[runes[0]] = append(table[runes[0]], runes)
	}
	return table
}

// accountFillers may stand between such a word and the account; stating ones make it sure that one follows.
const (
	accountFillers = "我的加本人群同帐账是为号码邮箱id"
	stating        = "是为号码:="
)

const (
	mostFillers  = 8
	fewestOfChat = 6 // characters of a WeChat account: 6 to 20, beginning with a letter
	mostOfChat   = 20
	fewestOfQQ   = 5 // digits
	mostOfQQ     = 11
)

// accounts finds accounts of WeChat and QQ that are said to be such.
func (t *text) accounts(found []Finding) []Finding {
	for i := 0; i < len(t.chars); i++ {
		from, to := t.account(t.wordOf(accountWords, i), true)
		if to == 0 {
			from, to = t.account(t.wordOf(accountLetterWords, i), false)
		}
		if to > 0 {
			found = append(found, Finding{Kind: Account, From: from, To: to})
			i = to - 1
		}
	}
	return found
}

// wordOf is what follows the first of some words that stands at at; 0 where none does.
func (t *text) wordOf(words map[rune][][]rune, at int) int {
	if at > 0 && t.chars[at].plain && t.chars[at-1].plain {
		return 0
	}
	for _, word := range words[t.chars[at].said] {
		if end, ok := t.matches(word, at, mostSpaces); ok {
			return end
		}
	}
	return 0
}

// account is where an account stands from at on, the end of a word for one; digits says that it may be of those.
func (t *text) account(at int, digits bool) (from, to int) {
	if at == 0 {
		return 0, 0
	}
	stated, i := false, at
	for ; i < len(t.chars) && i < at+mostFillers; i++ {
		c := t.chars[i]
		if strings.ContainsRune(stating, c.r) {
			stated = true
			continue
		}
		if c.class == light || !c.plain && strings.ContainsRune(accountFillers, c.r) {
			continue
		}
		if c.r == 'i' && i+1 < len(t.chars) && t.chars[i+1].r == 'd' && (i+2 == len(t.chars) || !t.chars[i+2].plain) {
			stated = true
			i++
			continue
		}
		break
	}
	if i < len(t.chars) && t.chars[i].class == digit {
		if !digits {
			return 0, 0
		}
		return t.accountOfDigits(i)
	}
	from, sure := i, stated
	for i < len(t.chars) && i-from <= mostOfChat {
		c := t.chars[i]
		if !c.plain && c.r != '_' && c.r != '-' {
			break
		}
		sure = sure || c.class == digit || c.r == '_'
		i++
	}
	if n := i - from; !sure || n < fewestOfChat || n > mostOfChat || !t.chars[from].plain {
		return 0, 0
	}
	return from, i
}

// accountOfDigits is one of QQ that begins at from. The hotline is none: 微信12345小程序.
func (t *text) accountOfDigits(from int) (int, int) {
	n, end, rising := 0, from, true
	for i := from; i < len(t.chars) && i-end <= mostSpaces; i++ {
		switch c := t.chars[i]; {
		case c.class == digit:
			n++
			end = i + 1
			rising = rising && c.r == '0'+rune(n)
		case c.class != light:
			if c.plain {
				return 0, 0
			}
			i = len(t.chars)
		}
	}
	if n < fewestOfQQ || n > mostOfQQ || n == fewestOfQQ && rising {
		return 0, 0
	}
	return from, end
}

// matches says whether a word stands at at, with at most so many light characters between two of it, and where it ends.
func (t *text) matches(word []rune, at, gap int) (end int, ok bool) {
	for n, r := range word {
		for skipped := 0; n > 0 && skipped < gap && at < len(t.chars) && t.chars[at].class == light && t.chars[at].said != r; skipped++ {
			at++
		}
		if at >= len(t.chars) || t.chars[at].said != r {
			return 0, false
		}
		at++
	}
	return at, true
}
