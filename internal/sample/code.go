package sample

import (
	"fmt"
	"strings"
)

// creditAlphabet are the characters of a unified social credit code, in the order of their values (GB 32100-2015).
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditCode makes a department's unified social credit code: 11 (established by the state, an organ), region of six
// digits, organisation code of nine, check character (GB 32100-2015, GB 11714-1997).
func creditCode(region string, number int) string {
	body := fmt.Sprintf("MB9%05d", number)
	code := "11" + region + body + organisationCheck(body)
	return code + creditCheck(code)
}

// organisationCheck is the ninth character of an organisation code (GB 11714-1997).
func organisationCheck(body string) string {
	weights := [...]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		value := int(body[i] - '0')
		if body[i] >= 'A' {
			value = int(body[i]-'A') + 10
		}
		sum += w * value
	}
	return string("0X987654321"[sum%11])
}

// creditCheck is the last character of a unified social credit code, from the 17 before it.
func creditCheck(code string) string {
	sum, weight := 0, 1
	for i := range len(code) {
		sum += weight * strings.IndexByte(creditAlphabet, code[i])
		weight = weight * 3 % 31
	}
	return string(creditAlphabet[(31-sum%31)%31])
}

// identityCheck is the last character of a resident's identity number, from the 17 digits before it (GB 11643-1999).
func identityCheck(digits string) string {
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return string("10X98765432"[sum%11])
}

// mix is a bijection of 64 bits that makes neighbours look unrelated (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// base36 writes the low digits of x with 0-9 and A-Z, always width characters.
func base36(x uint64, width int) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	text := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		text[i] = digits[x%36]
		x /= 36
	}
	return string(text)
}
