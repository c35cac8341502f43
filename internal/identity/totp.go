package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// A second factor is TOTP as every app knows it (RFC 6238): SHA-1, 6 digits, 30 seconds; a code of the step before or after
// serves, too.
const (
	totpPeriod = 30
	totpSecret = 20 // bytes
	totpSkew   = 1  // steps
)

// recoveryCodes is how many codes stand in for the second factor, once each.
const recoveryCodes = 10

// newTOTPSecret makes a secret in the form that apps take: base32 without padding.
func newTOTPSecret() string {
	secret := make([]byte, totpSecret)
	rand.Read(secret) // never fails: it ends the process instead
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// totpAddress is what the QR code of a secret holds.
func totpAddress(login, secret string) string {
	const issuer = "好差评管理后台"
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + url.Values{
		"secret": {secret}, "issuer": {issuer}, "period": {fmt.Sprint(totpPeriod)}, "digits": {"6"}, "algorithm": {"SHA1"},
	}.Encode()
}

// totpStep gives the time step whose code it is, later than the last one that was used; false when it is none.
func totpStep(secret, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	for n := int64(-totpSkew); n <= totpSkew; n++ {
		at := now.Unix()/totpPeriod + n
		want, err := totp.GenerateCodeCustom(secret, time.Unix(at*totpPeriod, 0), totp.ValidateOpts{
			Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err == nil && at > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = at, true
		}
	}
	return step, ok
}

// newRecoveryCodes makes codes of 50 bits: 10 characters without look-alikes, in two groups.
func newRecoveryCodes() []string {
	const letters = "abcdefghjkmnpqrstvwxyz0123456789"
	codes := make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = pick(letters, 5) + "-" + pick(letters, 5)
	}
	return codes
}

// recoveryHash is what is kept of a recovery code: the codes have too many bits to be tried, so a keyed hash will do.
func recoveryHash(blinder *privacy.Blinder, login, code string) []byte {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	digest := blinder.Digest("recovery code", login, code)
	return digest[:]
}

// isRecoveryCode says whether a text has the form of one, so that one field takes both.
func isRecoveryCode(text string) bool {
	return len(strings.NewReplacer("-", "", " ", "").Replace(text)) == 10
}
