package signature_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/haochaping/haochaping/internal/signature"
)

func TestBodyDigest(t *testing.T) {
	for _, tt := range []struct {
		alg  signature.Algorithm
		body string
		want string
	}{
		// GB/T 32905-2016, A.1
		{signature.SM3, "abc", "sm3=66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
		// FIPS 180-4, "abc" and the empty message
		{signature.SHA256, "abc", "sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{signature.SHA256, "", "sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"md5", "abc", ""},
	} {
		got := signature.BodyDigest(tt.alg, []byte(tt.body))
		if got != tt.want {
			t.Errorf("BodyDigest(%s, %q): got %s, want %s", tt.alg, tt.body, got, tt.want)
		}
		if alg, ok := signature.ParseDigest(got); ok != (tt.want != "") || ok && alg != tt.alg {
			t.Errorf("ParseDigest(%q): got %s, %v", got, alg, ok)
		}
	}
}

func TestParseDigestRefuses(t *testing.T) {
	digits := strings.Repeat("0a", 32)
	for _, header := range []string{
		"", "sm3", "sm3=", "=" + digits, "md5=" + digits, "SM3=" + digits, "sm3=" + digits[1:], "sm3=0" + digits,
		"sm3=" + strings.ToUpper(digits), "sm3= " + digits[1:], "sha256=" + digits + "\n",
	} {
		if alg, ok := signature.ParseDigest(header); ok {
			t.Errorf("ParseDigest(%q): got %s, want a refusal", header, alg)
		}
	}
}

func TestStrong(t *testing.T) {
	digest := signature.BodyDigest(signature.SM3, []byte(`{"a":1}`))
	text := "POST\n/ping/ebus/affair/eval?x=1\n1561910400\nn0nce\n" + digest
	for alg, mac := range map[signature.Algorithm]func() []byte{
		signature.SM3: func() []byte {
			h := hmac.New(sm3.New, []byte(vectorToken))
			h.Write([]byte(text))
			return h.Sum(nil)
		},
		signature.SHA256: func() []byte {
			h := hmac.New(sha256.New, []byte(vectorToken))
			h.Write([]byte(text))
			return h.Sum(nil)
		},
	} {
		want := strings.ToUpper(hex.EncodeToString(mac()))
		got := signature.Strong(alg, vectorToken, "POST", "/ping/ebus/affair/eval?x=1", "1561910400", "n0nce", digest)
		if got != want {
			t.Errorf("Strong(%s): got %s, want %s", alg, got, want)
		}
	}
	if got := signature.Strong("md5", vectorToken, "POST", "/", "1", "n", digest); got != "" {
		t.Errorf("Strong(md5): got %s, want nothing", got)
	}
}

func TestStrongCoversEveryPart(t *testing.T) {
	parts := []string{vectorToken, "POST", "/a", "1561910400", "n0nce", "sm3=00"}
	sign := func(p []string) string {
		return signature.Strong(signature.SM3, p[0], p[1], p[2], p[3], p[4], p[5])
	}
	for i := range parts {
		other := append([]string(nil), parts...)
		other[i] += "1"
		if signature.Equal(sign(parts), sign(other)) {
			t.Errorf("part %d is not signed", i)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"http://h/ping/ebus/affair/eval", "/ping/ebus/affair/eval"},
		{"http://h/ping/ebus/tags?evalEntityCode=egovAffair&generalStars=5", "/ping/ebus/tags?evalEntityCode=egovAffair&generalStars=5"},
		{"http://h/a%2Fb", "/a%2Fb"},
		{"http://h/a?", "/a?"},
		{"http://h?", "/?"},
		{"http://h", "/"},
	} {
		u, err := url.Parse(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := signature.Target(u); got != tt.want {
			t.Errorf("Target(%s): got %s, want %s", tt.address, got, tt.want)
		}
	}
}
