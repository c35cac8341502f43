package signature_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/signature"
	"pgregory.net/rapid"
)

// The vectors of domain.md 1.
const (
	vectorToken     = "test-token-0123456789abcdef"
	vectorTimestamp = "1561910400"
	vectorNonce     = "123456789abcdefg"
)

func TestShort(t *testing.T) {
	for _, tt := range []struct{ token, timestamp, nonce, want string }{
		{vectorToken, vectorTimestamp, vectorNonce, "7433352AD07CDC11BE6F9D234EA64A1A59C61A2F0362F882A8581F380E21DED6"},
		{"hcp-demo-token", "1577836800", "0123456789", "7DDA55BED6DC4E54D380F2594E33A211DC7EAB3D7FB40A6C2CC2E94F611D1D82"},
	} {
		if got := signature.Short(tt.timestamp, tt.token, tt.nonce); got != tt.want {
			t.Errorf("Short(%s, %s, %s): got %s, want %s", tt.timestamp, tt.token, tt.nonce, got, tt.want)
		}
	}
}

func TestLong(t *testing.T) {
	for _, tt := range []struct{ uid, uinfo, ext, want string }{
		{"u1001", "440100199001011234", "{}", "EA706C78A0A3B932D8362FAB50F7FC8148BE1C7574815F719C894F65531C02B1"},
		{"u1001", "张三", "", "818F1E1317A944E5FEB6B3D82CBE2029CBF6BF74A30F6E33126A970941D06F4A"},
	} {
		got := signature.Long(vectorTimestamp, vectorToken, vectorNonce, tt.uid, tt.uinfo, tt.ext)
		if got != tt.want {
			t.Errorf("Long(%s, %s, %s): got %s, want %s", tt.uid, tt.uinfo, tt.ext, got, tt.want)
		}
	}
}

func TestLongTextIsSignedWhole(t *testing.T) {
	long := strings.Repeat("数", 1000)
	a := signature.Long(vectorTimestamp, vectorToken, vectorNonce, "u", long, "a")
	b := signature.Long(vectorTimestamp, vectorToken, vectorNonce, "u", long, "b")
	if a == b {
		t.Errorf("got the same signature %s for two different texts", a)
	}
}

func TestEqual(t *testing.T) {
	sign := signature.Short(vectorTimestamp, vectorToken, vectorNonce)
	for _, tt := range []struct {
		name, a, b string
		want       bool
	}{
		{"the same", sign, sign, true},
		{"lower case", sign, strings.ToLower(sign), true},
		{"last digit differs", sign, sign[:63] + "7", false},
		{"first digit differs", sign, "8" + sign[1:], false},
		{"shorter", sign, sign[:63], false},
		{"nothing", sign, "", false},
		{"both nothing", "", "", false},
		{"only A to F have a lower case", "G@0", "g`0", false},
		{"control character for a digit", "0", "\x10", false},
	} {
		if got := signature.Equal(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestEqualIsEqualFoldOfHex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9a-fA-F]{1,4}`)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if got, want := signature.Equal(a, b), strings.EqualFold(a, b); got != want {
			t.Errorf("Equal(%q, %q): got %v, want %v", a, b, got, want)
		}
	})
}

func TestShortAsksForOneString(t *testing.T) {
	sign := signature.Short(vectorTimestamp, vectorToken, vectorNonce)
	got := testing.AllocsPerRun(100, func() {
		if !signature.Equal(signature.Short(vectorTimestamp, vectorToken, vectorNonce), sign) {
			t.Error("not equal to itself")
		}
	})
	if got > 1 {
		t.Errorf("got %v allocations, want at most 1", got)
	}
}

func TestNewNonce(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		nonce := signature.NewNonce()
		if len(nonce) < 16 || len(nonce) > 36 {
			t.Fatalf("nonce %q: got %d characters, want 16 to 36", nonce, len(nonce))
		}
		if i := strings.IndexFunc(nonce, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
			t.Fatalf("nonce %q: character %d is not printable", nonce, i)
		}
		if seen[nonce] {
			t.Fatalf("nonce %q came twice", nonce)
		}
		seen[nonce] = true
	}
}

func TestHeadersAreCanonical(t *testing.T) {
	for _, name := range []string{
		signature.HeaderPaasID, signature.HeaderTimestamp, signature.HeaderNonce, signature.HeaderSignature,
		signature.HeaderUID, signature.HeaderUInfo, signature.HeaderExt, signature.HeaderBodyDigest, signature.HeaderStrong,
	} {
		if want := http.CanonicalHeaderKey(name); name != want {
			t.Errorf("got %s, want %s", name, want)
		}
		rest, gateway := strings.CutPrefix(name, "X-Tif-")
		want := ""
		if gateway {
			want = "X-Rio-" + rest
		}
		if got := signature.Alias(name); got != want {
			t.Errorf("Alias(%s): got %q, want %q", name, got, want)
		}
	}
}

func BenchmarkShort(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		signature.Short(vectorTimestamp, vectorToken, vectorNonce)
	}
}
