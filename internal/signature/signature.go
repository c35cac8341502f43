// Package signature computes the signatures of calls: the gateway's own (TIF, compatible with RIO), which covers
// the caller and the time, and a stronger one beside it, which covers the request and its body too.
//
// The package is pure: it knows no secrets, no clock and no HTTP. Formulas and vectors: domain.md 1.
package signature

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
)

// Size is the length of every signature: 32 bytes as hexadecimal digits.
const Size = 2 * sha256.Size

// stackText is how much text is put together without asking for memory; a usual call has about 100 bytes.
const stackText = 512

// Short signs a caller's call to the gateway: UPPERHEX(SHA256(timestamp + token + nonce + timestamp)).
// timestamp is in Unix seconds, decimal; token is the secret that belongs to the caller's id.
func Short(timestamp, token, nonce string) string {
	var room [stackText]byte
	text := append(room[:0], timestamp...)
	text = append(text, token...)
	text = append(text, nonce...)
	text = append(text, timestamp...)
	return upperHex(sha256.Sum256(text))
}

// Long signs the gateway's call to a service, which carries the person who is logged in:
// UPPERHEX(SHA256(timestamp + token + nonce + "," + uid + "," + uinfo + "," + ext + timestamp)).
func Long(timestamp, token, nonce, uid, uinfo, ext string) string {
	var room [stackText]byte
	text := append(room[:0], timestamp...)
	text = append(text, token...)
	text = append(text, nonce...)
	text = append(text, ',')
	text = append(text, uid...)
	text = append(text, ',')
	text = append(text, uinfo...)
	text = append(text, ',')
	text = append(text, ext...)
	text = append(text, timestamp...)
	return upperHex(sha256.Sum256(text))
}

// Equal compares two signatures without regard to the case of their hexadecimal digits, in a time that does not
// depend on where they differ. Two empty texts are not equal: nothing is not a signature.
func Equal(a, b string) bool {
	if len(a) != len(b) || a == "" {
		return false
	}
	var differ byte
	for i := range len(a) {
		differ |= fold(a[i]) ^ fold(b[i])
	}
	return subtle.ConstantTimeByteEq(differ, 0) == 1
}

// fold makes A-F lower case without a branch and leaves every other byte as it is.
func fold(c byte) byte {
	n := int32(c)
	upper := ('A' - 1 - n) & (n - 'G') // negative exactly for A..F
	return c | byte(upper>>31)&0x20    //nolint:gosec // the shift leaves 0 or -1, every bit alike
}

// NewNonce gives 26 random printable characters (the gateway takes 1 to 36), different for every call.
func NewNonce() string { return rand.Text() }

func upperHex(sum [sha256.Size]byte) string {
	const digits = "0123456789ABCDEF"
	var text [Size]byte
	for i, b := range sum {
		text[2*i], text[2*i+1] = digits[b>>4], digits[b&0x0f]
	}
	return string(text[:])
}
