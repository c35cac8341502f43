package moderation

import "strings"

const (
	certificateDigits = 18 // GB 11643-1999
	fewestCardDigits  = 13
	mostCardDigits    = 19
)

// certificateWeights and certificateChecks are of GB 11643: the last digit is the check of the sum of the others by weight.
var (
	certificateWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	certificateChecks  = "10X98765432"
)

// provinces are how a certificate's number begins: GB/T 2260, with residence permits of people from Hong Kong, Macao and Taiwan, and
// of foreigners.
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91"

func isProvince(v []byte) bool { return strings.Contains(provinces, string(v[:2])) && v[0] != '0' }

// platformYear is the year of the first affairs that are reviewed here: 国办发〔2019〕51号.
const platformYear = 2019

// checkOf is the check of the first 17 digits.
func checkOf(v []byte) byte {
	sum := 0
	for i, weight := range certificateWeights {
		sum += weight * int(v[i]-'0')
	}
	return certificateChecks[sum%11]
}

// isCertificate says whether 18 digits are a resident's certificate number with its right check.
func isCertificate(v []byte) bool { return isCertificateBody(v) && checkOf(v) == v[17] }

// isCertificateBody says whether digits begin as such a number does: a region and a day of birth. The rules know no clock, so that days to come
// are days, too. New cards of foreigners begin with 9 before the province.
func isCertificateBody(v []byte) bool {
	return (isProvince(v) || v[0] == '9' && isProvince(v[1:])) && isDay(v[6:14])
}

// isUnchecked says whether 17 or 18 digits look like such a number whose last digit is wrong or left out: people mistype theirs. Called
// an affair's (受理号), with a day since there are any, it is that; apart by punctuation it must be called a certificate's.
func (c *chain) isUnchecked(at int, v []byte) bool {
	if !isCertificateBody(v) {
		return false
	}
	switch c.text.label(c.at[at]) {
	case ofCertificate, nearCertificate:
		return true
	case ofSerial:
		return number(v[6:10]) < platformYear && !c.divided(at, at+len(v))
	default:
		return !c.divided(at, at+len(v))
	}
}

// divided says that punctuation stands between some of the digits.
func (c *chain) divided(from, to int) bool {
	for i := from + 1; i < to; i++ {
		for _, between := range c.text.chars[c.at[i-1]+1 : c.at[i]] {
			if between.class == divider {
				return true
			}
		}
	}
	return false
}

// isOldCertificate says whether 15 digits are a number of the first generation, which had no check.
func isOldCertificate(v []byte) bool {
	return isProvince(v) && isMonthDay(number(v[8:10]), number(v[10:12]))
}

// endsWithX finds a certificate's number whose check is X, which is no digit. Where a digit follows, of a telephone for example, it must be
// the right one.
func (c *chain) endsWithX(i int) (end int, ok bool) {
	last := i + certificateDigits - 2
	if last >= len(c.at) || last+1 < len(c.at) && !c.starts[last+1] {
		return 0, false
	}
	x := c.text.over(c.at[last]+1, '×')
	if x >= len(c.text.chars) || c.text.chars[x].r != 'x' && c.text.chars[x].r != '×' {
		return 0, false
	}
	alone := x+1 == len(c.text.chars) || !c.text.chars[x+1].plain
	if !alone && c.text.chars[x+1].class == letter {
		return 0, false
	}
	v := c.value[i : last+1]
	return x + 1, isCertificateBody(v) && (checkOf(v) == 'X' || alone && c.text.chars[x].r == 'x' && c.isUnchecked(i, v))
}

// isCard says whether digits are a bank card's number: it begins as an issuer's does, has a length of theirs, and a right check
// (Luhn). A tenth of all serial numbers has one, too: those that begin with a region and a day are none.
func isCard(v []byte) bool {
	n := len(v)
	if n >= 14 && isProvince(v) && isDay(v[6:14]) {
		return false
	}
	switch v[0] {
	case '6', '9': // UnionPay, and what was issued here before it
		if n < 16 {
			return false
		}
	case '4': // Visa
		if n != 13 && n != 16 && n != 19 {
			return false
		}
	case '5', '2': // Mastercard; 2 alone would take serial numbers that begin with a day
		if n != 16 || v[0] == '2' && (v[1] < '2' || v[1] > '7') || v[0] == '5' && (v[1] < '1' || v[1] > '5') {
			return false
		}
	case '3': // American Express, Diners, JCB
		if n != 14 && n != 15 && n != 16 {
			return false
		}
	default:
		return false
	}
	return luhn(v)
}

// luhn says whether the check of ISO/IEC 7812 is right.
func luhn(v []byte) bool {
	sum := 0
	for i := range v {
		d := int(v[len(v)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
