package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/url"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// Algorithm is the hash function of the stronger scheme, named as in the header x-hcp-body-digest.
type Algorithm string

// The two algorithms: the national one and the international one. Both give 32 bytes.
const (
	SM3    Algorithm = "sm3"
	SHA256 Algorithm = "sha256"
)

// Valid says whether the algorithm is one of the two.
func (a Algorithm) Valid() bool { return a == SM3 || a == SHA256 }

// BodyDigest gives the value of the header x-hcp-body-digest, "sm3=<hex>" or "sha256=<hex>", over the body as sent;
// "" for an unknown algorithm.
func BodyDigest(alg Algorithm, body []byte) string {
	var sum [sha256.Size]byte
	switch alg {
	case SM3:
		sum = sm3.Sum(body)
	case SHA256:
		sum = sha256.Sum256(body)
	default:
		return ""
	}
	return string(alg) + "=" + hex.EncodeToString(sum[:])
}

// ParseDigest reads the form of a header x-hcp-body-digest: which algorithm, and whether it is one of the two
// followed by "=" and 64 lower-case hexadecimal digits. Whether it is the body's digest, BodyDigest tells.
func ParseDigest(header string) (Algorithm, bool) {
	name, digits, found := strings.Cut(header, "=")
	alg := Algorithm(name)
	if !found || !alg.Valid() || len(digits) != Size {
		return "", false
	}
	for i := range len(digits) {
		if c := digits[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return alg, true
}

// Strong signs a request with its body (header x-hcp-signature):
//
//	UPPERHEX(HMAC(token, method "\n" target "\n" timestamp "\n" nonce "\n" digest))
//
// target is what Target gives, digest the whole value of the header x-hcp-body-digest, alg that digest's algorithm.
// It gives "" for an unknown algorithm, which is Equal to nothing.
func Strong(alg Algorithm, token, method, target, timestamp, nonce, digest string) string {
	var newHash func() hash.Hash
	switch alg {
	case SM3:
		newHash = sm3.New
	case SHA256:
		newHash = sha256.New
	default:
		return ""
	}
	var room [stackText]byte
	text := append(room[:0], method...)
	for _, part := range [...]string{target, timestamp, nonce, digest} {
		text = append(text, '\n')
		text = append(text, part...)
	}
	mac := hmac.New(newHash, []byte(token))
	mac.Write(text)
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	return upperHex(sum)
}

// Target gives the part of an address that Strong signs, as net/http writes it into the request line: the path, with "?" and the query
// where there is a "?"; "/" for an empty path. Client and server agree since both take it from here.
func Target(u *url.URL) string { return u.RequestURI() }
