package signature

import (
	"crypto/hmac"
	"encoding/hex"

	"github.com/emmansun/gmsm/sm3"
)

// CodeKeySize is how many hexadecimal digits of a code's signature stand in the code: 64 bits are more than anyone can
// guess over a network, and every character makes a printed code coarser to read.
const CodeKeySize = 16

// CodeKey signs a dynamic QR code (contract.md 5, k): the first 16 digits of lower-case hex of HMAC-SM3(token, msg). msg
// is the value of the address's parameter msg after decoding it once, its parts joined by "-" as they stand there; token
// is the secret of the app that msg names.
func CodeKey(token, msg string) string { return codeKey(token, msg)[:CodeKeySize] }

// ValidCodeKey says whether key signs msg: 16 digits or more of the signature, lower case, compared in constant time.
func ValidCodeKey(token, msg, key string) bool {
	if len(key) < CodeKeySize || len(key) > Size {
		return false
	}
	return hmac.Equal([]byte(key), []byte(codeKey(token, msg)[:len(key)]))
}

func codeKey(token, msg string) string {
	mac := hmac.New(sm3.New, []byte(token))
	mac.Write([]byte(msg))
	return hex.EncodeToString(mac.Sum(nil))
}
