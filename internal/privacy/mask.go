package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is a text from outside as the public may see it: without what turns the order of its characters round, so that nobody shows a
// number that is written backwards, for that is how it was looked for, and without control characters but those of lines.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// MaskName shows the first character that can be seen: 张*. A name of one character is hidden whole.
func MaskName(name string) string {
	name = strings.TrimLeftFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) })
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	if size == len(name) {
		return "*"
	}
	return string(first) + "*"
}

// MaskPhone shows three and four: 138****5678. Anything shorter than 8 characters is hidden whole.
func MaskPhone(phone string) string { return maskMiddle(phone, 3, 4) }

// MaskCertificate shows four and four: 4401****1234. Anything shorter than 9 characters is hidden whole.
func MaskCertificate(number string) string { return maskMiddle(number, 4, 4) }

func maskMiddle(s string, head, tail int) string {
	runes := []rune(s)
	if len(runes) == 0 {
		return ""
	}
	if len(runes) <= head+tail {
		return strings.Repeat("*", 4)
	}
	return string(runes[:head]) + "****" + string(runes[len(runes)-tail:])
}
