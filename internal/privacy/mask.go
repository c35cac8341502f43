package privacy

import (
	"strings"
	"unicode/utf8"
)

// MaskName shows the first character: 张*. A name of one character is hidden whole.
func MaskName(name string) string {
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
