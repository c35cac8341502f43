package identity

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Limits of passwords, in characters. Length counts, composition does not (NIST SP 800-63B 3.1.1).
const (
	minPassword = 10
	maxPassword = 128
)

// What one argon2id is made of, beside what it costs. Every hash says what it was made with, so all this may change.
const (
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

// argonAtOnce bounds how many are computed side by side: four take 76 MiB.
const argonAtOnce = 4

// Hashes of others' making cost no more than this, or are refused.
const (
	argonMostMemory = 256 << 10 // KiB
	argonMostTime   = 16
)

var argonTurns = make(chan struct{}, argonAtOnce)

func argon(password string, salt []byte, time, memory uint32, threads uint8, size uint32) []byte {
	argonTurns <- struct{}{}
	defer func() { <-argonTurns }()
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, time, memory, threads, size)
}

// HashPassword hashes a password by argon2id, in the PHC form: $argon2id$v=19$m=...,t=...,p=...$salt$hash.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails: it ends the process instead
	key := argon(password, salt, argonTime, argonMemory, argonThreads, argonKey)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, encode(salt), encode(key))
}

// errHash is a password hash that is none.
var errHash = errors.New("password hash can't be read")

// VerifyPassword says whether a password is the one of a hash.
func VerifyPassword(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errHash
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil ||
		memory > argonMostMemory || time < 1 || time > argonMostTime || threads < 1 {
		return false, errHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errHash
	}
	got := argon(password, salt, time, memory, threads, uint32(len(want))) //nolint:gosec // at most 64
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// nobody's hash is what a password for a login that is not there is held against: it takes as long.
var nobodysHash = sync.OnceValue(func() string { return HashPassword(rand.Text()) })

//go:embed data/passwords.txt
var commonText []byte

// common are the commonest passwords of breaches, in small letters: the well-known ones of the world and Chinese habits.
var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range bytes.Lines(commonText) {
		if word := string(bytes.TrimSpace(line)); word != "" && word[0] != '#' {
			set[word] = true
		}
	}
	return set
})

// passwordFault says what is wrong with a password that a person chose; empty when nothing is. own are his login, name and the
// like, which it may not consist of.
func passwordFault(password string, own ...string) string {
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return "密码中有无法识别的字符，请换一个"
	case length < minPassword:
		return fmt.Sprintf("密码至少要有%d个字符，可以用几个不相干的词连起来", minPassword)
	case length > maxPassword:
		return fmt.Sprintf("密码最多%d个字符", maxPassword)
	case commonPassword(password):
		return "这个密码太常见，很容易被猜到，请换一个"
	case poor(password):
		return "密码的字符太单一，请换一个"
	}
	small := strings.ToLower(password)
	for _, word := range own {
		if word = strings.ToLower(word); utf8.RuneCountInString(word) >= 3 && length-utf8.RuneCountInString(word) < minPassword/2 && strings.Contains(small, word) {
			return "密码不要用账号或姓名，请换一个"
		}
	}
	return ""
}

// commonPassword says whether it is a common one: as it is, without digits and signs at its ends, or written twice.
func commonPassword(password string) bool {
	small := strings.ToLower(password)
	plain := strings.TrimFunc(small, func(r rune) bool { return !unicode.IsLetter(r) })
	half := len(small) / 2
	return common()[small] || len(plain) >= 5 && len(small)-len(plain) <= 6 && common()[plain] ||
		len(small)%2 == 0 && small[:half] == small[half:] && (common()[small[:half]] || poor(small[:half]))
}

// poor says whether a text is few characters again and again, or a row of neighbours: aaaaaaaaaa, 1234567890, abcdefghij.
func poor(text string) bool {
	runes := []rune(text)
	distinct := slices.Compact(slices.Sorted(slices.Values(runes)))
	if len(distinct) < min(4, len(runes)) {
		return true
	}
	up, down := 0, 0
	for i := 1; i < len(runes); i++ {
		switch runes[i] - runes[i-1] {
		case 1:
			up++
		case -1:
			down++
		}
	}
	return max(up, down) >= len(runes)-2
}

// oneTimePassword makes a password to be told once: 16 characters without look-alikes, in groups, some 77 bits.
func oneTimePassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	return strings.Join([]string{pick(letters, 4), pick(letters, 4), pick(letters, 4), pick(letters, 4)}, "-")
}

// pick gives n letters at random, each as likely.
func pick(letters string, n int) string {
	most := byte(256 / len(letters) * len(letters) % 256) // 0 where all bytes serve
	text := make([]byte, 0, n)
	for one := make([]byte, 1); len(text) < n; {
		rand.Read(one) // never fails: it ends the process instead
		if most == 0 || one[0] < most {
			text = append(text, letters[int(one[0])%len(letters)])
		}
	}
	return string(text)
}
