package venue

import "strings"

// A code is a prefix and a number in Crockford's alphabet, which holds its order in ASCII; at most 20 letters and digits
// (3.4.1.4). A number is one more than the greatest ever given under its prefix, and nothing with a code is ever
// deleted: so no code is given twice, and the same list gives the same codes, cut short and begun again or not.
const (
	alphabet     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	regionDigits = 9
	hallDigits   = 3 // 32,767 halls of one town
	windowDigits = 4 // a million windows of one hall
	hallCodeLong = regionDigits + hallDigits
)

// numbers are the greatest number of each prefix.
type numbers map[string]int

// learn takes note of a code that was given.
func (n numbers) learn(code string, digits int) {
	if len(code) < digits {
		return
	}
	prefix := code[:len(code)-digits]
	n[prefix] = max(n[prefix], number(code[len(prefix):]))
}

// next is the next code of a prefix; false when there is none left.
func (n numbers) next(prefix string, digits int) (string, bool) {
	next := n[prefix] + 1
	if next >= 1<<(5*digits) {
		return "", false
	}
	n[prefix] = next
	text := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		text[i] = alphabet[next&31]
		next >>= 5
	}
	return prefix + string(text), true
}

// number reads a number; 0 for what is none.
func number(text string) int {
	n := 0
	for i := range len(text) {
		digit := strings.IndexByte(alphabet, text[i])
		if digit < 0 {
			return 0
		}
		n = n<<5 | digit
	}
	return n
}
